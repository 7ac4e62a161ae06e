/** Serves the simulated Cube's chat page: static files, and its script bundled at start with the real `openai` client in it. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { send } from '../http.ts';
import type { Handler } from '../http.ts';
import { DOMAINS } from './domains.ts';

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** The page talks to its own origin alone. */
const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'";

async function bundle(define: Readonly<Record<string, string>>): Promise<Uint8Array> {
  const result = await build({ entryPoints: [file('page/chat.ts')], bundle: true, write: false, format: 'iife', platform: 'browser', target: 'es2022', define: { ...define }, logLevel: 'error' });
  const [output] = result.outputFiles;
  if (output === undefined) throw new Error('the page gave no bundle');
  return output.contents;
}

/** `token` is what the session in the page's storage holds from the start. */
export async function cubePage(token: string): Promise<Handler> {
  const domains = DOMAINS.map(({ id, name }) => ({ id, name }));
  const [html, css, chat] = await Promise.all([
    readFile(file('page/chat.html')), readFile(file('../ionet/page/chat.css')), bundle({ DEMO_TOKEN: JSON.stringify(token), DOMAINS: JSON.stringify(domains) }),
  ]);
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
