/**
 * Privatemode, from its public source at v1.40.0: a web chat whose fields are encrypted under a key agreed with a service
 * inside a Contrast deployment, behind a gateway that nobody attests. Its Coordinator's document comes wrapped.
 */
import { NONCE_BYTES, PRIVATEMODE, ROLE } from '../contrast/names';
import type { Profile } from '../types';

/** Its gateway, which hands out evidence. */
export const API = 'https://api.privatemode.ai';

export const profile: Profile = {
  id: 'privatemode',
  name: 'Privatemode',
  dialect: PRIVATEMODE,
  role: ROLE,
  uiOrigins: ['https://chat.privatemode.ai'],
  apiOrigins: [API],
  credentials: ['key'],
  best: 'limited',
  offers: { cpu: true, gpu: false, signatures: false },
  needsModel: false,
  nonceBytes: NONCE_BYTES,
  bindsKeys: false,
};

export const PATHS = { attest: '/privatemode/v1/attest', secret: '/privatemode/v1/secret' } as const;

/** The DNS name that its key service alone has in the mesh. */
export const SECRET_SERVICE = 'secret.privatemode.ai';

/** The release whose protocol this is; its own clients always send theirs. */
export const SPOKEN = 'v1.40.0';

/** Where its proxy hands out what a person reads, or what is made of a text; other paths give no JSON of a known shape. */
const PLAIN_ANSWERS: readonly string[] = ['/v1/chat/completions', '/v1/completions', '/v1/embeddings', '/v1/messages'];
export const endsInPlainAnswer = (path: string): boolean => PLAIN_ANSWERS.some((end) => path.endsWith(end));

/** Where answers come, encrypted member by member; below the last one whole. */
const ANSWERS: readonly string[] = ['/v1/chat/completions', '/v1/completions', '/v1/embeddings', '/v1/audio/transcriptions', '/v1/messages'];
const RAW = '/unstructured/';

export const isAnswerPath = (path: string): boolean => ANSWERS.includes(path) || path.startsWith(RAW);
