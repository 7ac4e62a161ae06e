/** Sources over endorsements that are at hand already: files beside the evidence, or what a test made. */
import { CodedError, asCoded } from '../../checks/error';
import { isIdOf } from '../../x509/ocsp-id';
import { readOcspRequest } from '../../x509/ocsp-request';
import { readOcspResponse } from '../../x509/ocsp-response';
import { readRim } from './rim';
import type { WantedRim } from './rim-id';
import { readRimFile } from './rim-service';
import type { OcspCandidate, OcspSource, RimCandidate, RimSource } from './types';

interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * Manifests by the service's id where a file carries one, else by product, edition and version. Where nothing fits, the
 * unreadable files are handed out: one of them may be what is missing.
 */
export function rimShelf(files: readonly NamedBytes[]): RimSource {
  const entries = files.map(({ name, bytes }) => {
    const candidate = readRimFile(bytes, name);
    return { candidate, fits: fitOf(candidate) };
  });
  return (wanted) => {
    const fitting = entries.filter((entry) => typeof entry.fits === 'function' && entry.fits(wanted)).map((entry) => entry.candidate);
    const unreadable = entries.flatMap((entry) => (entry.fits instanceof CodedError ? [entry.fits] : []));
    return Promise.resolve({ candidates: fitting.length > 0 ? fitting : unreadable });
  };
}

function fitOf(candidate: RimCandidate | CodedError): ((wanted: WantedRim) => boolean) | CodedError {
  if (candidate instanceof CodedError) return candidate;
  const { id, xml } = candidate;
  if (id !== undefined) return (wanted) => id === wanted.id;
  try {
    const { product, edition, version } = readRim(xml);
    return (wanted) => product === wanted.product && edition === wanted.edition && version.toLowerCase() === wanted.version.toLowerCase();
  } catch (error) {
    return asCoded(error);
  }
}

const RESPONSE = /^(.*)\.resp\.der$/;

/**
 * OCSP responses by what they are about. A request `<name>.req.der` beside `<name>.resp.der` gives the nonce that the
 * answer must carry; without one no nonce is compared. Files that no response can be read from are handed out where nothing fits.
 */
export function ocspShelf(files: readonly NamedBytes[]): OcspSource {
  const byName = new Map(files.map(({ name, bytes }) => [name, bytes]));
  const responses = files.filter(({ name }) => !name.endsWith('.req.der')).map(({ name, bytes }) => ({ candidate: withNonce(bytes, byName.get(`${RESPONSE.exec(name)?.[1] ?? ''}.req.der`)), ids: idsOf(bytes) }));
  return (certificate, issuer) => {
    const fitting = responses.filter(({ ids }) => ids?.some((id) => isIdOf(id, certificate, issuer, 'OCSP_PARSE')) === true);
    const unreadable = responses.filter(({ ids }) => ids === undefined);
    return Promise.resolve({ candidates: (fitting.length > 0 ? fitting : unreadable).map(({ candidate }) => candidate) });
  };
}

function withNonce(der: Uint8Array, request: Uint8Array | undefined): OcspCandidate {
  if (request === undefined) return { der };
  const { nonce } = readOcspRequest(request);
  return nonce === undefined ? { der } : { der, nonce };
}

/** What a response is about; `undefined` when it cannot be read, or says only why there is no answer. */
function idsOf(der: Uint8Array): ReturnType<typeof readOcspRequest>['ids'] | undefined {
  try {
    return readOcspResponse(der).items.map((item) => item.id);
  } catch (error) {
    asCoded(error);
    return undefined;
  }
}
