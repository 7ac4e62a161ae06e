/** Keeps a part of a page's session as it came, up to its cap: such bodies are judged whole, and hold no content. */
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes } from '../encoding/bytes';
import { toHex } from '../encoding/hex';
import type { AnswerReader } from '../providers/types';
import type { Responded } from './heads';

function wholeReader(maxBytes: number): AnswerReader {
  const hash = sha256.create();
  let held: Uint8Array[] = [];
  let length = 0;
  return {
    push: (bytes) => {
      length += bytes.length;
      hash.update(bytes);
      // Copies: the pieces belong to whoever pushed them.
      if (length <= maxBytes) held.push(bytes.slice());
      else held = [];
    },
    finish: (end) => ({
      form: 'json', length, complete: end === 'complete', responseHashes: [{ rule: 'raw', sha256: toHex(hash.digest()) }], findings: [], looksLikeAnswer: false,
      ...(end === 'complete' && length <= maxBytes ? { whole: concatBytes(...held) } : {}),
    }),
  };
}

/** What reads the body of this exchange. */
export const readerFor = ({ as, provider }: Responded, form: 'json' | 'sse'): AnswerReader => (as.kind === 'session' ? wholeReader(as.maxResponse) : provider.newReader(form));
