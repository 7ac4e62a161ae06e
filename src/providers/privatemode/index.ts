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
import { asThePageShows, session } from './session';

export const privatemode: Provider = {
  profile,
  attestationRequest,
  claimRequest: exchangeRequest,
  appraise: async (report, context) => {
    const appraisal = await appraiseDeployment(report, context, { dialect: PRIVATEMODE, fixed: true, gpus: true }, (result) => judgeExchange(report, result, context));
    return report.session === undefined ? appraisal : { ...appraisal, checks: asThePageShows(appraisal.checks) };
  },
  session,
  // Whatever type it names, the page is shown what comes there: what is no field is no answer of the enclave.
  recognise: (head) => recogniseBy(head, [PATHS.attest, PATHS.secret], isAnswerPath, 'json'),
  readRequest,
  newReader,
  judgeAnswer,
};
