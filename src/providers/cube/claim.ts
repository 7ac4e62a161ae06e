/**
 * The policy that the service hands out beside its evidence: its word, kept as first seen. It can tell nobody which software
 * is right; that it changed, names nothing or does not fit the machine beside it is worth saying.
 */
import { absent, type Check, pass, unknown, weak } from '../../checks/check';
import { asCoded } from '../../checks/error';
import { utf8Text } from '../../encoding/bytes';
import { compareSnp, compareTdx, looksRounded } from '../../evidence/cocos/policy-compare';
import { policyDigest } from '../../evidence/cocos/policy-digest';
import { reachOf, readCocosPolicy } from '../../evidence/cocos/policy-read';
import type { CocosPolicy, PolicyFinding } from '../../evidence/cocos/policy-types';
import { splitReport } from '../../evidence/sevsnp/container';
import { parseReport } from '../../evidence/sevsnp/report';
import { parseQuote } from '../../evidence/tdx';
import type { AppraiseContext, EvidencePart, FetchedReport } from '../types';

const ID = 'software.claimed';
const basis = 'claimed';
/** No policy is stored: newer versions answer an empty 200, older ones 403 with the database's own words. */
const ABSENT_STATUS: readonly number[] = [403, 404];

export async function judgeClaim(claim: FetchedReport['claim'], parts: readonly EvidencePart[], firstSeen: AppraiseContext['firstSeen']): Promise<readonly Check[]> {
  if (claim === undefined) return [];
  if (ABSENT_STATUS.includes(claim.status) || (claim.status === 200 && claim.body.length === 0)) return [absent(ID, 'service', 'CLAIMED_POLICY_ABSENT', `HTTP ${claim.status}, no policy`, { basis })];
  if (claim.status !== 200) return [unknown(ID, 'SERVICE_ERROR', `HTTP ${claim.status}`, { basis, required: false })];
  try {
    const text = utf8Text(claim.body, 'POLICY_MALFORMED');
    const policy = readCocosPolicy(text);
    const digest = policyDigest(text);
    const seen = await firstSeen?.(digest);
    const source = seen === undefined ? undefined : `first seen ${new Date(seen.at).toISOString()}`;
    const withVtpm = parts.some(({ kind }) => kind === 'vtpm');
    if (seen !== undefined && seen.value !== digest) return [weak(ID, 'CLAIMED_POLICY_CHANGED', 'another policy than before', { basis, source, expected: seen.value, actual: digest })];
    const differs = findingsOf(policy, parts);
    if (differs.length > 0) return [weak(ID, 'CLAIMED_POLICY_MISMATCH', `${differs.join(', ')}${roundedIn(policy)}`, { basis, source, actual: digest })];
    if (reachOf(policy, withVtpm) !== 'software') return [weak(ID, 'POLICY_NAMES_NO_SOFTWARE', 'the service’s policy names no software', { basis, source, actual: digest })];
    return [pass(ID, 'unchanged, and the evidence fits it', { basis, source, actual: digest })];
  } catch (error) {
    const { code, detail } = asCoded(error);
    return [weak(ID, code, detail, { basis })];
  }
}

const roundedIn = (policy: CocosPolicy): string => (policy.kind === 'snp' && looksRounded(policy.minimumTcb) ? '; its numbers look rounded, as its own page leaves them when it saves' : '');

/** The rules of the service's own policy that its own evidence breaks. */
function findingsOf(policy: CocosPolicy, parts: readonly EvidencePart[]): readonly string[] {
  for (const part of parts) {
    if (part.kind === 'tdx') return policy.kind === 'tdx' ? brokenIn(compareTdx(policy, parseQuote(part.raw))) : ['the kind of machine'];
    if (part.kind === 'snp') return policy.kind === 'snp' ? [...brokenIn(compareSnp(policy, parseReport(splitReport(part.raw).report), part.claims?.product)), ...registersAmiss(policy, parts)] : ['the kind of machine'];
  }
  return [];
}

const brokenIn = (findings: readonly PolicyFinding[]): readonly string[] => findings.filter(({ fault }) => fault !== undefined).map(({ field }) => field);

function registersAmiss(policy: Extract<CocosPolicy, { kind: 'snp' }>, parts: readonly EvidencePart[]): readonly string[] {
  const facts = parts.flatMap((part) => (part.kind === 'vtpm' && part.facts !== undefined ? [part.facts] : []));
  return [...policy.pcrs].flatMap(([bank, registers]) =>
    [...registers].flatMap(([index, value]) => (facts.some(({ quotes }) => quotes.some((quote) => quote.bank === bank && quote.holds && quote.pcrs[`${index}`] === value)) ? [] : [`${bank} ${index}`])),
  );
}

