/** Deployments that the user added: a page and an API that speak a dialect Assay knows. They are said to be the user's own everywhere. */

export interface OwnService {
  /** Wire protocol, as `Profile.dialect` names it. */
  readonly dialect: string;
  /** Origins as `URL.origin` writes them, https. They may be one and the same. */
  readonly pageOrigin: string;
  readonly apiOrigin: string;
  /** Shown to the user alone, who typed it. */
  readonly name: string;
}

export const MAX_OWN_SERVICES = 16;
const MAX_NAME = 60;

/** What the user types of an address: `https://chat.example.org`, with or without a path. `undefined` where it names no https origin. */
export function originTyped(typed: string): string | undefined {
  const text = typed.trim();
  try {
    const url = new URL(/^[a-z][a-z0-9+.-]*:/i.test(text) ? text : `https://${text}`);
    return url.protocol === 'https:' && url.username === '' && url.password === '' && url.hostname.length > 0 ? url.origin : undefined;
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

const isOrigin = (value: unknown): value is string => typeof value === 'string' && value.length <= 256 && originTyped(value) === value;

/** A name without control characters, at most 60 long; `undefined` for anything else. */
export function nameTyped(value: unknown): string | undefined {
  const text = typeof value === 'string' ? value.trim() : '';
  return text.length > 0 && text.length <= MAX_NAME && !/\p{C}/u.test(text) ? text : undefined;
}

function read(value: unknown): OwnService | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { dialect, pageOrigin, apiOrigin, name }: Readonly<Record<string, unknown>> = { ...value };
  const named = nameTyped(name);
  if (typeof dialect !== 'string' || !/^[a-z][a-z0-9-]{0,31}$/.test(dialect) || !isOrigin(pageOrigin) || !isOrigin(apiOrigin) || named === undefined) return undefined;
  return { dialect, pageOrigin, apiOrigin, name: named };
}

/** The list from anything; `undefined` unless every entry is of its form and each pair of origins stands there once. */
export function readOwnServices(value: unknown): readonly OwnService[] | undefined {
  if (!Array.isArray(value) || value.length > MAX_OWN_SERVICES) return undefined;
  const list = value.map(read);
  const known = list.filter((one) => one !== undefined);
  const places = new Set(known.map(({ pageOrigin, apiOrigin }) => `${pageOrigin} ${apiOrigin}`));
  return known.length === list.length && places.size === list.length ? known : undefined;
}
