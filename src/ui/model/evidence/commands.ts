/** Commands that repeat a judgement from the files that are handed out beside them. */
import type { Check } from '../../../checks/check';
import type { EvidencePartView } from '../../../watch/snapshot';

/** One command in its parts: what is judged first, then an option each. */
export type Command = readonly string[];

/** What every command has at its end. */
export interface Common {
  /** ISO 8601: the moment of the judgement. */
  readonly at: string;
  readonly references: string | undefined;
  readonly policy: string | undefined;
}

type Part<K extends EvidencePartView['kind']> = Extract<EvidencePartView, { kind: K }>;

const REPORT_DATA_CHARS = 128;

/** What report_data has to be: the bytes judged fresh, or, where they were not, our number and zeros. */
export function expectedReportData(claims: { readonly reportData?: string } | undefined, nonce: string): string {
  const given = claims?.reportData ?? '';
  return given.slice(0, nonce.length) === nonce || given.slice(nonce.length) === nonce ? given : nonce.padEnd(REPORT_DATA_CHARS, '0').slice(0, REPORT_DATA_CHARS);
}

const passed = (checks: readonly Check[], ...ids: readonly string[]): boolean => checks.some((c) => ids.includes(c.id) && c.outcome === 'pass');

/** Where report_data was judged as a whole (a hash of several things), what was judged right is what is to be expected. */
const judgedReportData = (claims: { readonly reportData?: string } | undefined, nonce: string, checks: readonly Check[]): string =>
  claims?.reportData !== undefined && (passed(checks, 'reportdata', 'ak.binding') || checks.some((c) => c.id === 'reportdata' && c.code === 'NONCE_OF_PAGE')) ? claims.reportData : expectedReportData(claims, nonce);

export const tdxCommand = (part: Part<'tdx'>, file: string, nonce: string, common: Common): Command => [
  `assay verify tdx ${file}.quote.bin`,
  `--collateral ${file}.collateral.json`,
  ...(nonce === '' ? [] : [`--report-data ${expectedReportData(part.claims, nonce)}`]),
  ...(common.references === undefined ? [] : [`--reference ${common.references}`]),
  ...(common.policy === undefined ? [] : [`--policy ${common.policy}`]),
  `--at ${common.at}`,
  '--offline',
];

/** Names of the files that hold AMD's endorsements. */
export interface SnpFiles {
  readonly vek: string | undefined;
  readonly cas: readonly string[];
  readonly crls: readonly string[];
}

export const snpCommand = (part: Part<'snp'>, file: string, files: SnpFiles, nonce: string, checks: readonly Check[], common: Common): Command => [
  `assay verify snp ${file}.snp.bin`,
  ...(files.vek === undefined ? [] : [`--vek ${files.vek}`]),
  ...files.cas.map((name) => `--ca ${name}`),
  ...files.crls.map((name) => `--crl ${name}`),
  ...(nonce === '' ? [] : [`--report-data ${judgedReportData(part.claims, nonce, checks)}`]),
  `--at ${common.at}`,
  '--offline',
];

/** Which option takes a file, by the end of its name. */
const OPTION_OF: readonly (readonly [RegExp, string])[] = [[/\.collateral\.json$/, '--collateral'], [/\.vek\.der$/, '--vek'], [/\.ca(-\d+)?\.der$/, '--ca'], [/\.crl(-\d+)?\.der$/, '--crl']];

export interface ContrastFiles {
  readonly report: string;
  /** Both bodies of the page's key agreement. */
  readonly agreement: string | undefined;
  /** Nobody may set another manifest there. */
  readonly single: boolean;
  /** What vendors were asked for, by the names of its files. */
  readonly endorsements: readonly string[];
}

/** A Coordinator's reply whole: manifests, evidence, authorities, and what they vouch for. */
export const contrastCommand = ({ report, agreement, single, endorsements }: ContrastFiles, nonce: string, common: Common): Command => [
  `assay verify contrast ${report}`,
  ...(nonce === '' ? [] : [`--nonce ${nonce}`]),
  ...(agreement === undefined ? [] : [`--secret ${agreement}`]),
  ...(single ? ['--single-manifest'] : []),
  ...endorsements.flatMap((name) => OPTION_OF.filter(([form]) => form.test(name)).map(([, option]) => `${option} ${name}`)),
  ...(common.references === undefined ? [] : [`--reference ${common.references}`]),
  ...(common.policy === undefined ? [] : [`--policy ${common.policy}`]),
  `--at ${common.at}`,
  '--offline',
];

/** A name that any shell takes as one word. */
const word = (name: string): string => (/^[\w.@%+=:,-][\w./@%+=:,-]*$/.test(name) && !name.startsWith('-') ? name : `'./${name.replaceAll("'", "'\\''")}'`);

export interface CocosFiles {
  /** Name of the evidence's file. */
  readonly report: string;
  /** Hex; empty where it is not known. */
  readonly reportData: string;
  readonly nonce: string;
  readonly policy: string | undefined;
  /** What vendors were asked for, by the names of its files. */
  readonly endorsements: readonly string[];
}

/** Evidence of Cocos whole, the start-up chip and a policy included. */
export const cocosCommand = ({ report, reportData, nonce, policy, endorsements }: CocosFiles, common: Common): Command => [
  `assay verify cocos ${word(report)}`,
  ...(reportData === '' ? [] : [`--report-data ${reportData}`]),
  ...(nonce === '' ? [] : [`--nonce ${nonce}`]),
  ...(policy === undefined ? [] : [`--cocos-policy ${word(policy)}`]),
  ...endorsements.flatMap((name) => OPTION_OF.filter(([form]) => form.test(name)).map(([, option]) => `${option} ${name}`)),
  ...(common.references === undefined || policy !== undefined ? [] : [`--reference ${common.references}`]),
  ...(common.policy === undefined ? [] : [`--policy ${common.policy}`]),
  `--at ${common.at}`,
  '--offline',
];

/** The number that the devices' own signed requests carry, where it was judged to be ours. */
export function gpuNonce(part: Part<'nvidia'>, checks: readonly Check[], nonce: string): string {
  const [first] = part.claims;
  const [id] = part.devices.map((device) => device.id);
  return first !== undefined && id !== undefined && passed(checks, `${id}.nonce`) ? first.nonce : nonce;
}

/** Folders inside the archive of NVIDIA's endorsements; `undefined` where there is none of the kind. */
export interface GpuFolders {
  readonly rims: string | undefined;
  readonly ocsp: string | undefined;
}

export const nvidiaCommand = (part: Part<'nvidia'>, file: string, folders: GpuFolders, nonce: string, checks: readonly Check[], common: Common): Command => [
  `assay verify nvidia ${file}.gpu.json`,
  `--nonce ${gpuNonce(part, checks, nonce)}`,
  ...(folders.rims === undefined ? [] : [`--rims ${folders.rims}`]),
  ...(folders.ocsp === undefined ? [] : [`--ocsp ${folders.ocsp}`]),
  `--at ${common.at}`,
  '--offline',
];
