/** Reading reference values from a file's text: strict, since what is read here decides what counts as known software. */
import { CodedError } from './error';
import { TDX_REGISTERS } from './policy';
import type { ReferenceKind, ReferenceValue, Role } from './reference';

const MAX_TEXT = 1_048_576;
const MAX_VALUES = 1_000;
const ROLES: readonly Role[] = ['agent', 'gateway', 'model', 'coordinator'];
const FIELDS = new Set(['dialect', 'role', 'kind', 'values', 'properties', 'source', 'note']);

/** What each kind may name, and the form of each value. */
const FORMS: Readonly<Record<ReferenceKind, { readonly names: readonly string[]; readonly value: RegExp }>> = {
  'image-digest': { names: ['digest'], value: /^sha256:[0-9a-f]{64}$/ },
  'tdx-registers': { names: TDX_REGISTERS, value: /^[0-9a-f]{96}$/ },
};

const bad = (what: string): never => {
  throw new CodedError('REFERENCE_MALFORMED', what);
};

function readOne(value: unknown): ReferenceValue {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return bad('not an object');
  const from: Record<string, unknown> = { ...value };
  const unknownField = Object.keys(from).find((k) => !FIELDS.has(k));
  if (unknownField !== undefined) return bad(`unknown field ${unknownField}`);
  const { dialect, note } = from;
  if (typeof dialect !== 'string' || !/^[a-z0-9-]{1,64}$/.test(dialect)) return bad('dialect');
  const role = ROLES.find((r) => r === from['role']) ?? bad('role');
  const kind = from['kind'] === 'image-digest' || from['kind'] === 'tdx-registers' ? from['kind'] : bad('kind');
  if (note !== undefined && (typeof note !== 'string' || note.length > 1_000)) return bad('note');
  // A file is what the user brought, whatever it says of itself; a release is only what was verified here.
  return { dialect, role, kind, values: readValues(from['values'], kind), properties: readProperties(from['properties']), source: 'imported', note: note ?? '' };
}

function readValues(value: unknown, kind: ReferenceKind): Readonly<Record<string, readonly string[]>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return bad('values');
  const entries = Object.entries(value).map(([name, list]: [string, unknown]): [string, readonly string[]] => {
    if (!FORMS[kind].names.includes(name)) return bad(`values.${name}`);
    const items: readonly unknown[] = Array.isArray(list) ? list : [list];
    if (items.length === 0 || items.length > 64) return bad(`values.${name}`);
    return [name, items.map((v) => (typeof v === 'string' && FORMS[kind].value.test(v.toLowerCase()) ? v.toLowerCase() : bad(`values.${name}`)))];
  });
  return entries.length === 0 ? bad('values') : Object.fromEntries(entries);
}

function readProperties(value: unknown): ReferenceValue['properties'] {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return bad('properties');
  const out: { collectsOwnGpu?: boolean; verifiesModel?: boolean } = {};
  for (const [name, flag] of Object.entries(value)) {
    if ((name !== 'collectsOwnGpu' && name !== 'verifiesModel') || typeof flag !== 'boolean') return bad(`properties.${name}`);
    out[name] = flag;
  }
  return out;
}

/** Reads one reference value or a list of them from a file's text. Raises `REFERENCE_MALFORMED` naming the field. */
export function readReferences(text: string): readonly ReferenceValue[] {
  if (text.length > MAX_TEXT) return bad('larger than 1 MiB');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new CodedError('REFERENCE_MALFORMED', 'not JSON', { cause: error });
  }
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (list.length === 0 || list.length > MAX_VALUES) return bad('count');
  return list.map(readOne);
}
