/** The simulated deployment's chat page, with the real `openai` client in it, and the manifest as its operator publishes it. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Handler } from '../http.ts';
import { site } from '../site.ts';
import { manifestText, OWN_DEPLOYMENT } from './deployment.ts';

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** The page talks to its own origin alone. */
const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'";

/** The page at `/`, its files, and `/manifest.json`: what a person reproduces elsewhere and imports. */
export async function contrastPage(): Promise<Handler> {
  const [html, css] = await Promise.all([readFile(file('page/chat.html')), readFile(file('../ionet/page/chat.css'))]);
  return site({
    csp: CSP,
    files: { '/': ['text/html; charset=utf-8', html], '/chat.css': ['text/css; charset=utf-8', css], '/manifest.json': ['application/json', manifestText(OWN_DEPLOYMENT)] },
    scripts: { '/chat.js': { entry: file('page/chat.ts') } },
  });
}
