import { fromBase64, toBase64 } from './base64';
import { CodedError } from '../checks/error';
import type { Code } from '../checks/codes';

/** Far above any vendor's chain; keeps a hostile text from costing more than a glance. */
const MAX_TEXT = 256 * 1024;
const MAX_BLOCKS = 16;

/**
 * The DER of each block of one label, in order. Between and around blocks only white space may stand, and NULs at the
 * very end (Intel's quotes end their chain in one). Raises `PEM_MALFORMED` or the given code, for no block at all too.
 */
export const pemBlocks = (text: string, label = 'CERTIFICATE', code: Code = 'PEM_MALFORMED'): Uint8Array<ArrayBuffer>[] =>
  pemTexts(text, label, code).map((block) => pemBytes(block, code));

/** The base64 of each block as it stands, line breaks included, under the rules of `pemBlocks`. */
export function pemTexts(text: string, label = 'CERTIFICATE', code: Code = 'PEM_MALFORMED'): readonly string[] {
  if (text.length > MAX_TEXT) throw new CodedError(code, `${text.length} characters of PEM`);
  const begin = `-----BEGIN ${label}-----`;
  const end = `-----END ${label}-----`;
  const blocks: string[] = [];
  let at = skipBlank(text, 0);
  while (text.startsWith(begin, at)) {
    const close = text.indexOf(end, at);
    if (close < 0) throw new CodedError(code, `block ${blocks.length} has no end`);
    if (blocks.length === MAX_BLOCKS) throw new CodedError(code, `more than ${MAX_BLOCKS} blocks`);
    blocks.push(text.slice(at + begin.length, close));
    at = skipBlank(text, close + end.length);
  }
  while (text.charCodeAt(at) === 0) at += 1;
  if (at !== text.length) throw new CodedError(code, `unexpected text at position ${at}`);
  if (blocks.length === 0) throw new CodedError(code, `no ${label} block`);
  return blocks;
}

/** The DER of one block that `pemTexts` gave. */
export const pemBytes = (block: string, code: Code = 'PEM_MALFORMED'): Uint8Array<ArrayBuffer> => fromBase64(block.replace(/[ \t\r\n]+/g, ''), code);

/** One PEM block with lines of 64 characters. */
export function toPem(der: Uint8Array, label = 'CERTIFICATE'): string {
  const lines = toBase64(der).match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}

function skipBlank(text: string, from: number): number {
  let at = from;
  while (at < text.length && ' \t\r\n'.includes(text.charAt(at))) at += 1;
  return at;
}
