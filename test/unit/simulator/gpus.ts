/** Simulated GPU evidence in the eyes of the product's own verifier, everything fetched over the wire. */
import { randomBytes } from 'node:crypto';
import { CodedError } from '../../../src/checks/error';
import type { ByteStore, Getter } from '../../../src/checks/getter';
import { DEFAULT } from '../../../src/checks/policy';
import { nvidiaOcsp } from '../../../src/collateral/nvidia-ocsp';
import { nvidiaRims } from '../../../src/collateral/nvidia-rim';
import { checkGpus, readEvidenceJson } from '../../../src/evidence/nvidia';
import type { GpuResult } from '../../../src/evidence/nvidia/types';
import type { FaultName } from '../../simulator/faults';
import { FLAVOUR } from '../../simulator/flavour';
import type { Simulator } from '../../simulator/server';
import { bytesOf, visit } from '../../simulator/visit';
import { report } from './oracle';

/** A getter that reaches simulated hosts alone; a broken connection is what it is in a browser. */
export const getterOf = (simulator: Simulator): Getter => async (url, { method, headers, body }) => {
  try {
    const answer = await visit(simulator, url, { ...(method === undefined ? {} : { method }), ...(headers === undefined ? {} : { headers }), ...(body === undefined ? {} : { body }) });
    const bytes = await bytesOf(answer);
    return { status: answer.statusCode ?? 0, header: (name) => { const value = answer.headers[name.toLowerCase()]; return typeof value === 'string' ? value : undefined; }, body: new Uint8Array(bytes) };
  } catch (error) {
    throw new CodedError('NETWORK_UNREACHABLE', url, { cause: error });
  }
};

function emptyStore(): ByteStore {
  const kept = new Map<string, Uint8Array>();
  return { get: (key) => Promise.resolve(kept.get(key)), put: (key, value) => { kept.set(key, value); return Promise.resolve(); } };
}

/** Judges evidence (the `gpu` part of a report) with manifests and OCSP from the simulated services, nothing kept, by a clock that is `offset` ms ahead. */
export async function judge(simulator: Simulator, gpu: unknown, nonce: Uint8Array, offset = 0): Promise<GpuResult> {
  const now = (): number => Date.now() + offset;
  const doors = { get: getterOf(simulator), store: emptyStore(), now, random: (length: number) => new Uint8Array(randomBytes(length)) };
  const { devices } = readEvidenceJson(JSON.stringify(gpu));
  return await checkGpus({ devices, nonce, anchors: FLAVOUR.anchors, now: now(), policy: DEFAULT.nvidia, rims: nvidiaRims(doors, FLAVOUR.anchors), ocsp: nvidiaOcsp(doors) });
}

/** Asks the agent for evidence over a fresh nonce, and judges it. */
export async function judgeAgent(simulator: Simulator, offset = 0): Promise<GpuResult> {
  const nonce = new Uint8Array(randomBytes(32));
  const { gpu } = await report(simulator, Buffer.from(nonce).toString('hex'));
  return await judge(simulator, gpu, nonce, offset);
}

/** What did not pass, as `id outcome code`; what befell every GPU alike stands once, under `gpu[*]`. */
export function flaws({ checks, facts }: GpuResult): readonly string[] {
  const gpus = facts.devices.filter(({ id }) => id.startsWith('gpu')).length;
  const found = checks.filter(({ outcome }) => outcome !== 'pass').map(({ id, outcome, code }) => `${id} ${outcome} ${code ?? ''}`);
  const alike = (flaw: string): string => flaw.replace(/^gpu\[\d+\]/, 'gpu[*]');
  const everywhere = (flaw: string): boolean => flaw.startsWith('gpu[') && found.filter((other) => alike(other) === alike(flaw)).length === gpus;
  return [...new Set(found.map((flaw) => (everywhere(flaw) ? alike(flaw) : flaw)))];
}

export type GpuFault = Exclude<Extract<FaultName, `gpu-${string}` | `rim-${string}` | `ocsp-${string}`>, 'gpu-error-in-200'>;
export const isGpuFault = (name: FaultName): name is GpuFault => Object.hasOwn(GPU_FLAWS, name);

const references = (outcome: string): readonly string[] => ['rim.driver', 'rim.vbios', 'measurements'].map((check) => `gpu[*].${check} ${outcome}`);

/** What each fault, alone, does to the checks; everything else passes. A fault without a line does not compile. */
export const GPU_FLAWS: Readonly<Record<GpuFault, readonly string[]>> = {
  'gpu-single': [],
  'gpu-blackwell': [],
  // Switch reports never carry a firmware id; the check is not required.
  'gpu-switches': [0, 1, 2, 3].map((index) => `switch[${index}].fwid unknown FWID_ABSENT`),
  'gpu-decoder-on': [],
  'gpu-foreign': [],
  'gpu-switches-missing': ['list.switches weak PPCIE_SWITCHES_NOT_ATTESTED'],
  'gpu-fwid-missing': ['gpu[*].fwid weak FWID_ABSENT'],
  'gpu-nonce-of-another-request': ['gpu[*].nonce fail NONCE_MISMATCH'],
  'gpu-one-bad': [
    'gpu[5].signature fail GPU_SIGNATURE',
    ...['nonce', 'fwid', 'rim.driver', 'rim.vbios', 'measurements', 'revocation'].map((check) => `gpu[5].${check} unknown GPU_SIGNATURE`),
  ],
  'gpu-emulated': [
    'gpu[5].chain fail ROOT_UNTRUSTED',
    ...['nonce', 'fwid', 'rim.driver', 'rim.vbios', 'measurements', 'revocation'].map((check) => `gpu[5].${check} unknown ROOT_UNTRUSTED`),
  ],
  'gpu-duplicate': ['list.duplicates fail DUPLICATE_DEVICE'],
  'gpu-measurement': ['gpu[5].measurements fail GPU_MEASUREMENT_MISMATCH'],
  'gpu-devtools': ['gpu[*].measurements fail GPU_MEASUREMENT_MISMATCH'],
  'rim-down': references('unknown COLLATERAL_UNREACHABLE'),
  'rim-404': references('unknown RIM_NOT_FOUND'),
  'rim-debug': references('unknown RIM_ROOT_UNTRUSTED'),
  'rim-expired': references('unknown RIM_SIGNER_EXPIRED'),
  'rim-values-differ': ['gpu[*].measurements fail GPU_MEASUREMENT_MISMATCH'],
  'ocsp-down': ['gpu[*].revocation unknown COLLATERAL_UNREACHABLE'],
  'ocsp-stale': ['gpu[*].revocation unknown OCSP_STALE'],
  'ocsp-revoked': ['gpu[*].revocation fail DEVICE_CERT_REVOKED'],
  'ocsp-rim-hold': ['gpu[*].revocation fail RIM_SIGNER_ON_HOLD'],
  'ocsp-unknown': ['gpu[*].revocation unknown OCSP_UNKNOWN'],
  'ocsp-nonce-missing': ['gpu[*].revocation unknown OCSP_NONCE_ABSENT'],
};
