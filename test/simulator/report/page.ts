/** Serves a simulated chat page: static files, and its script bundled at start with the real `openai` client in it. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { send } from '../http.ts';
import type { Handler } from '../http.ts';
import { references } from './reference.ts';

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export interface PageOptions {
  /** Of the service that is simulated, for people. */
  readonly name: string;
  /** The profile's, for the file of reference values. */
  readonly dialect: string;
  /** Origins of the APIs that the page can talk to; the first is chosen at the start. */
  readonly apis: readonly string[];
  /** What the page's storage holds from the start. */
  readonly login: string;
  /** True where `/v1/responses` can be asked as well. */
  readonly responses: boolean;
  /** Before the paths of chats, as the `openai` client wants it. */
  readonly base: string;
  readonly models: readonly string[];
  /** What the page's own view asks for: paths with `{model}` and `{id}` in them. */
  readonly evidence: string;
  readonly signature: string;
}

async function bundle({ apis, login, responses, base, models, evidence, signature }: PageOptions): Promise<Uint8Array> {
  const define = { DEMO_LOGIN: JSON.stringify(login), APIS: JSON.stringify(apis), MODELS: JSON.stringify(models), RESPONSES: JSON.stringify(responses), BASE: JSON.stringify(base), EVIDENCE: JSON.stringify(evidence), SIGNATURE: JSON.stringify(signature) };
  const result = await build({ entryPoints: [file('page/chat.ts')], bundle: true, write: false, format: 'iife', platform: 'browser', target: 'es2022', define, logLevel: 'error' });
  const [output] = result.outputFiles;
  if (output === undefined) throw new Error('the page gave no bundle');
  return output.contents;
}

/** The page at `/`, its files, and `/reference-values.json`: what a person imports to say which software they expect. */
export async function reportPage(options: PageOptions): Promise<Handler> {
  const csp = `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' ${options.apis.join(' ')}; base-uri 'none'; form-action 'none'`;
  const [html, css, chat] = await Promise.all([readFile(file('page/chat.html'), 'utf8'), readFile(file('../ionet/page/chat.css')), bundle(options)]);
  const files: Readonly<Record<string, readonly [type: string, body: Uint8Array | string]>> = {
    '/': ['text/html; charset=utf-8', html.replaceAll('SERVICE', options.name)],
    '/chat.css': ['text/css; charset=utf-8', css],
    '/chat.js': ['text/javascript; charset=utf-8', chat],
    '/reference-values.json': ['application/json', JSON.stringify(references(options.dialect), null, 2)],
  };
  return (exchange) => {
    const found = files[exchange.url.pathname];
    if (found === undefined) return send(exchange, 404, { 'content-type': 'text/plain' }, 'Not found\n');
    send(exchange, 200, { 'content-type': found[0], 'content-security-policy': csp, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' }, found[1]);
  };
}
