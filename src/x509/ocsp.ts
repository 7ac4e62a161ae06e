/** What an OCSP response proves about one certificate. */
import type { Certificate } from './certificate';
import { CLOCK_SKEW_MS, dateFault, namesMatch } from './chain';
import { isIdOf, keyHash } from './ocsp-id';
import { responderFault } from './ocsp-responder';
import { readOcspResponse } from './ocsp-response';
import type { OcspResponse, SingleResponse } from './ocsp-response';
import { isSignedByP384 } from './p384';
import { equalBytes } from '../encoding/bytes';
import { CodedError } from '../checks/error';

/** CRLReason certificateHold. */
const HOLD = 6;
/** How long an answer counts that names no next one. */
const NO_NEXT_UPDATE_MS = 60 * 60 * 1000;

export interface OcspQuestion {
  readonly certificate: Certificate;
  /** Already verified: what it vouches for is believed. */
  readonly issuer: Certificate;
  /** Ms since the epoch. */
  readonly now: number;
  /** What our request carried; absent where the response was kept from an earlier request, or none was sent. */
  readonly nonce?: Uint8Array;
}

export interface OcspFinding {
  /** `hold`: revoked for now (certificateHold); `unknown`: the responder does not know this certificate. */
  readonly status: 'good' | 'revoked' | 'hold' | 'unknown';
  /** CRLReason of a revoked certificate, where given. */
  readonly reason?: number;
  readonly revokedAt?: number;
  /** Ms since the epoch. */
  readonly thisUpdate: number;
  readonly nextUpdate: number;
}

/**
 * Judges a response about one certificate. Raises `OCSP_STATUS` (the responder would not answer), `OCSP_PARSE`,
 * `OCSP_CERT_ID` (about another certificate), `OCSP_RESPONDER` (signed by one who may not), `OCSP_RESPONDER_EXPIRED`,
 * `OCSP_RESPONDER_NOT_YET_VALID`, `OCSP_SIGNATURE`, `OCSP_NONCE`, `OCSP_NONCE_ABSENT`, `OCSP_STALE`, `OCSP_NOT_YET_VALID`.
 * A revocation for good counts however old its statement is (its signer need only have been in date when it was made), and
 * whatever else the response says about the certificate; any other response with two answers about it is `OCSP_PARSE`.
 */
export async function judgeOcsp(der: Uint8Array, { certificate, issuer, now, nonce }: OcspQuestion): Promise<OcspFinding> {
  const response = readOcspResponse(der);
  const items = response.items.filter(({ id }) => isIdOf(id, certificate, issuer, 'OCSP_PARSE'));
  const item = items.find(isRevoked) ?? items[0];
  if (item === undefined) throw new CodedError('OCSP_CERT_ID', `no answer about ${certificate.subject.text}`);
  await checkSigner(response, issuer, isRevoked(item) ? [now, item.thisUpdate] : [now]);
  checkNonce(response, nonce);
  // Which of them counts is nowhere said; only a revocation stands whatever is said beside it.
  if (items.length > 1 && !isRevoked(item)) throw new CodedError('OCSP_PARSE', `${items.length} answers about ${certificate.subject.text}`);
  const { thisUpdate, status } = item;
  const nextUpdate = item.nextUpdate ?? thisUpdate + NO_NEXT_UPDATE_MS;
  const dates = { thisUpdate, nextUpdate };
  if (status.kind === 'revoked' && status.reason !== HOLD) {
    return { status: 'revoked', revokedAt: status.at, ...(status.reason === undefined ? {} : { reason: status.reason }), ...dates };
  }
  if (thisUpdate > now + CLOCK_SKEW_MS) throw new CodedError('OCSP_NOT_YET_VALID', new Date(thisUpdate).toISOString());
  if (!(now <= nextUpdate)) throw new CodedError('OCSP_STALE', new Date(nextUpdate).toISOString());
  return status.kind === 'revoked' ? { status: 'hold', reason: HOLD, revokedAt: status.at, ...dates } : { status: status.kind, ...dates };
}

/** For good, not on hold. */
const isRevoked = ({ status }: SingleResponse): boolean => status.kind === 'revoked' && status.reason !== HOLD;

/** The responder inside the response must be named by it, issued by the issuer of the certificate asked about, meant for this, and in date at one of `times`. */
async function checkSigner(response: OcspResponse, issuer: Certificate, times: readonly [number, ...number[]]): Promise<void> {
  const responder = response.certificates.find((candidate) => isNamedResponder(response, candidate));
  if (responder === undefined) throw new CodedError('OCSP_RESPONDER', 'its certificate is not in the response');
  const name = responder.subject.text;
  const fault = responderFault(responder);
  if (fault !== undefined) throw new CodedError('OCSP_RESPONDER', `${name}: ${fault}`);
  if (!namesMatch(responder, issuer) || !(await isSignedByP384(responder, issuer.spkiHex))) throw new CodedError('OCSP_RESPONDER', `${name} is not issued by ${issuer.subject.text}`);
  if (!(await isSignedByP384(response, responder.spkiHex))) throw new CodedError('OCSP_SIGNATURE', name);
  const [dates, ...others] = times.map((time) => dateFault(responder.notBefore, responder.notAfter, time));
  if (dates !== undefined && !others.includes(undefined)) throw new CodedError(dates === 'EXPIRED' ? 'OCSP_RESPONDER_EXPIRED' : 'OCSP_RESPONDER_NOT_YET_VALID', name);
}

function isNamedResponder({ responder }: OcspResponse, candidate: Certificate): boolean {
  return 'name' in responder ? equalBytes(responder.name, candidate.subject.raw) : equalBytes(responder.keyHash, keyHash(candidate, 'OCSP_PARSE'));
}

function checkNonce({ nonce: answered }: OcspResponse, asked: Uint8Array | undefined): void {
  if (asked === undefined) return;
  if (answered === undefined) throw new CodedError('OCSP_NONCE_ABSENT', 'the answer does not carry our nonce');
  if (!equalBytes(answered, asked)) throw new CodedError('OCSP_NONCE', 'the answer carries another nonce');
}
