/** The GPU part of io.net's report: judged by NVIDIA's evidence alone, then held against the processor's. */
import { type Check, fail } from '../../checks/check';
import { type CpuWitness, gpuBindingCheck } from '../shared/gpu-binding';
import { type GpuFindings, judgeGpus } from '../shared/gpu-evidence';
import type { AppraiseContext, EvidencePart } from '../types';
import { profile } from './profile';
import type { IonetReport, Part } from './report';

/** Called for once the processor's evidence is judged; until then both run side by side. */
export type GpuJudgement = (cpu: CpuWitness) => { readonly checks: readonly Check[]; readonly parts: readonly EvidencePart[] };

/**
 * The agent hands each GPU the number that was sent to it, and we send all 32 bytes it takes: so the GPUs must carry
 * exactly ours, with nothing padded (`nonce`).
 */
export async function judgeGpuPart({ gpu, gpuRaw }: IonetReport, nonce: Uint8Array, context: AppraiseContext): Promise<GpuJudgement> {
  if (gpu.kind !== 'there') {
    const check = withoutGpu(gpu);
    return () => ({ checks: [check], parts: [] });
  }
  const { checks, part, witnesses }: GpuFindings = await judgeGpus({ devices: gpu.value, raw: gpuRaw, nonce }, context);
  const promised = profile.offers.gpuWithCpu === true;
  return (cpu) => ({ checks: [...checks, gpuBindingCheck({ cpu, gpus: witnesses, promised })], parts: [part] });
}

/** The profile promises GPU evidence: an error text or an empty place in its stead is a broken promise. */
function withoutGpu(gpu: Exclude<Part<unknown>, { kind: 'there' }>): Check {
  const derived = { basis: 'derived' } as const;
  if (gpu.kind === 'absent') return fail('gpu', 'EVIDENCE_MISSING', 'the report has no gpu part', derived);
  return fail('gpu', gpu.kind === 'missing' ? 'EVIDENCE_MISSING' : 'GPU_EVIDENCE_PARSE', gpu.why, derived);
}
