/** Evidence as agents of Cocos (Cube AI) hand it out, told apart by its first bytes and taken apart. Nothing is verified here. */
import { CodedError } from '../../checks/error';
import { looksLikeReport } from '../sevsnp/report';
import { looksLikeQuote } from '../tdx';
import { evidenceInToken, looksLikeToken } from './eat-form';
import { refuseForm } from './fields';
import { readJsonForm } from './json-form';
import { readProtobuf } from './protobuf-form';
import type { CocosEvidence } from './types';

export type { CocosEvidence, CocosSnp, CocosVtpm } from './types';

/** Real evidence has at most 70 kB. */
export const MAX_EVIDENCE_BYTES = 1024 * 1024;

const FIELD_ONE = 0x0a;
const BRACE = 0x7b;

/** Reads evidence in any of its forms. Raises `COCOS_FORM`, `PROTOBUF_MALFORMED` or `JSON_MALFORMED`. */
export function readCocos(bytes: Uint8Array): CocosEvidence {
  if (bytes.length > MAX_EVIDENCE_BYTES) refuseForm(`${bytes.length} bytes, at most ${MAX_EVIDENCE_BYTES} are read`);
  return looksLikeToken(bytes) ? { ...readBare(evidenceInToken(bytes)), form: 'in a token' } : readBare(bytes);
}

function readBare(bytes: Uint8Array): CocosEvidence {
  if (looksLikeQuote(bytes)) return { kind: 'tdx', form: 'raw', quote: bytes, extraBytes: new Uint8Array() };
  if (looksLikeReport(bytes)) return { kind: 'snp', form: 'raw', snp: { report: bytes, intermediates: [] } };
  if (bytes[0] === FIELD_ONE && !isText(bytes)) return readProtobuf(bytes);
  if (firstOfText(bytes) === BRACE) return readJsonForm(bytes);
  return refuseForm(bytes.length === 0 ? 'no bytes' : 'neither a quote, a report, one of the messages nor JSON');
}

/** Whether bytes are evidence in one of the containers, not a bare quote or report. Telling apart is no finding. */
export function looksLikeCocos(bytes: Uint8Array): boolean {
  try {
    return readCocos(bytes).form !== 'raw';
  } catch (error) {
    if (error instanceof CodedError) return false;
    throw error;
  }
}

/** White space before a JSON text: a line feed is also how a protobuf message begins. */
const isText = (bytes: Uint8Array): boolean => firstOfText(bytes) === BRACE;

function firstOfText(bytes: Uint8Array): number | undefined {
  return bytes.find((byte) => byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d);
}
