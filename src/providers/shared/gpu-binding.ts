/**
 * What ties GPU evidence to the machine whose processor was attested. The GPU signs nothing about its host: a machine
 * without a GPU can pass our number on to a genuine one elsewhere. So nonces that meet are worth `pass` only where the
 * attested software is known to collect evidence of its own GPUs alone, and nonces that do not meet tie nothing.
 */
import { absent, type Check, fail, pass, unknown, weak } from '../../checks/check';
import type { ReferenceValue } from '../../checks/reference';
import { equalBytes, isAllZero } from '../../encoding/bytes';
import { toHex } from '../../encoding/hex';
import type { GpuWitness } from './gpu-evidence';
import { describeSource } from './software';

/** The processor's side. */
export type CpuWitness =
  | {
      readonly kind: 'there';
      /** The 32-byte fields of its signed evidence in which the dialect may put the number. */
      readonly fields: readonly Uint8Array[];
      /** The check that keeps the evidence from being believed, if any. */
      readonly unproven: Check | undefined;
      /** A release or imported reference value that its measured software matches and that says `collectsOwnGpu`. */
      readonly ownGpu: ReferenceValue | undefined;
    }
  /** No evidence of a processor, and the check that says so. */
  | { readonly kind: 'none'; readonly because: Check };

export interface GpuBindingInput {
  readonly cpu: CpuWitness;
  readonly gpus: readonly GpuWitness[];
  /** True where the profile promises that both answer one number: then it is `fail` if they do not. */
  readonly promised: boolean;
}

const ID = 'gpu.binding';

/** The check `gpu.binding`; call it where there is GPU evidence. A difference is told even where the evidence does not hold. */
export function gpuBindingCheck({ cpu, gpus, promised }: GpuBindingInput): Check {
  if (cpu.kind === 'none') return withoutCpu(cpu.because);
  const nonces = gpus.flatMap(({ nonce }) => (nonce === undefined ? [] : [nonce]));
  const met = nonces.length > 0 && cpu.fields.some((field) => !isAllZero(field) && nonces.every((nonce) => equalBytes(nonce, field)));
  const open = cpu.unproven ?? gpus.find(({ unproven }) => unproven !== undefined)?.unproven;
  const values = { expected: cpu.fields.map(toHex).join(' or '), actual: [...new Set(nonces.map(toHex))].join(' ') };
  if (nonces.length > 0 && !met && promised) return fail(ID, 'GPU_NOT_BOUND_TO_CPU', 'the numbers inside differ', values);
  if (open !== undefined || nonces.length === 0) return unknown(ID, open?.code ?? 'GPU_EVIDENCE_MISSING', open === undefined ? 'no number inside' : `depends on ${open.id}`, values);
  if (!met) return weak(ID, 'GPU_NOT_BOUND_TO_CPU', 'the numbers inside differ', values);
  const { ownGpu } = cpu;
  if (ownGpu === undefined) return weak(ID, 'GPU_COLOCATION_NOT_PROVEN', 'the same number inside both', { actual: values.actual });
  return pass(ID, 'the same number inside both, collected by known software', { actual: values.actual, source: describeSource(ownGpu) });
}

function withoutCpu(because: Check): Check {
  if (because.outcome === 'absent') return absent(ID, because.by ?? 'service', because.code ?? 'CPU_EVIDENCE_ABSENT', 'no evidence of a processor to compare with');
  return unknown(ID, because.code ?? 'EVIDENCE_MISSING', `depends on ${because.id}`);
}
