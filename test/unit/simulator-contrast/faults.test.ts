/** Every fault of a simulated Coordinator yields what it is there for, in the eyes of the product. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { manifestText, OWN_DEPLOYMENT } from '../../simulator/contrast/deployment';
import { CONTRAST_FAULTS } from '../../simulator/contrast/faults';
import type { ContrastFault } from '../../simulator/contrast/faults';
import { CONTRAST_MODEL } from '../../simulator/contrast/chat';
import { KDS_HOST } from '../../simulator/kds';
import { startSimulator } from '../../simulator/server';
import type { Simulator } from '../../simulator/server';
import { ask, attest, CONTRAST, GAPS, knows, verdict } from './wire';

let simulator: Simulator;
beforeAll(async () => { simulator = await startSimulator({ pace: 0 }); });
afterAll(async () => { await simulator.close(); });
afterEach(() => { simulator.reset(); simulator.clearRequests(); });

/** Found beside what no deployment can show. */
const finds = (amiss: Readonly<Record<string, string>>, state = 'failed') => async (): Promise<void> => {
  expect(await verdict(simulator)).toMatchObject({ state, amiss });
};
const nothing = async (): Promise<void> => { expect((await verdict(simulator)).amiss).toEqual(GAPS); };
const says = (status: number, contentType: string, body: string | RegExp) => async (): Promise<void> => {
  const reply = await attest(simulator);
  expect([reply.status, reply.contentType, Buffer.from(reply.body).toString()]).toEqual([status, contentType, expect.stringMatching(body)]);
};
const changed = manifestText(OWN_DEPLOYMENT, 'changed');

/** One proof per fault; a fault without one does not compile. */
const PROOFS: Readonly<Record<ContrastFault, () => Promise<void>>> = {
  'contrast-certificates-missing': async () => {
    await nothing();
    expect(simulator.requestsTo(KDS_HOST).some(({ path }) => /Genoa\/[0-9a-f]{128}\?/.test(path))).toBe(true);
  },
  'contrast-type-named': nothing,
  'contrast-policies-missing': nothing,
  'contrast-manifest-changed': async () => {
    await finds({ 'manifest.pin': 'fail MANIFEST_NOT_PINNED' })();
    // Whoever knows that one, or none, sees nothing wrong.
    expect((await verdict(simulator, [knows(changed)])).amiss).toEqual(GAPS);
    expect((await verdict(simulator, [])).state).toBe('limited');
  },
  'contrast-history-of-two': nothing,
  'contrast-workload-report': finds({ hostdata: 'fail HOST_DATA_MISMATCH' }),
  'contrast-measurement-differs': finds({ measurement: 'fail MEASUREMENT_MISMATCH' }),
  'contrast-no-id-block': finds({ idblock: 'fail ID_BLOCK_MISMATCH' }),
  'contrast-debug-guest': finds({ 'policy.guest': 'fail DEBUG_ENABLED', guestpolicy: 'fail DEBUG_ENABLED' }),
  'contrast-tcb-old': finds({ tcb: 'fail TCB_BELOW_POLICY' }),
  'contrast-foreign-report': async () => {
    await finds({ hostdata: 'fail HOST_DATA_MISMATCH', measurement: 'fail MEASUREMENT_MISMATCH', idblock: 'fail ID_BLOCK_MISMATCH', platform: 'fail PLATFORM_MISMATCH' })();
    // It is genuine, and it says what was asked for: nothing but the rules about software tells it.
    const { amiss } = await verdict(simulator);
    for (const id of ['vek.chain', 'report.signature', 'reportdata']) expect(amiss, id).not.toHaveProperty(id);
  },
  'contrast-foreign-quote': async () => {
    await finds({ hostdata: 'fail HOST_DATA_MISMATCH', measurement: 'fail MEASUREMENT_MISMATCH' })();
    const { amiss, checks } = await verdict(simulator);
    for (const id of ['pck.chain', 'quote.signature', 'reportdata']) {
      expect(amiss, id).not.toHaveProperty(id);
      expect(checks.map((check) => check.id)).toContain(id);
    }
  },
  'contrast-manifest-swapped': finds({ reportdata: 'fail REPORT_DATA_MISMATCH' }),
  'contrast-mesh-ca-swapped': finds({ reportdata: 'fail REPORT_DATA_MISMATCH', meshca: 'unknown REPORT_DATA_MISMATCH' }),
  'contrast-nonce-replayed': finds({ reportdata: 'fail REPORT_DATA_MISMATCH' }),
  'contrast-report-tampered': finds({ 'report.signature': 'fail REPORT_SIGNATURE' }),
  'contrast-policy-stray': finds({ 'manifest.policies': 'fail POLICY_NOT_IN_MANIFEST' }),
  'contrast-insecure': finds({ doc: 'fail INSECURE_PLATFORM' }),
  'contrast-version-unknown': finds({ doc: 'fail CONTRAST_VERSION' }),
  'contrast-not-set': says(412, 'application/json', /^\{"version":"v1\.20\.0","error":"no manifest set"\}$/),
  'contrast-down': says(503, 'text/plain; charset=utf-8', 'no healthy upstream\n'),
  'contrast-malformed': async () => {
    await says(200, 'text/html', /^<!doctype/)();
    expect(await verdict(simulator)).toMatchObject({ state: 'failed', amiss: { doc: 'fail CONTRAST_DOC' } });
  },
  'contrast-cut': async () => {
    const body = JSON.stringify({ model: CONTRAST_MODEL, messages: [{ role: 'user', content: 'hi' }], stream: true });
    await expect(ask(simulator, `${CONTRAST}/v1/chat/completions`, { body, headers: { 'content-type': 'application/json' } })).rejects.toThrow();
  },
};

const isContrast = (name: string): name is ContrastFault => Object.hasOwn(CONTRAST_FAULTS, name);

describe('a fault', () => {
  it.each(Object.keys(CONTRAST_FAULTS).filter(isContrast))('%s is found', async (name) => {
    simulator.fault(name);
    await PROOFS[name]();
  });
  it('is off again after a reset of the service', async () => {
    simulator.fault('contrast-report-tampered');
    simulator.reset('contrast');
    await nothing();
  });
});
