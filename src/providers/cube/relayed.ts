/**
 * X-Attestation-* headers that Cube's proxy adds to answers: about a connection of its own, unsigned, bound to nothing the
 * browser knows, and each there twice (Go's reverse proxy adds what was set already). Shown as claims, compared where
 * doubled; the evidence inside is checked for being genuine, and never proves more than that some such machine exists.
 */
import { absent, type Check, fail, unknown, weak } from '../../checks/check';
import { asCoded, CodedError } from '../../checks/error';
import { fromBase64 } from '../../encoding/base64';
import { parseJson } from '../../encoding/json';
import { toHex } from '../../encoding/hex';
import type { HeaderItem } from '../exchange';
import type { AppraiseContext } from '../types';
import { judgeCocos } from './evidence';

const CLAIM = 'answer.relayed';
const EVIDENCE = 'answer.relayed.evidence';
const NAMES = ['x-attestation-type', 'x-attestation-ok', 'x-attestation-error', 'x-attestation-nonce', 'x-attestation-report', 'x-atls-handshake'] as const;
type Name = (typeof NAMES)[number];
const MAX_VALUE = 256 * 1024;
const SHOWN = 120;

type Headers = ReadonlyMap<Name, string>;

/** One value of each header. Raises `RELAYED_CLAIMS_DISAGREE` where two differ, and for one that is no text. */
function readHeaders(headers: readonly HeaderItem[]): Headers {
  const found = new Map<Name, string>();
  for (const { name: asSent, value } of headers) {
    const name = NAMES.find((known) => known === asSent.toLowerCase());
    if (name === undefined) continue;
    if (typeof value !== 'string' || value.length > MAX_VALUE) throw new CodedError('RELAYED_CLAIMS_DISAGREE', `${name} is no text`);
    const one = halved(value.trim());
    const before = found.get(name);
    if (before !== undefined && before !== one) throw new CodedError('RELAYED_CLAIMS_DISAGREE', `${name}: ${before.slice(0, SHOWN)} and ${one.slice(0, SHOWN)}`);
    found.set(name, one);
  }
  return found;
}

/** Firefox joins two headers into one with a comma between: twice the same is once. */
function halved(value: string): string {
  const half = (value.length - 2) / 2;
  return Number.isInteger(half) && half > 0 && value.slice(half, half + 2) === ', ' && value.slice(0, half) === value.slice(half + 2) ? value.slice(0, half) : value;
}

/** True of one word or two, as flags are: joined ones that differ still hold their comma. */
const isOneWord = (value: string | undefined): boolean => value === undefined || !value.includes(',');

/** What the proxy says about its own link to the machine; nothing where it says nothing. */
export function claimedLink(headers: readonly HeaderItem[]): readonly Check[] {
  const basis = 'claimed';
  try {
    const found = readHeaders(headers);
    const [type, ok, why] = [found.get('x-attestation-type'), found.get('x-attestation-ok'), found.get('x-attestation-error')];
    if (type === undefined && ok === undefined && !found.has('x-attestation-report')) return [];
    if (!isOneWord(type) || !isOneWord(ok)) return [fail(CLAIM, 'RELAYED_CLAIMS_DISAGREE', `${type ?? ''}; ${ok ?? ''}`.slice(0, SHOWN), { basis })];
    const said = `${type ?? ''}, ok ${ok ?? 'not said'}${why === undefined ? '' : `: ${why.slice(0, SHOWN)}`}`;
    if (type !== 'aTLS' || ok !== 'true' || why !== undefined) return [weak(CLAIM, 'RELAYED_NOT_ATTESTED', said, { basis })];
    return [absent(CLAIM, 'service', 'RELAYED_ONLY_CLAIMED', said, { basis })];
  } catch (error) {
    const { code, detail } = asCoded(error);
    return [fail(CLAIM, code, detail, { basis })];
  }
}

/** Whether the evidence in the report header is a vendor's word at all; of which connection, and of when, nobody can say. */
export async function judgeRelayed(headers: readonly HeaderItem[], context: AppraiseContext): Promise<readonly Check[]> {
  let raw: Uint8Array | undefined;
  try {
    raw = rawEvidence(readHeaders(headers).get('x-attestation-report'));
  } catch (error) {
    const { code, detail } = asCoded(error);
    // That headers disagree is told beside the answer already.
    return code === 'RELAYED_CLAIMS_DISAGREE' ? [] : [fail(EVIDENCE, code, detail, { basis: 'claimed' })];
  }
  if (raw === undefined) return [];
  const { checks } = await judgeCocos({ evidence: raw, policies: [], references: [], complete: false }, context);
  const basis = 'claimed';
  // Bytes behind a quote change nothing about whose word it is.
  const wrong = checks.find(({ outcome, id, code }) => outcome === 'fail' && !BOUND_TO_REQUEST.includes(id) && code !== 'TRAILING_BYTES');
  if (wrong?.code !== undefined) return [fail(EVIDENCE, wrong.code, `${wrong.id}: ${wrong.detail}`, { basis })];
  const open = checks.find(({ outcome, required }) => outcome === 'unknown' && required);
  if (open?.code !== undefined) return [unknown(EVIDENCE, open.code, `${open.id}: ${open.detail}`, { basis, required: false })];
  return [absent(EVIDENCE, 'service', 'RELAYED_ONLY_CLAIMED', 'a genuine machine, at some time, on a connection of the proxy’s own', { basis, actual: toHex(raw.subarray(0, 16)) })];
}

/** What the evidence answers is unknown here, so that it answers something else is no finding. (That no hardware stands behind a vTPM is one.) */
const BOUND_TO_REQUEST: readonly string[] = ['reportdata', 'software'];

function rawEvidence(report: string | undefined): Uint8Array | undefined {
  if (report === undefined) return undefined;
  const json = parseJson(report, { maxLength: MAX_VALUE, maxDepth: 4 });
  const raw = json instanceof Map ? json.get('attestation_raw_base64') : undefined;
  return typeof raw === 'string' && raw !== '' ? fromBase64(raw) : undefined;
}
