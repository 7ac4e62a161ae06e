/**
 * Privatemode's own proxy, which people run beside their programs (`http://localhost:8080` unless told otherwise): it
 * attests, encrypts and decrypts by itself, has no endpoint that tells of it, and hands out plain answers. So the
 * deployment is attested beside it, with the user's key; what the proxy checked stays unseen, and its answers say so.
 * Source: edgelesssys/privatemode-public at v1.40.0, privatemode-proxy.
 */
import { absent, fail } from '../../checks/check';
import { utf8Bytes } from '../../encoding/bytes';
import { sha256Hex } from '../../signatures/digests';
import { appraiseDeployment } from '../contrast/appraise';
import { judgeAnswer as judgePlain } from '../contrast/judge';
import { PRIVATEMODE } from '../contrast/names';
import { recogniseBy } from '../contrast/recognise';
import { newReader } from '../cube/reader';
import { readRequest } from '../cube/request';
import type { AnswerFindings, AnswerInput, OwnService, Provider } from '../types';
import { attestationRequest } from './attest';
import { exchangeRequest, judgeExchange } from './exchange';
import { saysPlain } from './judge';
import { API, isAnswerPath, profile } from './profile';

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
  appraise: (report, context) => appraiseDeployment(report, context, { dialect: PRIVATEMODE, fixed: true, gpus: true }, (result) => judgeExchange(report, result, context)),
  // Nothing of evidence passes the proxy.
  recognise: (head) => recogniseBy(head, [], isAnswerPath),
  readRequest,
  newReader,
  judgeAnswer,
});

/** The checks of an answer in plain text, and that its way from the machine is the proxy's word alone. */
function judgeAnswer(input: AnswerInput): AnswerFindings {
  const { checks } = judgePlain(input);
  const unseen = absent('key.session', 'service', 'PROXY_CHECKS_UNSEEN', 'the proxy agrees the key, and shows nobody with whom', { basis: 'derived' });
  // The gateway's own word, which the proxy passes on with whatever stands there in plain text.
  const plain = saysPlain(input.head.headers) ? [fail('format', 'ANSWER_NOT_FROM_ENCLAVE', 'Privatemode-Encrypted: false', { basis: 'derived' })] : checks.filter(({ id }) => id === 'format');
  return { checks: [...plain, ...checks.filter(({ id }) => id !== 'format'), unseen] };
}
