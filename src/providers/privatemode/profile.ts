/**
 * Privatemode, from its public source at v1.40.0: a web chat whose fields are encrypted under a key agreed with a service
 * inside a Contrast deployment, behind a gateway that nobody attests. Its Coordinator's document comes wrapped.
 */
import { toBase64 } from '../../encoding/base64';
import { MAX_DOCUMENT, NONCE_BYTES } from '../contrast/profile';
import { PRIVATEMODE, ROLE } from '../contrast/names';
import type { AttestationRequest, Profile } from '../types';

export const profile: Profile = {
  id: 'privatemode',
  name: 'Privatemode',
  dialect: PRIVATEMODE,
  role: ROLE,
  uiOrigins: ['https://chat.privatemode.ai'],
  apiOrigins: ['https://api.privatemode.ai'],
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

export const attestationRequest = ({ apiOrigin, nonce }: { readonly apiOrigin: string; readonly nonce: Uint8Array }): AttestationRequest => ({
  method: 'POST',
  url: `${apiOrigin}${PATHS.attest}`,
  headers: { 'content-type': 'application/json', accept: 'application/json', 'privatemode-version': SPOKEN },
  body: JSON.stringify({ Nonce: toBase64(nonce) }),
  // The document is base64 in base64.
  maxBytes: 2 * MAX_DOCUMENT,
});

/** What of a request stays plain, by path; everything else at the top is encrypted. */
const ANSWERS: readonly string[] = ['/v1/chat/completions', '/v1/completions', '/v1/embeddings', '/v1/audio/transcriptions', '/v1/messages'];
const RAW = '/unstructured/';

export const isAnswerPath = (path: string): boolean => ANSWERS.includes(path) || path.startsWith(RAW);
