/**
 * Reads the project's own modules: what each imports (types too), and its syntax tree for the rules.
 * Rolldown's parser is used because it comes with the bundler and reads the TypeScript that we write.
 */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, extname, join, relative, resolve } from 'node:path';
import { parseSync, Visitor } from 'rolldown/utils';

const ENDINGS = ['.ts', '.tsx', '.mts', '.mjs', '.js'];
const LANGUAGE = { '.ts': 'ts', '.mts': 'ts', '.tsx': 'tsx', '.mjs': 'js', '.js': 'js' };

/**
 * @typedef {{ specifier: string, target: string | undefined, line: number }} Import `target`: a file of ours, from the root
 * @typedef {{ path: string, text: string, program: object, comments: readonly object[], imports: readonly Import[], lineOf: (offset: number) => number }} Module
 */

function* files(folder) {
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* files(path);
    else if (ENDINGS.includes(extname(name)) && !/\.d\.[cm]?ts$/.test(name)) yield path;
  }
}

const LINE = /\n/g;
function lines(text) {
  const starts = [0, ...[...text.matchAll(LINE)].map((match) => match.index + 1)];
  return (offset) => starts.findLastIndex((start) => start <= offset) + 1;
}

function resolveOwn(root, from, specifier, alias) {
  const base = alias[specifier] === undefined ? (specifier.startsWith('.') ? resolve(dirname(from), specifier) : undefined) : join(root, alias[specifier]);
  if (base === undefined) return undefined;
  const found = [base, ...ENDINGS.map((ending) => base + ending), ...ENDINGS.map((ending) => join(base, `index${ending}`))].find(
    (path) => existsSync(path) && statSync(path).isFile(),
  );
  return found === undefined ? undefined : relative(root, found);
}

/** Everything that names another module: static and dynamic imports, re-exports, and `import('…')` in types. */
function specifiers({ program, module }) {
  const found = [
    ...module.staticImports.map((one) => ({ specifier: one.moduleRequest.value, at: one.start })),
    ...module.staticExports.flatMap((one) => one.entries.filter((entry) => entry.moduleRequest !== null && entry.moduleRequest !== undefined).map((entry) => ({ specifier: entry.moduleRequest.value, at: one.start }))),
  ];
  const take = (source, at) => {
    if (source?.type === 'Literal' && typeof source.value === 'string') found.push({ specifier: source.value, at });
  };
  new Visitor({
    ImportExpression: (node) => take(node.source, node.start),
    TSImportType: (node) => take(node.source ?? node.argument?.literal ?? node.argument, node.start),
  }).visit(program);
  return found;
}

/**
 * @param {string} root
 * @param {string} path from the root
 * @param {string} text
 * @param {Record<string, string>} [alias]
 * @returns {Module}
 */
export function readModule(root, path, text, alias = {}) {
  const parsed = parseSync(path, text, { lang: LANGUAGE[extname(path)] });
  if (parsed.errors.length > 0) throw new Error(`${path} does not parse: ${parsed.errors[0].message}`);
  const lineOf = lines(text);
  const imports = specifiers(parsed).map(({ specifier, at }) => ({ specifier, target: resolveOwn(root, join(root, path), specifier, alias), line: lineOf(at) }));
  return { path, text, program: parsed.program, comments: parsed.comments, imports, lineOf };
}

/**
 * All modules under some folders or files, by their path from the root.
 * @returns {Map<string, Module>}
 */
export function readModules(root, places, alias) {
  const paths = places.map((place) => join(root, place)).filter(existsSync).flatMap((place) => (statSync(place).isDirectory() ? [...files(place)] : [place]));
  return new Map(paths.map((file) => [relative(root, file), readModule(root, relative(root, file), readFileSync(file, 'utf8'), alias)]));
}
