/** Cube AI as a provider: made for each deployment that the user names. */
import type { OwnService, Provider } from '../types';
import { appraise, judgesStatus } from './appraise';
import { judgeAnswer } from './judge';
import { attestationRequest, claimRequest, profileOf, subjectOf } from './profile';
import { newReader } from './reader';
import { recognise } from './recognise';
import { judgeRelayed } from './relayed';
import { readRequest } from './request';

export { checkCocosFiles, type CocosFiles } from './files';

export const cubeOf = (own: OwnService): Provider => ({
  profile: profileOf(own),
  attestationRequest,
  subjectOf,
  claimRequest,
  judgesStatus,
  appraise,
  recognise,
  readRequest,
  newReader,
  judgeAnswer,
  judgeRelayed,
});
