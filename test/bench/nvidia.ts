/**
 * What one GPU and eight cost beside their bare signature checks, in one run (DESIGN 9: at most 1.5 times, manifests cached).
 * Bundle and run: `npx esbuild test/bench/nvidia.ts --bundle --platform=node --format=esm --outfile=.output/bench/nvidia.mjs && node .output/bench/nvidia.mjs`.
 * `raw` verifies the same signatures over the same bytes with imported keys and nothing else; what is remembered between
 * runs (certificates of the vendor, manifests) counts on neither side.
 */
import { readFileSync } from 'node:fs';
import { DEFAULT } from '../../src/checks/policy';
import { checkGpus, readEvidenceJson, readTranscriptFile } from '../../src/evidence/nvidia';
import type { DeviceEvidence } from '../../src/evidence/nvidia';
import { forgetRims } from '../../src/evidence/nvidia/rim';
import { rimShelf } from '../../src/evidence/nvidia/shelves';
import { readTranscript } from '../../src/evidence/nvidia/spdm';
import type { GpuInput } from '../../src/evidence/nvidia/types';
import { ecdsaSignature } from '../../src/encoding/der-values';
import { VENDOR_ANCHORS } from '../../src/roots/anchors';
import { forgetCertificates, readPemCertificates } from '../../src/x509/certificate';
import type { Certificate } from '../../src/x509/certificate';
import { forgetP384 } from '../../src/x509/p384';
import { CodedError } from '../../src/checks/error';

const folder = process.env['ASSAY_VECTORS_FOLDER'] ?? '../shared/vectors/nvidia-gpu';
const text = (name: string): string => readFileSync(`${folder}/${name}`, 'utf8');
const bytes = (name: string): Uint8Array => new Uint8Array(readFileSync(`${folder}/${name}`));
const ROUNDS = 100;

interface Contender {
  readonly run: () => Promise<unknown>;
  /** Not counted. */
  readonly before?: () => void;
}

const middle = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** Median ms of each contender, and the median of its ratio to the first one in the same round: a busy machine slows both. */
async function race(contenders: readonly Contender[]): Promise<readonly { readonly ms: number; readonly ratio: number }[]> {
  const rounds: number[][] = [];
  for (let i = 0; i < ROUNDS + 5; i += 1) {
    const times: number[] = [];
    for (const { run, before } of contenders) {
      before?.();
      const start = performance.now();
      await run();
      times.push(performance.now() - start);
    }
    if (i >= 5) rounds.push(times);
  }
  return contenders.map((_, c) => ({ ms: middle(rounds.map((times) => times[c] ?? Number.NaN)), ratio: middle(rounds.map((times) => (times[c] ?? Number.NaN) / (times[0] ?? Number.NaN))) }));
}

interface Check {
  readonly key: CryptoKey;
  readonly signature: Uint8Array<ArrayBuffer>;
  readonly data: Uint8Array<ArrayBuffer>;
}

const keyOf = (spki: Uint8Array): Promise<CryptoKey> => crypto.subtle.importKey('spki', new Uint8Array(spki), { name: 'ECDSA', namedCurve: 'P-384' }, false, ['verify']);

async function linkChecks(certificates: readonly Certificate[]): Promise<readonly Check[]> {
  const links = certificates.slice(0, -1).map(async (certificate, i): Promise<Check> => {
    const issuer = certificates[i + 1] ?? certificate;
    return { key: await keyOf(issuer.spki), signature: ecdsaSignature(certificate.signature, 48), data: new Uint8Array(certificate.signedBytes) };
  });
  return Promise.all(links);
}

async function reportCheck({ transcript }: DeviceEvidence, leaf: Certificate): Promise<Check> {
  const { signature, signed } = readTranscript(transcript);
  return { key: await keyOf(leaf.spki), signature: new Uint8Array(signature), data: new Uint8Array(signed) };
}

/** The signatures that a judgement verifies when nothing is remembered: each certificate once, each report. */
async function checksOf(devices: readonly DeviceEvidence[]): Promise<readonly Check[]> {
  const seen = new Set<string>();
  const checks: Check[] = [];
  for (const device of devices) {
    const certificates = readPemCertificates(device.certificates);
    const [leaf] = certificates;
    if (leaf === undefined) throw new Error('no leaf');
    checks.push(await reportCheck(device, leaf));
    for (const [i, check] of (await linkChecks(certificates)).entries()) {
      const name = certificates[i]?.spkiHex ?? '';
      if (!seen.has(name)) checks.push(check);
      seen.add(name);
    }
  }
  return checks;
}

async function verifyAll(checks: readonly Check[]): Promise<void> {
  for (const { key, signature, data } of checks) {
    if (!(await crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-384' }, key, signature, data))) throw new Error('a signature does not hold');
  }
}

async function compare(name: string, devices: readonly DeviceEvidence[], over: Partial<GpuInput>): Promise<void> {
  const input: GpuInput = { devices, anchors: VENDOR_ANCHORS, now: Date.parse('2026-05-15T00:00:00Z'), policy: DEFAULT.nvidia, ...over };
  const bad = (await checkGpus(input)).checks.find(({ outcome, id }) => outcome === 'fail' || (id.endsWith('.measurements') && over.rims !== undefined && outcome !== 'pass'));
  if (bad !== undefined) throw new Error(`${name}: ${bad.id} ${bad.code}`);
  const checks = await checksOf(devices);
  const forgetDevices = (): void => {
    forgetCertificates();
    forgetP384();
  };
  const judge = (): Promise<unknown> => checkGpus(input);
  const [raw, fresh, warm, cold] = await race([
    { run: () => verifyAll(checks) },
    { run: judge, before: forgetDevices },
    { run: judge },
    {
      run: judge,
      before: () => {
        forgetDevices();
        forgetRims();
      },
    },
  ]);
  const times = (one: typeof raw): string => `${one?.ms.toFixed(2)} ms (${one?.ratio.toFixed(2)} ×)`;
  console.log(`${name}: ${checks.length} P-384 signatures, raw ${raw?.ms.toFixed(2)} ms; device certificates new, manifests cached ${times(fresh)}, budget 1.50 ×; all certificates known ${times(warm)}; manifests read anew too ${times(cold)}`);
}

const transcript = readTranscriptFile(bytes('nvtrust/samples/hopperAttestationReport.txt'));
if (transcript === undefined) throw new Error('no report');
const rims = rimShelf(['museop/NV_GPU_DRIVER_GH100_550.90.07.swidtag', 'museop/NV_GPU_VBIOS_1010_0200_882_96009F0001.swidtag'].map((name) => ({ name, bytes: bytes(name) })));
await compare('one GPU with its manifests', [{ transcript, certificates: text('nvtrust/samples/hopperCertChain.txt') }], { rims });

const eight = readEvidenceJson(text('nvtrust/ppcie/gpu_evidence.json')).devices.map((device) => {
  if (device instanceof CodedError) throw device;
  return device;
});
await compare('eight GPUs, no manifests on record', eight, {});
