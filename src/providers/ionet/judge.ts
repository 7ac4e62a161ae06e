/** The checks of one answer, from its head and the reading of its bytes; the evidence is joined later. */
import { type Basis, type Check, fail, pass, unknown } from '../../checks/check';
import type { Code } from '../../checks/codes';
import { asCoded } from '../../checks/error';
import { normalAddress, recoverSigner } from '../../signatures/eip191';
import { parseSignedText, type SignedText } from '../../signatures/signed-text';
import type { AnswerFindings, AnswerInput, AnswerReading, SignedStatement } from '../types';
import { statementInHeaders } from './statement';

/** Where the statement was found, or the check that says why there is none. */
type Found = { readonly statement: SignedStatement; readonly basis: Basis } | { readonly check: Check };

export function judgeAnswer(input: AnswerInput): AnswerFindings {
  const { head } = input;
  if (head.status < 200 || head.status > 299) {
    return { checks: [unknown('format', 'ANSWER_ERROR_STATUS', `HTTP ${head.status}`, { basis: 'derived' })] };
  }
  const bodyBasis = input.bodyBasis ?? 'page';
  const reading = typeof input.reading === 'string' ? undefined : input.reading;
  const body = (id: string, code: Code, detail: string) => unknown(id, code, detail, { basis: bodyBasis });
  const gap: Code = typeof input.reading === 'string' ? input.reading : 'ANSWER_CUT';

  const format = formatCheck(input, reading, bodyBasis);
  const coverage = reading?.findings.map((check) => ({ ...check, basis: bodyBasis })) ?? [body('coverage', gap, '')];
  const found = findStatement(input, reading, bodyBasis);
  if ('check' in found) {
    const why = found.check.code ?? 'ANSWER_UNSIGNED';
    return { checks: [format, ...coverage, found.check, body('response.hash', why, 'nothing signed to compare with'), requestCheck(input, undefined)] };
  }
  const { signature, text, signer } = signatureChecks(found.statement, found.basis);
  return {
    checks: [format, ...coverage, signature, responseCheck(reading, text, bodyBasis, gap), requestCheck(input, text)],
    ...(signer === undefined ? {} : { signer: { address: signer, algorithm: 'ecdsa' }, signedText: found.statement.text }),
  };
}

function formatCheck(input: AnswerInput, reading: AnswerReading | undefined, basis: Basis): Check {
  const headers = statementInHeaders(input.head.headers);
  if (headers.kind === 'doubled') return fail('format', 'HEADER_DOUBLED', headers.name, { basis: 'derived' });
  if (reading === undefined) return unknown('format', typeof input.reading === 'string' ? input.reading : 'BODY_NOT_SEEN', '', { basis });
  if (reading.form !== input.form) return fail('format', 'ANSWER_NOT_RECOGNISED', 'announced in another form', { basis, expected: input.form, actual: reading.form });
  if (!reading.complete) return unknown('format', 'ANSWER_CUT', `${reading.length} bytes`, { basis });
  if (!reading.looksLikeAnswer) return unknown('format', 'ANSWER_NOT_RECOGNISED', `${reading.length} bytes`, { basis });
  return pass('format', input.form === 'sse' ? 'event stream' : 'JSON', { basis });
}

/** Streams carry their statement inside, JSON answers beside; neither may stand in for the other. */
function findStatement(input: AnswerInput, reading: AnswerReading | undefined, bodyBasis: Basis): Found {
  if (input.form === 'sse') {
    if (reading?.statement !== undefined) return { statement: reading.statement, basis: bodyBasis };
    if (reading === undefined) return { check: unknown('signature', typeof input.reading === 'string' ? input.reading : 'BODY_NOT_SEEN', '', { basis: bodyBasis }) };
    return { check: unsigned(reading, 'no signature event', bodyBasis) };
  }
  const headers = statementInHeaders(input.head.headers);
  if (headers.kind === 'there') return { statement: headers.statement, basis: 'derived' };
  if (headers.kind === 'doubled') return { check: fail('signature', 'HEADER_DOUBLED', headers.name, { basis: 'derived' }) };
  if (headers.kind === 'binary') return { check: fail('signature', 'SIGNED_TEXT_MALFORMED', `${headers.name} is not text`, { basis: 'derived' }) };
  return { check: unsignedJson(input, reading, `no ${headers.lacking.join(', ')}`) };
}

/** The headers come from the browser itself, so a missing signature needs no body to be known; whether it was due may. */
function unsignedJson(input: AnswerInput, reading: AnswerReading | undefined, detail: string): Check {
  if (reading !== undefined) return unsigned(reading, detail, 'derived');
  const gap = typeof input.reading === 'string' ? input.reading : 'BODY_NOT_SEEN';
  return unknown('signature', input.cut ? 'ANSWER_CUT' : gap, detail, { basis: 'derived' });
}

function unsigned(reading: AnswerReading, detail: string, basis: Basis): Check {
  if (!reading.complete) return unknown('signature', 'ANSWER_CUT', detail, { basis });
  return reading.looksLikeAnswer ? fail('signature', 'ANSWER_UNSIGNED', detail, { basis }) : unknown('signature', 'ANSWER_NOT_RECOGNISED', detail, { basis });
}

interface SignatureFindings {
  readonly signature: Check;
  readonly text?: SignedText;
  /** Lower-case `0x…`. */
  readonly signer?: string;
}

/** The signature must be of the named algorithm, over digests, by the key of the address that stands beside it. */
function signatureChecks(statement: SignedStatement, basis: Basis): SignatureFindings {
  const refused = (code: Code, detail: string, parts: { expected?: string; actual?: string } = {}) => fail('signature', code, detail, { basis, ...parts });
  if (statement.algorithm.toLowerCase() !== 'ecdsa') return { signature: refused('SIGNATURE_ALGORITHM', statement.algorithm.slice(0, 40), { expected: 'ecdsa' }) };
  const expected = normalAddress(statement.address);
  if (expected === undefined) return { signature: refused('SIGNATURE_MALFORMED', 'signing_address is no address') };
  try {
    const text = parseSignedText(statement.text);
    if (text.model !== undefined) return { signature: refused('SIGNED_TEXT_MALFORMED', 'three parts, where this service signs two') };
    const actual = recoverSigner(statement.text, statement.signature);
    if (actual !== expected) return { signature: refused('SIGNATURE_INVALID', 'another key than the address beside it', { expected, actual }), text };
    return { signature: pass('signature', 'EIP-191', { basis, actual }), text, signer: actual };
  } catch (error) {
    const { code, detail } = asCoded(error);
    return { signature: refused(code, detail) };
  }
}

function responseCheck(reading: AnswerReading | undefined, text: SignedText | undefined, basis: Basis, gap: Code): Check {
  if (reading === undefined) return unknown('response.hash', gap, '', { basis });
  if (text === undefined) return unknown('response.hash', 'SIGNED_TEXT_MALFORMED', 'nothing signed to compare with', { basis });
  const matching = reading.responseHashes.find(({ sha256 }) => sha256 === text.response);
  const values = { basis, expected: text.response, actual: reading.responseHashes[0]?.sha256 };
  if (matching !== undefined) return pass('response.hash', matching.rule, { ...values, actual: matching.sha256 });
  if (!reading.complete) return unknown('response.hash', 'ANSWER_CUT', '', { basis });
  const unread = reading.findings.find((check) => check.outcome === 'unknown');
  if (reading.responseHashes.length === 0 && unread?.code !== undefined) return unknown('response.hash', unread.code, unread.detail, { basis });
  return fail('response.hash', 'RESPONSE_HASH_MISMATCH', reading.responseHashes.map(({ rule }) => rule).join(', '), values);
}

/** The agent signs its own reading of the request, and the gateway may have changed it: never required. */
function requestCheck({ head }: AnswerInput, text: SignedText | undefined): Check {
  const optional = { basis: 'derived', required: false } as const;
  if (head.requestUnseen || head.requestHashes.length === 0) return unknown('request.hash', 'REQUEST_NOT_SEEN', '', optional);
  const matching = head.requestHashes.find(({ sha256 }) => sha256 === text?.request);
  if (matching !== undefined) return pass('request.hash', matching.rule, { ...optional, actual: matching.sha256 });
  return unknown('request.hash', 'REQUEST_HASH_MISMATCH', head.requestHashes.map(({ rule }) => rule).join(', '), { ...optional, expected: text?.request });
}
