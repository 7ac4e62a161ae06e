/** The services that speak this dialect, as data: their origins, what they promise, how they are asked. */
import { toHex } from '../../encoding/hex';
import { CodedError } from '../../checks/error';
import type { AttestationRequest, OwnService, Profile } from '../types';
import { MAX_REPORT_BYTES, NEARAI, PHALA, type ReportDialect, VENICE } from './dialect';
import { ownProfile } from './own-profile';

export interface ReportService {
  readonly profile: Profile;
  readonly dialect: ReportDialect;
  /** True where a gateway stands before the machines and writes their streams anew. */
  readonly relayed: boolean;
  readonly paths: {
    readonly report: string;
    /** Path and query of one answer's signature; `id` and `model` already encoded. */
    readonly signature: (id: string, model: string | undefined) => string;
  };
}

const PROXY: ReportService['paths'] = {
  report: '/v1/attestation/report',
  signature: (id, model) => `/v1/signature/${id}?${model === undefined ? '' : `model=${model}&`}signing_algo=ecdsa`,
};

// `best`, without reference values of the user's own and in any browser: nobody publishes any, and Chrome shows no connection's key.
const promises = { cpu: true, gpu: true, signatures: true, gpuWithCpu: true } as const;

/** private.near.ai and the API behind it: a chat service, a gateway, model machines. */
export const nearaiService: ReportService = {
  dialect: NEARAI,
  relayed: true,
  paths: PROXY,
  profile: {
    id: 'nearai', name: 'NEAR AI', dialect: NEARAI.id, role: 'gateway',
    uiOrigins: ['https://private.near.ai'], apiOrigins: ['https://private.near.ai', 'https://cloud-api.near.ai'],
    credentials: ['page', 'key'], best: 'limited', offers: promises, needsModel: true, nonceBytes: 32, bindsKeys: true,
  },
};

/** RedPill’s chat and API, and Phala’s machines behind them. */
export const phalaService: ReportService = {
  dialect: PHALA,
  relayed: false,
  paths: PROXY,
  profile: {
    id: 'phala', name: 'RedPill', dialect: PHALA.id, role: 'model',
    uiOrigins: ['https://chat.redpill.ai'], apiOrigins: ['https://api.redpill.ai'],
    credentials: ['none', 'page', 'key'], best: 'limited', offers: promises, needsModel: true, nonceBytes: 32, bindsKeys: true,
  },
};

/**
 * Venice passes on what the proxies of others send, in an envelope of its own, and its word `verified` is a claim. What it
 * promises is documented, and was not seen. Its own chat page asks at an origin whose protocol is not documented at all:
 * that origin stands here so that such an answer is told to be one that could not be checked.
 */
export const veniceService: ReportService = {
  dialect: VENICE,
  relayed: true,
  paths: { report: '/api/v1/tee/attestation', signature: (id, model) => `/api/v1/tee/signature?${model === undefined ? '' : `model=${model}&`}request_id=${id}` },
  profile: {
    id: 'venice', name: 'Venice', dialect: VENICE.id, role: 'model',
    uiOrigins: ['https://venice.ai'], apiOrigins: ['https://api.venice.ai', 'https://outerface.venice.ai'],
    credentials: ['page', 'key'], best: 'incomplete', offers: promises, needsModel: true, nonceBytes: 32, bindsKeys: true,
  },
};

/** Machines that a user talks to directly, at origins of their own: no gateway before them, so every byte must be as it was signed. */
const direct = (dialect: ReportDialect) => (own: OwnService): ReportService => ({
  dialect, relayed: false, paths: PROXY, profile: ownProfile(own, { dialect: dialect.id, role: dialect.loneRole, offers: promises, needsModel: true }),
});

/** One of NEAR AI's model endpoints (`https://….completions.near.ai`). */
export const nearaiEndpoint = direct(NEARAI);
/** dstack's inference proxy, wherever it runs. */
export const dstackProxy = direct(PHALA);

/** Paths that are asked for evidence, whoever asks. */
export const REPORT_PATHS: readonly string[] = [PROXY.report, veniceService.paths.report, '/v1/aci/attestation'];

/** A request without a number is answered from a cache: it always carries ours. Raises `MODEL_NOT_KNOWN` where none was named. */
export const reportRequest =
  ({ paths }: ReportService) =>
  (input: { readonly apiOrigin: string; readonly nonce: Uint8Array; readonly model: string | undefined }): AttestationRequest => {
    if (input.model === undefined || input.model === '') throw new CodedError('MODEL_NOT_KNOWN', 'no request has named a model yet');
    const query = new URLSearchParams({ model: input.model, nonce: toHex(input.nonce), signing_algo: 'ecdsa', include_tls_fingerprint: 'true' });
    return { method: 'GET', url: `${input.apiOrigin}${paths.report}?${query.toString()}`, headers: { accept: 'application/json' }, maxBytes: MAX_REPORT_BYTES };
  };
