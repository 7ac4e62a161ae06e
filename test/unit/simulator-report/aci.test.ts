/** The simulated ACI gateway and Venice, and each of their faults, in the eyes of the product. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ACI_FAULTS } from '../../simulator/aci/faults';
import type { AciFault } from '../../simulator/aci/faults';
import { MODELS } from '../../simulator/report/machines';
import { startSimulator } from '../../simulator/server';
import type { Simulator } from '../../simulator/server';
import { amissIn, get, judgeOf, PHALA_ACI, VENICE } from './wire';
import type { Asking, Form, Judge, Service } from './wire';

let simulator: Simulator;
let judge: Judge;
beforeAll(async () => { simulator = await startSimulator({ pace: 0 }); judge = judgeOf(simulator); });
afterAll(async () => { await simulator.close(); });
afterEach(() => { simulator.reset(); simulator.clearRequests(); simulator.setClock(0); });

type Findings = Readonly<Record<string, string>>;

/** What the gateway's own record leaves open, in the best case: its verifier looked at no GPU. */
const BEHIND = { 'answer.upstream': 'weak MODEL_MACHINE_NOT_PROVEN' };
/** A browser that does not show the connection's key. */
const WAY = { channel: 'absent CHANNEL_NOT_BOUND' };
/** Venice writes answers anew and has its own names for models: in the best case this is left. */
const REWRITTEN = { 'response.hash': 'unknown ANSWER_REWRITTEN', 'answer.model': 'unknown MODEL_MISMATCH' };

const evidence = (service: Service, expected: Findings, from: () => Judge = () => judge) => async (): Promise<void> => {
  const amiss = amissIn((await from().appraise(service)).checks);
  expect(amiss).toMatchObject(expected);
  const failing = (found: Findings): Findings => Object.fromEntries(Object.entries(found).filter(([, finding]) => finding.startsWith('fail ')));
  expect(failing(amiss)).toEqual(failing(expected));
};
const answer = (service: Service, state: string, expected: Findings, { form = 'json', ...asking }: Asking & { readonly form?: Form } = {}) => async (): Promise<void> => {
  const verdict = await judge.ask(service, form, asking);
  expect({ state: verdict.state, amiss: verdict.amiss }).toMatchObject({ state, amiss: expected });
  return undefined;
};
/** As good as without any fault: nothing more is amiss. */
const asGood = (service: Service, asking: Asking = {}) => async (): Promise<void> => {
  for (const form of ['json', 'stream'] as const) {
    const { state, amiss } = await judge.ask(service, form, asking);
    expect({ state, amiss }).toEqual(service === VENICE ? { state: 'incomplete', amiss: { ...WAY, ...REWRITTEN } } : { state: 'limited', amiss: { ...WAY, ...BEHIND } });
  }
};
const all = (...proofs: readonly (() => Promise<void>)[]) => async (): Promise<void> => {
  for (const proof of proofs) await proof();
};
const unknowing = (): Judge => judgeOf(simulator, () => Promise.resolve([]));

const PROOFS: Readonly<Record<AciFault, () => Promise<void>>> = {
  'aci-keyset-rotated': async () => {
    const after = (await judge.appraise(PHALA_ACI)).signers;
    await asGood(PHALA_ACI)();
    simulator.reset();
    const before = (await judge.appraise(PHALA_ACI)).signers;
    expect(after.length === 1 && before.length === 1 && after[0]?.address !== before[0]?.address).toBe(true);
  },
  'aci-keyset-expired': evidence(PHALA_ACI, { 'key.keyset': 'fail KEYSET_EXPIRED' }),
  'aci-keyset-swapped': evidence(PHALA_ACI, { nonce: 'fail NONCE_MISMATCH', 'key.binding': 'weak SIGNER_NOT_BOUND' }),
  // To who expects Phala's gateway it is other software; to who expects nothing it is bound by software that nobody knows.
  'aci-keyset-minted': all(
    evidence(PHALA_ACI, { software: 'fail MEASUREMENT_MISMATCH', 'key.binding': 'weak BOUND_BY_UNKNOWN_SOFTWARE' }),
    evidence(PHALA_ACI, { software: 'weak SOFTWARE_NOT_KNOWN', 'key.binding': 'weak BOUND_BY_UNKNOWN_SOFTWARE', 'key.encryption': 'weak BOUND_BY_UNKNOWN_SOFTWARE' }, unknowing),
  ),
  'aci-stub-quote': async () => {
    const { checks, signers } = await judge.appraise(PHALA_ACI);
    expect(checks.some(({ id, outcome }) => id === 'parse' && outcome === 'fail')).toBe(true);
    expect(signers.map(({ binding }) => binding)).toEqual(['none']);
    expect(checks.find(({ id }) => id === 'key.binding')?.outcome).not.toBe('pass');
    expect((await judge.ask(PHALA_ACI, 'json')).state).toBe('failed');
  },
  'aci-from-cache': evidence(PHALA_ACI, { nonce: 'fail NONCE_MISMATCH' }),
  'aci-software-differs': all(evidence(PHALA_ACI, { software: 'fail MEASUREMENT_MISMATCH' }), evidence(PHALA_ACI, { software: 'weak SOFTWARE_NOT_KNOWN' }, unknowing)),
  'aci-connection-differs': all(asGood(PHALA_ACI), answer(PHALA_ACI, 'failed', { channel: 'fail CHANNEL_KEY_MISMATCH' }, { seen: true })),
  'aci-500': evidence(PHALA_ACI, { evidence: 'unknown SERVICE_ERROR' }),
  'aci-receipt-late': all(answer(PHALA_ACI, 'incomplete', { signature: 'unknown SIGNATURE_NOT_FOUND' }), asGood(PHALA_ACI, { tries: 60 })),
  'aci-receipt-404': answer(PHALA_ACI, 'incomplete', { signature: 'unknown SIGNATURE_NOT_FOUND', 'response.hash': 'unknown SIGNATURE_NOT_FOUND' }),
  'aci-receipt-of-another': async () => {
    await judge.ask(PHALA_ACI, 'json');
    await answer(PHALA_ACI, 'failed', { 'response.hash': 'fail RESPONSE_HASH_MISMATCH' })();
  },
  'aci-receipt-tampered': answer(PHALA_ACI, 'failed', { signature: 'fail SIGNATURE_INVALID' }),
  'aci-receipt-unknown-key': answer(PHALA_ACI, 'failed', { signature: 'fail SIGNATURE_INVALID' }),
  'aci-receipt-other-model': answer(PHALA_ACI, 'failed', { 'answer.model': 'fail MODEL_MISMATCH' }),
  'aci-receipt-unverified': async () => {
    const { checks } = await judge.ask(PHALA_ACI, 'json');
    expect(checks.find(({ id }) => id === 'answer.upstream')).toMatchObject({ outcome: 'weak', code: 'MODEL_MACHINE_NOT_PROVEN', detail: 'not verified: the machine offers no evidence' });
  },
  'aci-answer-tampered': answer(PHALA_ACI, 'failed', { 'response.hash': 'fail RESPONSE_HASH_MISMATCH' }, { form: 'stream' }),
  'aci-encrypted': async () => {
    for (const form of ['json', 'stream'] as const) {
      const { state, checks, shown } = await judge.ask(PHALA_ACI, form);
      expect([state, checks.find(({ id }) => id === 'format')?.detail, checks.find(({ id }) => id === 'response.hash')?.outcome]).toEqual(['limited', expect.stringContaining('encrypted for the page'), 'pass']);
      expect(shown).not.toContain('simulator');
    }
  },
  'venice-passed-through': async () => {
    const { state, amiss } = await judge.ask(VENICE, 'stream');
    expect({ state, amiss }).toEqual({ state: 'incomplete', amiss: { ...WAY, 'answer.model': 'unknown MODEL_MISMATCH' } });
  },
  'venice-not-verified': evidence(VENICE, { 'evidence.claimed': 'unknown RELAYED_NOT_ATTESTED' }),
  'venice-other-models-key': answer(VENICE, 'failed', { signer: 'fail SIGNER_MISMATCH' }),
  'venice-key-differs': evidence(VENICE, { 'key.binding': 'fail REPORT_DATA_MISMATCH', 'key.encryption': 'unknown REPORT_DATA_MISMATCH' }),
};

const isProven = (name: string): name is AciFault => Object.hasOwn(PROOFS, name);

describe('every fault is what it says', () => {
  for (const [name, { says }] of Object.entries(ACI_FAULTS)) {
    it(`${name}: ${says}`, { timeout: 30_000 }, async () => {
      if (!isProven(name)) throw new Error(name);
      simulator.fault(name);
      await PROOFS[name]();
    });
  }
});

describe('without any', () => {
  it('a receipt holds, and what is left is the machine behind the gateway and the way there', async () => {
    await asGood(PHALA_ACI)();
    const { checks, amiss } = await judge.ask(PHALA_ACI, 'stream', { seen: true });
    expect(amiss).toEqual(BEHIND);
    for (const id of ['signature', 'signer', 'response.hash', 'request.hash', 'answer.model', 'key.binding', 'key.encryption', 'key.model', 'channel', 'software']) expect([id, checks.find((check) => check.id === id)?.outcome]).toEqual([id, 'pass']);
    expect(checks.find(({ id }) => id === 'answer.upstream')?.detail).toBe('gpu_attested unknown, tcb_up_to_date unknown');
  });

  it('no other model and no restart changes that', async () => {
    for (const model of MODELS) expect((await judge.ask(PHALA_ACI, 'json', { model })).state).toBe('limited');
  });

  it('evidence is for everybody, receipts for who is logged in, and numbers of another form for nobody', async () => {
    const status = async (path: string, login?: null): Promise<number> => (await get(simulator, `${PHALA_ACI.api}${path}`, ...(login === null ? [null] : []))).status;
    expect(await status(`/v1/aci/attestation?nonce=${'ab'.repeat(32)}`, null)).toBe(200);
    expect(await status('/v1/aci/receipts/x', null)).toBe(401);
    expect(await status('/v1/aci/receipts/x')).toBe(404);
    for (const nonce of ['AB'.repeat(32), 'ab'.repeat(31), 'ab'.repeat(33)]) expect(await status(`/v1/aci/attestation?nonce=${nonce}`)).toBe(400);
  });

  it('Venice’s evidence holds, and of its answers the bytes and the model’s name are open', async () => {
    await asGood(VENICE)();
    const { checks } = await judge.appraise(VENICE);
    expect(checks.find(({ id }) => id === 'evidence.claimed')).toMatchObject({ outcome: 'pass', basis: 'claimed' });
    expect(checks.find(({ id }) => id === 'key.binding')?.outcome).toBe('pass');
  });
});
