/**
 * A page's own session: it attests the deployment with a nonce of its own, then agrees a key with the key service. Judged
 * from the bytes of both exchanges; the key itself is never looked at.
 */
import { fail, type Check } from '../../checks/check';
import { CodedError } from '../../checks/error';
import { fromBase64 } from '../../encoding/base64';
import { utf8Text } from '../../encoding/bytes';
import { parseJson } from '../../encoding/json';
import { JsonView } from '../../encoding/json-read';
import { checkContrast } from '../../evidence/contrast';
import { groundOf } from '../../evidence/contrast/appraise';
import { checkSecret, readSecretBodies, secretIdOf } from '../../evidence/contrast/secret';
import { inputFrom } from '../contrast/appraise';
import { NONCE_BYTES, PRIVATEMODE } from '../contrast/names';
import type { AppraiseContext } from '../types';
import { SECRET_SERVICE } from './profile';

export interface Bodies {
  readonly request: Uint8Array;
  readonly response: Uint8Array;
}

export interface Session {
  readonly checks: readonly Check[];
  /** What the fields of answers name this session by; absent where the exchange could not be read. */
  readonly secretId?: string;
}

/** The nonce that a page sent. Raises `REQUEST_MALFORMED`. */
export function nonceIn(request: Uint8Array): Uint8Array {
  const code = 'REQUEST_MALFORMED';
  const nonce = fromBase64(new JsonView(parseJson(utf8Text(request, code), { code, maxLength: 4096 }), '$', code).get('Nonce').string(), code);
  if (nonce.length !== NONCE_BYTES) throw new CodedError(code, `a nonce of ${nonce.length} bytes`);
  return nonce;
}

/** Judges both exchanges with the clock, endorsements and reference values of now. Never raises on bad input. */
export async function judgeSession(attest: Bodies, secret: Bodies, context: AppraiseContext): Promise<Session> {
  try {
    const rules = { dialect: PRIVATEMODE, fixed: true, gpus: true };
    const { checks, open, meshCa, pin } = await checkContrast({ ...inputFrom(context, rules), document: attest.response, nonce: nonceIn(attest.request) });
    const exchange = readSecretBodies(secret.request, secret.response);
    const clock = { now: context.now, ...(context.clockBehind === undefined ? {} : { behind: context.clockBehind.detail }) };
    return { checks: [...checks, ...(await checkSecret({ exchange, meshCa, name: SECRET_SERVICE, clock, ground: groundOf(open), pin }))], secretId: secretIdOf(exchange.publicKey) };
  } catch (error) {
    if (error instanceof CodedError) return { checks: [fail('key.session', error.code, error.detail, { basis: 'page' })] };
    throw error;
  }
}
