/** Each dependency has its reason in docs/dependencies.md, and each reason its dependency. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const root = new URL('../../../', import.meta.url);
const { dependencies = {}, devDependencies = {} } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { readonly dependencies?: object; readonly devDependencies?: object };
const rows = readFileSync(new URL('docs/dependencies.md', root), 'utf8').split('\n').filter((line) => line.startsWith('| `'));
const named = rows.flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name));

it('names every dependency, with a reason, and no other', () => {
  const known = [...Object.keys(dependencies), ...Object.keys(devDependencies)];
  expect(named).toHaveLength(known.length);
  expect(new Set(named)).toEqual(new Set(known));
  for (const row of rows) expect((row.split('|')[2] ?? '').trim().length, row).toBeGreaterThan(10);
});
