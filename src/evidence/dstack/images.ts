/** Which images a compose file runs, and whether it names each by its content. */
import { parseDocument } from 'yaml';
import { CodedError } from '../../checks/error';

const CODE = 'COMPOSE_MALFORMED';
/** Real ones have 5 to 25 kB. */
const MAX_TEXT = 256 * 1024;
const MAX_SERVICES = 128;
const MAX_ALIASES = 64;
/** Deeper nesting than any compose file's; the reader recurses. */
const MAX_INDENT = 512;

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
  refuseDepth(text);
  const { value, problem } = libraryReading(text);
  if (problem !== undefined) throw new CodedError(CODE, problem.slice(0, 120));
  return value;
}

/** Warnings are about tags that the reader does not know; what such a tag does to a value, it cannot say. */
function libraryReading(text: string): { readonly value?: unknown; readonly problem?: string } {
  try {
    const yaml = parseDocument(text, { version: '1.2', schema: 'core', merge: true, uniqueKeys: true, strict: true, stringKeys: true, prettyErrors: false });
    const [problem] = [...yaml.errors, ...yaml.warnings];
    return problem === undefined ? { value: yaml.toJS({ mapAsMap: true, maxAliasCount: MAX_ALIASES }) } : { problem: problem.message };
  } catch (error) {
    // The library speaks in the language's own errors: a reference to nothing, too many aliases, no stack left.
    return { problem: error instanceof Error ? error.message : 'not readable' };
  }
}

/** Brackets and indentation nest; both are counted generously, strings and comments included. */
function refuseDepth(text: string): void {
  let open = 0;
  let deepest = 0;
  for (const char of text) {
    if (char === '[' || char === '{') deepest = Math.max(deepest, (open += 1));
    else if (char === ']' || char === '}') open = Math.max(0, open - 1);
  }
  const indent = text.split('\n').reduce((most, line) => Math.max(most, /^[ \-?:]*/.exec(line)?.[0].length ?? 0), 0);
  if (deepest > MAX_INDENT || indent > MAX_INDENT) throw new CodedError(CODE, 'nested too deep');
}
