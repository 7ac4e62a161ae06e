/** The simulated Cube's chat page, with the real `openai` client in it. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Handler } from '../http.ts';
import { site } from '../site.ts';
import { DOMAINS } from './domains.ts';

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** The page talks to its own origin alone. */
const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'";

/** `token` is what the session in the page's storage holds from the start. */
export async function cubePage(token: string): Promise<Handler> {
  const [html, css] = await Promise.all([readFile(file('page/chat.html')), readFile(file('../ionet/page/chat.css'))]);
  return site({
    csp: CSP,
    files: { '/': ['text/html; charset=utf-8', html], '/chat.css': ['text/css; charset=utf-8', css] },
    scripts: { '/chat.js': { entry: file('page/chat.ts'), define: { DEMO_TOKEN: token, DOMAINS: DOMAINS.map(({ id, name }) => ({ id, name })) } } },
  });
}
