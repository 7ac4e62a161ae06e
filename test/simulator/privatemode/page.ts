/** The simulated web chat. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Handler } from '../http.ts';
import { site } from '../site.ts';
import { PRIVATEMODE_MODELS } from './deployment.ts';
import { PRIVATEMODE_KEY } from './gateway.ts';

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' https://api.privatemode.ai https://cdn.confidential.cloud; base-uri 'none'; form-action 'none'";

export async function privatemodePage(): Promise<Handler> {
  const [html, css] = await Promise.all([readFile(file('page/chat.html')), readFile(file('../ionet/page/chat.css'))]);
  return site({
    csp: CSP,
    files: { '/': ['text/html; charset=utf-8', html], '/chat.css': ['text/css; charset=utf-8', css] },
    scripts: { '/chat.js': { entry: file('page/chat.ts'), define: { DEMO_KEY: PRIVATEMODE_KEY, MODELS: PRIVATEMODE_MODELS } } },
  });
}
