/** What a chat request of Cube's says about where it goes. Nothing is signed, so no digest of it is taken. */
import { CodedError } from '../../checks/error';
import { utf8Text } from '../../encoding/bytes';
import { type JsonValue, parseJson } from '../../encoding/json';
import type { HashCandidate } from '../exchange';

const MAX_READ = 1024 * 1024;
const MAX_NAME = 200;

/**
 * The model as the request names it. The retrieval service takes a model with an address of its own (`base_url`): the
 * chat then leaves for that host, so the host is part of the name that is shown.
 */
export function readRequest(body: Uint8Array): { readonly hashes: readonly HashCandidate[]; readonly model: string | undefined } {
  if (body.length > MAX_READ) return { hashes: [], model: undefined };
  try {
    const parsed = parseJson(utf8Text(body, 'JSON_MALFORMED'), { maxLength: MAX_READ });
    const model = parsed instanceof Map ? parsed.get('model') : undefined;
    return { hashes: [], model: typeof model === 'string' ? model : model instanceof Map ? elsewhere(model) : undefined };
  } catch (error) {
    if (error instanceof CodedError) return { hashes: [], model: undefined };
    throw error;
  }
}

function elsewhere(model: ReadonlyMap<string, JsonValue>): string | undefined {
  const [name, base] = [model.get('model'), model.get('base_url')];
  const named = typeof name === 'string' ? name.slice(0, MAX_NAME) : '';
  const host = typeof base === 'string' && URL.canParse(base) ? new URL(base).host : '';
  if (host === '') return named === '' ? undefined : named;
  return named === '' ? host : `${named} (${host})`;
}
