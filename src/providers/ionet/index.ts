/** io.net as a provider: the profile and the pure functions over its bytes. */
import type { Provider } from '../types';
import { appraise } from './appraise';
import { newJsonReader } from './json-reader';
import { judgeAnswer } from './judge';
import { modelLookup } from './models';
import { attestationRequest, profile } from './profile';
import { recognise } from './recognise';
import { readRequest } from './request';
import { newSseReader } from './sse-reader';

export const ionet: Provider = {
  profile,
  modelLookup,
  attestationRequest,
  appraise,
  recognise,
  readRequest,
  newReader: (form) => (form === 'sse' ? newSseReader() : newJsonReader()),
  judgeAnswer,
};
