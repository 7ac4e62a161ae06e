import type { Check } from '../../../src/checks/check';
import { fail, pass, unknown, weak } from '../../../src/checks/check';
import type { AnswerView, AttestationView } from '../../../src/watch/snapshot';
import { type DocumentState, newDocument } from '../../../src/watch/document';
import { stateOf } from '../../../src/verdict/state';

export const PAGE = 'https://ai.example';
export const API = 'https://api.example';

export const GOOD: readonly Check[] = [pass('quote.signature', 'ok'), pass('signature', 'ok', { basis: 'derived' })];
export const GAP: readonly Check[] = [...GOOD, weak('key.binding', 'SIGNER_NOT_BOUND', 'nonce‖0')];
export const OPEN: readonly Check[] = [...GOOD, unknown('tcb', 'COLLATERAL_UNREACHABLE', 'api')];
export const BAD: readonly Check[] = [...GOOD, fail('response.hash', 'RESPONSE_HASH_MISMATCH', 'differs')];

export const answer = (number: number, checks: readonly Check[], more: Partial<AnswerView> = {}): AnswerView => ({
  id: `a${number}`, number, startedAt: number * 1000, judgedAt: number * 1000 + 500, state: stateOf(checks), checks, fromWorker: false, stoppedByPage: false, ...more,
});

export const attestation = (checks: readonly Check[], appraisedAt = 100): AttestationView => ({ id: 'e1', state: stateOf(checks), checks, receivedAt: appraisedAt, appraisedAt, through: 'key', signers: [] });

export const document = (): DocumentState => newDocument({ tabId: 7, documentId: '00000000-0000-4000-8000-000000000001', pageOrigin: PAGE, profileId: 'example', incognito: false, openedAt: 1 });

/** The browser run's memory, as JSON: what does not survive JSON does not survive here either. */
export function runStore() {
  const kept = new Map<string, string>();
  return {
    kept,
    get: (key: string): Promise<unknown> => Promise.resolve(kept.has(key) ? JSON.parse(kept.get(key) ?? 'null') : undefined),
    set: (key: string, value: unknown): Promise<void> => {
      kept.set(key, JSON.stringify(value));
      return Promise.resolve();
    },
    remove: (key: string): Promise<void> => {
      kept.delete(key);
      return Promise.resolve();
    },
    entries: (prefix: string): Promise<readonly (readonly [string, unknown])[]> =>
      Promise.resolve([...kept].filter(([key]) => key.startsWith(prefix)).map(([key, value]) => [key, JSON.parse(value)] as const)),
  };
}
