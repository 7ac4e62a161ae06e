/**
 * Evidence of Cocos judged whole: is it a genuine machine, does it answer what was sent, is it what the user's policy
 * wants. The agent signs any 64 bytes that its caller sends, so a fresh number is all that the bytes themselves can prove.
 */
import { type Check, fail, pass, unknown, weak } from '../../checks/check';
import { asCoded } from '../../checks/error';
import type { ReferenceValue } from '../../checks/reference';
import { TDX_REGISTERS } from '../../checks/policy';
import { equalBytes } from '../../encoding/bytes';
import { toHex } from '../../encoding/hex';
import { type CocosEvidence, type CocosSnp, readCocos } from '../../evidence/cocos';
import { compareSnp, compareTdx } from '../../evidence/cocos/policy-compare';
import { checkSnp } from '../../evidence/sevsnp';
import { splitReport } from '../../evidence/sevsnp/container';
import { parseReport } from '../../evidence/sevsnp/report';
import type { SnpClaims, SnpResult } from '../../evidence/sevsnp/types';
import { checkTdx, parseQuote, reportDataOf } from '../../evidence/tdx';
import type { TdxClaims } from '../../evidence/tdx/types';
import { checkVtpm } from '../../evidence/vtpm';
import { checkAkBinding } from '../../evidence/vtpm/binding';
import type { VtpmResult } from '../../evidence/vtpm/types';
import { unprovenCheck } from '../shared/binding-checks';
import { endorsementsFor } from '../shared/quote';
import { matchSoftware, measuredSoftwareCheck } from '../shared/software';
import type { AppraiseContext, EvidencePart, SoftwareIdentity } from '../types';
import { hasRegisters, launchCheck, launchIdentity, registersOpen } from './launch';
import { DIALECT, ROLE } from './names';
import { type Compared, nearest, pcrsOf, type PinnedPolicy } from './policies';
import { policyChecks, type Ground, softwareByPolicy } from './policy-checks';

export interface CocosInput {
  /** As it came over the wire or out of a file. */
  readonly evidence: Uint8Array;
  /** The 64 bytes that were sent as report_data; without them freshness stays open. */
  readonly reportData?: Uint8Array;
  /** What was sent as nonce; only a vTPM's quotes carry it. */
  readonly nonce?: Uint8Array;
  readonly policies: readonly PinnedPolicy[];
  /** Measured registers that the user knows or approved, where no policy speaks. */
  readonly references: readonly ReferenceValue[];
  /** The answer of a running service is complete: what a policy wants and it lacks is a contradiction. A file may be a part of one. */
  readonly complete: boolean;
}

export type CocosContext = Pick<AppraiseContext, 'now' | 'policy' | 'anchors' | 'tdxCollateral' | 'snpCollateral' | 'clockBehind'>;

export interface CocosFindings {
  readonly checks: readonly Check[];
  readonly claims: Readonly<Partial<TdxClaims | SnpClaims>>;
  readonly software: readonly SoftwareIdentity[];
  readonly parts: readonly EvidencePart[];
}

/** Judges with the clock, endorsements and policies given. Never raises on bad input: it becomes a check. */
export async function judgeCocos(input: CocosInput, context: CocosContext): Promise<CocosFindings> {
  let evidence: CocosEvidence;
  try {
    evidence = readCocos(input.evidence);
  } catch (error) {
    const { code, detail } = asCoded(error);
    return { checks: [fail('evidence', code, detail, { basis: 'derived' })], claims: {}, software: [], parts: [] };
  }
  const found = evidence.kind === 'tdx' ? await judgeTdx(evidence, input, context) : await judgeSnp(evidence, input, context);
  return { ...found, checks: [pass('evidence', describe(evidence), { basis: 'derived' }), ...found.checks] };
}

function describe(evidence: CocosEvidence): string {
  const { kind, form } = evidence;
  if (kind === 'tdx') return `TDX quote, ${form}${evidence.extraBytes.length > 0 ? `, ${evidence.extraBytes.length} bytes kept apart from it` : ''}`;
  if (kind === 'snp') return `SEV-SNP report, ${form}`;
  return `${evidence.vtpm.quotes.length} vTPM quotes ${evidence.snp === undefined ? 'alone' : 'with a SEV-SNP report'}, ${form}`;
}

/** What is checked against a policy must be evidence of the machine that it is for. */
const otherMachine = (input: CocosInput, actual: string): readonly Check[] =>
  input.policies.length === 0 ? [] : [fail('software', 'COCOS_POLICY_MISMATCH', 'the policy is for another kind of machine', { expected: input.policies.map(({ policy }) => policy.kind).join(' or '), actual, source: input.policies[0]?.source })];

async function judgeTdx({ quote }: Extract<CocosEvidence, { kind: 'tdx' }>, input: CocosInput, context: CocosContext): Promise<CocosFindings> {
  const { anchors, now, policy, clockBehind } = context;
  const given = await endorsementsFor(quote, context);
  const result = await checkTdx({
    quote, collateral: given.collateral, anchors, now, policy: policy.tdx,
    ...(given.problem === undefined ? {} : { collateralProblem: given.problem }),
    ...(clockBehind === undefined ? {} : { clockBehind }),
  });
  const { claims, facts, checks } = result;
  const parts: readonly EvidencePart[] = [{ kind: 'tdx', raw: quote, collateral: given.collateral, ...(claims === undefined ? {} : { claims }), ...(facts === undefined ? {} : { facts }) }];
  if (claims === undefined) return { checks, claims: {}, software: [], parts };
  if (claims.tee !== 'tdx') return { checks: [...checks, fail('evidence', 'TEE_TYPE', 'not a TDX quote', { expected: 'tdx', actual: claims.tee })], claims, software: [], parts };
  const parsed = parseQuote(quote);
  const unproven = unprovenCheck(checks);
  const compared = nearest(input.policies, (wanted) => (wanted.kind === 'tdx' ? compareTdx(wanted, parsed) : undefined), []);
  const identity: SoftwareIdentity = { kind: 'tdx-registers', dialect: DIALECT, role: ROLE, values: registersOf(claims), basis: 'hardware' };
  const software = compared === undefined ? [...otherMachine(input, 'tdx'), ...(input.policies.length > 0 ? [] : [measuredCheck(identity, input.references, unproven)])] : byPolicy(compared, { unproven });
  return { checks: [...checks, reportDataCheck(reportDataOf(parsed), input.reportData, unproven), ...software], claims, software: unproven === undefined ? [identity] : [], parts };
}

const registersOf = (claims: TdxClaims): SoftwareIdentity['values'] =>
  Object.fromEntries(TDX_REGISTERS.flatMap((register) => (claims[register] === undefined ? [] : [[register, claims[register]]])));

function measuredCheck(identity: SoftwareIdentity, references: readonly ReferenceValue[], unproven: Check | undefined): Check {
  if (unproven !== undefined) return unknown('software', unproven.code ?? 'QUOTE_SIGNATURE', 'the evidence itself does not hold');
  return measuredSoftwareCheck('software', identity, matchSoftware(identity, references));
}

const byPolicy = (compared: Compared, ground: Ground): readonly Check[] => [...policyChecks(compared, ground), softwareByPolicy(compared, ground)];

function reportDataCheck(actual: Uint8Array, expected: Uint8Array | undefined, unproven: Check | undefined): Check {
  if (expected === undefined) return weak('reportdata', 'NO_REPORT_DATA_EXPECTED', 'nothing to compare with', { actual: toHex(actual) });
  const values = { expected: toHex(expected), actual: toHex(actual) };
  if (!equalBytes(actual, expected)) return fail('reportdata', 'REPORT_DATA_MISMATCH', 'report_data', values);
  if (unproven !== undefined) return unknown('reportdata', unproven.code ?? 'QUOTE_SIGNATURE', 'the evidence itself does not hold', values);
  return pass('reportdata', '64 bytes', values);
}

type SnpEvidence = Exclude<CocosEvidence, { kind: 'tdx' }>;

async function judgeSnp(evidence: SnpEvidence, input: CocosInput, context: CocosContext): Promise<CocosFindings> {
  const machine = evidence.snp === undefined ? undefined : await checkReport(evidence.snp, context);
  const report = reportOf(evidence.snp);
  const claims = machine?.result.claims;
  const quotes = evidence.kind === 'vtpm' ? evidence.vtpm.quotes : [];
  const compared = nearest(input.policies, (wanted) => (wanted.kind === 'snp' && report !== undefined ? compareSnp(wanted, report, claims?.product) : undefined), quotes);
  const unproven = machine === undefined ? undefined : unprovenSnp(machine.result);
  const snpChecks = machine?.result.checks ?? [];
  const parts: EvidencePart[] = machine === undefined ? [] : [machine.part];
  // Without a policy that can be compared whole, the registers that one wants are still compared.
  const wanted = compared?.policy ?? input.policies.find(({ policy }) => policy.kind === 'snp')?.policy;
  const expectedPcrs = wanted === undefined ? new Map() : pcrsOf(wanted);
  const facts = machine?.result.facts;
  const identityWith = (vtpm: VtpmResult['facts']): SoftwareIdentity | undefined => (claims === undefined || facts === undefined ? undefined : launchIdentity(claims, facts, vtpm));
  if (evidence.kind === 'snp') {
    const identity = identityWith(undefined);
    const bound = report === undefined ? [] : [reportDataCheck(report.reportData, input.reportData, unproven)];
    const software = softwareOf(compared, input, identity, { unproven, ...(expectedPcrs.size === 0 ? {} : { pcr: pcrsNotSent(input.complete) }) });
    return { checks: [...snpChecks, ...bound, ...(report === undefined ? [] : software)], claims: claims ?? {}, software: approvable(identity, { unproven }), parts };
  }
  const vtpm = await checkVtpm({ ...evidence.vtpm, ...(input.nonce === undefined ? {} : { nonce: input.nonce }), expectedPcrs });
  parts.push({ kind: 'vtpm', raw: input.evidence, ...(vtpm.facts === undefined ? {} : { facts: vtpm.facts }) });
  const { binding, fresh } = akBinding(evidence, report, input.reportData, { unproven, compared });
  const ground: Ground = { unproven, ...vtpmGround(vtpm, binding) };
  const identity = identityWith(registersOpen(ground) === undefined ? vtpm.facts : undefined);
  const software = report === undefined ? [] : softwareOf(compared, input, identity, ground);
  return { checks: [...snpChecks, ...fresh, ...vtpm.checks, binding, ...software.filter(({ id }) => id !== 'pcr')], claims: claims ?? {}, software: approvable(identity, ground), parts };
}

interface Machine {
  readonly result: SnpResult;
  readonly part: EvidencePart;
}

async function checkReport({ report, vek, intermediates }: CocosSnp, context: CocosContext): Promise<Machine> {
  const { anchors, now, policy, clockBehind } = context;
  const given = await context.snpCollateral(report, { ...(vek === undefined ? {} : { vek }), intermediates });
  const result = await checkSnp({ report, ...given, anchors, now, policy: policy.snp, ...(clockBehind === undefined ? {} : { clockBehind }) });
  const { claims, facts } = result;
  return { result, part: { kind: 'snp', raw: report, endorsements: given.endorsements, ...(claims === undefined ? {} : { claims }), ...(facts === undefined ? {} : { facts }) } };
}

/** The report, where it can be read at all: its own verifier says what is wrong with it otherwise. */
function reportOf(snp: CocosSnp | undefined): ReturnType<typeof parseReport> | undefined {
  if (snp === undefined) return undefined;
  try {
    return parseReport(splitReport(snp.report).report);
  } catch (error) {
    asCoded(error);
    return undefined;
  }
}

/** What must hold before a value out of a report may be believed. */
const FOUNDATION: readonly string[] = ['parse', 'vek.chain', 'vek.revocation', 'vek.binding', 'report.signature'];

function unprovenSnp({ checks }: SnpResult): Check | undefined {
  for (const id of FOUNDATION) {
    const found = checks.find((check) => check.id === id);
    if (found === undefined) return unknown(id, 'QUOTE_SIGNATURE', 'not checked');
    if (found.outcome === 'fail' ? found.code !== 'TRAILING_BYTES' : found.outcome === 'unknown' && found.required) return found;
  }
  return undefined;
}

interface AkBinding {
  readonly binding: Check;
  /** What was sent stands in the report only together with the key: where that holds, the report is the answer to our request. */
  readonly fresh: readonly Check[];
}

/**
 * Whose key signed the registers. Azure’s is of neither this request nor this report. And whoever asks the firmware for a
 * report chooses its 64 bytes: what was booted can vouch so for a key of its own making, and with it for any registers.
 */
function akBinding({ vtpm }: Extract<CocosEvidence, { kind: 'vtpm' }>, report: ReturnType<typeof parseReport> | undefined, requested: Uint8Array | undefined, { unproven, compared }: { readonly unproven: Check | undefined; readonly compared: Compared | undefined }): AkBinding {
  if (report !== undefined && requested === undefined) return { binding: weak('ak.binding', 'NO_REPORT_DATA_EXPECTED', 'nothing to compare with', { actual: toHex(report.reportData) }), fresh: [] };
  const check = checkAkBinding({ akPublic: vtpm.akPublic, requested: requested ?? new Uint8Array(), reportData: report?.reportData });
  if (check.outcome !== 'pass') return { binding: check, fresh: [] };
  const values = { expected: check.expected, actual: check.actual };
  if (unproven !== undefined) return { binding: unknown('ak.binding', unproven.code ?? 'QUOTE_SIGNATURE', 'the report itself does not hold', values), fresh: [] };
  const fresh = [pass('reportdata', check.detail, values)];
  if (report !== undefined && isOfMeasured(report.vmpl, compared)) return { binding: check, fresh };
  return { binding: weak('ak.binding', 'AK_BOUND_BY_GUEST', `${check.detail}, asked for at VMPL ${report?.vmpl ?? ''}`, values), fresh };
}

/** Only the measured firmware speaks at VMPL 0, where the user's policy names both: it must be one that keeps that level to itself. */
function isOfMeasured(vmpl: number, compared: Compared | undefined): boolean {
  if (vmpl !== 0 || compared?.policy.kind !== 'snp' || compared.policy.vmpl !== 0) return false;
  return compared.findings.some(({ field, fault }) => field === 'measurement' && fault === undefined);
}

/** The registers of a vTPM count for the machine only when every quote holds and the key behind them is the machine's. What is worst is told. */
function vtpmGround({ checks, facts }: VtpmResult, binding: Check): Pick<Ground, 'pcr' | 'vtpm'> {
  const pcr = checks.find(({ id }) => id === 'pcr');
  const open = [...checks.filter(({ id }) => id !== 'pcr'), binding].filter(({ outcome }) => outcome !== 'pass');
  const broken = open.find(({ outcome }) => outcome !== 'weak') ?? (hasRegisters(facts) ? undefined : pcr) ?? open[0];
  return { ...(pcr === undefined ? {} : { pcr }), vtpm: broken };
}

const pcrsNotSent = (complete: boolean): Check => (complete ? fail : unknown)('pcr', 'PCR_BANK_MISSING', 'the policy names registers, and there is no vTPM quote beside the report');

/** What may be approved on sight: only what is proven, the registers of a vTPM included. */
const approvable = (identity: SoftwareIdentity | undefined, ground: Ground): readonly SoftwareIdentity[] => (identity === undefined || ground.unproven !== undefined || registersOpen(ground) !== undefined ? [] : [identity]);

function softwareOf(compared: Compared | undefined, input: CocosInput, identity: SoftwareIdentity | undefined, ground: Ground): readonly Check[] {
  if (compared !== undefined) return [...(ground.pcr === undefined ? [] : [ground.pcr]), ...byPolicy(compared, ground)];
  if (input.policies.length > 0) return otherMachine(input, 'snp');
  if (ground.unproven !== undefined) return [unknown('software', ground.unproven.code ?? 'QUOTE_SIGNATURE', 'the evidence itself does not hold')];
  return identity === undefined ? [] : [launchCheck(identity, input.references, ground)];
}
