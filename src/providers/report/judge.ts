/** The checks of one answer of this dialect: its bytes, and the signature that was asked for after its end. */
import { type Basis, type Check, fail, pass, unknown } from '../../checks/check';
import type { Code } from '../../checks/codes';
import { asCoded, CodedError } from '../../checks/error';
import { recoverSigner } from '../../signatures/eip191';
import { verifyEd25519 } from '../../signatures/ed25519';
import { parseSignedText, type SignedText } from '../../signatures/signed-text';
import type { AnswerFindings, AnswerInput, AnswerReading, SignedStatement } from '../types';
import type { ReportDialect } from './dialect';
import { readKey, type SigningKey } from './key';
import { modelCheck, type SignatureKind } from './roles';

/** `relayed`: the answer came through a gateway, which writes a model machine's stream anew. */
export function judgeReportAnswer(input: AnswerInput, dialect: ReportDialect, relayed: boolean): AnswerFindings {
  const { head } = input;
  if (head.status < 200 || head.status > 299) return { checks: [unknown('format', 'ANSWER_ERROR_STATUS', `HTTP ${head.status}`, { basis: 'derived' })] };
  const basis = input.bodyBasis ?? 'page';
  const reading = typeof input.reading === 'string' ? undefined : input.reading;
  const gap: Code = typeof input.reading === 'string' ? input.reading : 'ANSWER_CUT';
  const format = formatCheck(input, reading, basis, gap);
  const coverage = reading?.findings.map((check) => ({ ...check, basis })) ?? [unknown('coverage', gap, '', { basis })];
  if (input.aside?.kind !== 'there') {
    const signature = missingSignature(input, reading);
    return { checks: [format, ...coverage, signature, unknown('response.hash', signature.code ?? 'ANSWER_UNSIGNED', 'nothing signed to compare with', { basis }), requestCheck(input, undefined)] };
  }
  const { statement } = input.aside;
  const { signature, text, key } = signatureChecks(statement);
  const kind = kindOf(statement);
  // Old signatures do not say whose they are: only a gateway's must fit what it handed over, and the evidence will tell.
  const response = responseCheck(reading, text, basis, gap, relayed && kind !== 'gateway');
  const differs = response.code === 'ANSWER_REWRITTEN';
  return {
    checks: [
      format, ...coverage, signature, response,
      requestCheck(input, text?.request),
      ...modelCheck(text?.model, head.model, dialect),
    ],
    ...(key === undefined
      ? {}
      : {
          signer: { address: key.text, algorithm: key.algorithm },
          signedText: statement.text,
          signedBy: {
            ...(kind === undefined ? {} : { kind }),
            ...(text?.model === undefined ? {} : { textModel: text.model }),
            ...(head.model === undefined ? {} : { requestedModel: head.model }),
            ...(differs ? { differs } : {}),
          },
        }),
  };
}

const kindOf = ({ claims }: SignedStatement): SignatureKind | undefined => {
  const kind = claims['signature_kind'];
  return kind === 'provider_tee' || kind === 'gateway' ? kind : undefined;
};

export function formatCheck(input: AnswerInput, reading: AnswerReading | undefined, basis: Basis, gap: Code): Check {
  if (reading === undefined) return unknown('format', gap, '', { basis });
  if (reading.form !== input.form) return fail('format', 'ANSWER_NOT_RECOGNISED', 'announced in another form', { basis, expected: input.form, actual: reading.form });
  if (!reading.complete) return unknown('format', 'ANSWER_CUT', `${reading.length} bytes`, { basis });
  if (!reading.looksLikeAnswer) return unknown('format', 'ANSWER_NOT_RECOGNISED', `${reading.length} bytes`, { basis });
  const form = input.form === 'sse' ? 'event stream' : 'JSON';
  const encrypted = isEncrypted(input.head) ? ', encrypted for the page' : reading.looksEncrypted === true ? ', looks encrypted for the page' : undefined;
  return pass('format', encrypted === undefined ? form : `${form}${encrypted}: what is compared is what arrived`, { basis });
}

/** By the answer's own headers; those of the request are never read. */
function isEncrypted({ headers }: AnswerInput['head']): boolean {
  return headers.some(({ name, value }) => name.toLowerCase() === 'x-e2ee-applied' && typeof value === 'string' && value.trim().toLowerCase() === 'true');
}

/** A whole answer that its service says it did not sign is a broken promise; one whose signature could not be had is open. */
export function missingSignature({ aside, cut }: AnswerInput, reading: AnswerReading | undefined): Check {
  const derived = { basis: 'derived' } as const;
  if (aside === undefined || aside.kind === 'there') return unknown('signature', 'SIGNATURE_NOT_FOUND', 'not asked for yet', derived);
  const { code, detail } = aside;
  if (code === 'SIGNATURE_MALFORMED') return fail('signature', code, detail, derived);
  if (code !== 'ANSWER_UNSIGNED') return unknown('signature', code, detail, derived);
  return cut || reading?.complete !== true ? unknown('signature', 'ANSWER_CUT', detail, derived) : fail('signature', code, detail, derived);
}

interface SignatureFindings {
  readonly signature: Check;
  readonly text?: SignedText;
  readonly key?: SigningKey;
}

/** The signature must be of the named algorithm, over digests as text, by the key that stands beside it. */
function signatureChecks({ text: signed, signature, address, algorithm }: SignedStatement): SignatureFindings {
  const derived = { basis: 'derived' } as const;
  try {
    const key = readKey(address, algorithm);
    const text = parseSignedText(signed);
    if (key.algorithm === 'ed25519') {
      verifyEd25519(signed, signature, key.bytes);
      return { signature: pass('signature', 'Ed25519', { ...derived, actual: key.text }), text, key };
    }
    const actual = recoverSigner(signed, signature);
    if (actual !== key.text) return { signature: fail('signature', 'SIGNATURE_INVALID', 'another key than the address beside it', { ...derived, expected: key.text, actual }), text };
    return { signature: pass('signature', 'EIP-191', { ...derived, actual }), text, key };
  } catch (error) {
    const { code, detail } = asCoded(error);
    return { signature: fail('signature', code === 'SIGNER_NOT_BOUND' ? 'SIGNATURE_MALFORMED' : code, detail, derived), ...textOf(signed) };
  }
}

/** What was signed, where it can be read though the signature does not hold. */
function textOf(signed: string): { readonly text?: SignedText } {
  try {
    return { text: parseSignedText(signed) };
  } catch (error) {
    if (error instanceof CodedError) return {};
    throw error;
  }
}

function responseCheck(reading: AnswerReading | undefined, text: SignedText | undefined, basis: Basis, gap: Code, rewritten: boolean): Check {
  if (reading === undefined) return unknown('response.hash', gap, '', { basis });
  if (text === undefined) return unknown('response.hash', 'SIGNED_TEXT_MALFORMED', 'nothing signed to compare with', { basis });
  const values = { basis, expected: text.response, actual: reading.responseHashes[0]?.sha256 };
  const matching = reading.responseHashes.find(({ sha256 }) => sha256 === text.response);
  if (matching !== undefined) return pass('response.hash', matching.rule, { ...values, actual: matching.sha256 });
  if (!reading.complete) return unknown('response.hash', 'ANSWER_CUT', '', { basis });
  if (rewritten) return unknown('response.hash', 'ANSWER_REWRITTEN', 'signed in the model’s machine; the gateway wrote it anew on its way', values);
  return fail('response.hash', 'RESPONSE_HASH_MISMATCH', reading.responseHashes.map(({ rule }) => rule).join(', '), values);
}

/** `signed`: lower-case hex. What stands before a machine may add to a request on its way, so a difference is told and does not count. */
export function requestCheck({ head }: AnswerInput, signed: string | undefined): Check {
  const optional = { basis: 'derived', required: false } as const;
  if (head.requestUnseen || head.requestHashes.length === 0) return unknown('request.hash', 'REQUEST_NOT_SEEN', '', optional);
  const matching = head.requestHashes.find(({ sha256 }) => sha256 === signed);
  if (matching !== undefined) return pass('request.hash', matching.rule, { ...optional, actual: matching.sha256 });
  return unknown('request.hash', 'REQUEST_HASH_MISMATCH', head.requestHashes.map(({ rule }) => rule).join(', '), { ...optional, expected: signed });
}
