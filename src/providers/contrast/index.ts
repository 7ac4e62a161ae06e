/** Contrast as a dialect: a provider made for each deployment that the user names. Nobody signs its answers. */
import { newReportReader } from '../report/reader';
import { judgePlainAnswer } from '../shared/plain-answer';
import { readRequest } from '../cube/request';
import type { OwnService, Provider } from '../types';
import { appraiseDeployment } from './appraise';
import { DIALECT } from './names';
import { ATTEST_PATH, attestationRequest, profileOf } from './profile';
import { endsInAnswer, recogniseBy } from './recognise';

export const contrastOf = (own: OwnService): Provider => ({
  profile: profileOf(own),
  attestationRequest,
  appraise: (report, context) => appraiseDeployment(report, context, { dialect: DIALECT, fixed: false, gpus: false }),
  recognise: (head) => recogniseBy(head, [ATTEST_PATH], endsInAnswer),
  readRequest,
  newReader: newReportReader,
  judgeAnswer: judgePlainAnswer,
});
