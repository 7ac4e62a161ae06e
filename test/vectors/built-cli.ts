/** The built command line as its users run it: a process of its own. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Result } from '../../src/cli/result';

const root = fileURLToPath(new URL('../..', import.meta.url));
export const BUILT = `${root}.output/cli/assay.mjs`;

/** Writes the file anew, so that what is tested is what is here. */
export const build = (): void => {
  execFileSync(process.execPath, ['src/cli/build.mjs'], { cwd: root });
};

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly json: Partial<Result> & { readonly error?: { readonly code: string } };
  readonly codes: readonly string[];
}

/** Runs with `--json` and reads its one object; more or less than one object on standard output throws. */
export function assay(...argv: readonly string[]): Ran {
  const { status, stdout, stderr } = spawnSync(BUILT, [...argv, '--json'], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  const json: Ran['json'] = JSON.parse(stdout);
  return { status, stdout, stderr, json, codes: (json.checks ?? []).flatMap(({ code }) => (code === undefined ? [] : [code])) };
}

/** Runs without `--json`. */
export const prose = (...argv: readonly string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } => spawnSync(BUILT, argv, { encoding: 'utf8' });

/** Runs with a reader that goes away at once; the exit status, or the signal that killed it. */
export function unread(...argv: readonly string[]): Promise<number | string | null> {
  const child = spawn(BUILT, argv, { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  child.stderr.destroy();
  return new Promise((resolve) => { child.on('exit', (status, signal) => resolve(signal ?? status)); });
}
