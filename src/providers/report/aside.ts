/** `GET /v1/signature/{id}`: the signature of one answer, kept by the node that made it for some minutes. */
import type { Code } from '../../checks/codes';
import { asCoded } from '../../checks/error';
import { utf8Text } from '../../encoding/bytes';
import { type JsonObject, type JsonValue, parseJson } from '../../encoding/json';
import type { AsideReading, AttestationRequest } from '../types';
import { errorIn } from './parse';
import type { ReportService } from './profiles';
import { asideRefusal } from './refusal';

const MAX_BYTES = 64 * 1024;
/** What else stands beside the signature and is read. */
const CLAIMS = ['signature_kind'] as const;

/** `answerId`: as the answer names itself; `model`: as the request named it. */
export const signatureRequest =
  ({ paths }: Pick<ReportService, 'paths'>) =>
  ({ apiOrigin, answerId, model }: { readonly apiOrigin: string; readonly answerId: string; readonly model: string | undefined }): AttestationRequest => ({
    method: 'GET', url: `${apiOrigin}${paths.signature(encodeURIComponent(answerId), model === undefined ? undefined : encodeURIComponent(model))}`, headers: { accept: 'application/json' }, maxBytes: MAX_BYTES,
  });

const none = (code: Code, detail: string): AsideReading => ({ kind: 'none', code, detail: detail.slice(0, 200), later: false });

/** Reads the answer to it: an error object is no signature, whatever its status. Never raises on bad input. */
export function readSignature({ status, body }: { readonly status: number; readonly body: Uint8Array }): AsideReading {
  const refusal = asideRefusal(status);
  if (refusal !== undefined) return refusal;
  let value: JsonValue;
  try {
    value = parseJson(utf8Text(body, 'SIGNATURE_MALFORMED'), { code: 'SIGNATURE_MALFORMED', maxLength: MAX_BYTES, maxDepth: 16 });
  } catch (error) {
    return none('SIGNATURE_MALFORMED', asCoded(error).detail);
  }
  if (!(value instanceof Map)) return none('SIGNATURE_MALFORMED', 'not an object');
  const said = value;
  const text = (name: string): string | undefined => {
    const member = said.get(name);
    return typeof member === 'string' ? member : undefined;
  };
  const [signed, signature, address] = [text('text'), text('signature'), text('signing_address')];
  if (signed === undefined || signature === undefined || address === undefined) return withoutSignature(said);
  const claims = Object.fromEntries(CLAIMS.flatMap((name) => (text(name) === undefined ? [] : [[name, text(name) ?? '']])));
  // The oldest proxies sign with ECDSA and do not say so.
  return { kind: 'there', statement: { text: signed, signature, address, algorithm: text('signing_algo') ?? 'ecdsa', claims } };
}

/** Services say in words that the reader went away before the end, and then have signed nothing. */
function withoutSignature(said: JsonObject): AsideReading {
  const why = errorIn(said);
  return why === undefined ? none('SIGNATURE_MALFORMED', 'no text, signature and address') : none('ANSWER_UNSIGNED', why);
}
