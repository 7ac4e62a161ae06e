/**
 * The X-Attestation headers that Cube's proxy adds to what came through the agent: each twice, unsigned, about a
 * connection of its own. Names, order and the report's keys as in its source.
 */
import type { Switchboard } from '../faults.ts';
import type { CubeAgent } from './agent.ts';
import type { Domain, Platform } from './domains.ts';

type HeaderLines = Readonly<Record<string, readonly string[]>>;

const EXTENSION: Readonly<Record<Platform, { readonly oid: string; readonly platform: string }>> = {
  'snp-vtpm': { oid: '2.99999.1.0', platform: 'SNPvTPM' },
  azure: { oid: '2.99999.1.1', platform: 'Azure' },
  tdx: { oid: '2.99999.1.2', platform: 'TDX' },
  snp: { oid: '2.99999.1.3', platform: 'SNP' },
};

function report(domain: Domain, raw: Buffer, now: number): string {
  const { oid, platform } = EXTENSION[domain.platform];
  return JSON.stringify({
    attestation_extension_critical: false, attestation_extension_oid: oid, attestation_extension_platform: platform, attestation_extension_size: raw.length,
    attestation_raw_base64: raw.toString('base64'), cert_issuer: 'CN=Assay Simulator Cube agent', cert_not_after: new Date(now + 86_400_000).toISOString(), cert_not_before: new Date(now - 3_600_000).toISOString(),
    cert_serial: '1', cert_subject: 'CN=Assay Simulator Cube agent', platform, technology: 'Unknown', verified_at: new Date(now).toISOString(),
  });
}

/** Header name → its values in wire order. */
export function attestationHeaders(domain: Domain, agent: CubeAgent, on: Switchboard, now: number): HeaderLines {
  if (on.has('cube-headers-missing')) return {};
  const twice = (value: string): readonly string[] => [value, value];
  if (on.has('cube-no-atls')) {
    return { 'X-Attestation-Type': twice('NoCC'), 'X-Attestation-Ok': twice('false'), 'X-Attestation-Error': twice('aTLS expected but connection is not TLS') };
  }
  const { raw, nonce } = agent.relayed(domain, on.has('cube-header-forged'));
  return {
    'X-Tls-Version': twice('TLS1.3'), 'X-Tls-Cipher-Suite': twice('TLS_AES_128_GCM_SHA256'),
    'X-Attestation-Type': twice('aTLS'), 'X-Attestation-Ok': on.has('cube-headers-disagree') ? ['true', 'false'] : twice('true'),
    'X-Atls-Handshake': twice('true'), 'X-Atls-Handshake-Ms': twice('45.200'), 'X-Attestation-Nonce': twice(nonce.toString('hex')), 'X-Attestation-Report': twice(report(domain, raw, now)),
  };
}
