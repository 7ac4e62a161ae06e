/** The processor's side of one machine: is its quote genuine, what did it measure, is that software known. */
import { type Check, fail, pass, unknown, weak } from '../../checks/check';
import type { Code } from '../../checks/codes';
import { TDX_REGISTERS } from '../../checks/policy';
import { checkDstack, type DstackFacts } from '../../evidence/dstack';
import { parseQuote, reportDataOf } from '../../evidence/tdx';
import type { TdxClaims } from '../../evidence/tdx/types';
import { freshnessCheck, unprovenCheck } from '../shared/binding-checks';
import { type BindingReading, NONCE_BYTES } from '../shared/bindings';
import type { CpuWitness } from '../shared/gpu-binding';
import { checkQuote } from '../shared/quote';
import { knownToHave, matchSoftware, measuredSoftwareCheck, type SoftwareMatch } from '../shared/software';
import type { AppraiseContext, EvidencePart, SoftwareIdentity } from '../types';
import type { Attestation } from './attestation';
import type { ReportDialect } from './dialect';

/** What of an attestation is the processor's. */
export type Evidence = Pick<Attestation, 'role' | 'quote' | 'eventLog' | 'appCompose' | 'composeHashes' | 'startsMore'>;

export interface CpuFindings {
  readonly checks: readonly Check[];
  readonly software: readonly Check[];
  readonly identities: readonly SoftwareIdentity[];
  readonly parts: readonly EvidencePart[];
  readonly reading: BindingReading;
  readonly match: SoftwareMatch;
  readonly unproven: Check | undefined;
  readonly bound: boolean;
  readonly verifiesModel: boolean;
  readonly witness: CpuWitness;
}

const UNREAD: BindingReading = { layout: 'none', fresh: false, unexplained: false };

/** `because`: why there is no processor's evidence to build on. */
const withoutCpu = (because: Check, more: readonly Check[] = [], parts: readonly EvidencePart[] = []): CpuFindings => ({
  checks: [because, ...more], software: [], identities: [], parts, reading: UNREAD, match: { kind: 'unseen' }, unproven: because, bound: false, verifiesModel: false, witness: { kind: 'none', because },
});

/** `read`: how this dialect reads the 64 bytes of report_data. Never raises on bad input. */
export async function judgeCpu(attestation: Evidence, nonce: Uint8Array, read: (reportData: Uint8Array) => BindingReading, dialect: Pick<ReportDialect, 'id' | 'logPromised'>, context: AppraiseContext): Promise<CpuFindings> {
  const { quote } = attestation;
  if (quote.kind !== 'there') {
    const [code, why]: readonly [Code, string] = quote.kind === 'absent' ? ['EVIDENCE_MISSING', 'the attestation has no quote'] : [quote.code, quote.why];
    return withoutCpu(fail('evidence', code, why, { basis: 'derived' }));
  }
  const { result, collateral } = await checkQuote(quote.value, context);
  const parts: EvidencePart[] = [
    { kind: 'tdx', raw: quote.value, collateral, ...(result.claims === undefined ? {} : { claims: result.claims }), ...(result.facts === undefined ? {} : { facts: result.facts }) },
  ];
  const [first] = result.checks;
  if (result.claims === undefined) return withoutCpu(first ?? fail('parse', 'EVIDENCE_MALFORMED', ''), result.checks.slice(1), parts);
  const { body } = parseQuote(quote.value);
  if (body.kind === 'SGX') return withoutCpu(fail('evidence', 'TEE_TYPE', 'not a TDX quote', { expected: 'tdx', actual: result.claims.tee }), result.checks, parts);
  const reportData = reportDataOf(parseQuote(quote.value));
  const reading = read(reportData);
  const unproven = unprovenCheck(result.checks);
  const { eventLog, appCompose } = attestation;
  const dstack = checkDstack({
    rtmr: body.rtmr, mrConfigId: body.mrConfigId, logPromised: dialect.logPromised, unproven, statedHashes: attestation.composeHashes,
    ...(eventLog === undefined ? {} : { eventLog }), ...(appCompose === undefined ? {} : { appCompose }),
  });
  const { identity, match, checks: software } = judgeSoftware(attestation, dialect, result.claims, dstack.facts, unproven, context);
  const has = (property: 'collectsOwnGpu' | 'verifiesModel') => (identity === undefined ? undefined : knownToHave(property, identity, context.references));
  return {
    checks: [pass('evidence', `TDX quote, ${quote.value.length} bytes`, { basis: 'derived' }), ...result.checks, freshnessCheck(reading, nonce, reportData, unproven)],
    software: [...dstack.checks, ...startsMoreCheck(attestation), ...software],
    identities: identity === undefined ? [] : [identity],
    parts,
    reading,
    match,
    unproven,
    bound: unproven === undefined && reading.fresh && reading.layout !== 'none',
    verifiesModel: has('verifiesModel') !== undefined,
    witness: { kind: 'there', fields: [reportData.subarray(0, NONCE_BYTES), reportData.subarray(NONCE_BYTES)], unproven, ownGpu: has('collectsOwnGpu') },
  };
}

interface SoftwareFindings {
  readonly checks: readonly Check[];
  readonly match: SoftwareMatch;
  /** Absent where it could not be established. */
  readonly identity?: SoftwareIdentity;
}

/** The machine's image and its application's text together are the software: either alone leaves the other open. */
function judgeSoftware({ role }: Evidence, { id }: Pick<ReportDialect, 'id'>, claims: TdxClaims, { composeHash }: DstackFacts, unproven: Check | undefined, context: AppraiseContext): SoftwareFindings {
  if (unproven !== undefined) return { checks: [unknown('software', unproven.code ?? 'QUOTE_SIGNATURE', 'the evidence itself does not hold')], match: { kind: 'unseen' } };
  const { mrTd, rtmr0, rtmr1, rtmr2 } = claims;
  if (composeHash === undefined || mrTd === undefined || rtmr0 === undefined || rtmr1 === undefined || rtmr2 === undefined) {
    return { checks: [unknown('software', 'COMPOSE_NOT_MEASURED', 'which application runs could not be told')], match: { kind: 'unseen' } };
  }
  const identity: SoftwareIdentity = { kind: 'dstack-app', dialect: id, role, values: { mrTd, rtmr0, rtmr1, rtmr2, composeHash }, basis: 'hardware' };
  const match = matchSoftware(identity, context.references);
  return { checks: [measuredSoftwareCheck('software', identity, match), ...registerChecks(role, id, claims, context)], match, identity };
}

/** Bare registers are compared where values were given for them; they do not name the application, so they lift nothing. */
function registerChecks(role: Attestation['role'], dialect: string, claims: TdxClaims, context: AppraiseContext): readonly Check[] {
  const values = Object.fromEntries(TDX_REGISTERS.flatMap((name) => (claims[name] === undefined ? [] : [[name, claims[name]]])));
  const identity: SoftwareIdentity = { kind: 'tdx-registers', dialect, role, values, basis: 'hardware' };
  const match = matchSoftware(identity, context.references);
  return match.kind === 'unseen' ? [] : [measuredSoftwareCheck('software.registers', identity, match)];
}

/** Software that the measured application fetched and started later is named by no register. */
function startsMoreCheck({ startsMore, appCompose }: Evidence): readonly Check[] {
  const says = appCompose !== undefined && /\bcompose-manager@sha256:/.test(appCompose);
  if (!startsMore && !says) return [];
  return [weak('compose.started', 'COMPOSE_STARTS_MORE', startsMore ? 'the machine lists what it started later' : 'the application holds a manager that starts others')];
}
