/** Every service that is built, with evidence that holds on simulated hardware: what the mistakes of other verifiers are tried on. */
import { createHash } from 'node:crypto';
import { DEFAULT } from '../../../src/checks/policy';
import { parseJson } from '../../../src/encoding/json';
import { contrastOf } from '../../../src/providers/contrast';
import { ionet } from '../../../src/providers/ionet';
import { privatemode } from '../../../src/providers/privatemode';
import { nearai, phala, venice } from '../../../src/providers/report';
import { aci } from '../../../src/providers/report/aci';
import { reportDataFor } from '../../../src/providers/report/aci/keyset';
import type { Appraisal, AppraiseContext, FetchedReport, Provider } from '../../../src/providers/types';
import { canonicalJson } from '../../../src/signatures/jcs';
import { stateOf } from '../../../src/verdict/state';
import { domainWith } from '../../simulator/cube/domains';
import { FLAVOUR } from '../../simulator/flavour';
import { type CollateralOptions, tdxCollateral } from '../../simulator/tdx/collateral';
import { type QuoteOptions, tdxQuote } from '../../simulator/tdx/quote';
import * as contrastLab from '../evidence-contrast/lab';
import { anchor as amdAnchor } from '../evidence-sevsnp/lab';
import { ANCHORS as INTEL } from '../evidence/simulated';
import * as cubeLab from '../providers-cube/lab';
import { attestation, COMPOSE, edKey, ecdsaKey, NONCE, NOW } from '../providers-report/lab';
import { key } from '../providers/fixture';
import { GPU_ANCHORS, gpuEndorsements, gpuList } from '../providers/gpus';
import { NO_ENDORSEMENTS } from '../providers/no-endorsements';

export { NONCE, NOW };

export interface Service {
  readonly name: string;
  readonly provider: Provider;
  readonly nonce: Uint8Array;
  /** When its evidence was made, ms since the epoch. */
  readonly now: number;
  readonly tdx: boolean;
  /** Its report promises GPU evidence, which stands in these members. */
  readonly gpu?: 'gpu' | 'nvidia_payload';
  /** A report that holds, as it comes. */
  readonly good: () => Uint8Array;
  /** The same with one bit of the signed evidence changed after it was signed. */
  readonly tampered: () => Uint8Array;
  readonly context: (over?: Partial<AppraiseContext>) => AppraiseContext;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const json = (value: unknown): Uint8Array => bytes(JSON.stringify(value));

/** The report as an object, for services that send JSON. */
export const objectIn = (service: Service): Record<string, unknown> => JSON.parse(new TextDecoder().decode(service.good()));
export const isJson = ({ good }: Service): boolean => good()[0] === 0x7b;
/** Its JSON is a report with members of its own, and may echo the number. */
export const isReport = (service: Service): boolean => isJson(service) && !('raw_attestation_doc' in objectIn(service));

const collateralAt = (options: CollateralOptions): AppraiseContext['tdxCollateral'] => () => Promise.resolve({ collateral: tdxCollateral(options) });

const context = (over: Partial<AppraiseContext> = {}): AppraiseContext => ({
  now: NOW, policy: DEFAULT, anchors: [...FLAVOUR.anchors, ...GPU_ANCHORS], references: [], ...NO_ENDORSEMENTS, ...gpuEndorsements(NOW), tdxCollateral: collateralAt({ now: NOW }), ...over,
});

/** MRTD's first byte, in the part that the quote's signature covers. */
const MRTD = 48 + 136;
const bentHex = (hex: string): string => hex.slice(0, 2 * MRTD) + (hex[2 * MRTD] === '0' ? '1' : '0') + hex.slice(2 * MRTD + 1);

export const ionetReport = (over: Readonly<Record<string, unknown>> = {}, quote: Partial<QuoteOptions> = {}, nonce: Uint8Array = NONCE): Record<string, unknown> => ({
  nonce: Buffer.from(nonce).toString('hex'),
  cpu: { quote: tdxQuote({ reportData: Buffer.concat([nonce, Buffer.alloc(32)]), now: NOW, ...quote }).toString('hex') },
  gpu: { nonce: Buffer.from(nonce).toString('hex'), arch: 'HOPPER', evidence_list: gpuList(nonce, 2), claims_version: '3.0' },
  signing_address: key(7).address, image_digest: `sha256:${'cd'.repeat(32)}`, ...over,
});

const KEYSET = { subject: null, not_after: NOW / 1000 + 3600, receipt_signing_keys: [{ key_id: 'r1', algo: 'ed25519', public_key: edKey(2).text }], e2ee_public_keys: [], tls_public_keys: [{ spki_sha256: '33'.repeat(32) }] };
const KEYSET_DIGEST = `sha256:${createHash('sha256').update(canonicalJson(parseJson(JSON.stringify(KEYSET)))).digest('hex')}`;

function aciReport(): Record<string, unknown> {
  const machine = attestation({ gpus: 0, reportData: reportDataFor(KEYSET_DIGEST, NONCE) });
  return {
    api_version: 'aci/1', workload_keyset_digest: KEYSET_DIGEST,
    attestation: { tee_type: 'tdx', workload_keyset: KEYSET, report_data: '', source_provenance: {}, evidence: { quote: machine['intel_quote'], event_log: machine['event_log'], app_compose: COMPOSE } },
    service_capabilities: { serving: 'aggregator' },
  };
}

/** Changes a hex quote wherever it stands in a JSON report. */
const bentQuote = (report: Record<string, unknown>): Uint8Array => bytes(JSON.stringify(report).replace(/"(04000200[0-9a-f]{2000,})"/, (_, hex: string) => `"${bentHex(hex)}"`));

const reported = (name: string, provider: Provider, report: () => Record<string, unknown>, gpu?: Service['gpu']): Service => ({
  name, provider, nonce: NONCE, now: NOW, tdx: true, ...(gpu === undefined ? {} : { gpu }), good: () => json(report()), tampered: () => bentQuote(report()), context,
});

const cubed = (platform: 'snp' | 'snp-vtpm' | 'tdx'): Service => ({
  name: `Cube ${platform}`, provider: cubeLab.cube, nonce: cubeLab.NONCE, now: cubeLab.NOW, tdx: platform === 'tdx', good: () => cubeLab.answered(domainWith(platform)).body,
  tampered: () => cubeLab.answered(domainWith(platform), ['cube-report-tampered']).body, context: cubeLab.context,
});

const own = contrastOf({ dialect: 'contrast', name: 'Mine', pageOrigin: 'https://chat.example', apiOrigin: 'https://api.example' });

function deployed(name: string, provider: Provider, tdx: boolean): Service {
  const kind: contrastLab.Situation = tdx ? { tdx: () => undefined, manifests: [contrastLab.manifestBytes({ ReferenceValues: { tdx: [contrastLab.tdxReference()] } })] } : {};
  const message = tdx ? contrastLab.tdxMessage : contrastLab.snpMessage;
  const bent = (raw: Uint8Array): Uint8Array => raw.map((byte, i) => (i === (tdx ? MRTD : 0x90) ? byte ^ 1 : byte));
  return {
    name, provider, nonce: contrastLab.NONCE, now: contrastLab.NOW, tdx, good: () => contrastLab.documentOf(kind), tampered: () => contrastLab.documentOf({ ...kind, attestation: (raw) => message(bent(raw)) }),
    context: (over = {}) => ({
      ...NO_ENDORSEMENTS, now: contrastLab.NOW, policy: DEFAULT, anchors: [amdAnchor, ...INTEL], references: [],
      snpCollateral: (_report, sent) => Promise.resolve({ endorsements: sent }), tdxCollateral: collateralAt({ now: contrastLab.NOW }), ...over,
    }),
  };
}

export const IONET: Service = reported('io.net', ionet, () => ionetReport(), 'gpu');
export const NEAR: Service = reported('NEAR AI', nearai, () => attestation({ key: ecdsaKey(7) }), 'nvidia_payload');
export const ACI: Service = reported('ACI', aci, aciReport);
export const CONTRAST: Service = deployed('Contrast', own, false);

export const SERVICES: readonly Service[] = [
  IONET, NEAR, reported('Phala', phala, () => attestation({ key: ecdsaKey(7) }), 'nvidia_payload'), reported('Venice', venice, () => attestation({ key: ecdsaKey(7) }), 'nvidia_payload'), ACI,
  cubed('snp'), cubed('snp-vtpm'), cubed('tdx'), CONTRAST, deployed('Contrast on TDX', own, true), deployed('Privatemode', privatemode, false),
];

export const TDX_SERVICES: readonly Service[] = SERVICES.filter(({ tdx }) => tdx);
export const GPU_SERVICES: readonly Service[] = SERVICES.filter(({ gpu }) => gpu !== undefined);

export interface Read extends Appraisal {
  readonly state: string;
  readonly by: Readonly<Record<string, string>>;
}

export interface Asked {
  readonly body?: Uint8Array;
  readonly context?: Partial<AppraiseContext>;
  readonly report?: Partial<FetchedReport>;
}

/** What this service's provider says of a report: of its good one unless said otherwise. */
export async function ask(service: Service, { body, context: over, report }: Asked = {}): Promise<Read> {
  const appraisal = await service.provider.appraise({ body: body ?? service.good(), status: 200, contentType: 'application/json', nonce: service.nonce, ...report }, service.context(over));
  return { ...appraisal, state: stateOf(appraisal.checks), by: Object.fromEntries(appraisal.checks.map((c) => [c.id, `${c.outcome}${c.code === undefined ? '' : ` ${c.code}`}`])) };
}

/** The first check whose id is this, with or without the name of a machine behind it. */
export const found = ({ by }: Read, id: string): string => Object.entries(by).find(([name]) => name === id || name.startsWith(`${id}.`))?.[1] ?? 'none';
