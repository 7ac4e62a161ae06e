/** Turns what the two browsers report of a request into one form. Knows their differences; imports no browser API. */
import { sha256 } from '@noble/hashes/sha2.js';
import { CodedError } from '../checks/error';
import { fromBase64 } from '../encoding/base64';
import { toHex } from '../encoding/hex';
import type { HeaderItem } from '../providers/exchange';
import { publicKeyOf } from '../x509/certificate';
import type { RequestBody } from '../observe/contract';
import { REQUEST_BODY_CUT_BYTES } from '../observe/limits';

/** What both browsers' details have in common, and where they differ (`initiator`: Chromium; `originUrl`, `incognito`: Firefox). */
export interface RequestDetails {
  readonly requestId: string;
  readonly url: string;
  readonly method: string;
  readonly tabId: number;
  readonly type: string;
  readonly timeStamp: number;
  readonly initiator?: string;
  readonly originUrl?: string;
  readonly incognito?: boolean;
}

export interface BodyDetails {
  readonly error?: string | undefined;
  readonly formData?: unknown;
  /** `bytes` of each part; a part may name a file instead, whose content is not shown. */
  readonly raw?: readonly { readonly bytes?: unknown }[] | undefined;
}

interface HeaderDetails {
  readonly name: string;
  readonly value?: string;
  readonly binaryValue?: readonly number[];
}

/** The asking document's or worker's origin, as `URL.origin` writes it; `null` for an opaque one. */
export function initiatorOf({ initiator, originUrl }: RequestDetails): string | undefined {
  const named = initiator ?? originUrl;
  if (named === undefined) return undefined;
  return URL.canParse(named) ? new URL(named).origin : named;
}

/** True for requests that a page or the background of this extension makes. `base` ends in a slash. */
export const isOwn = ({ initiator, originUrl }: RequestDetails, base: string): boolean => `${initiator ?? originUrl ?? ''}/`.startsWith(base);

export function urlOf({ url }: RequestDetails): string {
  const hash = url.indexOf('#');
  return hash < 0 ? url : url.slice(0, hash);
}

/** The body's exact bytes, where the browser showed all of them. */
export function bodyOf(details: BodyDetails | null | undefined): RequestBody {
  if (details === undefined || details === null) return { kind: 'none' };
  const { raw } = details;
  if (details.error !== undefined || details.formData !== undefined || raw === undefined) return { kind: 'unseen' };
  const parts: Uint8Array[] = [];
  let length = 0;
  for (const { bytes } of raw) {
    if (!(bytes instanceof ArrayBuffer)) return { kind: 'unseen' };
    parts.push(new Uint8Array(bytes));
    length += bytes.byteLength;
  }
  if (length === REQUEST_BODY_CUT_BYTES) return { kind: 'unseen' };
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return { kind: 'bytes', bytes: only };
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return { kind: 'bytes', bytes };
}

/** Every header as it came, doubled ones apart; bytes where a value is not UTF-8. */
export const headersOf = (headers: readonly HeaderDetails[] | undefined): readonly HeaderItem[] =>
  (headers ?? []).map(({ name, value, binaryValue }) => ({ name, value: value ?? Uint8Array.from(binaryValue ?? []) }));

interface ShownCertificate {
  /** Firefox: base64 of the SHA-256. */
  readonly subjectPublicKeyInfoDigest?: { readonly sha256?: unknown };
  /** Chromium: the whole certificate, DER. */
  readonly rawDER?: unknown;
}

/**
 * SHA-256 of the DER public key of the server's certificate, lower-case hex, from what a browser shows of a connection.
 * `undefined` where it shows none: no encryption, or (Firefox) a certificate that the user had to accept by hand.
 */
export function spkiSha256Of(shown: { readonly certificates?: readonly ShownCertificate[] } | undefined): string | undefined {
  const leaf = shown?.certificates?.[0];
  const digest = leaf?.subjectPublicKeyInfoDigest?.sha256;
  try {
    if (typeof digest === 'string') {
      const bytes = fromBase64(digest);
      return bytes.length === 32 ? toHex(bytes) : undefined;
    }
    return leaf?.rawDER instanceof ArrayBuffer ? toHex(sha256(publicKeyOf(new Uint8Array(leaf.rawDER)))) : undefined;
  } catch (error) {
    // A certificate that we cannot read shows no key; the check then says that nothing was compared.
    if (error instanceof CodedError) return undefined;
    throw error;
  }
}

/**
 * The page's own doing (stop button, navigation), or a fault of the network. When the page aborts a body Chromium says
 * ERR_ABORTED or, as often, ERR_FAILED (tried: 8 of 12), which a broken connection never gives.
 */
export const endingOf = (error: string): 'aborted' | 'error' => (/^net::ERR_(?:ABORTED|FAILED)$|^NS_BINDING_ABORTED$|^NS_ERROR_ABORT$/.test(error) ? 'aborted' : 'error');
