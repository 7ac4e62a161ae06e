/**
 * "Who cannot read this chat": computed from checks, never written per service. A signed answer proves where it came
 * from; it does not prove that nobody read along (UI.md 6).
 */
import type { Check } from '../../checks/check';
import { type Facts, type MessageKey, type Phrase } from '../i18n/text';
import { withFacts } from './family';
import type { Kind } from './outcome';
import { type Proof, proofOf } from './proof';
import { isIfPage, isMachineOfSession, isUnderSession } from './session';

/** A line of "who cannot read" or "what is not proven": a subject in bold, then a reason. */
export interface ClaimLine {
  /** Stable name of the line, for tests and keys. */
  readonly id: string;
  readonly kind: Extract<Kind, 'pass' | 'weak' | 'absent' | 'unknown'>;
  readonly what: Phrase;
  readonly why: Phrase;
}

const line = (id: string, kind: ClaimLine['kind'], what: MessageKey, why: MessageKey, facts: Facts): ClaimLine => ({ id, kind, what: withFacts(what, facts), why: withFacts(why, facts) });

/** Why nobody can be ruled out, the reason nearest to the person's text first. */
function reasonFor(proof: Proof, checks: readonly Check[]): { readonly id: string; readonly why: MessageKey } {
  const tied = proof.channelBound || (proof.keyBound && proof.answerTied);
  if (!proof.keyBound && !proof.channelBound && proof.has('SIGNER_NOT_BOUND')) return { id: 'none_gateway', why: 'reader_none_gateway_why' };
  if (!proof.channelBound && !isUnderSession(checks) && proof.of('answer').some((c) => c.outcome === 'absent')) return { id: 'none_proxy', why: 'reader_none_proxy_why' };
  if (!proof.machine && !isMachineOfSession(checks, proof)) return { id: 'none_machine', why: 'reader_none_machine_why' };
  if (!proof.software) return { id: 'none_software', why: 'reader_none_software_why' };
  if (!tied) return { id: 'none_answers', why: 'reader_none_answers_why' };
  return { id: 'none_machine', why: 'reader_none_machine_why' };
}

/** The lines in the order in which they are read; at least one. */
export function readersOf(checks: readonly Check[], service: string): readonly ClaimLine[] {
  const proof = proofOf(checks);
  const facts: Facts = { service };
  if (proof.open || checks.length === 0) return [line('open', 'unknown', 'reader_open_what', 'reader_open_why', facts)];
  const inside = !proof.failed && proof.machine && proof.software && (proof.channelBound || (proof.keyBound && proof.answerTied));
  const way = !proof.failed && proof.channelBound;
  const lines = [
    ...(inside ? [line('inside', 'pass', 'reader_inside_what', 'reader_inside_why', facts)] : []),
    ...(way ? [line('way', 'pass', 'reader_way_what', 'reader_way_why', facts)] : []),
  ];
  if (lines.length > 0) return lines;
  if (isIfPage(checks, proof)) return [line('if_page', 'weak', 'reader_if_page_what', 'reader_if_page_why', facts)];
  const { id, why } = reasonFor(proof, checks);
  return [line(id, 'absent', 'reader_none_what', why, facts)];
}
