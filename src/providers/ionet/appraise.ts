/** Judges one report of io.net's agent: is the machine genuine, is the answer to our number, whose key, which software. */
import { absent, type Check, fail, pass, unknown } from '../../checks/check';
import type { Code } from '../../checks/codes';
import { asCoded } from '../../checks/error';
import { parseQuote, reportDataOf } from '../../evidence/tdx';
import type { TdxResult } from '../../evidence/tdx/types';
import { TDX_REGISTERS } from '../../checks/policy';
import { type BindingReading, NONCE_BYTES, readBinding } from '../shared/bindings';
import { bindingCheck, freshnessCheck, unprovenCheck } from '../shared/binding-checks';
import type { CpuWitness } from '../shared/gpu-binding';
import { checkQuote } from '../shared/quote';
import { claimedImageCheck, knownToHave, matchSoftware, measuredSoftwareCheck, type SoftwareMatch } from '../shared/software';
import type { AppraiseContext, Appraisal, EvidencePart, FetchedReport, SoftwareIdentity } from '../types';
import { judgeGpuPart } from './gpu';
import { DIALECT, ROLE } from './profile';
import { type IonetReport, parseReport, type Part } from './report';

/** Judges with the clock, endorsements and reference values of now. Bad input becomes checks; it never throws on one. */
export async function appraise(report: FetchedReport, context: AppraiseContext): Promise<Appraisal> {
  const refusal = statusCheck(report.status);
  if (refusal !== undefined) return nothing(refusal);
  let parsed: IonetReport;
  try {
    parsed = parseReport(report.body);
  } catch (error) {
    const { code, detail } = asCoded(error);
    return nothing(fail('evidence', code, detail, { basis: 'derived' }));
  }
  const [cpu, judgeGpu] = await Promise.all([judgeCpu(parsed, report.nonce, context), judgeGpuPart(parsed, report.nonce, context)]);
  const gpu = judgeGpu(cpu.witness);
  const image = judgeImage(parsed.image, context);
  return {
    checks: [...cpu.checks, ...gpu.checks, ...cpu.software, image.check, ...cpu.key, channelCheck(cpu.reading)],
    signers: parsed.signer.kind === 'there' ? [{ address: parsed.signer.value, algorithm: 'ecdsa', binding: cpu.bound ? cpu.reading.layout : 'none' }] : [],
    software: [...cpu.identities, ...image.identities],
    parts: [...cpu.parts, ...gpu.parts],
  };
}

const nothing = (check: Check): Appraisal => ({ checks: [check], signers: [], software: [], parts: [] });

/** What an HTTP status says: none but 200 carries evidence, and none is proof of anything. */
function statusCheck(status: number): Check | undefined {
  if (status === 200) return undefined;
  const code: Code = status === 401 || status === 403 ? 'LOGIN_NEEDED' : status === 429 ? 'RATE_LIMITED' : 'SERVICE_ERROR';
  return unknown('evidence', code, `HTTP ${status}`, { basis: 'derived' });
}

interface CpuFindings {
  readonly checks: readonly Check[];
  readonly software: readonly Check[];
  readonly key: readonly Check[];
  readonly identities: readonly SoftwareIdentity[];
  readonly parts: readonly EvidencePart[];
  readonly reading: BindingReading;
  /** The key is in signed evidence of this machine. */
  readonly bound: boolean;
  /** What the GPUs' evidence is held against. */
  readonly witness: CpuWitness;
}

const UNREAD: BindingReading = { layout: 'none', fresh: false, unexplained: false };

async function judgeCpu(report: IonetReport, nonce: Uint8Array, context: AppraiseContext): Promise<CpuFindings> {
  const { cpu } = report;
  if (cpu.kind !== 'there') return withoutCpu(cpu, report.signer);
  const { result, collateral } = await checkQuote(cpu.value, context);
  const parts: EvidencePart[] = [
    { kind: 'tdx', raw: cpu.value, collateral, ...(result.claims === undefined ? {} : { claims: result.claims }), ...(result.facts === undefined ? {} : { facts: result.facts }) },
  ];
  if (result.claims === undefined) return { ...withoutSoftware(result.checks, unreadable(result.checks), report.signer), parts };
  if (result.claims.tee !== 'tdx') {
    const other = fail('evidence', 'TEE_TYPE', 'not a TDX quote', { expected: 'tdx', actual: result.claims.tee });
    return { ...withoutSoftware([...result.checks, other], other, report.signer), parts };
  }
  const reportData = reportDataOf(parseQuote(cpu.value));
  const reading = readBinding({
    reportData,
    nonce,
    ...(report.signer.kind === 'there' ? { address: report.signer.value } : {}),
    ...(report.spkiSha256 === undefined ? {} : { spkiSha256: report.spkiSha256 }),
  });
  const unproven = unprovenCheck(result.checks);
  const identity = registersOf(result);
  const match = matchSoftware(identity, context.references);
  return {
    checks: [pass('evidence', `TDX quote, ${cpu.value.length} bytes`, { basis: 'derived' }), ...result.checks, freshnessCheck(reading, nonce, reportData, unproven)],
    software: [softwareCheck(identity, match, unproven)],
    key: [keyCheck(report.signer, reading, match, unproven)],
    identities: unproven === undefined ? [identity] : [],
    parts,
    reading,
    bound: unproven === undefined && reading.fresh && reading.layout !== 'none',
    // Every layout puts the number into one half.
    witness: {
      kind: 'there',
      fields: [reportData.subarray(0, NONCE_BYTES), reportData.subarray(NONCE_BYTES)],
      unproven,
      ownGpu: unproven === undefined ? knownToHave('collectsOwnGpu', identity, context.references) : undefined,
    },
  };
}

/** No CPU part: the documentation allows it, so it is `absent`; an error text in its place is a broken promise, `fail`. */
function withoutCpu(cpu: Exclude<Part<Uint8Array>, { kind: 'there' }>, signer: Part<string>): CpuFindings {
  if (cpu.kind === 'absent') {
    const gone = (id: string) => absent(id, 'service', 'CPU_EVIDENCE_ABSENT', 'the report has no cpu part');
    const rest = withoutSoftware([gone('evidence'), gone('nonce')], gone('evidence'), signer);
    return { ...rest, software: [gone('software')] };
  }
  const code: Code = cpu.kind === 'missing' ? 'EVIDENCE_MISSING' : 'EVIDENCE_MALFORMED';
  const check = fail('evidence', code, cpu.why, { basis: 'derived' });
  return withoutSoftware([check], check, signer);
}

const unreadable = (checks: readonly Check[]): Check => unprovenCheck(checks) ?? unknown('evidence', 'EVIDENCE_MALFORMED', 'a quote that cannot be read');

/** `because`: why there is nothing to build on. */
const withoutSoftware = (checks: readonly Check[], because: Check, signer: Part<string>): CpuFindings => ({
  checks,
  software: [],
  key: [keyCheck(signer, UNREAD, { kind: 'unseen' }, undefined)],
  identities: [],
  parts: [],
  reading: UNREAD,
  bound: false,
  witness: { kind: 'none', because },
});

function registersOf(result: TdxResult): SoftwareIdentity {
  const values: Record<string, string> = {};
  for (const register of TDX_REGISTERS) {
    const value = result.claims?.[register];
    if (value !== undefined) values[register] = value;
  }
  return { kind: 'tdx-registers', dialect: DIALECT, role: ROLE, values, basis: 'hardware' };
}

function softwareCheck(identity: SoftwareIdentity, match: SoftwareMatch, unproven: Check | undefined): Check {
  if (unproven !== undefined) return unknown('software', unproven.code ?? 'QUOTE_SIGNATURE', 'the evidence itself does not hold');
  return measuredSoftwareCheck('software', identity, match);
}

function keyCheck(signer: Part<string>, reading: BindingReading, match: SoftwareMatch, unproven: Check | undefined): Check {
  if (signer.kind === 'there') return bindingCheck(signer.value, reading, match, unproven);
  const code: Code = signer.kind === 'absent' ? 'EVIDENCE_MISSING' : 'EVIDENCE_MALFORMED';
  return fail('key.binding', code, signer.kind === 'absent' ? 'the report names no signing_address' : signer.why, { basis: 'derived' });
}

function judgeImage(image: Part<string>, context: AppraiseContext): { readonly check: Check; readonly identities: readonly SoftwareIdentity[] } {
  const identity: SoftwareIdentity = { kind: 'image-digest', dialect: DIALECT, role: ROLE, values: image.kind === 'there' ? { digest: image.value } : {}, basis: 'claimed' };
  if (image.kind === 'missing' || image.kind === 'malformed') return { check: fail('image', 'EVIDENCE_MALFORMED', image.why, { basis: 'claimed' }), identities: [] };
  const match = matchSoftware(identity, context.references);
  // Leaving the digest out must not be the way around a reference value.
  if (image.kind === 'absent' && match.kind === 'unseen') return { check: absent('image', 'service', 'IMAGE_NOT_GIVEN', '', { basis: 'claimed' }), identities: [] };
  return { check: claimedImageCheck('image', identity, match), identities: image.kind === 'there' ? [identity] : [] };
}

/** Today's agent binds no connection key. One that did could only be compared where the browser shows the key it saw. */
function channelCheck(reading: BindingReading): Check {
  const bound = reading.layout === 'sha256(address,spki)-nonce';
  return absent('channel', bound ? 'browser' : 'service', 'CHANNEL_NOT_BOUND', bound ? 'bound, not compared here' : 'the gateway opens the connection');
}

