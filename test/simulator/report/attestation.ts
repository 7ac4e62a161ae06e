/** One machine's attestation for a nonce: quote, GPU evidence, log and application, in the members that NEAR AI's and Phala's proxies use. */
import type { Switchboard } from '../faults.ts';
import { gpuEvidence } from '../nvidia/evidence.ts';
import type { EvidenceItem } from '../nvidia/evidence.ts';
import { labelled, sha256 } from '../pki/keys.ts';
import { MEASUREMENTS, OUT_OF_DATE, UP_TO_DATE } from '../tdx/machine.ts';
import { bootLog, composeHash, configId, extended, instanceId, KEY_PROVIDER_INFO, OS_IMAGE_HASH, reordered, withoutDigests } from './dstack.ts';
import type { LogEvent, Registers } from './dstack.ts';
import { answerKey } from './keys.ts';
import type { AnswerKey } from './keys.ts';
import type { Node } from './machines.ts';
import { dstackQuote } from './quote.ts';
import { OTHER_APP, UNPINNED_APP } from './software.ts';

export interface AttestationOptions {
  readonly node: Node;
  /** Reported. Absent for machines that sign nothing. */
  readonly key?: AnswerKey;
  /** In the quote, where it is another than the reported one. */
  readonly boundKey?: AnswerKey;
  /** 32 bytes. */
  readonly nonce: Buffer;
  /** SHA-256 of the DER public key of the machine's connection, 32 bytes, where it goes into report_data. */
  readonly spki?: Buffer;
  /** Ms since the epoch. */
  readonly now: number;
  /** Faults strike model machines; `nonce` ones all. */
  readonly on: Switchboard;
}

export type Attestation = Readonly<Record<string, unknown>>;

const OTHER_NONCE = labelled('somebody else’s nonce', 32);

const padded = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc(32 - bytes.length)]);

/** What is bound beside the nonce: the key, the key with that of the connection, or nothing. */
function bindingOf(key: AnswerKey | undefined, spki: Buffer | undefined): Buffer {
  if (key === undefined) return Buffer.alloc(32);
  return spki === undefined ? padded(key.bound) : sha256(key.bound, spki);
}

interface Boot {
  /** As reported. */
  readonly log: readonly LogEvent[] | undefined;
  /** As reported. */
  readonly compose: string;
  /** The compose hash that the report states, hex. */
  readonly stated: string;
  readonly registers: Registers;
}

/** What started, and what is told of it. */
function bootOf({ node, on }: AttestationOptions): Boot {
  const strikes = node.place === 'model';
  const has: Switchboard['has'] = (name) => strikes && on.has(name);
  const runs = has('report-software-differs') || has('report-log-forged') ? OTHER_APP : has('report-image-by-tag') ? UNPINNED_APP : node.compose;
  const options = { instance: node.label, disordered: has('report-events-out-of-order'), second: has('report-digests-v2') };
  const measured = bootLog({ ...options, compose: runs });
  const version = has('report-config-unset') ? 0 : has('report-config-v2') ? 2 : 1;
  const registers = { rtmr: extended(measured), mrConfigId: configId(has('report-config-differs') ? OTHER_APP : runs, version) };
  if (has('report-log-forged')) return { registers, compose: node.compose, stated: composeHash(node.compose), log: withoutDigests(bootLog({ ...options, compose: node.compose })) };
  const log = has('report-log-reordered') ? reordered(measured) : has('report-digests-empty') ? withoutDigests(measured) : measured;
  return { registers, log: has('report-log-missing') ? undefined : log, stated: composeHash(runs), compose: has('report-compose-changed') ? OTHER_APP : runs };
}

/** `info` as dstack's guest agent gives it. */
function infoOf({ node }: AttestationOptions, { compose, stated, registers }: Boot): object {
  const [rtmr0, rtmr1, rtmr2, rtmr3] = registers.rtmr.map((register) => register.toString('hex'));
  const mrtd = MEASUREMENTS.mrTd.toString('hex');
  const deviceId = labelled(`dstack device/${node.label}`, 32).toString('hex');
  return {
    app_id: stated.slice(0, 40), instance_id: instanceId(node.label), app_name: node.place, device_id: deviceId, compose_hash: stated, os_image_hash: OS_IMAGE_HASH, key_provider_info: KEY_PROVIDER_INFO,
    tcb_info: { mrtd, rtmr0, rtmr1, rtmr2, rtmr3, mr_aggregated: '', os_image_hash: OS_IMAGE_HASH, compose_hash: stated, device_id: deviceId, app_compose: compose },
  };
}

const asHex = (item: EvidenceItem): EvidenceItem => ({ ...item, evidence: Buffer.from(Buffer.from(item.evidence, 'base64').toString('hex')).toString('base64') });

/** JSON text, as every proxy sends it. They say `HOPPER` whatever it is. */
function gpuPayload(nonce: Buffer, { machine, first, count }: NonNullable<Node['gpus']>, on: Switchboard): string {
  const asked = on.has('report-gpu-nonce') ? OTHER_NONCE : nonce;
  const label = on.has('report-gpu-foreign') ? `${machine === 'machine' ? 'another ' : ''}machine` : machine;
  const items = Array.from({ length: count }, (_, index) => gpuEvidence({ label, chip: 'GH100', gpus: 8, switches: 0, mode: 'single' }, first + index, asked));
  const list = (on.has('report-gpu-as-hex') ? items.map(asHex) : items).map((item) => ({ certificate: item.certificate, evidence: item.evidence, arch: 'HOPPER' }));
  return JSON.stringify({ nonce: nonce.toString('hex'), evidence_list: list, arch: 'HOPPER' });
}

/** All members of one attestation. */
export function attestation(options: AttestationOptions): Attestation {
  const { node, key, nonce, spki, now, on } = options;
  const strikes = node.place === 'model';
  const boot = bootOf(options);
  const answered = on.has('report-nonce-of-another-request') ? OTHER_NONCE : nonce;
  const reportData = Buffer.concat([bindingOf(options.boundKey ?? key, spki), answered]);
  const quote = dstackQuote(
    { reportData, now, debug: strikes && on.has('report-debug-td'), machine: strikes && on.has('report-tcb-old') ? OUT_OF_DATE : UP_TO_DATE },
    boot.registers, strikes && on.has('report-quote-tampered'),
  );
  const gpus = node.gpus === undefined || on.has('report-gpu-missing') ? undefined : gpuPayload(nonce, node.gpus, on);
  return {
    ...(node.model === '' ? {} : { model_name: node.model }),
    ...(key === undefined ? {} : { signing_address: key.address, signing_algo: key.algorithm }),
    ...(key === undefined || !strikes ? {} : { signing_public_key: on.has('report-encryption-key-differs') ? answerKey('somebody who wants to read', key.algorithm).publicKey : key.publicKey }),
    request_nonce: nonce.toString('hex'),
    intel_quote: quote.toString('hex'),
    ...(strikes ? {} : { report_data: reportData.toString('hex') }),
    ...(gpus === undefined ? {} : { nvidia_payload: gpus }),
    ...(boot.log === undefined ? {} : { event_log: JSON.stringify(boot.log) }),
    info: infoOf(options, boot),
    ...(spki === undefined ? {} : { tls_cert_fingerprint: spki.toString('hex') }),
    ...(strikes && on.has('report-starts-more') ? { compose_manager_attestation: { actions: [{ action: 'up', image: 'simulator/vllm:nightly' }] } } : {}),
  };
}
