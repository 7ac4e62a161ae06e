/** What ties GPUs to the processor beside them, as a function of both sides alone. */
import { describe, expect, it } from 'vitest';
import { absent, type Check, fail, unknown } from '../../../src/checks/check';
import { sayWith } from '../../../src/ui/i18n/say';
import { catalogueI18n } from '../../../src/ui/i18n/catalogue';
import { familyTexts, hasCode } from '../../../src/ui/model/family';
import messages from '../../../assets/_locales/en/messages.json';
import type { ReferenceValue } from '../../../src/checks/reference';
import { type CpuWitness, gpuBindingCheck } from '../../../src/providers/shared/gpu-binding';
import type { GpuWitness } from '../../../src/providers/shared/gpu-evidence';

const N = new Uint8Array(32).fill(1);
const M = new Uint8Array(32).fill(2);
const ZERO = new Uint8Array(32);
const own: ReferenceValue = { dialect: 'd', role: 'agent', kind: 'tdx-registers', values: {}, properties: { collectsOwnGpu: true }, source: 'release', note: 'r1' };
const broken = fail('gpu[1].signature', 'GPU_SIGNATURE', '');

const cpu = (over: Partial<Extract<CpuWitness, { kind: 'there' }>> = {}): CpuWitness => ({ kind: 'there', fields: [N, M], unproven: undefined, ownGpu: undefined, ...over });
const gpu = (nonce?: Uint8Array, unproven?: Check): GpuWitness => ({ id: 'gpu[0]', ...(nonce === undefined ? {} : { nonce }), ...(unproven === undefined ? {} : { unproven }) });
const found = (side: CpuWitness, gpus: readonly GpuWitness[], promised = true): string => {
  const check = gpuBindingCheck({ cpu: side, gpus, promised });
  expect(check.id).toBe('gpu.binding');
  return `${check.outcome}${check.code === undefined ? '' : ` ${check.code}`}`;
};

describe('gpu.binding', () => {
  it('one field must hold the number of every GPU', () => {
    for (const nonces of [[N], [M], [N, N, N]]) expect(found(cpu(), nonces.map((nonce) => gpu(nonce)))).toBe('weak GPU_COLOCATION_NOT_PROVEN');
    expect(found(cpu(), [gpu(N), gpu(M)])).toBe('fail GPU_NOT_BOUND_TO_CPU');
    expect(found(cpu(), [gpu(new Uint8Array(32).fill(3))])).toBe('fail GPU_NOT_BOUND_TO_CPU');
    expect(found(cpu({ fields: [] }), [gpu(N)])).toBe('fail GPU_NOT_BOUND_TO_CPU');
  });

  it('zeros are no number to meet in', () => {
    expect(found(cpu({ fields: [N, ZERO], ownGpu: own }), [gpu(ZERO)])).toBe('fail GPU_NOT_BOUND_TO_CPU');
  });

  it('numbers that differ fail only where the profile promises one', () => {
    expect(found(cpu({ fields: [M] }), [gpu(N)], false)).toBe('weak GPU_NOT_BOUND_TO_CPU');
    expect(found(cpu({ fields: [M] }), [gpu(N, broken)], false)).toBe('unknown GPU_SIGNATURE');
  });

  it('known software that collects its own GPUs’ evidence is what it takes to pass', () => {
    const check = gpuBindingCheck({ cpu: cpu({ ownGpu: own }), gpus: [gpu(N)], promised: true });
    expect(check).toMatchObject({ outcome: 'pass', basis: 'hardware', source: 'release: r1' });
    expect(found(cpu({ fields: [M], ownGpu: own }), [gpu(N)])).toBe('fail GPU_NOT_BOUND_TO_CPU');
  });

  it('nothing unsigned is believed, on either side', () => {
    expect(found(cpu({ ownGpu: own, unproven: fail('quote.signature', 'QUOTE_SIGNATURE', '') }), [gpu(N)])).toBe('unknown QUOTE_SIGNATURE');
    expect(found(cpu({ ownGpu: own }), [gpu(N), gpu(N, broken)])).toBe('unknown GPU_SIGNATURE');
    expect(found(cpu({ ownGpu: own }), [gpu(N), gpu(undefined, fail('gpu[1].parse', 'GPU_EVIDENCE_PARSE', ''))])).toBe('unknown GPU_EVIDENCE_PARSE');
    expect(found(cpu({ ownGpu: own }), [gpu(undefined, broken)])).toBe('unknown GPU_SIGNATURE');
    expect(found(cpu({ ownGpu: own }), [])).toBe('unknown GPU_EVIDENCE_MISSING');
  });

  it('no processor’s evidence: whoever is the reason stays the reason', () => {
    expect(gpuBindingCheck({ cpu: { kind: 'none', because: absent('evidence', 'service', 'CPU_EVIDENCE_ABSENT', '') }, gpus: [gpu(N)], promised: true })).toMatchObject({ outcome: 'absent', by: 'service', code: 'CPU_EVIDENCE_ABSENT' });
    expect(found({ kind: 'none', because: fail('evidence', 'EVIDENCE_MISSING', '') }, [gpu(N)])).toBe('unknown EVIDENCE_MISSING');
    expect(found({ kind: 'none', because: unknown('parse', 'TRUNCATED', '') }, [gpu(N)])).toBe('unknown TRUNCATED');
  });

  it('an open question names the vendor that it waits for', () => {
    const say = sayWith(catalogueI18n(messages, 'en'), () => 0);
    const said = (side: CpuWitness, gpus: readonly GpuWitness[]): string => {
      const check = gpuBindingCheck({ cpu: side, gpus, promised: true });
      if (!hasCode(check)) throw new Error('no code');
      return say(familyTexts(check, { service: 'io.net', now: 0 }).happened);
    };
    expect(said(cpu({ unproven: unknown('pck.revocation', 'COLLATERAL_UNREACHABLE', '') }), [gpu(N)])).toBe('Intel could not be reached.');
    expect(said(cpu(), [gpu(N, fail('gpu[3].chain', 'ROOT_UNTRUSTED', ''))])).toContain('NVIDIA');
  });
});
