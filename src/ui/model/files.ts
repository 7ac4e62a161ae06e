/** Downloaded files that a person brings: which is the report, which the policy, and what was sent for it. */
import { fromBase64 } from '../../encoding/base64';
import { fromHex, isHex } from '../../encoding/hex';
import { CodedError } from '../../checks/error';
import type { EvidenceView } from '../../watch/snapshot';
import { type Phrase, text } from '../i18n/text';

export interface ChosenFile {
  readonly name: string;
  readonly role: 'report' | 'policy';
  readonly bytes: Uint8Array;
}

/** What is judged, once it is clear what each file is. */
export interface FilesToCheck {
  readonly report: { readonly name: string; readonly bytes: Uint8Array };
  readonly policy?: { readonly name: string; readonly text: string };
  /** 64 bytes. */
  readonly reportData?: Uint8Array;
  readonly nonce?: Uint8Array;
}

/** Real evidence has at most 70 kB, real policies less. */
export const MOST_FILE_BYTES = 1_048_576;
const REPORT_DATA_BYTES = 64;
const MOST_NONCE_BYTES = 66;

/** A view made of files has this in place of a service's id: nobody was asked for anything. */
export const FROM_FILES = 'files';
export const isFromFiles = ({ service }: Pick<EvidenceView, 'service'>): boolean => service.profileId === FROM_FILES;

/** A policy is a JSON object with rules under `policy`; whether they can be read is judged later. Everything else is a report. */
export function roleOf(bytes: Uint8Array): ChosenFile['role'] {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return typeof value === 'object' && value !== null && 'policy' in value ? 'policy' : 'report';
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return 'report';
    throw error;
  }
}

/** Why these files cannot be judged together; `undefined` when they can. */
export function troubleWith(files: readonly Pick<ChosenFile, 'role'>[]): Phrase | undefined {
  const count = (role: ChosenFile['role']): number => files.filter((file) => file.role === role).length;
  if (files.length > 2) return text('files_too_many');
  if (count('report') > 1) return text('files_two_reports');
  if (count('policy') > 1) return text('files_two_policies');
  return files.length > 0 && count('report') === 0 ? text('files_need_report') : undefined;
}

/** Bytes typed as hex (with or without 0x) or base64; `undefined` where they are neither. */
export function bytesTyped(typed: string): Uint8Array | undefined {
  const packed = typed.replaceAll(/\s/g, '');
  const digits = packed.replace(/^0x/i, '');
  if (digits !== '' && isHex(digits)) return fromHex(digits);
  try {
    return packed === '' ? undefined : fromBase64(packed);
  } catch (error) {
    if (error instanceof CodedError) return undefined;
    throw error;
  }
}

/** Empty is nothing; `'wrong'` is anything that is not of the field's length. */
export function sentTyped(field: 'reportData' | 'nonce', typed: string): Uint8Array | undefined | 'wrong' {
  if (typed.trim() === '') return undefined;
  const bytes = bytesTyped(typed);
  if (bytes === undefined) return 'wrong';
  const fits = field === 'reportData' ? bytes.length === REPORT_DATA_BYTES : bytes.length > 0 && bytes.length <= MOST_NONCE_BYTES;
  return fits ? bytes : 'wrong';
}

/** The files as they are judged; only for files that `troubleWith` finds nothing against. */
export function toCheck(files: readonly ChosenFile[], sent: { readonly reportData: Uint8Array | undefined; readonly nonce: Uint8Array | undefined }): FilesToCheck | undefined {
  const report = files.find((file) => file.role === 'report');
  const policy = files.find((file) => file.role === 'policy');
  if (report === undefined) return undefined;
  return {
    report: { name: report.name, bytes: report.bytes },
    ...(policy === undefined ? {} : { policy: { name: policy.name, text: new TextDecoder().decode(policy.bytes) } }),
    ...(sent.reportData === undefined ? {} : { reportData: sent.reportData }),
    ...(sent.nonce === undefined ? {} : { nonce: sent.nonce }),
  };
}
