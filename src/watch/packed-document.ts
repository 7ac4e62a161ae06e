/**
 * How a document lies in `storage.session`: answers that rest on the same evidence carry the same checks (a machine with
 * eight GPUs has more than a hundred), so each different check is written once and pointed at. The whole room is 10 MB.
 */
import type { Check } from '../checks/check';
import type { DocumentState, StickyFailure } from './document';
import type { AnswerView, AttestationView } from './snapshot';

/** Positions in `PackedDocument.table`. */
type Pointers = readonly number[];
type Pointing<T extends { readonly checks: readonly Check[] }> = Omit<T, 'checks'> & { readonly checks: Pointers };

export interface PackedDocument extends Omit<DocumentState, 'answers' | 'attestation' | 'sticky'> {
  readonly table: readonly Check[];
  readonly answers: readonly Pointing<AnswerView>[];
  readonly attestation?: Pointing<AttestationView>;
  readonly sticky?: Pointing<StickyFailure>;
}

export function packDocument(document: DocumentState): PackedDocument {
  const table: Check[] = [];
  const places = new Map<string, number>();
  const pointers = (checks: readonly Check[]): Pointers =>
    checks.map((check) => {
      const text = JSON.stringify(check);
      const known = places.get(text);
      if (known !== undefined) return known;
      places.set(text, table.length);
      return table.push(check) - 1;
    });
  const { answers, attestation, sticky, ...rest } = document;
  return {
    ...rest,
    table,
    answers: answers.map((answer) => ({ ...answer, checks: pointers(answer.checks) })),
    ...(attestation === undefined ? {} : { attestation: { ...attestation, checks: pointers(attestation.checks) } }),
    ...(sticky === undefined ? {} : { sticky: { ...sticky, checks: pointers(sticky.checks) } }),
  };
}

/** The document as it was; `undefined` for anything that `packDocument` did not make (another version of Assay may have). */
export function unpackDocument(value: unknown): DocumentState | undefined {
  if (!isPacked(value)) return undefined;
  const { table, answers, attestation, sticky, ...rest } = value;
  // A pointer to nothing would make a check disappear: then nothing of this is what was written.
  if ([...answers, ...(attestation === undefined ? [] : [attestation]), ...(sticky === undefined ? [] : [sticky])].some(({ checks }) => checks.some((at) => table[at] === undefined))) return undefined;
  const checksOf = ({ checks }: { readonly checks: Pointers }): readonly Check[] => checks.flatMap((at) => table[at] ?? []);
  return {
    ...rest,
    acknowledged: Array.isArray(rest.acknowledged) ? rest.acknowledged : [],
    answers: answers.map((answer) => ({ ...answer, checks: checksOf(answer) })),
    ...(attestation === undefined ? {} : { attestation: { ...attestation, checks: checksOf(attestation) } }),
    ...(sticky === undefined ? {} : { sticky: { ...sticky, checks: checksOf(sticky) } }),
  };
}

/** Only this room writes these keys, and the store is our own memory: the shape is checked as far as a version change could break it. */
function isPacked(value: unknown): value is PackedDocument {
  return typeof value === 'object' && value !== null && 'documentId' in value && 'answers' in value && Array.isArray(value.answers) && 'table' in value && Array.isArray(value.table) && 'dropped' in value && 'pageOrigin' in value;
}
