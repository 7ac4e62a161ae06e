/**
 * A deployment of Contrast that the user names: its Coordinator's HTTP API behind the API origin (`POST /attest`), and a
 * model service of the deployment beside it. The API is plain about itself: nothing but the signed evidence is believed.
 */
import { toBase64 } from '../../encoding/base64';
import { utf8Bytes } from '../../encoding/bytes';
import { sha256Hex } from '../../signatures/digests';
import type { AttestationRequest, OwnService, Profile } from '../types';
import { DIALECT, MAX_DOCUMENT, NONCE_BYTES, ROLE } from './names';

const ID_DIGITS = 16;

export const ATTEST_PATH = '/attest';

export function profileOf({ pageOrigin, apiOrigin, name }: OwnService): Profile {
  return {
    id: `contrast-${sha256Hex(utf8Bytes(`${pageOrigin} ${apiOrigin}`)).slice(0, ID_DIGITS)}`,
    name,
    dialect: DIALECT,
    role: ROLE,
    uiOrigins: [pageOrigin],
    apiOrigins: [apiOrigin],
    // The Coordinator asks for no login.
    credentials: ['none'],
    best: 'limited',
    offers: { cpu: true, gpu: false, signatures: false },
    needsModel: false,
    nonceBytes: NONCE_BYTES,
    bindsKeys: false,
    addedByYou: true,
  };
}

/** The Coordinator takes exactly 32 bytes. */
export const attestationRequest = ({ apiOrigin, nonce }: { readonly apiOrigin: string; readonly nonce: Uint8Array }): AttestationRequest => ({
  method: 'POST',
  url: `${apiOrigin}${ATTEST_PATH}`,
  headers: { 'content-type': 'application/json', accept: 'application/json' },
  body: JSON.stringify({ nonce: toBase64(nonce) }),
  maxBytes: MAX_DOCUMENT,
});
