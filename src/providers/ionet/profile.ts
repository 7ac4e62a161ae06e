/**
 * io.net confidential inference, from its documentation (guides/confidential-inference) and the public source of its
 * agent: a gateway in front of an agent that runs beside vLLM in a TDX guest. The gateway opens TLS and reads prompts.
 */
import { CodedError } from '../../checks/error';
import { toHex } from '../../encoding/hex';
import type { AttestationRequest, Profile } from '../types';

export const DIALECT = 'ionet-agent';
export const ROLE = 'agent';

export const profile: Profile = {
  id: 'ionet',
  name: 'io.net',
  dialect: DIALECT,
  role: ROLE,
  uiOrigins: ['https://ai.io.net'],
  apiOrigins: ['https://api.intelligence.io.net'],
  credentials: ['page', 'key'],
  best: 'limited',
  // The documentation calls the CPU part optional ("when present"); GPU evidence and signatures are its promise, and
  // that one number comes back in both parts.
  offers: { cpu: false, gpu: true, signatures: true, gpuWithCpu: true },
  needsModel: true,
  nonceBytes: 32,
  bindsKeys: false,
};

export const PATHS = {
  attestation: '/v1/private/attestation',
  completions: '/v1/private/completions',
  models: '/v1/models',
} as const;

/** Paths of the same API origin that lead to models outside any enclave. */
export const OUTSIDE_PATHS: readonly string[] = ['/v1/chat/completions', '/v1/completions', '/v1/responses', '/api/v1/chat/completions', '/api/v1/completions'];

/** A report with eight GPUs is about 100 kB. */
export const MAX_REPORT_BYTES = 2 * 1024 * 1024;

/**
 * The agent pads shorter numbers with zeros and reports them as its own: 64 hex characters leave it nothing to add.
 * `model_id` is the UUID of the model list (see models.ts).
 */
export function attestationRequest(input: { readonly apiOrigin: string; readonly nonce: Uint8Array; readonly model: string | undefined }): AttestationRequest {
  if (input.model === undefined || input.model === '') throw new CodedError('MODEL_NOT_KNOWN', 'no request has named a model yet');
  return {
    method: 'POST',
    url: `${input.apiOrigin}${PATHS.attestation}`,
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ model_id: input.model, nonce: toHex(input.nonce) }),
    maxBytes: MAX_REPORT_BYTES,
  };
}
