/**
 * A page's own session: it attests the deployment with a number of its own, then agrees a key with the key service. What
 * its two exchanges say is read here; they are judged like a report of ours, and the key itself is never looked at.
 */
import { type Check, weak } from '../../checks/check';
import { CodedError } from '../../checks/error';
import { fromBase64 } from '../../encoding/base64';
import { utf8Bytes, utf8Text } from '../../encoding/bytes';
import { parseJson } from '../../encoding/json';
import { JsonView } from '../../encoding/json-read';
import { PUBLIC_KEY_BYTES, secretIdOf } from '../../evidence/contrast/secret';
import { sha256Hex } from '../../signatures/digests';
import { NONCE_BYTES } from '../contrast/names';
import type { PageSession } from '../types';
import { PATHS } from './profile';

const CODE = 'REQUEST_MALFORMED';
const KIB = 1024;
/** A number of 32 bytes, or a public key of 1216, in JSON. */
const MAX_REQUEST = 4 * KIB;
/** All policies of a deployment come along, in base64 twice; real ones need two or three MB. */
const MAX_EVIDENCE = 8 * KIB * KIB;
/** A certificate, a signature and an encapsulated key. */
const MAX_AGREEMENT = 64 * KIB;

function bytesIn(request: Uint8Array, name: string, length: number): Uint8Array {
  const bytes = fromBase64(new JsonView(parseJson(utf8Text(request, CODE), { code: CODE, maxLength: MAX_REQUEST }), '$', CODE).get(name).string(), CODE);
  if (bytes.length !== length) throw new CodedError(CODE, `${name} of ${bytes.length} bytes`);
  return bytes;
}

/** A key by what fields name it by, as readers of answers write it: SHA-256 of the secret's id, lower-case hex. */
export const sessionName = (secretId: string): string => sha256Hex(utf8Bytes(secretId));

export const session: PageSession = {
  partOf: ({ url, method }) => {
    if (method !== 'POST') return undefined;
    const { pathname } = new URL(url);
    if (pathname === PATHS.attest) return { part: 'evidence', maxRequest: MAX_REQUEST, maxResponse: MAX_EVIDENCE };
    return pathname === PATHS.secret ? { part: 'key', maxRequest: MAX_REQUEST, maxResponse: MAX_AGREEMENT } : undefined;
  },
  nonceIn: (request) => bytesIn(request, 'Nonce', NONCE_BYTES),
  confirmed: (page, own) => {
    const [theirs, ours] = [page, own].map(({ checks }) => checks.find(({ id }) => id === 'meshca')?.actual);
    const asked = own.checks.find(({ id }) => id === 'reportdata');
    // The authority that the page's number attested is the one that ours does: the deployment is there now, whoever made that number.
    const same = theirs !== undefined && theirs === ours && asked?.outcome === 'pass' && asked.basis === 'hardware';
    return same ? { ...page, checks: page.checks.map((check) => (check.id === 'reportdata' && check.code === 'NONCE_OF_PAGE' ? { ...asked, detail: 'the same mesh CA answers a number of Assay’s own' } : check)) } : page;
  },
  nameIn: (request) => sessionName(secretIdOf(bytesIn(request, 'PublicKey', PUBLIC_KEY_BYTES))),
};

/**
 * The checks of evidence that a page asked for. What the hardware signed proves itself, whoever handed it over; what was
 * computed from the page's bytes is the page's report; and a number that the page made may be from earlier, with its answer.
 */
export const asThePageShows = (checks: readonly Check[]): readonly Check[] =>
  checks.map((check) => {
    if (check.id === 'reportdata' && check.outcome === 'pass') {
      const { detail, required, expected, actual } = check;
      return weak('reportdata', 'NONCE_OF_PAGE', detail, { basis: 'page', required, expected, actual });
    }
    return check.basis === 'derived' || check.id === 'reportdata' || check.id.startsWith('key.secret.') ? { ...check, basis: 'page' } : check;
  });
