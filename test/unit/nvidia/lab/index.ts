/** A machine of the laboratory with everything that is needed to judge it, each part replaceable. */
import { randomBytes } from 'node:crypto';
import { DEFAULT } from '../../../../src/checks/policy';
import type { DeviceEvidence } from '../../../../src/evidence/nvidia';
import type { GpuInput, OcspSource, RimSource } from '../../../../src/evidence/nvidia/types';
import { rimShelf } from '../../../../src/evidence/nvidia/shelves';
import { fingerprintOf } from '../../../../src/x509/certificate';
import type { Certificate } from '../../../../src/x509/certificate';
import type { Authority } from './certificates';
import { DEVICE_ANCHOR, DRIVER, VBIOS, evidenceOf } from './device';
import type { Device, ReportOptions } from './device';
import { RIM_ANCHOR, makeRim } from './manifest';
import type { Golden } from './manifest';
import { respond } from './responder';
import type { ResponseOptions } from './responder';
import { createHash } from 'node:crypto';

export const NOW = Date.parse('2026-06-01T00:00:00Z');
export const NONCE = new Uint8Array(randomBytes(32));
const HOUR = 3_600_000;

const value = (label: string): Buffer => createHash('sha384').update(label).digest();
/** Golden values with alternatives; index 35 is the decoder's. */
export const DRIVER_GOLDEN: Golden = { 7: [value('d7')], 21: [value('other'), value('d21')], 35: [value('d35')] };
export const VBIOS_GOLDEN: Golden = { 0: [value('v0')], 9: [value('v9')] };
export const MEASURED: NonNullable<ReportOptions['measurements']> = { 0: value('v0'), 7: value('d7'), 9: value('v9'), 21: value('d21'), 35: value('not compared'), 40: value('unreferenced') };

export const goodRims = (product = 'GH100') => [
  { name: 'driver', bytes: new Uint8Array(Buffer.from(makeRim({ product, version: DRIVER, golden: DRIVER_GOLDEN }).xml)) },
  { name: 'vbios', bytes: new Uint8Array(Buffer.from(makeRim({ product, version: VBIOS, golden: VBIOS_GOLDEN }).xml)) },
];

const hexPrint = (der: Uint8Array): string => createHash('sha256').update(der).digest('hex');

/** Answers about every certificate of these chains; `change` may turn one into anything. */
export function responderFor(chains: readonly (readonly Authority[])[], change: (about: Authority) => Partial<ResponseOptions> | 'silent' = () => ({})): OcspSource {
  const known = new Map(chains.flatMap((chain) => chain.slice(0, -1).map((about, i) => [hexPrint(about.der), { about, issuer: chain[i + 1] }] as const)));
  return (certificate: Certificate) => {
    const found = known.get(fingerprintOf(certificate));
    if (found?.issuer === undefined) return Promise.resolve({ candidates: [] });
    const changed = change(found.about);
    if (changed === 'silent') return Promise.resolve({ candidates: [], problem: { code: 'COLLATERAL_UNREACHABLE', detail: 'ocsp.ndis.nvidia.com' } });
    return Promise.resolve({ candidates: [{ der: respond({ about: found.about, issuer: found.issuer, thisUpdate: NOW - HOUR, nextUpdate: NOW + 23 * HOUR, ...changed }) }] });
  };
}

export const report = (device: Device, over: Partial<ReportOptions> = {}): DeviceEvidence => evidenceOf(device, { nonce: NONCE, measurements: MEASURED, ...over });

export const input = (devices: GpuInput['devices'], over: Partial<GpuInput> = {}): GpuInput => ({
  devices, nonce: NONCE, anchors: [DEVICE_ANCHOR, RIM_ANCHOR], now: NOW, policy: DEFAULT.nvidia, ...over,
});

export const shelf = (...rims: readonly { readonly xml: string }[]): RimSource => rimShelf(rims.map(({ xml }, i) => ({ name: `${i}`, bytes: new Uint8Array(Buffer.from(xml)) })));
