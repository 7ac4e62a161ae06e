/**
 * A `fetch` for Node that reaches the simulated hosts by their real names, with the TLS chain checked against the
 * simulator's CA. Streams, can be aborted, follows no redirect.
 */
import { request } from 'node:https';
import type { IncomingMessage } from 'node:http';

/** What it needs of a running simulator. */
export interface Reachable {
  readonly port: number;
  readonly caPem: string;
}

export interface Visit {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly signal?: AbortSignal | undefined;
}

/** Cube's headers carry whole evidence, twice: more than Node takes unless told. */
const MAX_HEADERS = 256 * 1024;

/** The answer as Node has it: raw headers in wire order, body as a stream of bytes. */
export async function visit(simulator: Reachable, url: string, how: Visit = {}): Promise<IncomingMessage> {
  const { host, pathname, search } = new URL(url);
  return await new Promise<IncomingMessage>((done, failed) => {
    const outgoing = request(
      {
        host: '127.0.0.1', port: simulator.port, servername: host, ca: simulator.caPem, path: pathname + search, agent: false, maxHeaderSize: MAX_HEADERS,
        method: how.method ?? (how.body === undefined ? 'GET' : 'POST'), headers: { host, ...how.headers }, ...(how.signal === undefined ? {} : { signal: how.signal }),
      },
      done,
    );
    outgoing.once('error', failed);
    outgoing.end(how.body);
  });
}

/** The whole body; rejects when the connection broke before its end. */
export async function bytesOf(answer: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of answer) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}

/** For clients that want the platform's `fetch` (the `openai` client does). */
export function simulatedFetch(simulator: Reachable): typeof fetch {
  return async (input, init) => {
    const asked = new Request(input, init);
    const body = asked.body === null ? undefined : await asked.text();
    const answer = await visit(simulator, asked.url, { method: asked.method, headers: Object.fromEntries(asked.headers), signal: init?.signal ?? undefined, ...(body === undefined ? {} : { body }) });
    const headers = new Headers();
    for (let index = 0; index + 1 < answer.rawHeaders.length; index += 2) headers.append(answer.rawHeaders[index] ?? '', answer.rawHeaders[index + 1] ?? '');
    const status = answer.statusCode ?? 0;
    return new Response(status === 204 || status === 304 ? null : new ReadableStream({
      async start(controller) {
        try {
          for await (const part of answer) controller.enqueue(new Uint8Array(Buffer.from(part)));
          controller.close();
        } catch (error) {
          controller.error(error);
        }
      },
      cancel() { answer.destroy(); },
    }), { status, headers });
  };
}

