/**
 * A Cube deployment on one origin: the chat page, and behind its proxy attestation, policy and the model inside the
 * machine; beside them the retrieval service. Paths, status codes and error texts as in Cube's source; no CORS headers.
 */
import type { Switchboard } from '../faults.ts';
import { pause, send, sendJson } from '../http.ts';
import type { Exchange, Handler } from '../http.ts';
import { isDict } from '../ionet/python-json.ts';
import type { PyValue } from '../ionet/python-json.ts';
import { labelled } from '../pki/keys.ts';
import type { AttestationAsked, CubeAgent } from './agent.ts';
import { completions, CUBE_MODEL, generate, parsed, retrieval } from './chat.ts';
import { domainOf } from './domains.ts';
import type { Domain } from './domains.ts';
import { attestationHeaders } from './headers.ts';
import { cubePage } from './page.ts';
import { policyNow } from './policy.ts';

export const CUBE_HOST = 'cube.example';
/** What the page's session holds, and a personal access token. Any token that begins so is accepted. */
export const SESSION_TOKEN = 'atom-session-simulator-demo';
export const ACCESS_TOKEN = 'pat-simulator-demo';
const TOKEN = /^Bearer (atom-session|pat)-[\w-]+$/;

/** Cube's proxy tells JSON by its first byte. */
const BRACE = 0x7b;

const DOMAIN = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const ATTESTATION = new RegExp(`^(?:/proxy)?/(${DOMAIN})/attestation$`);
const POLICY = new RegExp(`^/proxy/(${DOMAIN})/attestation/policy$`);
const INSIDE = new RegExp(`^/proxy/(${DOMAIN})/(v1/chat/completions|v1/models|api/generate)$`);
const RETRIEVAL = new RegExp(`^/(${DOMAIN})/api/v1/chat$`);

export interface CubeOptions {
  readonly agent: CubeAgent;
  readonly faults: Switchboard;
  readonly now: () => number;
  readonly pace: () => number;
}

/** Padded standard base64 of at most `length` bytes, filled up with zeros; `undefined` for anything else. */
function padded(value: PyValue | undefined, length: number): Buffer | undefined {
  if (value === undefined) return Buffer.alloc(length);
  if (typeof value !== 'string' || value.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(value)) return undefined;
  const bytes = Buffer.from(value, 'base64');
  return bytes.length > length ? undefined : Buffer.concat([bytes, Buffer.alloc(length - bytes.length)]);
}

/** The agent's reading of a request: 64 bytes and 32, or the sentence of its error. */
export function readAttestationRequest(body: Buffer): AttestationAsked | string {
  const json = parsed(body);
  if (!isDict(json)) return 'EOF';
  const reportData = padded(json.get('report_data'), 64);
  if (reportData === undefined) return 'invalid report_data: must be base64-encoded 64 bytes';
  const nonce = padded(json.get('nonce'), 32);
  if (nonce === undefined) return 'invalid nonce: must be base64-encoded 32 bytes';
  return { reportData, nonce, toJson: json.get('to_json') === true };
}

export async function cubeService({ agent, faults, now, pace }: CubeOptions): Promise<Handler> {
  const page = await cubePage(SESSION_TOKEN);
  const error = (exchange: Exchange, status: number, words: string): void => sendJson(exchange, status, { error: words });
  /** What the proxy adds to everything that came through it; the attestation route is logged as a model request, too. */
  const proxied = (exchange: Exchange, domain: Domain): Record<string, string | readonly string[]> => ({
    ...attestationHeaders(domain, agent, faults, now()), 'X-Event-Type': 'llm_request', 'X-Request-Id': labelled(`cube request/${exchange.request.number}`, 16).toString('hex'),
  });

  async function attestation(exchange: Exchange, domain: Domain): Promise<void> {
    if (faults.has('cube-agent-down')) return send(exchange, 502, { 'content-type': 'text/plain; charset=utf-8' }, 'Bad Gateway\n');
    if (faults.has('cube-slow')) await pause(exchange, 3000);
    if (faults.has('cube-malformed')) return send(exchange, 200, { 'content-type': 'text/html' }, '<!doctype html><title>Just a moment…</title>');
    const asked = readAttestationRequest(exchange.body);
    const evidence = typeof asked === 'string' ? asked : agent.attestation(domain, asked);
    if (typeof evidence === 'string') return error(exchange, 400, evidence);
    send(exchange, 200, { ...proxied(exchange, domain), 'content-type': evidence[0] === BRACE ? 'application/json' : 'application/octet-stream' }, evidence);
  }

  async function inside(exchange: Exchange, domain: Domain, what: string): Promise<void> {
    const { method } = exchange.request;
    if (faults.has('cube-agent-down')) return send(exchange, 502, { 'content-type': 'text/plain; charset=utf-8' }, 'Bad Gateway\n');
    if (what === 'v1/models' && method === 'GET') return sendJson(exchange, 200, { object: 'list', data: [{ id: CUBE_MODEL, object: 'model', created: Math.floor(now() / 1000), owned_by: 'library' }] }, proxied(exchange, domain));
    if (what === 'v1/models' || method !== 'POST') return error(exchange, 405, 'method not allowed');
    await (what === 'api/generate' ? generate : completions)(exchange, parsed(exchange.body) ?? null, proxied(exchange, domain), { faults, now, pace });
  }

  /** 401 and its words when the request has no session; the proxy looks at nothing but the Authorization header. */
  function refusal(exchange: Exchange): string | undefined {
    const login = exchange.request.headers['authorization'];
    if (typeof login !== 'string' || faults.has('cube-token-missing')) return 'missing session';
    return TOKEN.test(login) && !faults.has('cube-token-expired') ? undefined : 'invalid session';
  }

  const routes: readonly { readonly path: RegExp; readonly method?: string; readonly serve: (exchange: Exchange, domain: Domain, what: string) => Promise<void> | void }[] = [
    { path: ATTESTATION, method: 'POST', serve: attestation },
    { path: POLICY, method: 'GET', serve: (exchange, domain) => send(exchange, 200, { 'content-type': 'application/json' }, policyNow(domain, faults)) },
    { path: INSIDE, serve: inside },
    { path: RETRIEVAL, method: 'POST', serve: (exchange) => retrieval(exchange, parsed(exchange.body) ?? null, { faults, now, pace }) },
  ];

  return async (exchange) => {
    const { pathname } = exchange.url;
    const route = routes.find(({ path, method }) => path.test(pathname) && (method ?? exchange.request.method) === exchange.request.method);
    // Only an administrator may write a policy: nothing that watches ever should.
    if (route === undefined && !/^\/(proxy|[0-9a-f-]{36})\//.test(pathname)) return await page(exchange);
    const refused = refusal(exchange);
    if (refused !== undefined) return error(exchange, 401, refused);
    const match = route?.path.exec(pathname);
    const domain = domainOf(match?.[1] ?? '');
    if (route === undefined || domain === undefined) return error(exchange, 404, 'not found');
    await route.serve(exchange, domain, match?.[2] ?? '');
  };
}
