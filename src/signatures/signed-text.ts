/** What agents of io.net's kind sign: the digests of one request and one answer, some with the model's name in front. */
import { CodedError } from '../checks/error';

export interface SignedText {
  /** In front of the digests where there are three parts; model names may hold `/` and `:`. */
  readonly model?: string;
  /** SHA-256, lower-case hex. */
  readonly request: string;
  /** SHA-256, lower-case hex. */
  readonly response: string;
}

/** Reads `request:response` or `model:request:response` from its end. Raises `SIGNED_TEXT_MALFORMED`. */
export function parseSignedText(text: string): SignedText {
  const found = /^(?:([^\n]{1,512}):)?([0-9a-f]{64}):([0-9a-f]{64})$/.exec(text);
  const [, model, request, response] = found ?? [];
  if (request === undefined || response === undefined) throw new CodedError('SIGNED_TEXT_MALFORMED', `${text.length} characters that are not digests`);
  return { ...(model === undefined ? {} : { model }), request, response };
}
