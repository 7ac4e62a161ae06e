/** Machines of a dstack service as a test wants them: quotes whose registers replay, keys in report_data, reports of every shape. */
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { ed25519 } from '@noble/curves/ed25519.js';
import { DEFAULT } from '../../../src/checks/policy';
import type { ReferenceSource, ReferenceValue } from '../../../src/checks/reference';
import { appraiseReport } from '../../../src/providers/report/appraise';
import { NEARAI, type ReportDialect } from '../../../src/providers/report/dialect';
import type { Appraisal, AppraiseContext } from '../../../src/providers/types';
import { sha256Hex } from '../../../src/signatures/digests';
import { addressOfPublicKey } from '../../../src/signatures/eip191';
import { stateOf } from '../../../src/verdict/state';
import { FLAVOUR } from '../../simulator/flavour';
import { derivedKey, signRaw } from '../../simulator/pki/keys';
import { tdxCollateral } from '../../simulator/tdx/collateral';
import { type QuoteOptions, tdxQuote } from '../../simulator/tdx/quote';
import { BOOT, type Event, firmware, machine as registersOf, runtime } from '../evidence-dstack/machine';
import { GPU_ANCHORS, GPUS, gpuEndorsements, gpuItem } from '../providers/gpus';
import { NO_ENDORSEMENTS } from '../providers/no-endorsements';

export const NOW = Date.UTC(2026, 10, 20, 12);
export const NONCE = Buffer.alloc(32, 0xa5);

export interface Key {
  readonly algorithm: 'ecdsa' | 'ed25519';
  readonly secret: Uint8Array;
  /** As a report names it. */
  readonly text: string;
  /** 20 or 32 bytes. */
  readonly bytes: Buffer;
}

export function ecdsaKey(fill: number): Key {
  const secret = new Uint8Array(32).fill(fill);
  const text = addressOfPublicKey(secp256k1.getPublicKey(secret, false));
  return { algorithm: 'ecdsa', secret, text, bytes: Buffer.from(text.slice(2), 'hex') };
}

export function edKey(fill: number): Key {
  const secret = new Uint8Array(32).fill(fill);
  const bytes = Buffer.from(ed25519.getPublicKey(secret));
  return { algorithm: 'ed25519', secret, text: bytes.toString('hex'), bytes };
}

export const padded = (bytes: Uint8Array): Buffer => Buffer.concat([bytes, Buffer.alloc(32 - bytes.length)]);

export const COMPOSE = JSON.stringify({ runner: 'docker-compose', docker_compose_file: `services:\n  proxy:\n    image: registry.example/proxy@sha256:${'ab'.repeat(32)}\n` });

export interface MachineOptions {
  readonly key?: Key;
  /** 64 bytes; the key and the number unless said otherwise. */
  readonly reportData?: Uint8Array;
  readonly nonce?: Uint8Array;
  readonly compose?: string;
  /** How many of the laboratory's GPUs; none for 0. */
  readonly gpus?: number;
  /** Which of them comes first. */
  readonly firstGpu?: number;
  readonly gpuNonce?: Uint8Array;
  readonly quote?: Partial<QuoteOptions>;
  /** Members of the attestation, in place of or beside the usual. */
  readonly over?: Readonly<Record<string, unknown>>;
}

const RTMR_AT = 48 + 328;
const BODY_END = 48 + 584;

/** One machine's attestation. The quote's four registers are what its own log replays to. */
export function attestation({ key = ecdsaKey(7), nonce = NONCE, compose = COMPOSE, gpus = 1, firstGpu = 0, gpuNonce, reportData, quote = {}, over = {} }: MachineOptions = {}): Record<string, unknown> {
  const events: readonly Event[] = [firmware(0, 1), firmware(1, 2), firmware(2, 3), ...BOOT.map((e) => (e.event === 'compose-hash' ? runtime(e.event, sha256Hex(Buffer.from(compose))) : e))];
  const unsigned = tdxQuote({ reportData: reportData ?? Buffer.concat([padded(key.bytes), nonce]), now: NOW, ...quote });
  Buffer.concat(registersOf(events).rtmr).copy(unsigned, RTMR_AT);
  signRaw(derivedKey('attestation key/up to date'), unsigned.subarray(0, BODY_END)).copy(unsigned, BODY_END + 4);
  const evidence = GPUS.slice(firstGpu, firstGpu + gpus).map((device) => gpuItem(device, gpuNonce ?? nonce));
  return {
    signing_address: key.text, signing_algo: key.algorithm, request_nonce: Buffer.from(nonce).toString('hex'), intel_quote: unsigned.toString('hex'),
    ...(gpus === 0 ? {} : { nvidia_payload: JSON.stringify({ nonce: Buffer.from(nonce).toString('hex'), arch: 'HOPPER', evidence_list: evidence }) }),
    event_log: JSON.stringify(events), info: { compose_hash: sha256Hex(Buffer.from(compose)), tcb_info: { app_compose: compose, compose_hash: sha256Hex(Buffer.from(compose)) } },
    ...over,
  };
}

export interface Read extends Appraisal {
  readonly state: string;
  readonly by: Readonly<Record<string, string>>;
}

export const summary = (appraisal: Appraisal): Read => ({
  ...appraisal,
  state: stateOf(appraisal.checks),
  by: Object.fromEntries(appraisal.checks.map((c) => [c.id, `${c.outcome}${c.code === undefined ? '' : ` ${c.code}`}`])),
});

const collateral = tdxCollateral({ now: NOW });

export async function appraise(report: unknown, over: Partial<AppraiseContext> = {}, dialect: ReportDialect = NEARAI, status = 200): Promise<Read> {
  const context: AppraiseContext = {
    now: NOW, policy: DEFAULT, anchors: [...FLAVOUR.anchors, ...GPU_ANCHORS], references: [], ...NO_ENDORSEMENTS, ...gpuEndorsements(NOW), tdxCollateral: () => Promise.resolve({ collateral }), ...over,
  };
  const body = report instanceof Uint8Array ? report : Buffer.from(typeof report === 'string' ? report : JSON.stringify(report));
  return summary(await appraiseReport({ body: new Uint8Array(body), status, contentType: 'application/json', nonce: new Uint8Array(NONCE) }, dialect, context));
}

/** Names the software of this appraisal's machine as known. */
export function known(read: Appraisal, source: ReferenceSource = 'imported', properties: ReferenceValue['properties'] = { collectsOwnGpu: true }, role: ReferenceValue['role'] = 'model'): ReferenceValue {
  const identity = read.software.find((s) => s.kind === 'dstack-app' && s.role === role);
  if (identity === undefined) throw new Error('no software was established');
  return { dialect: identity.dialect, role, kind: 'dstack-app', values: Object.fromEntries(Object.entries(identity.values).map(([name, value]) => [name, [value]])), properties, source, note: '' };
}
