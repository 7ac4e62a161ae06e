/** NVIDIA's two hosts, as far as a verifier asks: the RIM service (GET /v1/rim/<id>) and the OCSP responder (POST /). No CORS headers. */
import { createHash } from 'node:crypto';
import type { Switchboard } from '../faults.ts';
import { cut, send, sendJson } from '../http.ts';
import type { Handler } from '../http.ts';
import { labelled } from '../pki/keys.ts';
import type { Authority } from '../pki/nvidia.ts';
import { bootSerial, CHIPS, deviceRoot, productCa, productOf, provisioner } from './device.ts';
import type { Chip } from './device.ts';
import { gpuLabel, MACHINES, MOST_GPUS, MOST_SWITCHES, switchLabel } from './evidence.ts';
import { FIRMWARE, valueOf } from './firmware.ts';
import type { Golden, Manifest } from './firmware.ts';
import { ocspAnswer } from './ocsp.ts';
import type { CertificateState, OcspWorld } from './ocsp.ts';
import { rimXml } from './rim.ts';
import { DEBUG_CHAIN, rimAuthorities, rimChain, rimRoot, rimSigner } from './rim-pki.ts';

export const RIM_HOST = 'rim.attestation.nvidia.com';
export const OCSP_HOST = 'ocsp.ndis.nvidia.com';

const manifests = new Map(CHIPS.flatMap((chip) => FIRMWARE[chip].manifests.map((manifest) => [manifest.id, { chip, manifest }] as const)));

/** NVIDIA publishes the same firmware with another first value. */
const differing = (chip: Chip, { golden, version }: Manifest): Golden =>
  new Map([...golden].map(([index, values], place) => [index, place === 0 ? [valueOf(chip, version, index, 'another build')] : values]));

/** The service's answer about one manifest, or 404. */
export function rimService(faults: Switchboard, now: () => number): Handler {
  const made = new Map<string, string>();
  function xmlOf(chip: Chip, manifest: Manifest): string {
    const kind = (['rim-debug', 'rim-expired', 'rim-values-differ'] as const).find((name) => faults.has(name));
    const chain = kind === 'rim-debug' ? DEBUG_CHAIN : rimChain(manifest.product, now(), kind === 'rim-expired' ? 'expired' : 'current');
    const key = `${manifest.id}/${kind ?? ''}/${chain[0]?.serial.toString('hex') ?? ''}`;
    const xml = made.get(key) ?? rimXml(manifest, chain, kind === 'rim-values-differ' ? differing(chip, manifest) : manifest.golden);
    made.set(key, xml);
    return xml;
  }

  return (exchange) => {
    if (faults.has('rim-down')) return cut(exchange);
    const request = labelled(`rim request/${exchange.request.number}`, 16).toString('hex');
    const refuse = (status: number, message: string): void => sendJson(exchange, status, { message, request_id: request });
    if (exchange.request.method !== 'GET') return refuse(405, 'Method Not Allowed');
    const { pathname } = exchange.url;
    if (pathname === '/v1/rim/ids') return sendJson(exchange, 200, { ids: [...manifests.keys()], request_id: request });
    const id = /^\/v1\/rim\/([A-Za-z0-9_.]+)$/.exec(pathname)?.[1];
    const found = id === undefined || faults.has('rim-404') ? undefined : manifests.get(id);
    if (id === undefined || found === undefined) return refuse(404, 'RIM not found');
    const xml = Buffer.from(xmlOf(found.chip, found.manifest));
    sendJson(exchange, 200, {
      id, rim: xml.toString('base64'), sha256: createHash('sha256').update(xml).digest('hex'), last_updated: new Date(now()).toISOString(), rim_format: 'TCG', request_id: request,
    });
  };
}

interface Known {
  readonly issuer: Authority;
  /** Serial numbers, hex. */
  readonly serials: ReadonlySet<string>;
}

const serialsOf = (...serials: readonly Buffer[]): ReadonlySet<string> => new Set(serials.map((serial) => serial.toString('hex')));

function bootSerials(chip: Chip): readonly Buffer[] {
  const count = chip === 'LS_10' ? MOST_SWITCHES : MOST_GPUS;
  const label = chip === 'LS_10' ? switchLabel : gpuLabel;
  return MACHINES.flatMap((machine) => Array.from({ length: count }, (_, index) => bootSerial(chip, label(machine, index))));
}

let kept: { readonly signer: Authority; readonly records: readonly Known[] } | undefined;

/** Device certificates above the leaf, and those behind manifests: all that NVIDIA keeps a record of. Another list once the manifests' signers are renewed. */
function records(now: number): readonly Known[] {
  const signer = rimSigner('GH100', now);
  if (kept?.signer !== signer) kept = { signer, records: listRecords(now) };
  return kept.records;
}

function listRecords(now: number): readonly Known[] {
  const products = [...new Set(CHIPS.map(productOf))].map((product) => ({ product, issuer: productCa(product) }));
  const rims = [...new Set([...manifests.values()].map(({ manifest }) => manifest.product))].map((product) => ({ product, ...rimAuthorities(product) }));
  return [
    { issuer: deviceRoot, serials: serialsOf(...products.map(({ issuer }) => issuer.serial)) },
    ...products.map(({ product, issuer }) => ({ issuer, serials: serialsOf(...CHIPS.filter((chip) => productOf(chip) === product).map((chip) => provisioner(chip).serial)) })),
    ...CHIPS.map((chip) => ({ issuer: provisioner(chip), serials: serialsOf(...bootSerials(chip)) })),
    { issuer: rimRoot, serials: serialsOf(...rims.map(({ ca }) => ca.serial)) },
    ...rims.map(({ ca, l3 }) => ({ issuer: ca, serials: serialsOf(l3.serial) })),
    ...rims.map(({ product, l3 }) => ({ issuer: l3, serials: serialsOf(rimSigner(product, now).serial, rimSigner(product, now, 'expired').serial) })),
  ];
}

/** What the responder says of each. What it revokes is the provisioners of the devices; what it puts on hold, the signers of manifests. */
export function ocspWorld(faults: Switchboard, now: () => number): OcspWorld {
  function state(issuer: Authority, serial: string): CertificateState {
    const known = records(now()).find((one) => one.issuer === issuer)?.serials.has(serial) === true;
    if (!known || faults.has('ocsp-unknown')) return 'unknown';
    const intermediates = CHIPS.map((chip) => provisioner(chip).serial.toString('hex'));
    if (faults.has('ocsp-revoked') && intermediates.includes(serial)) return 'revoked';
    return faults.has('ocsp-rim-hold') && issuer.commonName.startsWith('NVIDIA Reference Value L3') ? 'hold' : 'good';
  }
  return {
    issuers: () => records(now()).map(({ issuer }) => issuer), state, now,
    age: () => (faults.has('ocsp-stale') ? 'stale' : 'current'), echo: () => !faults.has('ocsp-nonce-missing'),
  };
}

export function ocspService(faults: Switchboard, now: () => number): Handler {
  const world = ocspWorld(faults, now);
  return (exchange) => {
    if (faults.has('ocsp-down')) return cut(exchange);
    if (exchange.request.method !== 'POST' || exchange.url.pathname !== '/') return send(exchange, 405, { 'content-type': 'text/plain', allow: 'POST' }, '');
    send(exchange, 200, { 'content-type': 'application/ocsp-response' }, ocspAnswer(exchange.body, world));
  };
}
