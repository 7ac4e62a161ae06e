/** Privatemode's way of asking its Coordinator, through the gateway. */
import { toBase64 } from '../../encoding/base64';
import { MAX_DOCUMENT } from '../contrast/names';
import type { AttestationRequest } from '../types';
import { PATHS, SPOKEN } from './profile';

export const attestationRequest = ({ apiOrigin, nonce }: { readonly apiOrigin: string; readonly nonce: Uint8Array }): AttestationRequest => ({
  method: 'POST',
  url: `${apiOrigin}${PATHS.attest}`,
  headers: { 'content-type': 'application/json', accept: 'application/json', 'privatemode-version': SPOKEN },
  body: JSON.stringify({ Nonce: toBase64(nonce) }),
  // The document is base64 in base64.
  maxBytes: 2 * MAX_DOCUMENT,
});
