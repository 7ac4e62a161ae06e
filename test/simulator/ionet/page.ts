/** The simulated chat page, with the real `openai` client in it. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Handler } from '../http.ts';
import { site } from '../site.ts';

const file = (name: string): string => fileURLToPath(new URL(`page/${name}`, import.meta.url));

/** As strict as a careful site's: no inline code, one API to talk to. */
const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; worker-src 'self'; img-src 'self' data:; connect-src 'self' https://api.intelligence.io.net; base-uri 'none'; form-action 'none'";

export async function chatPage(login: string): Promise<Handler> {
  const define = { DEMO_LOGIN: login };
  const [html, css] = await Promise.all([readFile(file('chat.html')), readFile(file('chat.css'))]);
  return site({
    csp: CSP,
    files: { '/': ['text/html; charset=utf-8', html], '/chat.css': ['text/css; charset=utf-8', css] },
    scripts: { '/chat.js': { entry: file('chat.ts'), define }, '/worker.js': { entry: file('worker.ts'), define } },
  });
}
