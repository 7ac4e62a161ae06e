/** Parses what our own pages ask and hands it on: a request that is not of its form is refused with `REQUEST_MALFORMED`. */
import { CodedError } from '../checks/error';
import type { ReferenceKind } from '../checks/reference';
import type { RequestOf, RequestType, ResponseOf } from './protocol';

export type RequestHandlers = { readonly [T in RequestType]: (request: RequestOf<T>) => Promise<ResponseOf<T>> };

type Fields = Readonly<Record<string, unknown>>;

const refuse = (field: string): never => {
  throw new CodedError('REQUEST_MALFORMED', field);
};
const integer = (from: Fields, name: string): number => {
  const value = from[name];
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : refuse(name);
};
const text = (from: Fields, name: string, most: number): string => {
  const value = from[name];
  return typeof value === 'string' && value.length <= most ? value : refuse(name);
};
const flag = (from: Fields, name: string): boolean => {
  const value = from[name];
  return typeof value === 'boolean' ? value : refuse(name);
};
const origin = (from: Fields, name: string): string => {
  const value = text(from, name, 256);
  return URL.canParse(value) && new URL(value).origin === value ? value : refuse(name);
};
const KINDS: readonly ReferenceKind[] = ['image-digest', 'tdx-registers', 'dstack-app', 'snp-launch', 'contrast-manifest'];
const kindOf = (from: Fields): ReferenceKind => KINDS.find((kind) => kind === from['kind']) ?? refuse('kind');
const record = (value: unknown): Fields => (typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : refuse('request'));

/** Largest reference file that is read, in characters. */
const MOST_REFERENCE_TEXT = 1_048_576;

export function handleRequest(handlers: RequestHandlers, type: string, request: unknown): Promise<unknown> {
  const from = record(request ?? {});
  switch (type) {
    case 'tab.get':
    case 'tab.recheck':
    case 'tab.stop':
    case 'tab.acknowledge':
      return handlers[type]({ tabId: integer(from, 'tabId') });
    case 'consent.set':
      return handlers[type]({ pageOrigin: origin(from, 'pageOrigin'), allow: flag(from, 'allow') });
    case 'evidence.get':
      return handlers[type]({ attestationId: text(from, 'attestationId', 64) });
    case 'reference.import':
      return handlers[type]({ text: text(from, 'text', MOST_REFERENCE_TEXT), ...(from['apiOrigin'] === undefined ? {} : { apiOrigin: origin(from, 'apiOrigin') }) });
    case 'reference.approve':
      return handlers[type]({ attestationId: text(from, 'attestationId', 64), kind: kindOf(from), ...(from['place'] === undefined ? {} : { place: text(from, 'place', 64) }) });
    case 'reference.remove':
      return handlers[type]({ id: text(from, 'id', 64) });
    case 'settings.set':
      return handlers[type]({ patch: record(from['patch']) });
    case 'key.set':
      return handlers[type]({ profileId: text(from, 'profileId', 64), apiOrigin: origin(from, 'apiOrigin'), key: text(from, 'key', 4_096) });
    case 'reference.list':
    case 'settings.get':
    case 'services.list':
    case 'records.kept':
    case 'records.clear':
      return handlers[type]({});
    default:
      return Promise.reject(new CodedError('REQUEST_MALFORMED', 'type'));
  }
}
