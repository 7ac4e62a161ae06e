/** Judges what a Contrast Coordinator answered as a provider's report; Privatemode is one with rules of its own. */
import { absent, type Check } from '../../checks/check';
import { checkContrast } from '../../evidence/contrast';
import { pinCheck } from '../../evidence/contrast/pin';
import type { KnownManifest } from '../../evidence/contrast/pin';
import type { ContrastInput, ContrastResult } from '../../evidence/contrast/types';
import type { ReferenceValue } from '../../checks/reference';
import { endorsementsFor } from '../shared/quote';
import type { Appraisal, AppraiseContext, EvidencePart, FetchedReport, SoftwareIdentity } from '../types';
import { MANIFEST_HASH, ROLE } from './names';
import { manifestValues } from './values';

export interface DeploymentRules {
  readonly dialect: string;
  /** Exactly one manifest ever, and nobody who could set another. */
  readonly fixed: boolean;
  /** The deployment runs on GPUs whatever its manifest's platforms are called. */
  readonly gpus: boolean;
}

/** The manifests that the user knows for deployments of this dialect. */
export const knownManifests = (references: readonly ReferenceValue[], dialect: string): readonly KnownManifest[] =>
  references
    .filter((one) => one.kind === 'contrast-manifest' && one.dialect === dialect && one.role === ROLE)
    .flatMap(({ values, source, note, addedAt }) => (values[MANIFEST_HASH] ?? []).map((sha256) => ({ sha256, source, note, ...(addedAt === undefined ? {} : { addedAt }) })));

/** What every judgement of a deployment takes from its surroundings. */
export function inputFrom(context: AppraiseContext, { dialect, fixed }: DeploymentRules): Omit<ContrastInput, 'document' | 'nonce'> {
  const { anchors, now, policy, clockBehind } = context;
  return {
    manifest: { pin: (sha256) => pinCheck(sha256, knownManifests(context.references, dialect)), single: fixed, immutable: fixed },
    snp: context.snpCollateral,
    tdx: (quote) => endorsementsFor(quote, context),
    anchors, now, policy,
    ...(clockBehind === undefined ? {} : { clockBehind }),
  };
}

/** Checks beside those of the Coordinator, from what it attested. */
export type Beside = (result: ContrastResult) => Promise<readonly Check[]>;

/** Judges with the clock, endorsements and reference values of now. Bad input becomes checks; it never throws on one. */
export async function appraiseDeployment(report: Pick<FetchedReport, 'body' | 'nonce'>, context: AppraiseContext, rules: DeploymentRules, beside: Beside = () => Promise.resolve([])): Promise<Appraisal> {
  const result = await checkContrast({ ...inputFrom(context, rules), document: report.body, nonce: report.nonce });
  return { checks: [...result.checks, ...(await beside(result)), ...gaps(result, rules)], signers: [], software: softwareOf(result, rules), parts: partsOf(result) };
}

/** What no deployment of Contrast shows to a browser. */
function gaps({ manifest }: ContrastResult, { gpus }: DeploymentRules): readonly Check[] {
  const named = [...(manifest?.parsed?.snp ?? []), ...(manifest?.parsed?.tdx ?? [])].some(({ platform }) => /gpu/i.test(platform));
  return [
    ...(gpus || named ? [absent('gpu', 'service', 'GPU_CHECKED_INSIDE', 'checked inside the deployment, evidence not published')] : []),
    absent('key.binding', 'service', 'ANSWERS_NOT_SIGNED', 'no key signs answers'),
    absent('channel', 'service', 'CHANNEL_NOT_BOUND', 'a gateway opens the connection'),
  ];
}

/** Only an attested manifest can be approved: any other is just a file. Whether it is known does not matter for that. */
function softwareOf({ manifest, claims, open }: ContrastResult, { dialect }: DeploymentRules): readonly SoftwareIdentity[] {
  const attested = open.every(({ id }) => id === 'manifest.pin' || id === 'manifest.history');
  if (manifest?.parsed === undefined || claims === undefined || !attested) return [];
  return [{ kind: 'contrast-manifest', dialect, role: ROLE, values: manifestValues(manifest.bytes, manifest.parsed), basis: 'hardware' }];
}

function partsOf({ evidence }: ContrastResult): readonly EvidencePart[] {
  return evidence === undefined ? [] : [evidence];
}
