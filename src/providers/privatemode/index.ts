/** Privatemode as a provider: the profile and the pure functions over its bytes. */
import { appraiseDeployment } from '../contrast/appraise';
import { PRIVATEMODE } from '../contrast/names';
import { recogniseBy } from '../contrast/recognise';
import type { Provider } from '../types';
import { attestationRequest } from './attest';
import { exchangeRequest, judgeExchange } from './exchange';
import { judgeAnswer } from './judge';
import { PATHS, isAnswerPath, profile } from './profile';
import { newReader } from './reader';
import { readRequest } from './request';

export const privatemode: Provider = {
  profile,
  attestationRequest,
  claimRequest: exchangeRequest,
  appraise: (report, context) => appraiseDeployment(report, context, { dialect: PRIVATEMODE, fixed: true, gpus: true }, (result) => judgeExchange(report, result, context)),
  recognise: (head) => recogniseBy(head, [PATHS.attest, PATHS.secret], isAnswerPath),
  readRequest,
  newReader,
  judgeAnswer,
};
