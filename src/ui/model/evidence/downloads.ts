/** Files that let anyone repeat the judgement without this browser and without the service. */
import { GENUINE } from '../../../checks/policy';
import { fromBase64 } from '../../../encoding/base64';
import { DEFAULT_SETTINGS, policyOf, type Settings } from '../../../records/settings';
import { DIALECT as CONTRAST, PRIVATEMODE } from '../../../providers/contrast/names';
import type { EvidencePartView, EvidenceView, StoredReference } from '../../../watch/snapshot';
import type { SavedFile } from '../../doors';
import type { MessageKey } from '../../i18n/text';
import { cocosCommand, type CocosFiles, type Command, type Common, contrastCommand, type GpuFolders, nvidiaCommand, snpCommand, tdxCommand } from './commands';
import { isFromFiles } from '../files';
import { tarOf } from '../tar';
import { exportText } from './export';

export interface Download {
  readonly name: string;
  readonly what: MessageKey;
  readonly bytes: number;
  readonly file: () => SavedFile;
}

export interface Downloads {
  readonly files: readonly Download[];
  /** The result without content, or with hashes once the line that says so is ticked. */
  readonly result: (withHashes: boolean) => SavedFile;
  /** One for each quote, in its parts; each repeats its judgement from the files above. */
  readonly commands: readonly Command[];
  /** The user accepts firmware that the command line can only pass or refuse. */
  readonly acceptsOutOfDate: boolean;
  /** GPUs were judged, and NVIDIA's manifests are not among the files. */
  readonly gpusInPart: boolean;
  /** The evidence is the person's own files: they are not handed out again, and no answer belongs to them. */
  readonly fromFiles: boolean;
}

/** `assay-ionet-20261122-141109`: letters, digits and hyphens only. */
export function stemOf(view: EvidenceView): string {
  const at = new Date(view.attestation.receivedAt ?? view.attestation.appraisedAt).toISOString();
  const service = view.service.profileId.replaceAll(/[^a-z0-9]+/gi, '-');
  return `assay-${service}-${at.slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')}`;
}

const BINARY = 'application/octet-stream';
const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
const textSize = (text: string): number => new TextEncoder().encode(text).length;

function textFile(name: string, what: MessageKey, content: string): Download {
  return { name, what, bytes: textSize(content), file: () => ({ name, type: 'application/json', content }) };
}

function bytesFile(name: string, what: MessageKey, base64: string, type: SavedFile['type']): Download {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0;
  return { name, what, bytes: (base64.length / 4) * 3 - padding, file: () => ({ name, type, content: fromBase64(base64) }) };
}

/** JSON or not, by its first byte: some services answer in bytes. */
function reportFile(stem: string, base64: string): Download {
  const [first] = fromBase64(base64.slice(0, 4));
  const isJson = first === 0x7b || first === 0x5b;
  return bytesFile(`${stem}.report.${isJson ? 'json' : 'bin'}`, 'file_report', base64, isJson ? 'application/json' : BINARY);
}

/** A policy file (CLI.md) where the user's choices differ from the default; `undefined` where they do not. */
export function policyFile(settings: Settings, now: number): unknown {
  const accepts = settings.acceptOutOfDateUntil > now;
  const tdx = {
    ...(accepts ? { acceptedTcb: GENUINE.tdx.passTcb.filter((status) => [...policyOf(settings, now).tdx.passTcb, ...policyOf(settings, now).tdx.weakTcb].includes(status)) } : {}),
    ...(settings.allowSeptVeOff === DEFAULT_SETTINGS.allowSeptVeOff ? {} : { requireSeptVeDisable: !settings.allowSeptVeOff }),
    ...(settings.minEvaluationDataNumber === DEFAULT_SETTINGS.minEvaluationDataNumber ? {} : { minEvaluationDataNumber: settings.minEvaluationDataNumber }),
  };
  return Object.keys(tdx).length === 0 ? undefined : { extends: 'default', tdx };
}

/** A reference value in the form of a file: what the store adds is left out. */
const asFile = ({ dialect, role, kind, values, properties, source, note, apiOrigin }: StoredReference) => ({ dialect, role, kind, values, properties, source, note, ...(apiOrigin === undefined ? {} : { apiOrigin }) });

type Part<K extends EvidencePartView['kind']> = Extract<EvidencePartView, { kind: K }>;

const partsOf = <K extends EvidencePartView['kind']>(view: EvidenceView, kind: K): readonly Part<K>[] => view.parts.filter((part): part is Part<K> => part.kind === kind);

interface Offered {
  readonly files: readonly Download[];
  readonly commands: readonly Command[];
}

/** Several of one kind are told apart by number. */
const named = (stem: string, i: number, all: readonly unknown[]): string => (all.length > 1 ? `${stem}-${i}` : stem);

function offeredTdx(view: EvidenceView, stem: string, common: Common): Offered {
  const parts = partsOf(view, 'tdx');
  return {
    files: parts.flatMap((part, i) => [
      bytesFile(`${named(stem, i, parts)}.quote.bin`, 'file_quote', part.rawBase64, BINARY),
      textFile(`${named(stem, i, parts)}.collateral.json`, 'file_collateral', json(part.collateral)),
    ]),
    commands: parts.map((part, i) => tdxCommand(part, named(stem, i, parts), view.nonce, common)),
  };
}

function offeredSnp(view: EvidenceView, stem: string, common: Common): Offered {
  const parts = partsOf(view, 'snp');
  const offered = parts.map((part, i): Offered => {
    const file = named(stem, i, parts);
    const { vekBase64, intermediatesBase64, crlsBase64 } = part.endorsements;
    const cas = intermediatesBase64.map((base64, n) => bytesFile(`${named(`${file}.ca`, n, intermediatesBase64)}.der`, 'file_ca', base64, BINARY));
    const crls = crlsBase64.map((base64, n) => bytesFile(`${named(`${file}.crl`, n, crlsBase64)}.der`, 'file_crl', base64, BINARY));
    const vek = vekBase64 === undefined ? undefined : bytesFile(`${file}.vek.der`, 'file_vek', vekBase64, BINARY);
    return {
      files: [bytesFile(`${file}.snp.bin`, 'file_snp', part.rawBase64, BINARY), ...(vek === undefined ? [] : [vek]), ...cas, ...crls],
      commands: [snpCommand(part, file, { vek: vek?.name, cas: cas.map(({ name }) => name), crls: crls.map(({ name }) => name) }, view.nonce, view.attestation.checks, common)],
    };
  });
  return { files: offered.flatMap(({ files }) => files), commands: offered.flatMap(({ commands }) => commands) };
}

/** Letters, digits, dots and underscores: an id of a manifest is no path. */
const fileName = (id: string): string => id.replaceAll(/[^\w.]+/g, '-').slice(0, 64);

/** NVIDIA's manifests and answers in one archive, in the folders that the command names. */
function endorsementsOf(part: Part<'nvidia'>, file: string, at: number): { readonly files: readonly Download[]; readonly folders: GpuFolders } {
  const { rims = [], ocspBase64 = [] } = part.endorsements ?? {};
  const folders: GpuFolders = { rims: rims.length === 0 ? undefined : `${file}.rims`, ocsp: ocspBase64.length === 0 ? undefined : `${file}.ocsp` };
  const entries = [
    ...rims.map(({ id, xml }, i) => ({ name: `${file}.rims/${i}-${fileName(id)}.xml`, bytes: new TextEncoder().encode(xml) })),
    ...ocspBase64.map((base64, i) => ({ name: `${file}.ocsp/${i}.resp.der`, bytes: fromBase64(base64) })),
  ];
  if (entries.length === 0) return { files: [], folders };
  const name = `${file}.nvidia.tar`;
  const content = tarOf(entries, at);
  return { files: [{ name, what: 'file_nvidia', bytes: content.length, file: () => ({ name, type: BINARY, content }) }], folders };
}

function offeredGpus(view: EvidenceView, stem: string, common: Common): Offered {
  const parts = partsOf(view, 'nvidia');
  const offered = parts.map((part, i): Offered => {
    const file = named(stem, i, parts);
    const { files, folders } = endorsementsOf(part, file, view.attestation.appraisedAt);
    const unpack = files.map(({ name }) => [`tar -xf ${name}`]);
    return {
      files: [bytesFile(`${file}.gpu.json`, 'file_gpu', part.rawBase64, 'application/json'), ...files],
      // A list in which nothing could be read is handed out; there is nothing to repeat.
      commands: part.devices.length === 0 ? [] : [...unpack, nvidiaCommand(part, file, folders, view.nonce, view.attestation.checks, common)],
    };
  });
  return { files: offered.flatMap(({ files }) => files), commands: offered.flatMap(({ commands }) => commands) };
}

/** The person's own files: a view over them names the report as its service and the policy as its host. */
const ownFiles = (view: EvidenceView, endorsements: readonly string[]): CocosFiles => ({
  report: view.service.name, reportData: view.nonce, nonce: view.vtpmNonce ?? '', policy: view.service.host === '' ? undefined : view.service.host, endorsements,
});

/** 64 bytes of report_data, then what the start-up chip was sent. */
const REPORT_DATA_CHARS = 128;
const liveFiles = (view: EvidenceView, report: string, endorsements: readonly string[], policy: string | undefined): CocosFiles => ({
  report, reportData: view.nonce.slice(0, REPORT_DATA_CHARS), nonce: view.vtpmNonce ?? view.nonce.slice(REPORT_DATA_CHARS), policy, endorsements,
});

/** The one policy that was imported; with several the command line could not tell which was meant. */
function cocosPolicyOf(view: EvidenceView, stem: string): Download | undefined {
  const [only, ...others] = view.references.filter((r) => r.kind === 'cocos-policy').flatMap((r) => r.values['policy'] ?? []);
  return only === undefined || others.length > 0 ? undefined : textFile(`${stem}.cocos-policy.json`, 'file_cocos_policy', only);
}

const isContrast = ({ dialect }: EvidenceView): boolean => dialect === CONTRAST || dialect === PRIVATEMODE;

/** Both bodies in one JSON, as the command line takes them. */
function agreementFile({ agreement }: EvidenceView, stem: string): Download | undefined {
  if (agreement === undefined) return undefined;
  const [request, response] = [agreement.requestBase64, agreement.responseBase64].map((base64) => new TextDecoder().decode(fromBase64(base64)).trim());
  return textFile(`${stem}.agreement.json`, 'file_agreement', `{"request":${request},"response":${response}}\n`);
}

/** Which reference values the commands over this evidence take. */
function kindTaken(view: EvidenceView): StoredReference['kind'] {
  if (isContrast(view)) return 'contrast-manifest';
  return partsOf(view, 'vtpm').length > 0 ? 'snp-launch' : 'tdx-registers';
}

/** What repeats the judgement of evidence that a service sent: one command for each piece, or one for all where a dialect has one. */
function commandsOf(view: EvidenceView, stem: string, offered: readonly Offered[], agreement: Download | undefined, common: Common): readonly Command[] {
  if (!isContrast(view)) return offered.flatMap(({ commands }) => commands);
  const endorsements = offered.flatMap(({ files }) => files.map(({ name }) => name));
  return [contrastCommand({ report: `${stem}.report.json`, agreement: agreement?.name, single: view.dialect === PRIVATEMODE, endorsements }, view.nonce, common)];
}

export function downloadsOf(view: EvidenceView, settings: Settings): Downloads {
  const files = isFromFiles(view);
  const stem = stemOf(view);
  // Those that a command below takes: a bare report's takes none.
  const references = view.references.filter((r) => r.kind === kindTaken(view));
  const policy = policyFile(settings, view.attestation.appraisedAt);
  const common: Common = {
    at: new Date(view.attestation.appraisedAt).toISOString(),
    references: references.length === 0 ? undefined : `${stem}.references.json`,
    policy: policy === undefined ? undefined : `${stem}.policy.json`,
  };
  const vtpm = partsOf(view, 'vtpm').map((part, i, all) => bytesFile(`${named(stem, i, all)}.vtpm.bin`, 'file_vtpm', part.rawBase64, BINARY));
  const cocosPolicy = cocosPolicyOf(view, stem);
  const offered = [offeredTdx(view, stem, common), offeredSnp(view, stem, common), { files: vtpm, commands: [] }, offeredGpus(view, stem, common)];
  const agreement = agreementFile(view, stem);
  const endorsements = offered.flatMap(({ files: all }) => all.map(({ name }) => name));
  return {
    files: [
      ...(files ? [] : [reportFile(stem, view.reportBase64)]),
      ...offered.flatMap(({ files }) => files),
      ...(agreement === undefined ? [] : [agreement]),
      ...(common.references === undefined ? [] : [textFile(common.references, 'file_references', json(references.map(asFile)))]),
      ...(common.policy === undefined ? [] : [textFile(common.policy, 'file_policy', json(policy))]),
      ...(cocosPolicy === undefined || files ? [] : [cocosPolicy]),
    ],
    result: (withHashes) => ({ name: `${stem}.result.json`, type: 'application/json', content: exportText(view, policy, withHashes) }),
    commands: files ? [cocosCommand(ownFiles(view, endorsements), common)] : [...commandsOf(view, stem, offered, agreement, common), ...vtpm.map(({ name }) => cocosCommand(liveFiles(view, name, endorsements, cocosPolicy?.name), common))],
    acceptsOutOfDate: settings.acceptOutOfDateUntil > view.attestation.appraisedAt,
    fromFiles: files,
    gpusInPart: partsOf(view, 'nvidia').some((part) => part.devices.length > 0 && (part.endorsements?.rims.length ?? 0) === 0),
  };
}
