/** `GET /v1/aci/attestation`: a dstack machine's evidence over a keyset and a nonce. */
import type { Switchboard } from '../faults.ts';
import { bootLog, composeHash, configId, extended } from '../report/dstack.ts';
import { dstackQuote } from '../report/quote.ts';
import { ACI_APP, AGENT_APP, OTHER_APP } from '../report/software.ts';
import { keysetOf, reportDataFor } from './keyset.ts';
import type { Keyset } from './keyset.ts';

const DAY = 86_400_000;
const MACHINE = 'aci gateway';

export interface AciOptions {
  /** Of the connection that the gateway is reached by: SHA-256 of its DER public key, 32 bytes. */
  readonly spki: Buffer;
  readonly domain: string;
  /** Ms since the epoch. */
  readonly now: number;
  readonly on: Switchboard;
}

/** What stands in the report, and whose keys sign receipts. */
export function shownKeyset({ spki, domain, now, on }: AciOptions): Keyset {
  const label = on.has('aci-keyset-swapped') || on.has('aci-keyset-minted') ? 'somebody else' : on.has('aci-keyset-rotated') ? 'second' : 'first';
  // Days are whole, so that one keyset stays the same for as long as its keys do.
  const notAfter = (Math.floor(now / DAY) + (on.has('aci-keyset-expired') ? -1 : 30)) * DAY;
  return keysetOf({ label, notAfter, spki: on.has('aci-connection-differs') ? Buffer.alloc(32, 0xc0) : spki, domain });
}

/** JSON text. Without a nonce: the report that is kept for everybody. */
export function aciReportText(options: AciOptions, nonce: Buffer | undefined): string {
  const { now, on } = options;
  const shown = shownKeyset(options);
  const bound = on.has('aci-keyset-swapped') ? keysetOf({ ...options, label: 'first', notAfter: now + DAY }) : shown;
  const reportData = reportDataFor(bound, on.has('aci-from-cache') ? undefined : nonce);
  const compose = on.has('aci-keyset-minted') ? AGENT_APP : on.has('aci-software-differs') ? OTHER_APP : ACI_APP;
  const log = bootLog({ compose, instance: MACHINE });
  const quote = dstackQuote({ reportData, now }, { rtmr: extended(log), mrConfigId: configId(compose, 1) }, false);
  const stated = reportDataFor(shown, nonce).subarray(0, 32).toString('hex');
  return JSON.stringify({
    api_version: 'aci/1', workload_keyset_digest: shown.digest,
    attestation: {
      tee_type: 'tdx', workload_keyset: shown.document, report_data: stated,
      source_provenance: { repo_url: 'https://github.com/Dstack-TEE/private-ai-gateway', repo_commit: '0'.repeat(40), image_digest: null, image_provenance: null },
      evidence: {
        quote: on.has('aci-stub-quote') ? Buffer.from(`aci-stub|quote|${stated}`).toString('hex') : quote.toString('hex'),
        quote_report_data: reportData.toString('hex'), event_log: JSON.stringify(log), app_compose: compose, compose_hash: composeHash(compose), vm_config: '{}',
      },
    },
    service_capabilities: { supported_e2ee_versions: ['2'], serving: 'aggregator' },
  });
}
