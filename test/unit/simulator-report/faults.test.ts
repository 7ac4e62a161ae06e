/** Every fault of the simulated report dialect yields what it is there for, in the eyes of the product. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { REPORT_FAULTS } from '../../simulator/report/faults';
import type { ReportFault } from '../../simulator/report/faults';
import { startSimulator } from '../../simulator/server';
import type { Simulator } from '../../simulator/server';
import { label, nameless, unknownKeys } from '../ui/names';
import { amissIn, idsSeen, judgeOf, NEAR, REDPILL } from './wire';
import type { Form, Judge, Service } from './wire';

let simulator: Simulator;
let judge: Judge;
beforeAll(async () => { simulator = await startSimulator({ pace: 0 }); judge = judgeOf(simulator); });
afterAll(async () => { await simulator.close(); });
afterEach(() => { simulator.reset(); simulator.clearRequests(); });

type Findings = Readonly<Record<string, string>>;

const WAY = /^channel/;
const PLACED = /\.(gateway|front|model\[\d\])$/;
const withoutWay = (amiss: Findings): Findings => Object.fromEntries(Object.entries(amiss).filter(([id]) => !WAY.test(id)));
const failing = (amiss: Findings): Findings => Object.fromEntries(Object.entries(amiss).filter(([, finding]) => finding.startsWith('fail ')));

/** What is named is found, and nothing else fails; what follows from it (`unknown`, `weak`) need not be named. */
function found(amiss: Findings, expected: Findings): void {
  expect(amiss).toMatchObject(expected);
  expect(failing(amiss)).toEqual(failing(expected));
}

/** What evidence is found to be at NEAR's gateway; of the model's machine unless the id names another place, or the whole report is refused. */
const evidence = (expected: Findings, from: () => Judge = () => judge) => async (): Promise<void> => {
  const amiss = withoutWay(amissIn((await from().appraise(NEAR)).checks));
  found(amiss, Object.fromEntries(Object.entries(expected).map(([id, finding]) => [PLACED.test(id) || id === 'evidence' ? id : `${id}.model[0]`, finding])));
};
/** Evidence in another form, and answers with it, are as good as ever to a browser that shows the connection's key. */
const asGood = (form: Form = 'stream', { tries = 8, state: best = 'verified' }: { readonly tries?: number; readonly state?: 'verified' | 'limited' } = {}) => async (): Promise<void> => {
  for (const service of [NEAR, REDPILL]) {
    const { state, amiss } = await judge.ask(service, form, { seen: true, tries });
    expect({ api: service.api, state, amiss: withoutWay(amiss) }).toEqual({ api: service.api, state: best, amiss: {} });
  }
};
const answer = (expected: Findings, { form = 'stream', service = NEAR, from = () => judge }: { readonly form?: Form; readonly service?: Service; readonly from?: () => Judge } = {}) => async (): Promise<void> => {
  const { state, amiss } = await from().ask(service, form);
  const outcomes = Object.values(expected);
  const wanted = outcomes.some((one) => one.startsWith('fail ')) ? 'failed' : outcomes.some((one) => one.startsWith('unknown ')) ? 'incomplete' : 'limited';
  found(withoutWay(amiss), expected);
  expect(state).toBe(wanted);
};
const both = (...proofs: readonly (() => Promise<void>)[]) => async (): Promise<void> => {
  for (const proof of proofs) await proof();
};
/** The same with no software known. */
const unknowing = (): Judge => judgeOf(simulator, () => Promise.resolve([]));

/** A signature that could not be had leaves these open. */
const without = (code: string, signature: 'fail' | 'unknown' = 'unknown'): Findings => ({ signature: `${signature} ${code}`, 'response.hash': `unknown ${code}`, signer: `unknown ${code}` });

/** Replayed is only what came before. */
async function afterAnother(proof: () => Promise<void>): Promise<void> {
  await judge.ask(NEAR, 'stream');
  await judge.ask(REDPILL, 'stream');
  await proof();
}

const JSON_AT_REDPILL = { form: 'json', service: REDPILL } as const;
const NOT_FRESH = { nonce: 'fail NONCE_MISMATCH', 'nonce.gateway': 'fail NONCE_MISMATCH', 'key.binding': 'weak SIGNER_NOT_BOUND', 'key.binding.gateway': 'weak SIGNER_NOT_BOUND' };
const NOT_TOLD = { compose: 'unknown COMPOSE_NOT_MEASURED', software: 'unknown COMPOSE_NOT_MEASURED', 'key.binding': 'weak BOUND_BY_UNKNOWN_SOFTWARE' };

/** One proof per fault; a fault without one does not compile. */
const PROOFS: Readonly<Record<ReportFault, () => Promise<void>>> = {
  'report-flat': both(asGood(), async () => expect((await judge.appraise(NEAR)).machines).toBeUndefined()),
  'report-all-attestations': both(asGood(), async () => expect((await judge.appraise(REDPILL)).machines?.map(({ place }) => place)).toEqual(['node[0]', 'node[1]'])),
  'report-fingerprint-ignored': both(asGood('stream', { state: 'limited' }), async () => expect((await judge.appraise(NEAR)).signers.map(({ binding }) => binding)).toEqual(['address-nonce', 'address-nonce'])),
  'report-digests-empty': asGood(),
  'report-digests-v2': both(asGood(), detail('eventlog', /\(v[12]\)$/)),
  'report-config-v2': both(asGood(), detail('compose.config', /version 2/)),
  'report-config-unset': both(asGood(), detail('compose.config', /all zero/)),
  'report-gpu-as-hex': asGood(),
  'report-gpu-foreign': asGood(),
  'report-key-rotated': both(asGood(), rotation),
  'report-nonce-of-another-request': evidence({ ...NOT_FRESH, 'gpu.binding': 'fail GPU_NOT_BOUND_TO_CPU' }),
  'report-from-cache': evidence({ ...NOT_FRESH, 'gpu[0].nonce': 'fail NONCE_MISMATCH', 'gpu[1].nonce': 'fail NONCE_MISMATCH' }),
  'report-quote-tampered': evidence({ 'quote.signature': 'fail QUOTE_SIGNATURE', 'key.binding': 'unknown QUOTE_SIGNATURE', software: 'unknown QUOTE_SIGNATURE' }),
  'report-debug-td': evidence({ 'policy.debug': 'fail DEBUG_ENABLED' }),
  'report-tcb-old': evidence({ tcb: 'fail TCB_OUT_OF_DATE' }),
  'report-address-swapped': both(evidence({ 'key.binding': 'fail REPORT_DATA_MISMATCH' }), answer({ 'key.binding': 'fail REPORT_DATA_MISMATCH' }, JSON_AT_REDPILL), answer({ 'key.binding.model[0]': 'fail REPORT_DATA_MISMATCH' })),
  'report-zero-key': both(evidence({ 'key.binding': 'fail SIGNER_NOT_BOUND' }), answer({ signature: 'fail SIGNATURE_MALFORMED', 'key.binding.model[0]': 'fail SIGNER_NOT_BOUND' })),
  'report-key-shared': both(evidence({}), answer({ 'key.role': 'fail KEY_ROLE_CONFUSED' })),
  'report-other-models-machine': both(evidence({}), answer({ signer: 'fail SIGNER_MISMATCH' })),
  'report-encryption-key-differs': evidence({ 'key.encryption': 'fail REPORT_DATA_MISMATCH' }),
  'report-connection-differs': both(evidence({}), connectionDiffers),
  'report-compose-changed': evidence({ compose: 'fail COMPOSE_MISMATCH' }),
  'report-software-differs': evidence({ software: 'fail MEASUREMENT_MISMATCH', 'key.binding': 'weak BOUND_BY_UNKNOWN_SOFTWARE', 'gpu.binding': 'weak GPU_COLOCATION_NOT_PROVEN' }),
  'report-image-by-tag': both(evidence({ 'compose.images': 'weak IMAGE_NOT_PINNED', software: 'fail MEASUREMENT_MISMATCH' }), evidence({ 'compose.images': 'weak IMAGE_NOT_PINNED', software: 'weak SOFTWARE_NOT_KNOWN' }, unknowing)),
  'report-starts-more': evidence({ 'compose.started': 'weak COMPOSE_STARTS_MORE' }),
  'report-log-forged': evidence({ ...NOT_TOLD, eventlog: 'fail EVENT_LOG_MISMATCH' }),
  'report-log-missing': evidence({ eventlog: 'fail EVENT_LOG_NOT_GIVEN' }),
  'report-log-reordered': evidence({ ...NOT_TOLD, eventlog: 'fail EVENT_LOG_MISMATCH' }),
  'report-events-out-of-order': evidence({ ...NOT_TOLD, 'eventlog.order': 'fail EVENT_LOG_ORDER' }),
  'report-config-differs': evidence({ 'compose.config': 'fail MR_CONFIG_MISMATCH' }),
  'report-gpu-nonce': evidence({ 'gpu[0].nonce': 'fail NONCE_MISMATCH', 'gpu[1].nonce': 'fail NONCE_MISMATCH', 'gpu.binding': 'fail GPU_NOT_BOUND_TO_CPU' }),
  'report-gpu-missing': evidence({ gpu: 'fail EVIDENCE_MISSING' }),
  'report-401': both(evidence({ evidence: 'unknown LOGIN_NEEDED' }), answer({ evidence: 'unknown LOGIN_NEEDED', signature: 'unknown LOGIN_NEEDED' })),
  'report-429': evidence({ evidence: 'unknown RATE_LIMITED' }),
  'report-500': evidence({ evidence: 'unknown SERVICE_ERROR' }),
  'report-error-in-200': evidence({ evidence: 'fail EVIDENCE_MISSING' }),
  'report-malformed': evidence({ evidence: 'fail EVIDENCE_MALFORMED' }),
  'report-gateway-signed': both(answer({}), answer({ 'key.model': 'weak MODEL_MACHINE_NOT_PROVEN' }, { from: unknowing })),
  'report-gateway-as-model': answer({ 'key.role': 'fail KEY_ROLE_CONFUSED' }),
  'report-model-as-gateway': answer({ 'key.role': 'fail KEY_ROLE_CONFUSED' }),
  'report-two-part': asGood(),
  'report-other-models-key': answer({ 'signer.model': 'fail MODEL_MISMATCH' }),
  'report-unknown-key': answer({ signer: 'fail SIGNER_MISMATCH' }),
  'report-text-names-other-model': answer({ 'answer.model': 'fail MODEL_MISMATCH', 'signer.model': 'fail MODEL_MISMATCH' }),
  'report-signature-wrong': answer({ signature: 'fail SIGNATURE_INVALID' }),
  'report-signature-malformed': answer({ signature: 'fail SIGNATURE_MALFORMED' }),
  'report-signature-of-other-text': answer({ signature: 'fail SIGNATURE_INVALID' }),
  'report-request-differs': asGood(),
  'report-answer-tampered': both(answer({ 'response.hash': 'unknown ANSWER_REWRITTEN' }), answer({ 'response.hash': 'fail RESPONSE_HASH_MISMATCH' }, { form: 'responses' }), answer({ 'response.hash': 'fail RESPONSE_HASH_MISMATCH' }, JSON_AT_REDPILL)),
  'report-replayed': () => afterAnother(both(answer({ 'response.hash': 'unknown ANSWER_REWRITTEN' }), answer({ 'response.hash': 'fail RESPONSE_HASH_MISMATCH' }, { service: REDPILL }))),
  'report-relayed-anew': both(answer({ 'response.hash': 'unknown ANSWER_REWRITTEN' }), answer({ 'response.hash': 'fail RESPONSE_HASH_MISMATCH' }, { service: REDPILL })),
  'report-encrypted': both(asGood(), asGood('json'), async () => expect(await judge.ask(NEAR, 'stream')).toMatchObject({ shown: expect.not.stringContaining('simulator'), checks: expect.arrayContaining([expect.objectContaining({ id: 'format', detail: expect.stringContaining('encrypted') })]) })),
  'report-hash-of-spaced': asGood('json'),
  'report-cut': answer({ format: 'unknown ANSWER_CUT', coverage: 'unknown ANSWER_CUT', signature: 'unknown ANSWER_CUT', 'response.hash': 'unknown ANSWER_CUT' }),
  'report-signature-late': both(answer(without('SIGNATURE_NOT_FOUND')), asGood('stream', { tries: 60 })),
  'report-signature-elsewhere': asGood(),
  'report-signature-404': answer(without('SIGNATURE_NOT_FOUND')),
  'report-signature-error-in-200': answer(without('ANSWER_UNSIGNED', 'fail')),
  'report-signature-500': answer(without('SERVICE_ERROR')),
};

/** For a browser that shows the connection's key; others see nothing amiss. */
async function connectionDiffers(): Promise<void> {
  expect(await judge.ask(NEAR, 'stream')).toMatchObject({ state: 'limited' });
  expect(await judge.ask(NEAR, 'stream', { seen: true })).toMatchObject({ state: 'failed', amiss: { 'channel.gateway': 'fail CHANNEL_KEY_MISMATCH' } });
  expect(await judge.ask(REDPILL, 'stream', { seen: true })).toMatchObject({ state: 'failed', amiss: { channel: 'fail CHANNEL_KEY_MISMATCH' } });
}

/** Evidence from before the rotation does not speak for an answer after it. */
async function rotation(): Promise<void> {
  const keys = async (): Promise<readonly string[]> => (await judge.appraise(NEAR)).signers.map(({ address }) => address);
  const after = await keys();
  simulator.reset();
  const before = await keys();
  expect([after[0] === before[0], after[1] === before[1]]).toEqual([true, false]);
}

/** How a check of the model's machine words what it found: that the other form really came. */
function detail(id: string, words: RegExp): () => Promise<void> {
  return async () => expect((await judge.appraise(NEAR)).checks.find((check) => check.id === `${id}.model[0]`)?.detail).toMatch(words);
}

const isReportFault = (name: string): name is ReportFault => Object.hasOwn(PROOFS, name);

describe('every fault is what it says, and nothing else', () => {
  for (const [name, { says }] of Object.entries(REPORT_FAULTS)) {
    it(`${name}: ${says}`, { timeout: 30_000 }, async () => {
      if (!isReportFault(name)) throw new Error(name);
      simulator.fault(name);
      await PROOFS[name]();
    });
  }
});

describe('whatever goes wrong', () => {
  it('every check has a name of its own', () => {
    expect(idsSeen.size).toBeGreaterThan(60);
    expect([...idsSeen]).toEqual(expect.arrayContaining(['parse.gateway', 'gpu[0].chain.model[0]', 'key.role', 'signer']));
    expect(nameless(idsSeen)).toEqual([]);
    unknownKeys.length = 0;
    for (const id of idsSeen) expect(label(id)).not.toContain('_');
    expect(unknownKeys).toEqual([]);
  });
});
