/** Serves the simulated deployment's chat page, its script bundled at start with the real `openai` client in it, and the manifest as its operator publishes it. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { send } from '../http.ts';
import type { Handler } from '../http.ts';
import { manifestText, OWN_DEPLOYMENT } from './deployment.ts';

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** The page talks to its own origin alone. */
const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'";

async function bundle(): Promise<Uint8Array> {
  const result = await build({ entryPoints: [file('page/chat.ts')], bundle: true, write: false, format: 'iife', platform: 'browser', target: 'es2022', logLevel: 'error' });
  const [output] = result.outputFiles;
  if (output === undefined) throw new Error('the page gave no bundle');
  return output.contents;
}

/** The page at `/`, its files, and `/manifest.json`: what a person reproduces elsewhere and imports. */
export async function contrastPage(): Promise<Handler> {
  const [html, css, chat] = await Promise.all([readFile(file('page/chat.html')), readFile(file('../ionet/page/chat.css')), bundle()]);
  const files: Readonly<Record<string, readonly [type: string, body: Uint8Array | string]>> = {
    '/': ['text/html; charset=utf-8', html],
    '/chat.css': ['text/css; charset=utf-8', css],
    '/chat.js': ['text/javascript; charset=utf-8', chat],
    '/manifest.json': ['application/json', manifestText(OWN_DEPLOYMENT)],
  };
  return (exchange) => {
    const found = files[exchange.url.pathname];
    if (found === undefined) return send(exchange, 404, { 'content-type': 'text/plain' }, 'Not found\n');
    send(exchange, 200, { 'content-type': found[0], 'content-security-policy': CSP, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' }, found[1]);
  };
}
