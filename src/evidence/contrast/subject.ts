/** The hardware's statement of a Coordinator, verified by its own kind's verifier and made ready for Contrast's rules. */
import type { Check } from '../../checks/check';
import { CodedError } from '../../checks/error';
import { toHex } from '../../encoding/hex';
import { checkSnp } from '../sevsnp';
import { parseReport } from '../sevsnp/report';
import type { SnpReport } from '../sevsnp/report';
import { checkTdx, parseQuote } from '../tdx';
import type { Quote } from '../tdx';
import { isTd } from '../tdx/appraise';
import { contradiction } from '../findings';
import type { Fault } from '../findings';
import { readPckChain } from '../tdx/pck-chain';
import type { RawEvidence } from './evidence';
import type { Manifest } from './manifest-types';
import { readPckOptions } from './pck-options';
import type { PckOptions } from './pck-options';
import { nameOf } from './rules';
import type { Candidate, RuleId } from './rules';
import { snpFindings } from './snp-rules';
import { tdxFindings } from './tdx-rules';
import type { ContrastEvidence, ContrastInput } from './types';

export interface Subject {
  readonly evidence: ContrastEvidence;
  /** The evidence's own checks, by its kind's policy. */
  readonly checks: readonly Check[];
  /** Ids of those that its values rest on. */
  readonly foundation: readonly string[];
  /** Contrast's rules for this kind. */
  readonly rules: readonly RuleId[];
  /** What the software in the TEE asked for, and what the host launched it with; absent when the evidence could not be read. */
  readonly reportData?: Uint8Array;
  /** HOSTDATA as a policy hash would stand there, hex: 32 bytes for SEV-SNP, MRCONFIGID's 48 for TDX. */
  readonly hostData?: string;
  readonly candidatesIn: (manifest: Manifest) => readonly Candidate[];
}

const SNP_RULES: readonly RuleId[] = ['hostdata', 'measurement', 'tcb', 'guestpolicy', 'platform', 'mitigation', 'chipid', 'vmpl', 'idblock'];
const TDX_RULES: readonly RuleId[] = ['hostdata', 'measurement', 'tcb', 'guestpolicy', 'platform', 'chipid'];
const SNP_FOUNDATION: readonly string[] = ['parse', 'vek.chain', 'vek.revocation', 'vek.binding', 'report.signature'];
const TDX_FOUNDATION: readonly string[] = ['parse', 'pck.chain', 'pck.revocation', 'qe.report', 'qe.binding', 'quote.signature'];

type Around = Pick<ContrastInput, 'snp' | 'tdx' | 'anchors' | 'now' | 'policy' | 'clockBehind'>;

export const verifySubject = (raw: RawEvidence, around: Around): Promise<Subject> => (raw.kind === 'snp' ? snpSubject(raw, around) : tdxSubject(raw, around));

const clockOf = ({ clockBehind }: Around): Pick<Around, 'clockBehind'> => (clockBehind === undefined ? {} : { clockBehind });

async function snpSubject({ raw, sent }: Extract<RawEvidence, { kind: 'snp' }>, around: Around): Promise<Subject> {
  const { anchors, now, policy } = around;
  const found = await around.snp(raw, sent);
  const { checks, claims, facts } = await checkSnp({ report: raw, ...found, anchors, now, policy: policy.snp, ...clockOf(around) });
  const report = attempt(() => parseReport(raw));
  const product = claims?.product;
  return {
    evidence: { kind: 'snp', raw, endorsements: found.endorsements, ...(claims === undefined ? {} : { claims }), ...(facts === undefined ? {} : { facts }) },
    checks,
    foundation: SNP_FOUNDATION,
    rules: SNP_RULES,
    ...(report === undefined ? {} : { reportData: report.reportData, hostData: toHex(report.hostData) }),
    candidatesIn: ({ snp }) => (report === undefined ? [] : snp.map((reference, i) => ({ name: nameOf(i, snp.length, reference.platform, reference.product), findings: snpFindings(report, product, reference) }))),
  };
}

async function tdxSubject({ raw }: Extract<RawEvidence, { kind: 'tdx' }>, around: Around): Promise<Subject> {
  const { anchors, now, policy } = around;
  const { collateral, problem } = await around.tdx(raw);
  const { checks, claims, facts } = await checkTdx({ quote: raw, collateral, anchors, now, policy: policy.tdx, ...(problem === undefined ? {} : { collateralProblem: problem }), ...clockOf(around) });
  const quote = attempt(() => parseQuote(raw));
  const body = quote !== undefined && isTd(quote.body) ? quote.body : undefined;
  const options = quote === undefined ? undefined : optionsOf(quote);
  return {
    evidence: { kind: 'tdx', raw, collateral, ...(claims === undefined ? {} : { claims }), ...(facts === undefined ? {} : { facts }) },
    checks,
    foundation: TDX_FOUNDATION,
    rules: TDX_RULES,
    ...(body === undefined ? {} : { reportData: body.reportData, hostData: toHex(body.mrConfigId) }),
    candidatesIn: ({ tdx }) =>
      body === undefined || options === undefined ? [] : tdx.map((reference, i) => ({ name: nameOf(i, tdx.length, reference.platform), findings: tdxFindings({ quote: raw, body, options, tcb: claims?.tcb }, reference) })),
  };
}

function optionsOf(quote: Quote): PckOptions | Fault {
  try {
    return readPckOptions(readPckChain(quote).leaf);
  } catch (error) {
    if (error instanceof CodedError) return contradiction(error.code, error.detail);
    throw error;
  }
}

/** `undefined` for what could not be read: the verifier's own check says why. */
function attempt<T extends SnpReport | Quote>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof CodedError) return undefined;
    throw error;
  }
}
