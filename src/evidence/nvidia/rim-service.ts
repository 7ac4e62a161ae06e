/** What NVIDIA's RIM service answers, and the same document as a bare file. */
import { sha256 } from '@noble/hashes/sha2.js';
import { CodedError, asCoded } from '../../checks/error';
import { fromBase64 } from '../../encoding/base64';
import { utf8Text } from '../../encoding/bytes';
import { toHex } from '../../encoding/hex';
import { parseJson } from '../../encoding/json';
import { JsonView } from '../../encoding/json-read';
import type { RimCandidate } from './types';

const CODE = 'RIM_PARSE';

/**
 * Reads `{ id, rim, sha256, rim_format, … }` or a bare XML document. Not verified: the document proves itself, and the
 * digest beside it only that nothing was lost on the way. A fault is returned, so that a caller with many files can go on.
 */
export function readRimFile(bytes: Uint8Array, from: string): RimCandidate | CodedError {
  try {
    const text = utf8Text(bytes, CODE);
    return /^\s*\{/.test(text) ? fromService(text, from) : { xml: text, from };
  } catch (error) {
    return asCoded(error);
  }
}

function fromService(text: string, from: string): RimCandidate {
  const answer = new JsonView(parseJson(text, { code: CODE }), '$', CODE);
  const format = answer.get('rim_format').string();
  if (format !== 'TCG') throw new CodedError(CODE, `a manifest in the format ${format.slice(0, 40)}`);
  const document = fromBase64(answer.get('rim').string(), CODE);
  if (answer.get('sha256').hex(32) !== toHex(sha256(document))) throw new CodedError('RIM_DIGEST', 'the service’s digest is of another document');
  return { xml: utf8Text(document, CODE), id: answer.get('id').string(), from };
}
