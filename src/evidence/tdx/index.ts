/** Intel TDX and SGX quotes, judged whole: parse, verify (is it genuine?), appraise (is it what we want?). */
import { appraisePolicy, appraiseTcb, isTd } from './appraise';
import { claimsOf, factsOf } from './describe';
import { checkOf, contradiction, isoTime, restsOn } from '../findings';
import type { Clock, Fault } from '../findings';
import { hasJunk, parseQuote } from './parse';
import type { Quote } from './parse';
import { readPckChain } from './pck-chain';
import { evaluateTcb, moduleIdentityFor } from './tcb';
import type { EvaluatedTcb } from './tcb';
import type { TdxInput, TdxResult } from './types';
import { verifyQuote } from './verify';
import type { Verified } from './verify';
import { asCoded } from '../../checks/error';
import { fail } from '../../checks/check';
import type { Check } from '../../checks/check';
import { isAllZero } from '../../encoding/bytes';
import { toHex } from '../../encoding/hex';

export { looksLikeQuote, parseQuote, reportDataOf } from './parse';
export type { Quote } from './parse';

/** Which machine a quote comes from, as far as its certificate says: what collateral must be asked for. */
export interface QuotePlatform {
  readonly tee: 'tdx' | 'sgx';
  /** 12 hex characters. */
  readonly fmspc: string;
  readonly ca: 'platform' | 'processor';
}

/** Not verified: only good for choosing collateral. Raises the codes of `pck.chain` when the quote carries no readable PCK chain. */
export function platformOf(quote: Quote): QuotePlatform {
  const chain = readPckChain(quote);
  return { tee: quote.tee, fmspc: chain.platform.fmspc, ca: chain.caKind };
}

/**
 * Judges one quote. Never raises on bad input: what is wrong becomes a check with a code of reference section 9, and all
 * other checks are still made. Checks come in the ids and order of CLI.md; `tdx.module` and the rules over TD fields only for TDs.
 */
export async function checkTdx(input: TdxInput): Promise<TdxResult> {
  const parsed = tryParse(input.quote);
  if ('check' in parsed) return { checks: [parsed.check] };
  const { quote } = parsed;
  const clock: Clock = {
    now: input.now,
    ...(input.clockBehind === undefined ? {} : { behind: input.clockBehind.detail }),
    ...(input.collateralProblem === undefined ? {} : { notRenewed: input.collateralProblem.detail }),
  };
  const verified = await verifyQuote(quote, input, clock);
  const evaluated = evaluate(quote, verified);
  const authentic = verified.authenticity.length === 0;
  return {
    checks: [
      parseCheck(quote),
      ...genuineChecks(quote, verified),
      ...moduleCheck(quote, verified),
      appraiseTcb(evaluated.fact, evaluated.faults, input.policy, evaluated.currentAdvisoryIds),
      ...appraisePolicy(quote, verified.ground, input.policy),
    ],
    claims: claimsOf(quote, verified, authentic ? evaluated.fact : undefined),
    facts: factsOf(quote, verified, authentic ? evaluated.level : undefined),
  };
}

function tryParse(bytes: Uint8Array): { quote: Quote } | { check: Check } {
  try {
    return { quote: parseQuote(bytes) };
  } catch (error) {
    const { code, detail } = asCoded(error);
    return { check: fail('parse', code, detail, { basis: 'derived' }) };
  }
}

function parseCheck(quote: Quote): Check {
  const faults = hasJunk(quote) ? [contradiction('TRAILING_BYTES', `${quote.trailing.length} bytes after the quote, not all zero`)] : [];
  return checkOf('parse', faults, `${quote.tee.toUpperCase()} quote v${quote.version}, ${quote.body.kind}`, { basis: 'derived' });
}

function genuineChecks(quote: Quote, { chain, rootCrl, pckCrl, tcbInfo, qeIdentity, faults }: Verified): readonly Check[] {
  return [
    checkOf('pck.chain', [...faults.chain, ...faults.chainDates], [chain?.leaf, chain?.ca, chain?.root].map((certificate) => certificate?.subject.commonName ?? '').join(' < ')),
    checkOf('pck.revocation', faults.revocation, [rootCrl.crl, pckCrl.crl].map((crl) => (crl === undefined ? '' : `${crl.issuer.commonName ?? ''}: ${crl.revoked.size} serials, ${isoTime(crl.thisUpdate)}`)).join('; ')),
    checkOf('tcbinfo', tcbInfo.faults, tcbInfo.value === undefined ? '' : `list ${tcbInfo.value.evaluationDataNumber} for ${tcbInfo.value.fmspc}, ${span(tcbInfo.value)}`),
    checkOf('qeidentity', qeIdentity.faults, qeIdentity.value === undefined ? '' : `${qeIdentity.value.id}, list ${qeIdentity.value.evaluationDataNumber}, ${span(qeIdentity.value)}`),
    checkOf('qe.report', faults.qeReport, `MRSIGNER ${toHex(quote.qeReport.mrSigner)}, product ${quote.qeReport.isvProdId}, SVN ${quote.qeReport.isvSvn}`),
    checkOf('qe.binding', faults.qeBinding, `attestation key ${toHex(quote.attestationKey.subarray(0, 8))}…`),
    checkOf('quote.signature', faults.quoteSignature, 'ECDSA P-256 with SHA-256'),
  ];
}

const span = (dated: { readonly issueDate: number; readonly nextUpdate: number }): string => `${isoTime(dated.issueDate)} to ${isoTime(dated.nextUpdate)}`;

/** The TDX module itself: signed by whom Intel names, without attributes. */
function moduleCheck({ body }: Quote, { tcbInfo, ground }: Verified): readonly Check[] {
  if (!isTd(body)) return [];
  const faults: Fault[] = isAllZero(body.seamAttributes) ? [] : [contradiction('TDX_MODULE_MISMATCH', 'the module has attributes', { expected: '00'.repeat(8), actual: toHex(body.seamAttributes) })];
  if (tcbInfo.value !== undefined) {
    try {
      const identity = moduleIdentityFor(body.teeTcbSvn, tcbInfo.value);
      const compared = [
        ['the module’s signer', identity.mrSigner, toHex(body.mrSignerSeam)],
        ['the module’s attributes', identity.attributes, toHex(body.seamAttributes)],
      ] as const;
      faults.push(...compared.flatMap(([what, expected, actual]) => (expected === actual ? [] : [contradiction('TDX_MODULE_MISMATCH', what, { expected, actual })])));
    } catch (error) {
      const { code, detail } = asCoded(error);
      faults.push(contradiction(code, detail));
    }
  }
  return [checkOf('tdx.module', [...faults, ...restsOn(tcbInfo.faults, ground)], `TDX module ${body.teeTcbSvn[1] ?? 0}.${body.teeTcbSvn[0] ?? 0}, MRSEAM ${toHex(body.mrSeam)}`)];
}

interface Evaluated extends Partial<EvaluatedTcb> {
  readonly faults: readonly Fault[];
}

function evaluate(quote: Quote, { chain, tcbInfo, qeIdentity, ground }: Verified): Evaluated {
  const basis = restsOn(tcbInfo.faults, qeIdentity.faults, ground);
  if (chain === undefined || tcbInfo.value === undefined || qeIdentity.value === undefined) return { faults: basis };
  const td = isTd(quote.body) ? quote.body : undefined;
  try {
    return { ...evaluateTcb({ platform: chain.platform, td, qeIsvSvn: quote.qeReport.isvSvn, info: tcbInfo.value, qeIdentity: qeIdentity.value }), faults: basis };
  } catch (error) {
    const { code, detail } = asCoded(error);
    return { faults: [contradiction(code, detail), ...basis] };
  }
}
