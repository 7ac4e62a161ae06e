/** What a row of the rail says in a few words beside its glyph. */
import type { Check } from '../../checks/check';
import { type Group, leadingCheck, placedId } from '../../verdict/groups';
import type { AnswerView, Step, TabSnapshot } from '../../watch/snapshot';
import { literal, number, type Phrase, plural, text } from '../i18n/text';
import { devicesAt, devicesOf, isAttested } from './devices';
import { labelOf } from './labels';
import { type Kind, kindOf } from './outcome';
import { machinesOf, placeWords, signsNothing } from './places';
import { isAgreedInside, isBehindProxy, isUnderSession } from './session';

const SHORT_VALUE = 20;

/** A long value by its beginning; names of digests are kept. */
export const shortened = (value: string): string => (value.length <= SHORT_VALUE ? value : `${value.slice(0, SHORT_VALUE - 4)}…`);

/** `0x1234…cdef`: enough of a key to tell two apart. */
export const shortKey = (key: string): string => (key.length <= 14 ? key : `${key.slice(0, 6)}…${key.slice(-4)}`);

function worst(checks: readonly Check[]): Phrase | undefined {
  const leading = leadingCheck(checks);
  if (leading === undefined) return undefined;
  const { place } = placedId(leading.id);
  // Of several machines the row says which; what is the matter there stands right below.
  return devicesAt(leading, checks) ?? (place === undefined ? labelOf(leading.id) : text('sum_at', { place: { kind: 'phrase', value: placeWords(place) } }));
}

/** "TDX, 8 of 8 GPUs"; without GPUs there is room for the maker's name. `brief`: "2 machines, 8 GPUs" where all of them are attested. */
function withGpus(alone: Phrase, cpu: Phrase, checks: readonly Check[], brief = false): Phrase {
  const gpus = devicesOf(checks).filter((device) => device.kind === 'gpu');
  if (gpus.length === 0) return alone;
  const counted = brief && gpus.every(isAttested) ? plural('gpus_title_gpu', gpus.length) : plural('sum_gpus', gpus.length, { done: number(gpus.filter(isAttested).length) });
  return text('sum_with_gpus', { cpu: { kind: 'phrase', value: cpu }, gpus: { kind: 'phrase', value: counted } });
}

const isSigned = (checks: readonly Check[]): boolean => checks.some((c) => c.id.endsWith('quote.signature') || c.id === 'report.signature');

function machine(kind: Kind, all: readonly Check[]): Phrase {
  if (kind === 'fail' || kind === 'unknown') return worst(all) ?? text('sum_no_evidence');
  const machines = machinesOf(all);
  const [{ checks } = { checks: all }] = machines;
  if (machines.length > 1) {
    const counted = plural('sum_machines', machines.length);
    return machines.every((one) => isSigned(one.checks)) ? withGpus(counted, counted, all, true) : (worst(all) ?? text('sum_no_evidence'));
  }
  if (checks.some((c) => c.code === 'CPU_EVIDENCE_ABSENT')) return text('sum_no_cpu');
  if (checks.some((c) => c.id === 'report.signature')) return withGpus(text('sum_snp'), text('sum_cpu_snp'), checks);
  if (!checks.some((c) => c.id.endsWith('quote.signature'))) return worst(checks) ?? text('sum_no_evidence');
  return checks.some((c) => c.id.startsWith('gpu') && c.by === 'assay') ? text('sum_tdx_gpu_open') : withGpus(text('sum_tdx'), text('sum_cpu_tdx'), checks);
}

function software(kind: Kind, checks: readonly Check[]): Phrase {
  if (kind === 'fail' || kind === 'unknown') return worst(checks) ?? text('sum_no_evidence');
  const claimed = checks.find((c) => kindOf(c) === 'claimed');
  if (kind === 'claimed' || kind === 'partly') {
    const value = claimed?.actual ?? claimed?.detail ?? '';
    return value === '' ? (worst(checks) ?? text('outcome_claimed')) : literal(shortened(value));
  }
  if (kind === 'weak') return checks.some((c) => c.code === 'SOFTWARE_APPROVED') ? text('sum_software_approved') : text('sum_software_unknown');
  return kind === 'pass' ? text('sum_software_pass') : (worst(checks) ?? text('sum_no_evidence'));
}

function key(kind: Kind, all: readonly Check[]): Phrase {
  const checks = all.filter((c) => !signsNothing(c));
  if (kind === 'fail' || kind === 'unknown') return worst(checks) ?? text('sum_no_evidence');
  if (checks.some((c) => c.code === 'SIGNER_NOT_BOUND')) return text('sum_key_none');
  if (isAgreedInside(checks)) return text('sum_key_agreed');
  if (!isBehindProxy(all) && checks.some((c) => c.id === 'key.secret.signature' && c.code === 'BOUND_BY_UNKNOWN_SOFTWARE')) return text('sum_key_unknown_software');
  if (checks.some((c) => c.code === 'ANSWERS_NOT_SIGNED')) return text('sum_key_unsigned');
  if (checks.some((c) => c.code === 'BOUND_BY_UNKNOWN_SOFTWARE')) return text('sum_key_unknown_software');
  if (kind === 'partly') return text('sum_key_channel');
  return kind === 'pass' ? text('sum_key_bound') : (worst(checks) ?? text('sum_key_none'));
}

/** The answer is what was signed, as far as its own checks say. */
export const isEqual = (answer: AnswerView): boolean => ['signature', 'response.hash'].every((id) => answer.checks.some((c) => c.id === id && kindOf(c) === 'pass'));

function answer(snapshot: TabSnapshot): Phrase {
  const judged = snapshot.answers.filter((a) => a.state !== 'arriving');
  if (snapshot.counts.arriving > 0 && judged.length === 0) return plural('sum_answer_waits', snapshot.counts.arriving);
  if (judged.length === 0) return text('sum_no_answer');
  const total = { kind: 'number', value: judged.length } as const;
  const failed = judged.filter((a) => a.state === 'failed' && !isEqual(a)).length;
  if (failed > 0) return text('sum_answers_differ', { n: number(failed), total });
  const equal = judged.filter(isEqual).length;
  const sealed = judged.filter((a) => !isEqual(a) && isUnderSession(a.checks)).length;
  return equal === judged.length ? text('sum_answers_equal', { n: total, total }) : text('sum_answers_open', { n: number(equal + sealed), total });
}

export function summaryOf(group: Group, kind: Kind, checks: readonly Check[], snapshot: TabSnapshot): Phrase {
  switch (group) {
    case 'machine':
      return machine(kind, checks);
    case 'software':
      return software(kind, checks);
    case 'key':
      return key(kind, checks);
    case 'answer':
      return answer(snapshot);
  }
}

/** What a row says while evidence is on its way: the machine names the step, the others wait for it. */
export function runningSummary(group: Group, step: Step, service: string, snapshot: TabSnapshot): Phrase {
  if (group === 'answer') return answer(snapshot);
  if (group !== 'machine') return text('sum_waits');
  if (step === 'asking-vendor') return text('sum_asking_vendor');
  return step === 'checking-evidence' ? text('sum_checking_evidence') : text('sum_asking_service', { service });
}
