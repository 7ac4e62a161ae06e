/** What a status says in place of what was asked for: none but 200 carries it, and 200 is proof of nothing. */
import { type Check, unknown } from '../../checks/check';
import type { Code } from '../../checks/codes';
import type { AsideReading } from '../types';

const codeOf = (status: number): Code => (status === 401 || status === 403 ? 'LOGIN_NEEDED' : status === 429 ? 'RATE_LIMITED' : 'SERVICE_ERROR');

/** For a report that was asked for; `undefined` for 200. */
export const reportRefusal = (status: number): Check | undefined => (status === 200 ? undefined : unknown('evidence', codeOf(status), `HTTP ${status}`, { basis: 'derived' }));

/** For a signature or receipt; `undefined` for 200. 404 means that this node does not have it, now or any more: asking again may help. */
export function asideRefusal(status: number): Extract<AsideReading, { kind: 'none' }> | undefined {
  if (status === 200) return undefined;
  if (status === 404) return { kind: 'none', code: 'SIGNATURE_NOT_FOUND', detail: 'the service does not have it, or not any more', later: true };
  const code = codeOf(status);
  return { kind: 'none', code, detail: `HTTP ${status}`, later: code !== 'LOGIN_NEEDED' };
}
