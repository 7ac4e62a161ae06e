/** `assay verify contrast`: what a Contrast Coordinator answered, held against a manifest, and a secret exchange under its mesh CA. */
import { fail } from '../checks/check';
import type { Check } from '../checks/check';
import { CodedError } from '../checks/error';
import { fromHex, isHex } from '../encoding/hex';
import { checkContrast } from '../evidence/contrast';
import { groundOf } from '../evidence/contrast/appraise';
import { diffManifests } from '../evidence/contrast/diff';
import type { ManifestChange } from '../evidence/contrast/diff';
import { parseManifest } from '../evidence/contrast/manifest';
import { pinCheck } from '../evidence/contrast/pin';
import type { KnownManifest } from '../evidence/contrast/pin';
import { checkSecret, readSecretExchange } from '../evidence/contrast/secret';
import type { ContrastResult } from '../evidence/contrast/types';
import type { SnpEndorsements } from '../evidence/sevsnp/types';
import { knownManifests } from '../providers/contrast/appraise';
import { DIALECT, PRIVATEMODE } from '../providers/contrast/names';
import { sha256Hex } from '../signatures/digests';
import type { Arguments } from './arguments';
import { anchorsFor, type Context } from './context';
import { usageFault } from './fault';
import { readBytes } from './files';
import type { Findings } from './result';
import { collateralFor as tdxCollateralFor } from './tdx-collateral';
import { collateralFor as snpCollateralFor, readEndorsements } from './verify-snp';

const NONCE_BYTES = 32;
/** The name that Privatemode's secret service has in its mesh. */
const SECRET_NAME = 'secret.privatemode.ai';

export async function verifyContrast(file: Uint8Array, { options }: Arguments, context: Context): Promise<Findings> {
  const known = knownFrom(context);
  const nonce = options.get('nonce')?.[0];
  const [manifest, secret] = await Promise.all(['manifest', 'secret'].map(async (name) => readIfGiven(options.get(name)?.[0])));
  const given = await readEndorsements(options);
  const [arks, sgx] = [anchorsFor(context, 'amd', 'ark'), anchorsFor(context, 'intel', 'sgx')];
  const result = await checkContrast({
    document: file,
    ...(nonce === undefined ? {} : { nonce: readNonce(nonce) }),
    manifest: { pin: (sha256) => pinCheck(sha256, manifest === undefined ? known : [...known, brought(manifest)]), single: options.has('single-manifest'), immutable: false },
    snp: (report, sent) => snpCollateralFor(report, together(given, sent), arks, context),
    tdx: (quote) => tdxCollateralFor(quote, options.get('collateral')?.[0], sgx, context),
    anchors: context.customAnchors.length === 0 ? arks : [...arks, ...sgx],
    now: context.now,
    policy: context.policy,
  });
  const changes = manifest === undefined ? undefined : changesSince(manifest, result);
  return {
    checks: [...result.checks.map((check) => withChanges(check, changes)), ...(secret === undefined ? [] : await secretChecks(secret, result, context))],
    claims: claimsOf(result, changes),
    subject: 'Contrast Coordinator',
  };
}

const readIfGiven = (path: string | undefined): Promise<Uint8Array | undefined> => (path === undefined ? Promise.resolve(undefined) : readBytes(path));

/** `--nonce`: 32 bytes of hex, with or without 0x. */
function readNonce(text: string): Uint8Array {
  const digits = text.replace(/^0x/i, '');
  if (!isHex(digits, NONCE_BYTES)) throw usageFault(`--nonce is not ${NONCE_BYTES} bytes of hex`);
  return fromHex(digits);
}

/** The file's exact bytes are what is compared; whether they are a manifest at all, the comparison says. */
const brought = (manifest: Uint8Array): KnownManifest => ({ sha256: sha256Hex(manifest), source: 'imported', note: '--manifest' });

/** Manifests among the reference values: whoever names the file says that it is meant, for whichever dialect it was written. */
function knownFrom({ references }: Context): readonly KnownManifest[] {
  const manifests = references.filter(({ kind }) => kind === 'contrast-manifest');
  if (manifests.length < references.length) throw usageFault('--reference: only values of kind contrast-manifest are compared with a manifest', 'REFERENCE_MALFORMED');
  return [DIALECT, PRIVATEMODE].flatMap((dialect) => knownManifests(manifests, dialect));
}

/** What the options name stands before what came along. */
function together(given: SnpEndorsements, sent: SnpEndorsements): SnpEndorsements {
  return { ...sent, ...given, intermediates: [...(given.intermediates ?? []), ...(sent.intermediates ?? [])] };
}

async function secretChecks(json: Uint8Array, { meshCa, open, pin }: ContrastResult, { now }: Context): Promise<readonly Check[]> {
  try {
    return await checkSecret({ exchange: readSecretExchange(json), meshCa, name: SECRET_NAME, clock: { now }, ground: groundOf(open), pin });
  } catch (error) {
    if (error instanceof CodedError) return [fail('key.secret.cert', error.code, error.detail, { basis: 'derived' })];
    throw error;
  }
}

/** What is different in the Coordinator's newest manifest; `undefined` where one of the two cannot be read. */
function changesSince(known: Uint8Array, { manifest }: ContrastResult): readonly ManifestChange[] | undefined {
  if (manifest?.parsed === undefined) return undefined;
  try {
    return diffManifests(parseManifest(known), manifest.parsed);
  } catch (error) {
    if (error instanceof CodedError) return undefined;
    throw error;
  }
}

const MOST_NAMES = 8;

/** Another manifest is told of with what differs; all of it, value by value, stands in the claims. */
function withChanges(check: Check, changes: readonly ManifestChange[] | undefined): Check {
  if (check.id !== 'manifest.pin' || check.outcome !== 'fail' || changes === undefined) return check;
  const names = changes.slice(0, MOST_NAMES).map(({ name }) => name).join('; ');
  const more = changes.length > MOST_NAMES ? `; and ${changes.length - MOST_NAMES} more` : '';
  return { ...check, detail: changes.length === 0 ? `${check.detail}, of the same meaning` : `${check.detail}: ${names}${more}` };
}

/** The hardware's claims, and the Coordinator's under a name of their own. */
const claimsOf = ({ claims, evidence }: ContrastResult, changes: readonly ManifestChange[] | undefined): Findings['claims'] => ({
  ...evidence?.claims,
  ...(claims === undefined ? {} : { contrast: { ...claims, ...(changes === undefined || changes.length === 0 ? {} : { changes }) } }),
});
