/** The exact text of values inside a JSON object: what was signed is sliced out, never written anew (DESIGN law 5). */
import { JsonScanner } from './json';
import type { JsonLimits } from './json';
import { CodedError } from '../checks/error';

/**
 * Key → exact source text of its value, for the members of the top-level object, in order. The whole text is read
 * strictly, so a slice is always one well-formed value. Raises `JSON_MALFORMED` or the given code.
 */
export function sliceMembers(text: string, limits: JsonLimits = {}): ReadonlyMap<string, string> {
  const scanner = new JsonScanner(text, limits);
  const slices = new Map<string, string>();
  scanner.object(slices, () => {
    const start = scanner.position();
    scanner.value();
    return text.slice(start, scanner.offset);
  });
  scanner.end();
  return slices;
}

/**
 * As `sliceMembers`, for an object that must hold exactly these keys: one missing or one more is refused.
 * The result hands out the exact text of each.
 */
export function sliceExactly<K extends string>(text: string, keys: readonly K[], limits: JsonLimits = {}): (key: K) => string {
  const slices = sliceMembers(text, limits);
  const code = limits.code ?? 'JSON_MALFORMED';
  const member = (key: string): string => {
    const slice = slices.get(key);
    if (slice === undefined) throw new CodedError(code, `the key ${JSON.stringify(key)} is missing`);
    return slice;
  };
  for (const key of slices.keys()) {
    if (!keys.some((wanted) => wanted === key)) throw new CodedError(code, `the key ${JSON.stringify(key.slice(0, 40))} does not belong here`);
  }
  keys.forEach(member);
  return member;
}
