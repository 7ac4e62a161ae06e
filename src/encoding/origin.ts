/** Origins that come from elsewhere. */

const MAX_ORIGIN = 256;

/** The value itself where it is the https origin of one host, exactly as `URL.origin` writes it; `undefined` for anything else. */
export function httpsOrigin(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > MAX_ORIGIN || !value.startsWith('https://') || !URL.canParse(value)) return undefined;
  // A host with a star is one name to the URL parser and many to a browser's permissions.
  return new URL(value).origin === value && !value.includes('*') ? value : undefined;
}
