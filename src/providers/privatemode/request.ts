/** What an encrypted request says: its key, its nonce and its fields as digests, and the model, which is plain. */
import { CodedError } from '../../checks/error';
import { utf8Bytes, utf8Text } from '../../encoding/bytes';
import { sha256Hex } from '../../signatures/digests';
import type { HashCandidate } from '../exchange';
import { fieldDigest, readMembers, readWhole } from './fields';
import { FIELD_RULE, NONCE_RULE, SECRET_RULE } from './reader';

const MAX_READ = 16 * 1024 * 1024;
const MOST_FIELDS = 64;

export function readRequest(body: Uint8Array): { readonly hashes: readonly HashCandidate[]; readonly model: string | undefined } {
  if (body.length > MAX_READ) return { hashes: [], model: undefined };
  try {
    const text = utf8Text(body, 'JSON_MALFORMED');
    const whole = readWhole(text);
    const members = whole === undefined ? readMembers(text, MAX_READ) : [];
    const fields = whole !== undefined ? [whole] : members.flatMap(({ text, field }) => (text === undefined || field === undefined ? [] : [{ text, field }]));
    const distinct = (rule: string, values: readonly string[]): readonly HashCandidate[] => [...new Set(values)].map((value) => ({ rule, sha256: sha256Hex(utf8Bytes(value)) }));
    const model = members.find(({ name }) => name === 'model')?.text;
    return {
      hashes: [
        ...distinct(SECRET_RULE, fields.map(({ field }) => field.secretId)),
        ...distinct(NONCE_RULE, fields.map(({ field }) => field.nonce)),
        ...fields.slice(0, MOST_FIELDS).map(({ text }) => ({ rule: FIELD_RULE, sha256: fieldDigest(text) })),
      ],
      model: model === undefined || model.length > 200 ? undefined : model,
    };
  } catch (error) {
    if (error instanceof CodedError) return { hashes: [], model: undefined };
    throw error;
  }
}
