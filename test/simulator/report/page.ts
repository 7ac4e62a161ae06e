/** A simulated chat page, with the real `openai` client in it. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Handler } from '../http.ts';
import { site } from '../site.ts';
import { references } from './reference.ts';

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export interface PageOptions {
  /** Of the service that is simulated, for people. */
  readonly name: string;
  /** The profile's, for the file of reference values. */
  readonly dialect: string;
  /** Origins of the APIs that the page can talk to; the first is chosen at the start. */
  readonly apis: readonly string[];
  /** Origins that the page's scripts may reach besides. */
  readonly others?: readonly string[];
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

/** The page at `/`, its files, and `/reference-values.json`: what a person imports to say which software they expect. */
export async function reportPage(options: PageOptions): Promise<Handler> {
  const csp = `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' ${[...options.apis, ...(options.others ?? [])].join(' ')}; base-uri 'none'; form-action 'none'`;
  const [html, css] = await Promise.all([readFile(file('page/chat.html'), 'utf8'), readFile(file('../ionet/page/chat.css'))]);
  const { apis, login, responses, base, models, evidence, signature } = options;
  return site({
    csp,
    files: {
      '/': ['text/html; charset=utf-8', html.replaceAll('SERVICE', options.name)],
      '/chat.css': ['text/css; charset=utf-8', css],
      '/reference-values.json': ['application/json', JSON.stringify(references(options.dialect), null, 2)],
    },
    scripts: { '/chat.js': { entry: file('page/chat.ts'), define: { DEMO_LOGIN: login, APIS: apis, MODELS: models, RESPONSES: responses, BASE: base, EVIDENCE: evidence, SIGNATURE: signature } } },
  });
}
