/** What every simulated service shares: one request as it came, the log of all of them, and plain ways to answer. */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** One request in the log. Times are ms since the epoch, of this machine's clock. */
export interface LoggedRequest {
  readonly number: number;
  readonly at: number;
  readonly host: string;
  readonly method: string;
  /** Path with query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
  status?: number;
  /** Body bytes handed to the socket so far. */
  sent: number;
  /** When the last byte of the answer was handed over. */
  finishedAt?: number;
  /** When the connection's side of this exchange was over. */
  closedAt?: number;
  /** True when the client went away before the answer was finished. */
  aborted: boolean;
  /** True when the simulator itself broke the connection. */
  cut: boolean;
}

export interface Exchange {
  readonly request: LoggedRequest;
  readonly url: URL;
  readonly body: Buffer;
  readonly response: ServerResponse;
}

export type Handler = (exchange: Exchange) => Promise<void> | void;

const MAX_BODY = 8 * 1024 * 1024;

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request) {
    if (!Buffer.isBuffer(part)) throw new TypeError('the body is read as bytes');
    length += part.length;
    if (length > MAX_BODY) throw new RangeError('request body too large');
    parts.push(part);
  }
  return Buffer.concat(parts);
}

export type Headers = Readonly<Record<string, string | readonly string[]>>;

export function head(exchange: Exchange, status: number, headers: Headers): void {
  exchange.request.status = status;
  for (const [name, value] of Object.entries(headers)) exchange.response.setHeader(name, typeof value === 'string' ? value : [...value]);
  exchange.response.writeHead(status);
}

/** A whole answer at once. */
export function send(exchange: Exchange, status: number, headers: Headers, body: Uint8Array | string): void {
  const bytes = Buffer.from(body);
  head(exchange, status, { ...headers, 'content-length': String(bytes.length) });
  exchange.request.sent += bytes.length;
  exchange.response.end(bytes);
}

export const sendJson = (exchange: Exchange, status: number, value: unknown, headers: Headers = {}): void =>
  send(exchange, status, { 'content-type': 'application/json', ...headers }, JSON.stringify(value));

/** Writes with regard to a slow reader; false once the other side is gone. */
export async function write(exchange: Exchange, bytes: Uint8Array): Promise<boolean> {
  const { response, request } = exchange;
  if (response.destroyed) return false;
  request.sent += bytes.length;
  if (response.write(bytes)) return true;
  return await new Promise<boolean>((done) => {
    const over = (open: boolean): void => {
      response.off('drain', drained);
      response.off('close', closed);
      done(open);
    };
    const drained = (): void => over(true);
    const closed = (): void => over(false);
    response.once('drain', drained);
    response.once('close', closed);
  });
}

/** Breaks the connection once what was written is on its way, as a machine that dies does. */
export async function cut(exchange: Exchange): Promise<void> {
  await pause(exchange, 50);
  exchange.request.cut = true;
  exchange.response.socket?.destroy();
}

/** Waits, or less when the other side goes away. */
export async function pause(exchange: Exchange, ms: number): Promise<void> {
  if (ms <= 0 || exchange.response.destroyed) return;
  await new Promise<void>((done) => {
    const timer = setTimeout(over, ms);
    function over(): void {
      clearTimeout(timer);
      exchange.response.off('close', over);
      done();
    }
    exchange.response.once('close', over);
  });
}
