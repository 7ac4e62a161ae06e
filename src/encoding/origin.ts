/** Origins that come from elsewhere. */

const MAX_ORIGIN = 256;

/** The value itself where it is the https origin of one host, exactly as `URL.origin` writes it; `undefined` for anything else. */
export function httpsOrigin(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > MAX_ORIGIN || !value.startsWith('https://') || !URL.canParse(value)) return undefined;
  // A host with a star is one name to the URL parser and many to a browser's permissions.
  return new URL(value).origin === value && !value.includes('*') ? value : undefined;
}

/** Plain http that stays within this machine: to browsers it is as trustworthy as https. */
const LOCAL = /^http:\/\/(?:localhost|127\.0\.0\.1)(?::\d{1,5})?(?=[/?#]|$)/;

/** True for an address of a server on this machine, by its text alone: nobody on a network can answer in its place. */
export const isLocal = (url: string): boolean => LOCAL.test(url);

/** The value itself where it is the plain-http origin of a server on this machine, exactly as `URL.origin` writes it; `undefined` for anything else. */
export const localOrigin = (value: unknown): string | undefined =>
  typeof value === 'string' && value.length <= MAX_ORIGIN && isLocal(value) && URL.canParse(value) && new URL(value).origin === value ? value : undefined;
