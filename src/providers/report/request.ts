/** Requests as these services hash them: every byte of the body, nothing read anew. */
import { CodedError } from '../../checks/error';
import { utf8Text } from '../../encoding/bytes';
import { parseJson } from '../../encoding/json';
import { sha256Hex } from '../../signatures/digests';
import type { HashCandidate } from '../exchange';

/** Bodies with pictures are larger; of those the digest alone is kept. */
const MAX_READ = 4 * 1024 * 1024;

/** The digest of a request body, and the model it names. A body that is no JSON object still has its digest. */
export function readReportRequest(body: Uint8Array): { readonly hashes: readonly HashCandidate[]; readonly model: string | undefined } {
  const hashes = [{ rule: 'raw', sha256: sha256Hex(body) }];
  if (body.length > MAX_READ) return { hashes, model: undefined };
  try {
    const value = parseJson(utf8Text(body, 'JSON_MALFORMED'), { maxLength: MAX_READ });
    const model = value instanceof Map ? value.get('model') : undefined;
    return { hashes, model: typeof model === 'string' ? model : undefined };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return { hashes, model: undefined };
  }
}
