/**
 * Agreements with the key service. Ours is made only for its signature: our half follows from the nonce, and nobody has a
 * secret for it. Where evidence is a page's, the page's own stands in its place.
 */
import { fail, unknown, type Check } from '../../checks/check';
import type { Code } from '../../checks/codes';
import { CodedError } from '../../checks/error';
import { toBase64 } from '../../encoding/base64';
import { utf8Bytes } from '../../encoding/bytes';
import { groundOf } from '../../evidence/contrast/appraise';
import { checkSecret, readSecretBodies } from '../../evidence/contrast/secret';
import { throwAwayPublicKey } from '../../evidence/contrast/throwaway-key';
import type { ContrastResult } from '../../evidence/contrast/types';
import type { AppraiseContext, AttestationRequest, ExchangedBodies, FetchedReport } from '../types';
import { PATHS, SECRET_SERVICE, SPOKEN } from './profile';

const MAX_ANSWER = 64 * 1024;

const bodyFor = (nonce: Uint8Array): string => JSON.stringify({ PublicKey: toBase64(throwAwayPublicKey(nonce)) });

/** The service keeps an entry of it for an hour. */
export const exchangeRequest = ({ apiOrigin, nonce }: { readonly apiOrigin: string; readonly nonce: Uint8Array }): AttestationRequest => ({
  method: 'POST',
  url: `${apiOrigin}${PATHS.secret}`,
  headers: { 'content-type': 'application/json', accept: 'application/json', 'privatemode-version': SPOKEN },
  body: bodyFor(nonce),
  maxBytes: MAX_ANSWER,
});

/** `key.secret.cert` and `key.secret.signature` of a page's agreement, or of the answer to `exchangeRequest`; nothing where there was neither. */
export async function judgeExchange({ nonce, claim, session }: Pick<FetchedReport, 'nonce' | 'claim' | 'session'>, result: ContrastResult, context: AppraiseContext): Promise<readonly Check[]> {
  if (session !== undefined) return session.key === undefined ? [] : judgeBodies(session.key, result, context);
  if (claim === undefined) return [];
  if (claim.status !== 200) return [unknown('key.secret.cert', codeOf(claim.status), claim.status === 0 ? 'no answer' : `HTTP ${claim.status}`, { basis: 'derived' })];
  return judgeBodies({ request: utf8Bytes(bodyFor(nonce)), response: claim.body }, result, context);
}

async function judgeBodies({ request, response }: ExchangedBodies, { meshCa, open, pin }: ContrastResult, context: AppraiseContext): Promise<readonly Check[]> {
  try {
    const exchange = readSecretBodies(request, response);
    const clock = { now: context.now, ...(context.clockBehind === undefined ? {} : { behind: context.clockBehind.detail }) };
    return await checkSecret({ exchange, meshCa, name: SECRET_SERVICE, clock, ground: groundOf(open), pin });
  } catch (error) {
    if (error instanceof CodedError) return [fail('key.secret.cert', error.code, error.detail, { basis: 'derived' })];
    throw error;
  }
}

function codeOf(status: number): Code {
  if (status === 0) return 'NETWORK_UNREACHABLE';
  if (status === 401 || status === 403) return 'LOGIN_NEEDED';
  return status === 429 ? 'RATE_LIMITED' : 'SERVICE_ERROR';
}
