/**
 * The way there: does the connection that this browser made for an answer end in the attested machine? Evidence that
 * names a connection's key proves that key alone; that this browser talked to it, only its own eyes can say.
 */
import { absent, type Check, fail, pass, unknown, weak } from '../checks/check';
import type { SeenConnection } from './exchange';
import type { Appraisal } from './types';

const CHANNEL = /^channel(?=\.|$)/;

/** Of evidence alone: it names a connection's key, and each answer's own connection decides what that is worth. */
export const isLeftToAnswers = ({ id, by }: Check): boolean => CHANNEL.test(id) && by === 'browser';

/** The appraisal's checks, with `channel` decided where evidence names keys and the browser shows one. */
export function withChannel({ checks, channelKeys = [] }: Pick<Appraisal, 'checks' | 'channelKeys'>, seen: SeenConnection | undefined): readonly Check[] {
  if (seen === undefined || channelKeys.length === 0) return checks;
  const named = channelKeys.filter(({ host }) => host === undefined || host.toLowerCase() === seen.host).map(({ spkiSha256 }) => spkiSha256);
  return checks.map((check) => (CHANNEL.test(check.id) ? compared(check.id, named, seen, checks) : check));
}

/** No better than the binding of the machine's keys: what put both there is one and the same software. */
function compared(id: string, named: readonly string[], { keys }: SeenConnection, checks: readonly Check[]): Check {
  if (named.length === 0) return absent(id, 'service', 'CHANNEL_NOT_BOUND', 'the evidence names keys of other hosts');
  const other = keys.find((key) => !named.includes(key));
  const values = { expected: named.join(' or '), actual: other ?? keys.join(' and ') };
  if (other !== undefined) return fail(id, 'CHANNEL_KEY_MISMATCH', 'another key than the evidence names', values);
  const binding = checks.find((check) => check.id === id.replace(CHANNEL, 'key.binding'));
  if (binding?.outcome === 'pass') return pass(id, 'the connection’s key stands in the evidence', { ...values, ...(binding.source === undefined ? {} : { source: binding.source }) });
  if (binding?.outcome === 'weak' && binding.code !== undefined) return weak(id, binding.code, 'the connection’s key stands in the evidence', values);
  return unknown(id, binding?.code ?? 'CHANNEL_NOT_BOUND', 'the binding of the keys does not hold', values);
}
