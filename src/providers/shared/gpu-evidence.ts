/** The GPUs of a service's report, judged against NVIDIA's roots with the endorsements of now, for any dialect that sends them. */
import { type Check, fail } from '../../checks/check';
import { CodedError } from '../../checks/error';
import { noOpinion } from '../../collateral/nvidia-nras';
import { checkGpus, type EvidenceList } from '../../evidence/nvidia';
import type { DeviceIdentity, GpuResult, RimAnswer } from '../../evidence/nvidia/types';
import { fromHex, toHex } from '../../encoding/hex';
import type { AppraiseContext, EvidencePart, GpuEndorsements } from '../types';

export interface GpuEvidence {
  readonly devices: EvidenceList['devices'];
  /** The list exactly as it came. */
  readonly raw: Uint8Array;
  /** What each SPDM request must carry, 32 bytes, by the rules of the dialect. */
  readonly nonce: Uint8Array;
}

/** One device as the binding to the CPU needs it. */
export interface GpuWitness {
  /** The prefix of its checks. */
  readonly id: string;
  /** Inside the SPDM request, 32 bytes; absent where nothing could be read. */
  readonly nonce?: Uint8Array;
  /** The check that keeps what the device says from being believed; absent when its chain and signature hold. */
  readonly unproven?: Check;
}

export interface GpuFindings {
  readonly checks: readonly Check[];
  readonly part: EvidencePart;
  readonly witnesses: readonly GpuWitness[];
  readonly identities: readonly DeviceIdentity[];
}

/** The sources of a context, and what they handed out, each thing once. */
function noting({ rims, ocsp }: Pick<AppraiseContext, 'rims' | 'ocsp'>): Pick<AppraiseContext, 'rims' | 'ocsp'> & { readonly seen: () => GpuEndorsements } {
  const manifests = new Map<string, { readonly id: string; readonly xml: string }>();
  const answers = new Map<string, Uint8Array>();
  const note = (id: string, answer: RimAnswer): RimAnswer => {
    for (const candidate of answer.candidates) if (!(candidate instanceof CodedError)) manifests.set(candidate.xml, { id, xml: candidate.xml });
    const { renew } = answer;
    return renew === undefined ? answer : { ...answer, renew: async () => note(id, await renew()) };
  };
  return {
    rims: async (wanted) => note(wanted.id, await rims(wanted)),
    ocsp: async (certificate, issuer) => {
      const answer = await ocsp(certificate, issuer);
      for (const { der } of answer.candidates) answers.set(toHex(der), der);
      return answer;
    },
    seen: () => ({ rims: [...manifests.values()], ocsp: [...answers.values()] }),
  };
}

/** Judges all devices of a report; bad input becomes checks. */
export async function judgeGpus({ devices, raw, nonce }: GpuEvidence, context: AppraiseContext): Promise<GpuFindings> {
  const { anchors, now, policy, clockBehind } = context;
  const { rims, ocsp, seen } = noting(context);
  const result = await checkGpus({ devices, nonce, anchors, now, policy: policy.nvidia, rims, ocsp, ...(clockBehind === undefined ? {} : { clockBehind }) });
  const witnesses = witnessesOf(result);
  return {
    checks: [...result.checks, ...withoutGpus(witnesses), ...(await opinions({ devices, raw, nonce }, result, witnesses, context))],
    part: { kind: 'nvidia', raw, count: devices.length, devices: result.facts.devices, claims: result.claims.devices, endorsements: seen() },
    witnesses,
    identities: result.identities,
  };
}

/** Switches carry what GPUs say to each other and compute nothing: a machine's GPUs are not attested by them. */
function withoutGpus(witnesses: readonly GpuWitness[]): readonly Check[] {
  if (witnesses.length === 0 || witnesses.some(({ id }) => id.startsWith('gpu['))) return [];
  return [fail('gpu', 'GPU_EVIDENCE_MISSING', `${witnesses.length} switches, no GPU`, { basis: 'derived' })];
}

/**
 * `gpu.second-opinion`, where the user asked for it. NVIDIA is sent nothing but what its own devices signed; its service
 * for GPUs takes no switches.
 */
async function opinions({ devices, nonce }: GpuEvidence, { facts }: GpuResult, witnesses: readonly GpuWitness[], { secondOpinion, now, clockBehind }: AppraiseContext): Promise<readonly Check[]> {
  if (secondOpinion === undefined) return [];
  const broken = witnesses.find(({ unproven }) => unproven !== undefined);
  if (broken?.unproven !== undefined) return [noOpinion(broken.unproven.code ?? 'GPU_SIGNATURE', `not asked: ${broken.id} does not hold`)];
  const byId = new Map(facts.devices.map((one) => [one.id, one]));
  // The checks of each device stand in the order of the list.
  const gpus = witnesses.flatMap(({ id }, i) => {
    const [evidence, about] = [devices[i], byId.get(id)];
    return evidence === undefined || evidence instanceof CodedError || about === undefined || about.family === 'LS10' ? [] : [{ evidence, facts: about }];
  });
  if (gpus.length === 0) return [];
  return [await secondOpinion({ devices: gpus, nonce, now, ...(clockBehind === undefined ? {} : { clockBehind }) })];
}

/** What must hold before a device's word may be believed. */
const FOUNDATION = ['parse', 'chain', 'signature'] as const;

function witnessesOf({ checks, facts, claims }: GpuResult): readonly GpuWitness[] {
  const nonces = new Map(facts.devices.map(({ id }, i) => [id, claims.devices[i]?.nonce]));
  const byId = new Map(checks.map((check) => [check.id, check]));
  const ids = checks.filter((check) => check.id.endsWith('].parse')).map((check) => check.id.slice(0, -'.parse'.length));
  return ids.map((id) => {
    const nonce = nonces.get(id);
    const revocation = byId.get(`${id}.revocation`);
    const unproven = FOUNDATION.map((link) => byId.get(`${id}.${link}`)).find(isBroken) ?? (revocation?.outcome === 'fail' ? revocation : undefined);
    return { id, ...(nonce === undefined ? {} : { nonce: fromHex(nonce) }), ...(unproven === undefined ? {} : { unproven }) };
  });
}

/** Bytes behind a report are a fault of their own; the report in front of them is signed all the same. */
const isBroken = (check: Check | undefined): check is Check => check !== undefined && check.outcome !== 'pass' && check.outcome !== 'weak' && check.code !== 'TRAILING_BYTES';
