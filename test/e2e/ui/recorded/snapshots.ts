/** One snapshot for every state and every fault that looks different. */
import { absent, type Check, fail, unknown } from '../../../../src/checks/check';
import { leadingCheck } from '../../../../src/verdict/groups';
import { qualifiersOf, type State, stateOf } from '../../../../src/verdict/state';
import type { ServiceChoice } from '../../../../src/watch/protocol';
import type { AnswerView, AttestationView, ServiceView, TabSnapshot } from '../../../../src/watch/snapshot';
import { CUBE, cubeEvidence, unsignedAnswer } from './cube';
import { EIGHT_GOOD, MANY_BAD, ONE_BAD, type RecordedGpus, SERVICE_DOWN } from './nvidia';
import { NEAR, NEAR_BAD_GPU, NEAR_GOOD, NEAR_OLD_GATEWAY } from './near';
import { altered, answerHolds, ionetEvidence, machineHolds, noEvidence, SIGNER, unsigned, verifiedEvidence, with_ } from './checks';

/** 22 Nov 2026, 14:14:09 UTC: the clock of every picture. */
export const NOW = Date.UTC(2026, 10, 22, 14, 14, 9);
const SECOND = 1_000;
const MINUTE = 60 * SECOND;

export const IONET: ServiceView = { profileId: 'ionet', name: 'io.net', host: 'ai.io.net', apiOrigins: ['https://api.intelligence.io.net'], addedByYou: false, best: 'limited' };
/** No service is like this today: it shows what `verified` looks like. */
export const MODEL: ServiceView = { profileId: 'example', name: 'Example AI', host: 'chat.example.ai', apiOrigins: ['https://api.example.ai'], addedByYou: false, best: 'verified' };

export const CHOICES: readonly ServiceChoice[] = [
  { profileId: 'ionet', name: 'io.net', uiOrigins: ['https://ai.io.net'], apiOrigins: ['https://api.intelligence.io.net'], best: 'limited', picked: true, allowed: true, takesKey: true, hasKey: false, addedByYou: false },
];

export function attestation(checks: readonly Check[], more: Partial<AttestationView> = {}): AttestationView {
  return {
    id: '5f0c1d2e3a4b5c6d7e8f9a0b', state: stateOf(checks), checks, receivedAt: NOW - 3 * MINUTE, appraisedAt: NOW - 3 * MINUTE, through: 'page',
    signers: [{ address: SIGNER, algorithm: 'ecdsa', binding: 'none' }], model: 'meta-llama/Llama-3.3-70B-Instruct', ...more,
  };
}

/** No evidence came, and why. */
const problem = (checks: readonly Check[], more: Partial<AttestationView> = {}): AttestationView => ({ id: '', state: stateOf(checks), checks, appraisedAt: NOW - 4 * SECOND, through: 'page', signers: [], ...more });

export function answer(number: number, checks: readonly Check[], more: Partial<AnswerView> = {}): AnswerView {
  const state: State = stateOf(checks);
  const leading = leadingCheck(checks)?.code;
  return {
    id: `answer-${number}`, number, startedAt: NOW - (20 - number) * 17 * SECOND, judgedAt: NOW - (20 - number) * 16 * SECOND, state, checks, ...(leading === undefined ? {} : { leading }),
    length: 640 + number * 337, model: 'meta-llama/Llama-3.3-70B-Instruct', signer: SIGNER, fromWorker: false, stoppedByPage: false, attestationId: '5f0c1d2e3a4b5c6d7e8f9a0b', ...more,
  };
}

const countsOf = (answers: readonly AnswerView[], dropped = 0) => ({
  total: answers.length + dropped,
  arriving: answers.filter((a) => a.state === 'arriving').length,
  verified: answers.filter((a) => a.state === 'verified').length,
  limited: answers.filter((a) => a.state === 'limited').length + dropped,
  incomplete: answers.filter((a) => a.state === 'incomplete').length,
  failed: answers.filter((a) => a.state === 'failed').length,
});

interface Made {
  readonly service?: ServiceView;
  readonly evidence: AttestationView | undefined;
  readonly answers?: readonly AnswerView[];
  readonly dropped?: number;
  readonly checks: readonly Check[];
  readonly more?: Partial<TabSnapshot>;
}

function tab({ service = IONET, evidence, answers = [], dropped = 0, checks, more = {} }: Made): TabSnapshot {
  const leading = leadingCheck(checks);
  return {
    tabId: 1, pageOrigin: `https://${service.host}`, host: service.host, service, state: answers.length === 0 && (checks.length === 0 || !['failed', 'incomplete'].includes(stateOf(checks))) ? 'waiting' : stateOf(checks),
    qualifiers: qualifiersOf(checks), checks, ...(leading === undefined ? {} : { leading }), ...(evidence === undefined ? {} : { attestation: evidence }),
    answers, counts: countsOf(answers, dropped), acknowledged: false, reloadNeeded: false, consentNeeded: false, ...more,
  };
}

const bare = (more: Partial<TabSnapshot>): TabSnapshot => ({
  tabId: 1, state: 'off', qualifiers: [], checks: [], answers: [], counts: countsOf([]), acknowledged: false, reloadNeeded: false, consentNeeded: false, ...more,
});

function judged(evidence: readonly Check[], own: readonly (readonly Check[])[], service: ServiceView = IONET, more: Partial<TabSnapshot> = {}): TabSnapshot {
  const answers = own.map((checks, i) => answer(own.length - i, [...evidence, ...checks]));
  const worst = answers.find((a) => a.state === 'failed') ?? answers.find((a) => a.state === 'incomplete') ?? answers[0];
  return tab({ service, evidence: attestation(evidence), answers, checks: worst?.checks ?? evidence, more });
}

const good = () => answerHolds();
const unreachable = (id: string): Check => unknown(id, 'COLLATERAL_UNREACHABLE', 'api.trustedservices.intel.com: no answer within 25 s');
const withoutIntel = () => with_(machineHolds(), unreachable('pck.revocation'), unreachable('tcbinfo'), unreachable('qeidentity'), unreachable('tcb'));
const failing = (check: Check) => ionetEvidence(with_(machineHolds(), check));

const verifiedAnswers = [1, 2, 3].map(() => answerHolds('page'));
const limitedMany = Array.from({ length: 14 }, (_x, i) => answer(14 - i, [...ionetEvidence(), ...good()], i === 3 ? { fromWorker: true } : i === 5 ? { stoppedByPage: true } : {}));

const withGpus = (gpus: RecordedGpus): readonly Check[] => [...ionetEvidence().filter((c) => c.id !== 'gpu'), ...gpus.checks];

/** Of several machines an answer counts those that it was joined with. */
function joined({ evidence, answer: checks }: { readonly evidence: readonly Check[]; readonly answer: readonly Check[] }): TabSnapshot {
  return tab({ service: NEAR, evidence: attestation(evidence), answers: [answer(2, checks), answer(1, checks)], checks });
}

const LONG = 'Ministerium für vertrauliche Rechenmaschinenwirtschaft und Nachweisführung GmbH';

export const SNAPSHOTS = {
  'verified': judged(verifiedEvidence(), verifiedAnswers, MODEL, { qualifiers: [] }),
  'verified-page': judged(verifiedEvidence(), verifiedAnswers, MODEL),
  'limited-way': judged([...verifiedEvidence().filter((c) => c.id !== 'channel'), absent('channel', 'browser', 'CHANNEL_NOT_BOUND', 'bound, not compared here')], verifiedAnswers, MODEL),
  'limited-ionet': judged(ionetEvidence(), [good(), good(), good(), good()]),
  'limited-seen': judged(ionetEvidence(), [good()], IONET, { acknowledged: true }),
  'limited-many': tab({ evidence: attestation(ionetEvidence()), answers: limitedMany, dropped: 1_190, checks: limitedMany[0]?.checks ?? [] }),
  'incomplete-intel': judged(ionetEvidence(withoutIntel()), [good(), good()]),
  'incomplete-login': tab({ evidence: problem(noEvidence('LOGIN_NEEDED', 'HTTP 401')), checks: noEvidence('LOGIN_NEEDED', 'HTTP 401'), more: { state: 'incomplete', consentNeeded: true } }),
  'incomplete-wait': tab({ evidence: problem(noEvidence('RATE_LIMITED', 'HTTP 429'), { nextTryAt: NOW + 30 * SECOND }), checks: noEvidence('RATE_LIMITED', 'HTTP 429'), more: { state: 'incomplete' } }),
  'incomplete-cut': judged(ionetEvidence(), [with_(good(), unknown('format', 'ANSWER_CUT', '311 bytes', { basis: 'page' }), unknown('signature', 'ANSWER_CUT', 'no signature event', { basis: 'page' }), unknown('response.hash', 'ANSWER_CUT', '', { basis: 'page' })), good()]),
  'failed-altered': judged(ionetEvidence(), [altered(), good(), good()]),
  'failed-unsigned': judged(ionetEvidence(), [unsigned(), good()]),
  'failed-debug': judged(failing(fail('policy.debug', 'DEBUG_ENABLED', 'TUD bit 0', { expected: 'off', actual: 'on' })), [good()]),
  'failed-tcb': judged(failing(fail('tcb', 'TCB_OUT_OF_DATE', 'OutOfDate INTEL-SA-01036 INTEL-SA-01099', { expected: 'UpToDate, SWHardeningNeeded', actual: 'OutOfDate', source: 'Intel list 19 of 2026-11-12' })), [good()]),
  'failed-root': judged(failing(fail('pck.chain', 'ROOT_UNTRUSTED', 'Assay Simulator Root CA')), [good()]),
  'failed-software': judged([...machineHolds(), fail('software', 'MEASUREMENT_MISMATCH', 'rtmr3', { source: 'imported 2026-11-03T09:12:00.000Z: release 4.2', expected: '44'.repeat(48), actual: `${'44'.repeat(20)}d41c7be2${'44'.repeat(24)}` })], [good()]),
  'failed-again': judged(ionetEvidence(), [altered()], IONET, { state: 'checking', before: 'failed', step: 'asking-service' }),
  'checking': tab({ evidence: undefined, checks: [], more: { state: 'checking', step: 'asking-service' } }),
  'checking-vendor': tab({ evidence: undefined, checks: [], answers: [answer(1, [], { state: 'arriving' })], more: { state: 'checking', step: 'asking-vendor' } }),
  'waiting': tab({ evidence: undefined, checks: [] }),
  'waiting-attested': tab({ evidence: attestation(ionetEvidence()), checks: ionetEvidence() }),
  'reload': bare({ state: 'waiting', reloadNeeded: true, service: IONET, host: IONET.host, pageOrigin: 'https://ai.io.net' }),
  'off': bare({ host: 'news.example.com', pageOrigin: 'https://news.example.com' }),
  'off-known': bare({ host: 'ai.io.net', pageOrigin: 'https://ai.io.net', service: IONET }),
  'nopermission': bare({ state: 'nopermission', host: 'ai.io.net', pageOrigin: 'https://ai.io.net', service: IONET }),
  'gpus-good': judged(withGpus(EIGHT_GOOD), [good(), good()]),
  'gpus-one-bad': judged(withGpus(ONE_BAD), [good()]),
  'gpus-many-bad': judged(withGpus(MANY_BAD), [good()]),
  'gpus-service-down': judged(withGpus(SERVICE_DOWN), [good()]),
  'cube-limited': judged(cubeEvidence(), [unsignedAnswer(), unsignedAnswer()], CUBE),
  'near-limited': joined(NEAR_GOOD),
  'near-old-gateway': joined(NEAR_OLD_GATEWAY),
  'near-bad-gpu': joined(NEAR_BAD_GPU),
  'near-waiting': tab({ service: NEAR, evidence: attestation(NEAR_GOOD.evidence), checks: NEAR_GOOD.evidence }),
  'long': judged(ionetEvidence(), [altered(), good()], { ...IONET, name: LONG, host: 'ein-sehr-langer-rechnername.unterabteilung.nachweise.example.museum' }),
} satisfies Record<string, TabSnapshot>;

export type SnapshotName = keyof typeof SNAPSHOTS;
