/** Serves the simulated chat page: static files, and the page's script bundled at start with the real `openai` client in it. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { send } from '../http.ts';
import type { Handler } from '../http.ts';

const file = (name: string): string => fileURLToPath(new URL(`page/${name}`, import.meta.url));

/** As strict as a careful site's: no inline code, one API to talk to. */
const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; worker-src 'self'; img-src 'self' data:; connect-src 'self' https://api.intelligence.io.net; base-uri 'none'; form-action 'none'";

async function bundle(entry: string, define: Readonly<Record<string, string>>): Promise<Uint8Array> {
  const result = await build({ entryPoints: [file(entry)], bundle: true, write: false, format: 'iife', platform: 'browser', target: 'es2022', define: { ...define }, logLevel: 'error' });
  const [output] = result.outputFiles;
  if (output === undefined) throw new Error(`${entry} gave no bundle`);
  return output.contents;
}

export async function chatPage(login: string): Promise<Handler> {
  const define = { DEMO_LOGIN: JSON.stringify(login) };
  const [html, css, chat, worker] = await Promise.all([readFile(file('chat.html')), readFile(file('chat.css')), bundle('chat.ts', define), bundle('worker.ts', define)]);
  const files: Readonly<Record<string, readonly [type: string, body: Uint8Array]>> = {
    '/': ['text/html; charset=utf-8', html],
    '/chat.css': ['text/css; charset=utf-8', css],
    '/chat.js': ['text/javascript; charset=utf-8', chat],
    '/worker.js': ['text/javascript; charset=utf-8', worker],
  };
  return (exchange) => {
    const found = files[exchange.url.pathname];
    if (found === undefined) return send(exchange, 404, { 'content-type': 'text/plain' }, 'Not found\n');
    send(exchange, 200, { 'content-type': found[0], 'content-security-policy': CSP, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' }, found[1]);
  };
}
