/**
 * The checks of one encrypted answer. What encryption proves without its key: that the fields name the key and the nonce
 * of this very request. Whose key it is, the page's own agreement says; that a field opens, the page alone sees.
 */
import { absent, type Basis, type Check, fail, pass, unknown } from '../../checks/check';
import type { HashCandidate, HeaderItem } from '../exchange';
import { errorStatus, formatCheck, unsigned } from '../shared/plain-answer';
import type { AnswerFindings, AnswerInput, AnswerReading } from '../types';
import { FIELD_RULE, NONCE_RULE, SECRET_RULE } from './reader';

export function judgeAnswer(input: AnswerInput): AnswerFindings {
  const { head, reading, bodyBasis: basis = 'page' } = input;
  const error = errorStatus(input);
  if (error !== undefined) return { checks: [error] };
  const noSignature = unsigned('an encrypted answer comes from a member of the deployment, and nobody says which');
  // The gateway says so itself, and its own proxy would pass such an answer on.
  if (saysPlain(head.headers)) return { checks: [fail('format', 'ANSWER_NOT_FROM_ENCLAVE', 'Privatemode-Encrypted: false', { basis: 'derived' }), noSignature] };
  if (typeof reading === 'string') return { checks: [unknown('format', reading, '', { basis }), unknown('coverage', reading, '', { basis }), noSignature] };
  return {
    checks: [
      formatCheck(input, reading, basis, 'encrypted '),
      ...reading.findings.map((check) => ({ ...check, basis })),
      requestCheck(input, reading, basis),
      sessionCheck(basis),
      noSignature,
    ],
    ...sessionOf(reading),
  };
}

/** Fields of one answer are under one key, or it is refused for that. */
function sessionOf({ responseHashes }: AnswerReading): Pick<AnswerFindings, 'session'> {
  const [name] = digestsOf(responseHashes, SECRET_RULE);
  return name === undefined ? {} : { session: name };
}

/** A gateway's word that nothing of this answer was encrypted: true of any value but `true`, doubled ones too. */
export const saysPlain = (headers: readonly HeaderItem[]): boolean =>
  headers.some(({ name, value }) => name.toLowerCase() === 'privatemode-encrypted' && (typeof value !== 'string' || value.split(',').some((one) => one.trim().toLowerCase() === 'false')));

const digestsOf = (hashes: readonly HashCandidate[], rule: string): readonly string[] => hashes.filter((one) => one.rule === rule).map(({ sha256 }) => sha256);

/** Same key, same nonce, and nothing of what was sent: both directions are sealed alike, so a gateway could send fields back. */
function requestCheck({ head }: AnswerInput, reading: AnswerReading, basis: Basis): Check {
  const of = (rule: string): readonly [asked: readonly string[], answered: readonly string[]] => [digestsOf(head.requestHashes, rule), digestsOf(reading.responseHashes, rule)];
  const [fields, back] = of(FIELD_RULE);
  const [nonces, nonce] = of(NONCE_RULE);
  const [secrets, secret] = of(SECRET_RULE);
  if (head.requestUnseen || nonces.length !== 1 || secrets.length !== 1) return unknown('request.hash', 'REQUEST_NOT_SEEN', 'the request’s own fields', { basis });
  if (back.some((digest) => fields.includes(digest))) return fail('request.hash', 'ANSWER_REFLECTED', 'a field of the request came back', { basis });
  if (nonce.length === 0 || secret.length === 0) return unknown('request.hash', 'ANSWER_NOT_RECOGNISED', 'no encrypted field', { basis });
  if (nonce[0] !== nonces[0] || secret[0] !== secrets[0]) return fail('request.hash', 'ANSWER_OF_OTHER_REQUEST', nonce[0] === nonces[0] ? 'another key' : 'another nonce', { basis });
  return pass('request.hash', 'key and nonce of this request', { basis });
}

/** Whose key it is: another exchange of the page says so. Where that one was seen too, its finding takes the place of this. */
const sessionCheck = (basis: Basis): Check =>
  basis === 'page'
    ? unknown('key.session', 'SESSION_NOT_SEEN', 'the page’s own key agreement', { basis })
    : absent('key.session', 'assay', 'VERIFIER_NOT_BUILT', 'recorded answers come without their key agreement', { basis });
