/** Which images a compose file runs, and whether it names each by its content. */
import { CORE_SCHEMA, load, mergeTag, realMapTag } from 'js-yaml';
import { CodedError } from '../../checks/error';

const CODE = 'COMPOSE_MALFORMED';
/** Real ones have 5 to 25 kB. */
const MAX_TEXT = 256 * 1024;
const MAX_SERVICES = 128;
const LIMITS = { maxAliases: 64, maxTotalMergeKeys: 1024, maxDepth: 32 } as const;
/** Compose files share parts by anchors and merge keys; Maps, so that no key can touch a prototype. */
const SCHEMA = CORE_SCHEMA.withTags(mergeTag, realMapTag);

export interface ImageUse {
  readonly service: string;
  /** As written; empty where the service names none. */
  readonly image: string;
  /** `sha256:` and 64 hex, where the image is named by its content and nothing else can take its place. */
  readonly digest?: string;
}

/**
 * Reads the services of a compose file. Raises `COMPOSE_MALFORMED` for what is no compose file, or one whose services
 * also come from elsewhere (`include`).
 */
export function readImages(text: string): readonly ImageUse[] {
  const top = readYaml(text);
  if (!(top instanceof Map)) throw new CodedError(CODE, 'not a mapping');
  if (top.has('include')) throw new CodedError(CODE, 'includes other files');
  const services: unknown = top.get('services');
  if (!(services instanceof Map) || services.size === 0) throw new CodedError(CODE, 'no services');
  if (services.size > MAX_SERVICES) throw new CodedError(CODE, `${services.size} services`);
  return [...services].map(([name, service]: readonly [unknown, unknown]) => readService(name, service));
}

function readService(name: unknown, service: unknown): ImageUse {
  if (typeof name !== 'string' || !(service instanceof Map)) throw new CodedError(CODE, 'a service that is no mapping');
  const image: unknown = service.get('image');
  if (typeof image !== 'string') return { service: name, image: '' };
  const digest = /^[^$\s]+@(sha256:[0-9a-f]{64})$/.exec(image)?.[1];
  const replaceable = service.has('build') || service.has('extends');
  return { service: name, image, ...(digest === undefined || replaceable ? {} : { digest }) };
}

function readYaml(text: string): unknown {
  if (text.length > MAX_TEXT) throw new CodedError(CODE, `${text.length} characters, at most ${MAX_TEXT} are read`);
  const { value, problem } = libraryReading(text);
  if (problem !== undefined) throw new CodedError(CODE, problem.split('\n')[0]?.slice(0, 120) ?? '');
  return value;
}

/** Refuses tags it does not know, a key twice, several documents. All that the library raises is about the text: it says so itself. */
function libraryReading(text: string): { readonly value?: unknown; readonly problem?: string } {
  try {
    return { value: load(text, { schema: SCHEMA, ...LIMITS }) };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : 'not readable' };
  }
}
