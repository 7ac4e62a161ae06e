/** The checks of one answer of an ACI service: its bytes, and the receipt that was asked for after its end. */
import { type Basis, type Check, fail, pass, unknown } from '../../../checks/check';
import type { Code } from '../../../checks/codes';
import { asCoded, CodedError } from '../../../checks/error';
import { fromHex, isHex } from '../../../encoding/hex';
import { utf8Bytes } from '../../../encoding/bytes';
import { verifyEd25519 } from '../../../signatures/ed25519';
import type { HeaderItem } from '../../exchange';
import type { AnswerFindings, AnswerInput, AnswerReading, AsideReading, AttestationRequest } from '../../types';
import { formatCheck, missingSignature, requestCheck } from '../judge';
import { asideRefusal } from '../refusal';
import { modelCheck } from '../roles';
import { type Receipt, readReceipt } from './receipt';
import { upstreamChecks } from './upstream';

const MAX_BYTES = 256 * 1024;
const MAX_KEYS = 64;

export function receiptRequest({ apiOrigin, answerId }: { readonly apiOrigin: string; readonly answerId: string }): AttestationRequest {
  return { method: 'GET', url: `${apiOrigin}/v1/aci/receipts/${encodeURIComponent(answerId)}`, headers: { accept: 'application/json' }, maxBytes: MAX_BYTES };
}

const RECEIPT_ID = /^[\w.:-]{1,256}$/;

/** The answer's own header names its receipt: the only handle where a body names no id, or one that another machine gave. A hint: the receipt is held against the bytes. */
export function receiptIdIn(headers: readonly HeaderItem[]): string | undefined {
  const values = headers.filter(({ name }) => name.toLowerCase() === 'x-receipt-id').map(({ value }) => value);
  const [value] = values;
  return values.length === 1 && typeof value === 'string' && RECEIPT_ID.test(value) ? value : undefined;
}

/** A receipt as the statement beside an answer: the document itself is what is signed, its key stands in the keyset. */
export function readReceiptAside({ status, body }: { readonly status: number; readonly body: Uint8Array }): AsideReading {
  const refusal = asideRefusal(status);
  if (refusal !== undefined) return refusal;
  try {
    const { signature, keyId, upstream } = readReceipt(body);
    const session = upstream !== undefined && 'sessionId' in upstream ? { session_id: upstream.sessionId } : {};
    return { kind: 'there', statement: { text: new TextDecoder().decode(body), signature, address: '', algorithm: 'ed25519', claims: { key_id: keyId, ...session } } };
  } catch (error) {
    const { code, detail } = asCoded(error);
    return { kind: 'none', code, detail, later: false };
  }
}

export function judgeAciAnswer(input: AnswerInput): AnswerFindings {
  const { head } = input;
  if (head.status < 200 || head.status > 299) return { checks: [unknown('format', 'ANSWER_ERROR_STATUS', `HTTP ${head.status}`, { basis: 'derived' })] };
  const basis = input.bodyBasis ?? 'page';
  const reading = typeof input.reading === 'string' ? undefined : input.reading;
  const gap: Code = typeof input.reading === 'string' ? input.reading : 'ANSWER_CUT';
  const receipt = input.aside?.kind === 'there' ? receiptIn(input.aside.statement.text) : undefined;
  const { signature, signer, keyMissing } = signatureCheck(input, receipt, reading);
  return {
    checks: [
      formatCheck(input, reading, basis, gap),
      ...(reading?.findings.map((check) => ({ ...check, basis })) ?? [unknown('coverage', gap, '', { basis })]),
      signature,
      responseCheck(receipt, reading, basis, gap, signature),
      sameRequestCheck(input, receipt, signature),
      ...modelCheck(receipt?.model, head.model, { aliases: [] }),
      ...(input.aside?.kind === 'there' ? upstreamChecks(receipt, input.aside.record) : []),
    ],
    ...(keyMissing === true ? { keyMissing } : {}),
    ...(signer === undefined || receipt === undefined ? {} : { signer: { address: signer, algorithm: 'ed25519' }, signedText: receipt.signed }),
  };
}

/** It was read once already; what cannot be read is none. */
function receiptIn(text: string): Receipt | undefined {
  try {
    return readReceipt(utf8Bytes(text));
  } catch (error) {
    if (error instanceof CodedError) return undefined;
    throw error;
  }
}

interface SignatureFindings {
  readonly signature: Check;
  /** 64 hex. */
  readonly signer?: string;
  readonly keyMissing?: true;
}

/**
 * A receipt names its key by a label, and the keyset by its digest: one that does not hold is refused under that very keyset.
 * Of another one it stays open, for a service may have several machines, each with its own. A key that somebody gave by hand stands for all.
 */
function signatureCheck(input: AnswerInput, receipt: Receipt | undefined, reading: AnswerReading | undefined): SignatureFindings {
  const derived = { basis: 'derived' } as const;
  if (receipt === undefined) return { signature: missingSignature(input, reading) };
  const given = input.keys ?? [];
  const keys = given.filter((key) => isHex(key, 32));
  const tried = keys.slice(0, MAX_KEYS);
  const signer = tried.find((key) => isSignedBy(receipt, key));
  if (signer !== undefined) return { signature: pass('signature', 'Ed25519 over the receipt', { ...derived, actual: signer }), signer };
  const atHand = tried.length === keys.length && (keys.length === given.length || given.includes(receipt.keysetDigest));
  if (keys.length > 0 && input.keyGap === undefined && atHand) return { signature: fail('signature', 'SIGNATURE_INVALID', 'by none of the keys that evidence reports', { ...derived, expected: keys.join(' ') }) };
  return {
    signature: unknown('signature', input.keyGap ?? 'SIGNER_NOT_REPORTED', `key ${receipt.keyId.slice(0, 80)} of a keyset that is not at hand`, derived),
    ...(keys.length > 0 && input.keyGap === undefined ? { keyMissing: true } : {}),
  };
}

function isSignedBy({ signed, signature }: Receipt, key: string): boolean {
  try {
    verifyEd25519(signed, signature, fromHex(key));
    return true;
  } catch (error) {
    if (error instanceof CodedError) return false;
    throw error;
  }
}

function responseCheck(receipt: Receipt | undefined, reading: AnswerReading | undefined, basis: Basis, gap: Code, signature: Check): Check {
  if (reading === undefined) return unknown('response.hash', gap, '', { basis });
  if (receipt === undefined) return unknown('response.hash', signature.code ?? 'ANSWER_UNSIGNED', 'nothing signed to compare with', { basis });
  // The receipt is over the bytes on the wire: no other form of them counts.
  const raw = reading.responseHashes.find(({ rule }) => rule === 'raw');
  const values = { basis, expected: receipt.response, actual: raw?.sha256 };
  if (raw?.sha256 === receipt.response) return pass('response.hash', 'raw', values);
  if (!reading.complete) return unknown('response.hash', 'ANSWER_CUT', '', { basis });
  return fail('response.hash', 'RESPONSE_HASH_MISMATCH', 'raw', values);
}

/** The receipt is over the request's bytes on the wire, which is what was seen here: another digest under a signature that holds is another request. */
function sameRequestCheck(input: AnswerInput, receipt: Receipt | undefined, signature: Check): Check {
  const check = requestCheck(input, receipt?.request);
  if (check.code !== 'REQUEST_HASH_MISMATCH' || signature.outcome !== 'pass') return check;
  return fail('request.hash', 'ANSWER_OF_OTHER_REQUEST', 'raw', { basis: 'derived', expected: receipt?.request, actual: input.head.requestHashes[0]?.sha256 });
}
