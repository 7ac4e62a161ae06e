/**
 * Signatures that name no key of their own are held against the keys of evidence: it is had before the answer is judged,
 * and once more where the signature holds under none of them, since a service may have other machines or newer keys.
 */
import type { Code } from '../checks/codes';
import type { FinishedAnswer } from '../observe';
import type { AnswerFindings, AnswerInput } from '../providers/types';
import type { Asked, Attested, Attestor } from './attestor';

export interface Keyed {
  readonly findings: AnswerFindings;
  /** True where keys may have been lacking, so that reading the answer anew may say more. */
  readonly open: boolean;
  /** When fresh evidence may be asked for, ms since the epoch, where that was not allowed yet. */
  readonly askAgainAt?: number;
}

export interface KeyDoors {
  readonly attestor: Pick<Attestor, 'signersFor' | 'newest' | 'fetch' | 'mayAskForSigner'>;
  maxAgeMs(): Promise<number>;
}

/** Judges an answer with the keys of the evidence at hand. `waited`: its key was missing before, and it waited for its turn to ask. */
export async function judgeWithKeys(doors: KeyDoors, { provider, head, endedAt }: FinishedAnswer, input: AnswerInput, asked: Asked, waited: boolean): Promise<Keyed> {
  if (provider.keysFromEvidence !== true || input.aside?.kind !== 'there') return { findings: provider.judgeAnswer(input), open: false };
  if (asked.target === undefined) return { findings: provider.judgeAnswer({ ...input, keyGap: asked.problem.code }), open: true };
  const { target } = asked;
  const { attestor } = doors;
  const maxAgeMs = await doors.maxAgeMs();
  const judged = async (keyGap: Code | undefined): Promise<Keyed> => {
    const keys = await attestor.signersFor(target, { startedAt: head.startedAt, maxAgeMs });
    const findings = provider.judgeAnswer({ ...input, keys, ...(keyGap === undefined ? {} : { keyGap }) });
    return { findings, open: keyGap !== undefined || findings.keyMissing === true };
  };
  const kept = await attestor.newest(target, maxAgeMs);
  const first = await judged(kept === undefined ? gapIn(await attestor.fetch(target, 'answer')) : undefined);
  // Whoever waited for its turn is judged by what was asked for since then.
  if (first.findings.keyMissing !== true || (waited && kept !== undefined && kept.receivedAt > endedAt)) return first;
  const may = await attestor.mayAskForSigner(target);
  if (!may.now) return { ...(await judged('REATTEST_LIMITED')), askAgainAt: may.at };
  return judged(gapIn(await attestor.fetch(target, 'signer')));
}

const gapIn = (attested: Attested): Code | undefined => (attested.kind === 'problem' ? attested.problem.code : undefined);
