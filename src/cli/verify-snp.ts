/** `assay verify snp`: one SEV-SNP attestation report, bare or with its certificate table. */
import { type Check, weak } from '../checks/check';
import { asCoded } from '../checks/error';
import { amdKds } from '../collateral/amd-kds';
import { utf8Text } from '../encoding/bytes';
import { pemBlocks } from '../encoding/pem';
import { checkSnp } from '../evidence/sevsnp';
import { splitReport } from '../evidence/sevsnp/container';
import { looksLikeReport } from '../evidence/sevsnp/report';
import type { SnpClaims, SnpEndorsements, SnpInput } from '../evidence/sevsnp/types';
import type { Anchor } from '../roots/anchors';
import type { Arguments } from './arguments';
import { anchorsFor, type Context } from './context';
import { usageFault } from './fault';
import { readBytes } from './files';
import { memoryStore } from './memory-store';
import type { Findings } from './result';
import { decodedText, readReportData } from './verify-tdx';

/** The report in a file: raw, or as hex or base64 text; `undefined` when no reading of the bytes begins like one. */
export function reportIn(file: Uint8Array): Uint8Array | undefined {
  if (looksLikeReport(file)) return file;
  const decoded = decodedText(file);
  return decoded !== undefined && looksLikeReport(decoded) ? decoded : undefined;
}

export async function verifySnp(file: Uint8Array, { options }: Arguments, context: Context): Promise<Findings> {
  if (context.references.length > 0) throw usageFault('--reference: no kind of value is compared with a report; a policy’s snp.measurement is', 'REFERENCE_MALFORMED');
  const given = options.get('report-data')?.[0];
  const report = reportIn(file) ?? decodedText(file) ?? file;
  const anchors = anchorsFor(context, 'amd', 'ark');
  const collateral = await collateralFor(report, await readEndorsements(options), anchors, context);
  const { checks, claims } = await checkSnp({
    report, ...collateral, anchors, now: context.now, policy: context.policy.snp,
    ...(given === undefined ? {} : { reportData: readReportData(given) }),
  });
  return { checks: [...checks, ...unbound(claims, given)], claims: { ...claims }, subject: 'SEV-SNP report' };
}

/** A bare report proves nothing about now or about anyone unless the caller says what it must hold. */
function unbound(claims: SnpClaims | undefined, given: string | undefined): readonly Check[] {
  if (claims === undefined || given !== undefined) return [];
  return [weak('reportdata', 'NO_REPORT_DATA_EXPECTED', 'no --report-data to compare with', { actual: claims.reportData })];
}

/** What the options name. A PEM file of `--vek` may hold the chain behind the key. */
export async function readEndorsements(options: Arguments['options']): Promise<SnpEndorsements> {
  const files = async (name: string): Promise<readonly Uint8Array[]> => Promise.all((options.get(name) ?? []).map(readBytes));
  const [vek, ...behind] = (await files('vek')).flatMap(certificatesIn);
  const intermediates = [...behind, ...(await files('ca')).flatMap(certificatesIn)];
  const crls = await files('crl');
  return { ...(vek === undefined ? {} : { vek }), intermediates, ...(crls.length === 0 ? {} : { crls }) };
}

/** The DER of each certificate in a DER or PEM file. Anything else stays as it is: the verifier says what is wrong with it. */
function certificatesIn(file: Uint8Array): readonly Uint8Array[] {
  if (file[0] === 0x30) return [file];
  try {
    return pemBlocks(utf8Text(file));
  } catch (error) {
    asCoded(error);
    return [file];
  }
}

/** With a certificate at hand nobody is asked: a list counts only where it is given (CLI.md). Without one AMD is, unless offline. */
export async function collateralFor(report: Uint8Array, given: SnpEndorsements, anchors: readonly Anchor[], context: Context): Promise<Pick<SnpInput, 'endorsements' | 'vekProblem'>> {
  const { vcek, vlek } = splitReport(report).table;
  if (context.get === undefined || given.vek !== undefined || vcek !== undefined || vlek !== undefined) return { endorsements: given };
  context.progress('asking AMD for the certificate of this chip’s key');
  const { endorsements, vekProblem } = await amdKds({ get: context.get, store: memoryStore(), now: () => context.now }, anchors)(report, given);
  const crls = given.crls ?? endorsements.crls;
  return { endorsements: { ...endorsements, ...(crls === undefined ? {} : { crls }) }, ...(vekProblem === undefined ? {} : { vekProblem }) };
}
