/**
 * A CONNECT proxy for browsers that cannot map host names (Firefox): every simulated host leads to the local server,
 * every other one gets 502, so that nothing leaves this machine.
 */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';

export interface Proxy {
  readonly server: Server;
  /** `host:port` of every CONNECT, with whether it was let through. */
  readonly asked: { readonly target: string; readonly passed: boolean }[];
  readonly sockets: Set<Socket>;
}

export function createProxy(hosts: ReadonlySet<string>, serverPort: () => number): Proxy {
  const asked: { target: string; passed: boolean }[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((_request, response) => {
    response.writeHead(502, { 'content-type': 'text/plain' });
    response.end('Only simulated hosts are reachable through this proxy.\n');
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('connect', (request, client: Socket, first: Buffer) => {
    const target = request.url ?? '';
    const host = target.replace(/:\d+$/, '');
    const passed = hosts.has(host);
    if (asked.length < 10_000) asked.push({ target, passed });
    client.on('error', () => client.destroy());
    if (!passed) {
      client.end('HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    const upstream = connect(serverPort(), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.write(first);
      upstream.pipe(client);
      client.pipe(upstream);
    });
    sockets.add(upstream);
    upstream.once('close', () => { sockets.delete(upstream); client.destroy(); });
    client.once('close', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
  });
  return { server, asked, sockets };
}
