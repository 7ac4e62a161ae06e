/**
 * Privatemode's own proxy, which people run beside their programs (`http://localhost:8080` unless told otherwise): it
 * attests, encrypts and decrypts by itself, has no endpoint that tells of it, and hands out plain answers. So the
 * deployment is attested beside it, with the user's key; what the proxy checked stays unseen, and every verdict says so.
 * Source: edgelesssys/privatemode-public at v1.40.0, privatemode-proxy.
 */
import { absent, fail } from '../../checks/check';
import { utf8Bytes } from '../../encoding/bytes';
import { sha256Hex } from '../../signatures/digests';
import { appraiseDeployment } from '../contrast/appraise';
import { PRIVATEMODE } from '../contrast/names';
import { recogniseBy } from '../contrast/recognise';
import { readRequest } from '../cube/request';
import type { ExchangeHead } from '../exchange';
import { newReportReader } from '../report/reader';
import { answerFormOf } from '../shared/answer-form';
import { judgePlainAnswer } from '../shared/plain-answer';
import type { AnswerFindings, AnswerInput, Appraisal, OwnService, Provider, Recognition } from '../types';
import { attestationRequest } from './attest';
import { exchangeRequest, judgeExchange } from './exchange';
import { saysPlain } from './judge';
import { API, endsInPlainAnswer, profile } from './profile';

const ID_DIGITS = 16;

export const privatemodeProxyOf = ({ pageOrigin, apiOrigin, name }: OwnService): Provider => ({
  profile: {
    ...profile,
    id: `privatemode-${sha256Hex(utf8Bytes(`${pageOrigin} ${apiOrigin}`)).slice(0, ID_DIGITS)}`,
    name,
    uiOrigins: [pageOrigin],
    apiOrigins: [apiOrigin],
    evidenceOrigin: API,
    addedByYou: true,
  },
  attestationRequest,
  claimRequest: exchangeRequest,
  appraise: async (report, context) => besideTheProxy(await appraiseDeployment(report, context, { dialect: PRIVATEMODE, fixed: true, gpus: true }, (result) => judgeExchange(report, result, context))),
  recognise,
  readRequest,
  newReader: newReportReader,
  judgeAnswer,
});

/** What was attested is there; that the proxy speaks to it, and to nobody else, is its word. */
const besideTheProxy = (appraisal: Appraisal): Appraisal => ({
  ...appraisal,
  checks: appraisal.checks.map((check) => (check.id === 'channel' ? absent('channel', 'service', 'PROXY_CHECKS_UNSEEN', 'the proxy agrees keys by itself, and shows nobody with whom') : check)),
});

const isUnderPlain = ({ method, status, headers }: Pick<ExchangeHead, 'method' | 'status' | 'headers'>): boolean => method.toUpperCase() === 'POST' && status >= 200 && status <= 299 && saysPlain(headers);

/** Nothing of evidence passes the proxy. Whatever its path or type, what the gateway says was not encrypted is told. */
function recognise(head: Pick<ExchangeHead, 'url' | 'method' | 'status' | 'headers'>): Recognition {
  const known = recogniseBy(head, [], endsInPlainAnswer, 'json');
  return known.kind !== 'answer' && isUnderPlain(head) ? { kind: 'answer', form: answerFormOf(head.headers) ?? 'json' } : known;
}

/** The gateway's own word comes first: the proxy passes it on with whatever stands there in plain text. */
function judgeAnswer(input: AnswerInput): AnswerFindings {
  const { checks } = judgePlainAnswer(input);
  if (!isUnderPlain(input.head)) return { checks };
  return { checks: [fail('format', 'ANSWER_NOT_FROM_ENCLAVE', 'Privatemode-Encrypted: false', { basis: 'derived' }), ...checks.filter(({ id }) => id !== 'format')] };
}
