/** The GPU part of one machine's attestation: judged by NVIDIA's evidence alone, then held against that machine's processor. */
import { type Check, fail } from '../../checks/check';
import type { DeviceIdentity } from '../../evidence/nvidia/types';
import { type CpuWitness, gpuBindingCheck } from '../shared/gpu-binding';
import { judgeGpus } from '../shared/gpu-evidence';
import type { AppraiseContext, EvidencePart } from '../types';
import type { Attestation } from './attestation';
import type { ReportDialect } from './dialect';

/** Called for once the processor's evidence is judged; until then both run side by side. */
export type GpuJudgement = (cpu: CpuWitness) => { readonly checks: readonly Check[]; readonly parts: readonly EvidencePart[]; readonly identities: readonly DeviceIdentity[] };

/** Proxies hand each GPU the number they were sent (`nonce`, 32 bytes), unchanged. Gateways have none to show. */
export async function judgeGpuPart({ gpu, gpuRaw, role }: Attestation, nonce: Uint8Array, dialect: ReportDialect, context: AppraiseContext): Promise<GpuJudgement> {
  if (gpu.kind === 'there') {
    const { checks, part, witnesses, identities } = await judgeGpus({ devices: gpu.value, raw: gpuRaw, nonce }, context);
    return (cpu) => ({ checks: [...checks, gpuBindingCheck({ cpu, gpus: witnesses, promised: dialect.gpuWithCpu })], parts: [part], identities });
  }
  if (gpu.kind === 'absent' && (role !== 'model' || !dialect.gpuPromised)) return () => ({ checks: [], parts: [], identities: [] });
  const check = gpu.kind === 'absent' ? fail('gpu', 'EVIDENCE_MISSING', 'the attestation has no nvidia_payload', { basis: 'derived' }) : fail('gpu', gpu.code, gpu.why, { basis: 'derived' });
  return () => ({ checks: [check], parts: [], identities: [] });
}
