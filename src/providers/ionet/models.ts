/** Chats name a model (`meta-llama/…`), the attestation endpoint wants its UUID: the model list knows both. */
import { CodedError } from '../../checks/error';
import { utf8Text } from '../../encoding/bytes';
import { type JsonValue, parseJson } from '../../encoding/json';
import type { ModelLookup } from '../types';
import { PATHS } from './profile';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const MAX_LIST_BYTES = 4 * 1024 * 1024;

export const modelLookup: ModelLookup = {
  isId: (model) => UUID.test(model),
  request: (apiOrigin) => ({ method: 'GET', url: `${apiOrigin}${PATHS.models}`, headers: { accept: 'application/json' }, maxBytes: MAX_LIST_BYTES }),
  idIn(list, model) {
    const parsed = parseJson(utf8Text(list), { code: 'EVIDENCE_MALFORMED', maxLength: MAX_LIST_BYTES });
    const data = parsed instanceof Map ? parsed.get('data') : undefined;
    if (data === undefined || !isList(data)) throw new CodedError('EVIDENCE_MALFORMED', 'not a model list');
    for (const item of data) {
      if (!(item instanceof Map) || (item.get('name') !== model && item.get('id') !== model)) continue;
      const id = item.get('model_id');
      if (typeof id === 'string' && UUID.test(id)) return id;
    }
    return undefined;
  },
};

const isList = (value: JsonValue): value is readonly JsonValue[] => Array.isArray(value);
