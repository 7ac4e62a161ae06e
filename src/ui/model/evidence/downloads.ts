/** Files that let anyone repeat the judgement without this browser and without the service. */
import { GENUINE } from '../../../checks/policy';
import { fromBase64 } from '../../../encoding/base64';
import type { TdxClaims } from '../../../evidence/tdx/types';
import { DEFAULT_SETTINGS, policyOf, type Settings } from '../../../records/settings';
import type { EvidencePartView, EvidenceView, StoredReference } from '../../../watch/snapshot';
import type { SavedFile } from '../../doors';
import type { MessageKey } from '../../i18n/text';
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
  readonly commands: readonly (readonly string[])[];
  /** The user accepts firmware that the command line can only pass or refuse. */
  readonly acceptsOutOfDate: boolean;
}

/** `assay-ionet-20261122-141109`: letters, digits and hyphens only. */
export function stemOf(view: EvidenceView): string {
  const at = new Date(view.attestation.receivedAt ?? view.attestation.appraisedAt).toISOString();
  const service = view.service.profileId.replaceAll(/[^a-z0-9]+/gi, '-');
  return `assay-${service}-${at.slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')}`;
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
const textSize = (text: string): number => new TextEncoder().encode(text).length;

function textFile(name: string, what: MessageKey, content: string): Download {
  return { name, what, bytes: textSize(content), file: () => ({ name, type: 'application/json', content }) };
}

function bytesFile(name: string, what: MessageKey, base64: string, type: SavedFile['type']): Download {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0;
  return { name, what, bytes: (base64.length / 4) * 3 - padding, file: () => ({ name, type, content: fromBase64(base64) }) };
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
const asFile = ({ dialect, role, kind, values, properties, source, note }: StoredReference) => ({ dialect, role, kind, values, properties, source, note });

/** What report_data has to be: the bytes judged fresh, or, where they were not, our number and zeros. */
export function expectedReportData(claims: TdxClaims | undefined, nonce: string): string {
  const given = claims?.reportData ?? '';
  return given.slice(0, nonce.length) === nonce || given.slice(nonce.length) === nonce ? given : nonce.padEnd(2 * nonce.length, '0');
}

type TdxPart = Extract<EvidencePartView, { kind: 'tdx' }>;

export function downloadsOf(view: EvidenceView, settings: Settings): Downloads {
  const stem = stemOf(view);
  const at = new Date(view.attestation.appraisedAt).toISOString();
  const quotes = view.parts.filter((part): part is TdxPart => part.kind === 'tdx');
  const numbered = (i: number): string => (quotes.length > 1 ? `${stem}-${i}` : stem);
  const references = view.references.filter((r) => r.kind === 'tdx-registers');
  const policy = policyFile(settings, view.attestation.appraisedAt);
  const files = [
    bytesFile(`${stem}.report.json`, 'file_report', view.reportBase64, 'application/json'),
    ...quotes.flatMap((part, i) => [
      bytesFile(`${numbered(i)}.quote.bin`, 'file_quote', part.rawBase64, 'application/octet-stream'),
      textFile(`${numbered(i)}.collateral.json`, 'file_collateral', json(part.collateral)),
    ]),
    ...view.parts.flatMap((part) => (part.kind === 'nvidia' ? [bytesFile(`${stem}.gpu.json`, 'file_gpu', part.rawBase64, 'application/json')] : [])),
    ...(references.length === 0 ? [] : [textFile(`${stem}.references.json`, 'file_references', json(references.map(asFile)))]),
    ...(policy === undefined ? [] : [textFile(`${stem}.policy.json`, 'file_policy', json(policy))]),
  ];
  const command = (part: TdxPart, i: number): readonly string[] => [
      `assay verify tdx ${numbered(i)}.quote.bin`,
      `--collateral ${numbered(i)}.collateral.json`,
      `--report-data ${expectedReportData(part.claims, view.nonce)}`,
      ...(references.length === 0 ? [] : [`--reference ${stem}.references.json`]),
      ...(policy === undefined ? [] : [`--policy ${stem}.policy.json`]),
      `--at ${at}`,
      '--offline',
    ];
  return {
    files,
    result: (withHashes) => ({ name: `${stem}.result.json`, type: 'application/json', content: exportText(view, policy, withHashes) }),
    commands: quotes.map(command),
    acceptsOutOfDate: settings.acceptOutOfDateUntil > view.attestation.appraisedAt,
  };
}
