/** `assay verify nvidia`: the evidence of one GPU or of a machine's GPUs and switches, with manifests and OCSP responses from folders. */
import { fail } from '../checks/check';
import { CodedError, asCoded } from '../checks/error';
import { utf8Text } from '../encoding/bytes';
import { fromHex, isHex } from '../encoding/hex';
import { checkGpus, readEvidenceJson, readTranscriptFile } from '../evidence/nvidia';
import type { GpuInput } from '../evidence/nvidia/types';
import { ocspShelf, rimShelf } from '../evidence/nvidia/shelves';
import type { Anchor } from '../roots/anchor';
import type { Arguments } from './arguments';
import { anchorsFor, asUsage, type Context } from './context';
import { usageFault } from './fault';
import { readBytes, readFolder } from './files';
import type { Findings } from './result';

const NONCE_BYTES = 32;

export async function verifyNvidia(file: Uint8Array, { options }: Arguments, context: Context): Promise<Findings> {
  const nonce = options.get('nonce')?.[0];
  const [certs, rims, ocsp] = ['certs', 'rims', 'ocsp'].map((name) => options.get(name)?.[0]);
  const devices = devicesIn(file, certs === undefined ? undefined : new TextDecoder().decode(await readBytes(certs)));
  if (devices instanceof CodedError) return { checks: [fail('parse', devices.code, devices.detail, { basis: 'derived' })], claims: {}, subject: 'NVIDIA evidence' };
  const responses = ocsp === undefined ? undefined : await readFolder(ocsp);
  const { checks, claims } = await checkGpus({
    devices,
    anchors: nvidiaAnchors(context),
    now: context.now,
    policy: context.policy.nvidia,
    ...(nonce === undefined ? {} : { nonce: readNonce(nonce) }),
    ...(rims === undefined ? {} : { rims: rimShelf(await readFolder(rims)) }),
    ...(responses === undefined ? {} : { ocsp: asUsage(ocsp ?? '', ocspShelf, responses) }),
  });
  return { checks, claims: { ...claims }, subject: devices.length === 1 ? 'NVIDIA evidence' : `NVIDIA evidence of ${devices.length} devices` };
}

/** `--nonce`: 32 bytes of hex, with or without 0x. */
function readNonce(text: string): Uint8Array {
  const digits = text.replace(/^0x/i, '');
  if (!isHex(digits, NONCE_BYTES)) throw usageFault(`--nonce is not ${NONCE_BYTES} bytes of hex`);
  return fromHex(digits);
}

/** A bare report needs its certificates beside it; the JSON forms carry them. */
function devicesIn(file: Uint8Array, certificates: string | undefined): GpuInput['devices'] | CodedError {
  const transcript = readTranscriptFile(file);
  if (transcript !== undefined) {
    if (certificates === undefined) throw usageFault('a bare report needs --certs');
    return [{ transcript, certificates }];
  }
  try {
    const { devices } = readEvidenceJson(utf8Text(file, 'GPU_EVIDENCE_PARSE'));
    if (certificates !== undefined) throw usageFault('--certs belongs to a bare report: this evidence carries its own');
    return devices;
  } catch (error) {
    if (error instanceof CodedError) return asCoded(error);
    throw error;
  }
}

/** A laboratory's root stands in for both of NVIDIA's. */
function nvidiaAnchors(context: Context): readonly Anchor[] {
  const [device, rim] = [anchorsFor(context, 'nvidia', 'nvidia-device'), anchorsFor(context, 'nvidia', 'nvidia-rim')];
  return context.customAnchors.length === 0 ? device : [...device, ...rim];
}
