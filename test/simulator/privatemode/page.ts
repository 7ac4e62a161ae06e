/** Serves the simulated web chat: static files, and its script bundled at start. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { send } from '../http.ts';
import type { Handler } from '../http.ts';
import { PRIVATEMODE_MODELS } from './deployment.ts';
import { PRIVATEMODE_KEY } from './gateway.ts';

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' https://api.privatemode.ai https://cdn.confidential.cloud; base-uri 'none'; form-action 'none'";

async function bundle(): Promise<Uint8Array> {
  const define = { DEMO_KEY: JSON.stringify(PRIVATEMODE_KEY), MODELS: JSON.stringify(PRIVATEMODE_MODELS) };
  const result = await build({ entryPoints: [file('page/chat.ts')], bundle: true, write: false, format: 'iife', platform: 'browser', target: 'es2022', define, logLevel: 'error' });
  const [output] = result.outputFiles;
  if (output === undefined) throw new Error('the page gave no bundle');
  return output.contents;
}

export async function privatemodePage(): Promise<Handler> {
  const [html, css, chat] = await Promise.all([readFile(file('page/chat.html')), readFile(file('../ionet/page/chat.css')), bundle()]);
  const files: Readonly<Record<string, readonly [type: string, body: Uint8Array]>> = {
    '/': ['text/html; charset=utf-8', html],
    '/chat.css': ['text/css; charset=utf-8', css],
    '/chat.js': ['text/javascript; charset=utf-8', chat],
  };
  return (exchange) => {
    const found = files[exchange.url.pathname];
    if (found === undefined) return send(exchange, 404, { 'content-type': 'text/plain' }, 'Not found\n');
    send(exchange, 200, { 'content-type': found[0], 'content-security-policy': CSP, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' }, found[1]);
  };
}
