/** A server with every kind of body, for the tap on Node's own fetch. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

export const JSON_BODY = '{"a":1, "b":"é"}';
export const BYTES: Record<string, Buffer> = {
  '/json': Buffer.from(JSON_BODY), '/bom': Buffer.from([0xef, 0xbb, 0xbf, 0x61]), '/bad': Buffer.from([0x61, 0xff, 0xfe, 0x62, 0xc3]), '/badjson': Buffer.from('{"a":'), '/form': Buffer.from('a=1&b=2'), '/large': Buffer.from(Uint32Array.from({ length: 175_000 }, (_, i) => i).buffer),
};

function respond(path: string, response: ServerResponse, left: Record<string, number>): void {
  if (path === '/stream' || path === '/cut') {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    let n = 0;
    const timer = setInterval(() => {
      n += 1;
      response.write(`data: ${n}\n\n`);
      if (n < (path === '/cut' ? 3 : 30)) return;
      clearInterval(timer);
      if (path === '/cut') response.destroy();
      else response.end();
    }, 5);
    response.on('close', () => {
      clearInterval(timer);
      if (!response.writableFinished && path === '/stream') left[path] = (left[path] ?? 0) + 1;
    });
    return;
  }
  const type = path === '/form' ? 'application/x-www-form-urlencoded' : 'application/json';
  if (path === '/gzip') response.writeHead(200, { 'content-type': type, 'content-encoding': 'gzip' }).end(gzipSync(JSON_BODY));
  else if (path === '/empty') response.writeHead(204).end();
  else response.writeHead(200, { 'content-type': type }).end(BYTES[path]);
}

export interface BodyServer {
  readonly origin: string;
  /** Per path: how often the client went away before the end. */
  readonly left: Record<string, number>;
  close(): void;
}

export async function startBodyServer(): Promise<BodyServer> {
  const left: Record<string, number> = {};
  const server = createServer((request, response) => respond(request.url ?? '', response, left));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    left,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
