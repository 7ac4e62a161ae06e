/** Every fault of the simulated Privatemode yields what it is there for, in the eyes of the product; those of its Coordinator are in ../simulator-contrast. */
import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PRIVATEMODE_FAULTS } from '../../simulator/privatemode/faults';
import type { PrivatemodeFault } from '../../simulator/privatemode/faults';
import { Direction, PLAIN_ANSWER } from '../../simulator/privatemode/sealing';
import type { Members } from '../../simulator/privatemode/sealing';
import { PRIVATEMODE_CDN_HOST } from '../../simulator/privatemode/services';
import { startSimulator } from '../../simulator/server';
import type { Simulator } from '../../simulator/server';
import { ask } from '../simulator-contrast/wire';
import { agree, chat, judged, KNOWN, LOGIN, post, verdict } from './wire';

let simulator: Simulator;
beforeAll(async () => { simulator = await startSimulator({ pace: 0 }); });
afterAll(async () => { await simulator.close(); });
afterEach(() => { simulator.reset(); simulator.clearRequests(); });

/** What the product finds in its own key agreement. */
const agreement = (amiss: Readonly<Record<string, string>>, state = 'failed') => async (): Promise<void> => {
  expect(await verdict(simulator)).toMatchObject({ state, amiss });
};
/** What it finds in answers of either form. */
const answers = (found: Readonly<Record<string, string>>) => async (): Promise<void> => {
  for (const stream of [false, true]) expect({ stream, ...judged(await chat(simulator, await agree(simulator), stream), stream) }).toMatchObject({ stream, ...found });
};
const NOT_FROM_ENCLAVE = 'fail ANSWER_NOT_FROM_ENCLAVE';

/** One proof per fault; a fault without one does not compile. */
const PROOFS: Readonly<Record<PrivatemodeFault, () => Promise<void>>> = {
  'privatemode-cdn-differs': async () => {
    const { body } = await ask(simulator, `https://${PRIVATEMODE_CDN_HOST}/privatemode/v2/manifest.json`);
    expect(Object.values(KNOWN.values)).not.toContainEqual([createHash('sha256').update(body).digest('hex')]);
    expect((await verdict(simulator)).state).toBe('limited');
  },
  'privatemode-secret-of-workload': agreement({ 'key.secret.cert': 'fail SECRET_CERT_NAME' }),
  'privatemode-secret-foreign': agreement({ 'key.secret.cert': 'fail SECRET_CERT_CHAIN' }),
  'privatemode-secret-signature': agreement({ 'key.secret.signature': 'fail SECRET_SIGNATURE' }),
  'privatemode-secret-down': agreement({ 'key.secret.cert': 'unknown SERVICE_ERROR' }, 'incomplete'),
  'privatemode-split-view': async () => {
    expect((await verdict(simulator)).state).toBe('limited');
    const issuer = async (login: Readonly<Record<string, string>>): Promise<string> => {
      const { body } = await post(simulator, '/privatemode/v1/attest', { Nonce: Buffer.alloc(32).toString('base64') }, { ...LOGIN, ...login });
      const { AttestationDoc } = JSON.parse(Buffer.from(body).toString()) as { AttestationDoc: string };
      return (JSON.parse(Buffer.from(AttestationDoc, 'base64').toString()) as { mesh_ca: string }).mesh_ca;
    };
    expect(await issuer({ origin: 'https://chat.privatemode.ai' })).not.toBe(await issuer({}));
  },
  'privatemode-plain': answers({ coverage: NOT_FROM_ENCLAVE }),
  'privatemode-plain-marked': answers({ format: NOT_FROM_ENCLAVE }),
  'privatemode-plain-part': answers({ coverage: NOT_FROM_ENCLAVE }),
  'privatemode-reflected': async () => {
    await answers({ coverage: 'pass', 'request.hash': 'fail ANSWER_REFLECTED' })();
    // It opens: encryption alone cannot tell.
    const secret = await agree(simulator);
    const { nonce, answer } = await chat(simulator, secret, false);
    expect((await new Direction(secret, nonce, PLAIN_ANSWER).open(JSON.parse(answer) as Members))['choices']).toEqual([{ role: 'user', content: 'hi' }]);
  },
  'privatemode-other-secret': answers({ 'request.hash': 'fail ANSWER_OF_OTHER_REQUEST' }),
  'privatemode-other-request': answers({ 'request.hash': 'fail ANSWER_OF_OTHER_REQUEST' }),
  'privatemode-cut': async () => {
    const chatted = await chat(simulator, await agree(simulator), true);
    expect(chatted.cut).toBe(true);
    expect(judged(chatted, true)).toMatchObject({ format: 'unknown ANSWER_CUT', coverage: 'unknown ANSWER_CUT' });
  },
  'privatemode-500': async () => {
    const { status, headers } = await chat(simulator, await agree(simulator), false);
    expect([status, headers.find(({ name }) => name === 'privatemode-encrypted')?.value]).toEqual([500, 'false']);
    await answers({ format: 'unknown ANSWER_ERROR_STATUS' })();
  },
  'privatemode-key-refused': async () => { expect((await post(simulator, '/privatemode/v1/attest', {})).status).toBe(401); },
};

const isPrivatemode = (name: string): name is PrivatemodeFault => Object.hasOwn(PRIVATEMODE_FAULTS, name);

describe('a fault', () => {
  it.each(Object.keys(PRIVATEMODE_FAULTS).filter(isPrivatemode))('%s is found', async (name) => {
    simulator.fault(name);
    await PROOFS[name]();
  });

  it.each([
    ['contrast-history-of-two', { 'manifest.history': 'fail MANIFEST_HISTORY' }],
    ['contrast-manifest-changed', { 'manifest.pin': 'fail MANIFEST_NOT_PINNED' }],
    ['contrast-mesh-ca-swapped', { reportdata: 'fail REPORT_DATA_MISMATCH', 'key.secret.cert': 'unknown REPORT_DATA_MISMATCH' }],
    ['contrast-foreign-report', { hostdata: 'fail HOST_DATA_MISMATCH' }],
  ] as const)('%s of its Coordinator is found here too', async (name, amiss) => {
    simulator.fault(name);
    await agreement(amiss)();
  });
});
