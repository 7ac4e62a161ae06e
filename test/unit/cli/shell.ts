/** Runs of the command line inside the test process, with files in a folder of their own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CodedError } from '../../../src/checks/error';
import type { GetResponse } from '../../../src/checks/getter';
import { type Outcome, run, type Shell } from '../../../src/cli/command';
import { paintIf } from '../../../src/cli/print';
import type { Result } from '../../../src/cli/result';

export interface Ran extends Outcome {
  /** The one JSON object of `--json`. */
  readonly json: Partial<Result> & { readonly error?: { readonly code: string; readonly message: string } };
  /** Check id → outcome and code. */
  readonly by: Readonly<Record<string, string>>;
  readonly asked: readonly string[];
}

export interface Bench {
  /** Writes a file and answers its path. */
  file(name: string, content: string | Uint8Array): string;
  /** Runs with `--json` added. */
  assay(...argv: readonly string[]): Promise<Ran>;
  prose(...argv: readonly string[]): Promise<Outcome>;
  close(): void;
}

export const NOW = Date.UTC(2026, 10, 20, 12);

export function bench(over: Partial<Shell> = {}): Bench {
  const folder = mkdtempSync(join(tmpdir(), 'assay-cli-'));
  const asked: string[] = [];
  const get = (url: string): Promise<GetResponse> => {
    asked.push(url);
    return Promise.reject(new CodedError('NETWORK_UNREACHABLE', new URL(url).host));
  };
  const shell: Shell = { version: '0', clock: () => NOW, get, progress: () => {}, paint: paintIf(false), ...over };
  return {
    file(name, content) {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    },
    async assay(...argv) {
      asked.length = 0;
      const outcome = await run([...argv, '--json'], shell);
      const json: Ran['json'] = JSON.parse(outcome.stdout);
      const by = Object.fromEntries((json.checks ?? []).map((c) => [c.id, `${c.outcome}${c.code === undefined ? '' : ` ${c.code}`}`]));
      return { ...outcome, json, by, asked: [...asked] };
    },
    prose: (...argv) => run(argv, shell),
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}
