/**
 * Serves a simulated chat page: static files, and scripts that are bundled when they are first asked for. Most simulators of
 * tests never show a page, and a bundle with a whole API client in it costs more than all else at their start.
 */
import { build } from 'esbuild';
import { send } from './http.ts';
import type { Handler } from './http.ts';

/** Path of a TypeScript file, and what stands for the names that it declares (each JSON). */
export interface Script {
  readonly entry: string;
  readonly define?: Readonly<Record<string, unknown>>;
}

export interface Site {
  readonly csp: string;
  /** By path. */
  readonly files: Readonly<Record<string, readonly [type: string, body: Uint8Array | string]>>;
  readonly scripts: Readonly<Record<string, Script>>;
}

const bundles = new Map<string, Promise<Uint8Array>>();

/** Made once in a process. */
function bundled({ entry, define = {} }: Script): Promise<Uint8Array> {
  const texts = Object.fromEntries(Object.entries(define).map(([name, value]) => [name, JSON.stringify(value)]));
  const key = JSON.stringify([entry, texts]);
  const found = bundles.get(key) ?? bundle(entry, texts);
  bundles.set(key, found);
  return found;
}

async function bundle(entry: string, define: Record<string, string>): Promise<Uint8Array> {
  const result = await build({ entryPoints: [entry], bundle: true, write: false, format: 'iife', platform: 'browser', target: 'es2022', minify: true, define, logLevel: 'error' });
  const [output] = result.outputFiles;
  if (output === undefined) throw new Error(`${entry} gave no bundle`);
  return output.contents;
}

export function site({ csp, files, scripts }: Site): Handler {
  const headers = { 'content-security-policy': csp, 'referrer-policy': 'no-referrer' };
  return async (exchange) => {
    const { pathname } = exchange.url;
    const script = scripts[pathname];
    const found = script === undefined ? files[pathname] : (['text/javascript; charset=utf-8', await bundled(script)] as const);
    if (found === undefined) return send(exchange, 404, { 'content-type': 'text/plain' }, 'Not found\n');
    // A script with a whole API client in it is read and compiled by the browser once, not for each document.
    send(exchange, 200, { ...headers, 'cache-control': script === undefined ? 'no-store' : 'max-age=600', 'content-type': found[0] }, found[1]);
  };
}
