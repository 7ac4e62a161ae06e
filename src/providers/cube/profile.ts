/**
 * Cube AI, from its source and documentation: a proxy in front of an agent of Cocos that runs the model inside a
 * confidential machine. Every deployment has an origin of its own, so the user brings it. The proxy opens TLS and reads
 * along; nothing is signed; a workspace ("domain") is part of every path.
 */
import { CodedError } from '../../checks/error';
import { toBase64 } from '../../encoding/base64';
import { utf8Bytes } from '../../encoding/bytes';
import { sha256Hex } from '../../signatures/digests';
import type { AttestationRequest, OwnService, Profile } from '../types';
import { DIALECT, ROLE } from './names';

export const REPORT_DATA_BYTES = 64;
export const NONCE_BYTES = 32;

const MAX_EVIDENCE = 256 * 1024;
const MAX_POLICY = 256 * 1024;
const ID_DIGITS = 16;

export function profileOf({ pageOrigin, apiOrigin, name }: OwnService): Profile {
  return {
    id: `cube-${sha256Hex(utf8Bytes(`${pageOrigin} ${apiOrigin}`)).slice(0, ID_DIGITS)}`,
    name,
    dialect: DIALECT,
    role: ROLE,
    uiOrigins: [pageOrigin],
    apiOrigins: [apiOrigin],
    credentials: ['page', 'key'],
    best: 'limited',
    offers: { cpu: true, gpu: false, signatures: false },
    // A domain stands in the model's place.
    needsModel: true,
    nonceBytes: REPORT_DATA_BYTES + NONCE_BYTES,
    bindsKeys: false,
    addedByYou: true,
  };
}

const DOMAIN = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const PATH = new RegExp(`^(/proxy)?/(${DOMAIN})(?:/(.*))?$`);
const ONE_DOMAIN = new RegExp(`^${DOMAIN}$`);

export interface DomainPath {
  readonly domain: string;
  /** The path begins with `/proxy`: only so it comes to the model inside the machine. */
  readonly proxied: boolean;
  /** What follows the domain, without a slash before it. */
  readonly rest: string;
}

/** The domain that a path of Cube's names; `undefined` for any other path. */
export function domainPathOf(url: string): DomainPath | undefined {
  const [, proxy, domain, rest] = PATH.exec(new URL(url).pathname) ?? [];
  return domain === undefined ? undefined : { domain, proxied: proxy !== undefined, rest: rest ?? '' };
}

export const subjectOf = (url: string): string | undefined => domainPathOf(url)?.domain;

function domainIn(model: string | undefined): string {
  if (model === undefined || !ONE_DOMAIN.test(model)) throw new CodedError('MODEL_NOT_KNOWN', 'no request has named a domain yet');
  return model;
}

/** `nonce`: 64 bytes of report_data, then 32 for the vTPM. The agent fills shorter ones with zeros and takes none at all: these leave it nothing to add. */
export function attestationRequest({ apiOrigin, nonce, model }: { readonly apiOrigin: string; readonly nonce: Uint8Array; readonly model: string | undefined }): AttestationRequest {
  const [reportData, vtpm] = splitNonce(nonce);
  return {
    method: 'POST',
    url: `${apiOrigin}/proxy/${domainIn(model)}/attestation`,
    headers: { 'content-type': 'application/json', accept: 'application/octet-stream, application/json' },
    body: JSON.stringify({ report_data: toBase64(reportData), nonce: toBase64(vtpm), to_json: false }),
    maxBytes: MAX_EVIDENCE,
  };
}

/** The two numbers in what was sent as one. */
export const splitNonce = (nonce: Uint8Array): readonly [reportData: Uint8Array, vtpm: Uint8Array] => [nonce.subarray(0, REPORT_DATA_BYTES), nonce.subarray(REPORT_DATA_BYTES)];

/** The policy as the service hands it out. What its proxy goes by is a file that nobody shows. */
export const claimRequest = ({ apiOrigin, model }: { readonly apiOrigin: string; readonly model: string | undefined }): AttestationRequest => ({
  method: 'GET',
  url: `${apiOrigin}/proxy/${domainIn(model)}/attestation/policy`,
  headers: { accept: 'application/json' },
  maxBytes: MAX_POLICY,
});
