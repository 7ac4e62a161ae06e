/**
 * The whole simulated world on 127.0.0.1: one HTTPS server that is io.net's chat page, io.net's API, Intel's
 * certification service and NVIDIA's RIM and OCSP services, told apart by Host; a CONNECT proxy that leads browsers there; and the controls of both.
 */
import { createServer as createPlainServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { control } from './control.ts';
import { FAULTS, Switchboard } from './faults.ts';
import type { Fault, FaultName, Service } from './faults.ts';
import { readBody, sendJson } from './http.ts';
import type { Exchange, Handler, LoggedRequest } from './http.ts';
import { CONTRAST_HOST, contrastService } from './contrast/service.ts';
import { CubeAgent } from './cube/agent.ts';
import { CUBE_HOST, cubeService } from './cube/service.ts';
import { Agent } from './ionet/agent.ts';
import { DEMO_LOGIN, gateway } from './ionet/gateway.ts';
import { chatPage } from './ionet/page.ts';
import { KDS_HOST, kds } from './kds.ts';
import { OCSP_HOST, ocspService, RIM_HOST, rimService } from './nvidia/services.ts';
import { pcs } from './pcs.ts';
import { tlsIdentity } from './pki/tls.ts';
import { localProxy } from './privatemode/local-proxy.ts';
import { PRIVATEMODE_HOSTS, privatemodeServices } from './privatemode/services.ts';
import { createProxy } from './proxy.ts';
import { REPORT_HOSTS, reportServices } from './report/services.ts';

export const HOSTS = ['ai.io.net', 'api.intelligence.io.net', 'api.trustedservices.intel.com', 'certificates.trustedservices.intel.com', RIM_HOST, OCSP_HOST, KDS_HOST, CUBE_HOST, CONTRAST_HOST, ...REPORT_HOSTS, ...PRIVATEMODE_HOSTS] as const;

/** No simulated host: it is this machine for every browser. */
const LOCAL_HOST = 'localhost';

const MAX_LOG = 20_000;

export interface SimulatorOptions {
  /** Of the HTTPS server; 0 or absent picks a free one. */
  readonly port?: number;
  readonly proxyPort?: number;
  /** Ms between the pieces of a stream; 12 unless said otherwise. */
  readonly pace?: number;
}

export interface Simulator {
  /** Of the HTTPS server on 127.0.0.1. */
  readonly port: number;
  /** Of the CONNECT proxy on 127.0.0.1. */
  readonly proxyPort: number;
  /** `http://localhost` with its port: Privatemode's own proxy, and a page to chat with it. */
  readonly localOrigin: string;
  readonly hosts: readonly string[];
  /** For Chromium's --host-resolver-rules: the simulated hosts lead here, all others nowhere. */
  readonly hostResolverRules: string;
  /** Chromium's --ignore-certificate-errors-spki-list: SHA-256 of the leaf's SPKI, base64. */
  readonly spkiHash: string;
  /** The TLS CA, new in each process. */
  readonly caPem: string;
  readonly caDer: Buffer;
  /** A login that the API accepts. */
  readonly login: string;
  readonly faults: readonly Fault[];
  readonly faultsOn: readonly FaultName[];
  /** Every request, oldest first; live objects that go on changing while an answer is under way. */
  readonly requests: readonly LoggedRequest[];
  /** What the proxy was asked for. */
  readonly proxied: readonly { readonly target: string; readonly passed: boolean }[];
  /** The address that the agent reports now, EIP-55. */
  readonly address: string;
  /** Switches one fault; others stay as they are. */
  fault(name: FaultName, on?: boolean): void;
  /** Calls back for each fault that is switched. */
  onFault(listener: (name: FaultName, on: boolean) => void): void;
  reset(service?: Service): void;
  restartAgent(): void;
  /** Ms added to the clock of the simulated services. */
  setClock(offset: number): void;
  setPace(ms: number): void;
  /** Requests to a host, and to a path that begins so. */
  requestsTo(host: string, path?: string): readonly LoggedRequest[];
  clearRequests(): void;
  close(): Promise<void>;
}

const listen = async (server: Server, port: number): Promise<number> =>
  await new Promise<number>((done, failed) => {
    server.once('error', failed);
    server.listen(port, '127.0.0.1', () => {
      const address: AddressInfo | string | null = server.address();
      if (address === null || typeof address === 'string') failed(new Error('the server has no port'));
      else done(address.port);
    });
  });

export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  let offset = 0;
  let pace = options.pace ?? 12;
  const now = (): number => Date.now() + offset;
  const faults = new Switchboard();
  const agent = new Agent(faults, now);
  const requests: LoggedRequest[] = [];
  const tls = tlsIdentity(HOSTS, Date.now());

  const page = await chatPage(DEMO_LOGIN);
  const services: Readonly<Record<string, Handler>> = {
    'ai.io.net': page,
    'api.intelligence.io.net': gateway({ agent, faults, now, pace: () => pace }),
    'api.trustedservices.intel.com': pcs(faults, now),
    'certificates.trustedservices.intel.com': pcs(faults, now),
    [RIM_HOST]: rimService(faults, now),
    [OCSP_HOST]: ocspService(faults, now),
    [KDS_HOST]: kds(faults, now),
    [CUBE_HOST]: await cubeService({ agent: new CubeAgent(faults, now), faults, now, pace: () => pace }),
    [CONTRAST_HOST]: await contrastService({ faults, now, pace: () => pace }),
    ...(await privatemodeServices({ faults, now, pace: () => pace })),
    [LOCAL_HOST]: await localProxy({ faults, now, pace: () => pace }),
    ...(await reportServices({ faults, now, pace: () => pace, spki: Buffer.from(tls.spkiHash, 'base64') })),
  };
  const controls = control({
    faults, requests, restartAgent: () => agent.restart(),
    setClock: (ms) => { offset = ms; },
    setPace: (ms) => { pace = ms; },
    state: () => ({ address: agent.address, imageDigest: agent.imageDigest ?? null, clockOffset: offset, pace }),
  });

  let count = 0;
  function record(request: IncomingMessage, response: ServerResponse): Exchange {
    const host = (request.headers.host ?? '').replace(/:\d+$/, '');
    const path = request.url ?? '/';
    count += 1;
    const entry: LoggedRequest = { number: count, at: Date.now(), host, method: request.method ?? '', path, headers: { ...request.headers }, body: '', sent: 0, aborted: false, cut: false };
    if (requests.length < MAX_LOG && !path.startsWith('/__sim/')) requests.push(entry);
    response.once('finish', () => { entry.finishedAt = Date.now(); });
    response.once('close', () => {
      entry.closedAt = Date.now();
      entry.aborted = entry.finishedAt === undefined && !entry.cut;
    });
    return { request: entry, url: new URL(path, `https://${host}`), body: Buffer.alloc(0), response };
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const started = record(request, response);
    const exchange = { ...started, body: await readBody(request) };
    Object.assign(exchange.request, { body: exchange.body.toString('utf8') });
    const handler = exchange.url.pathname.startsWith('/__sim/') ? controls : services[exchange.request.host];
    if (handler === undefined) return sendJson(exchange, 421, { error: 'not a simulated host', hosts: HOSTS });
    await handler(exchange);
  }

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    serve(request, response).catch((error: unknown) => {
      // A client that went away is no fault of the simulator; anything else must be seen.
      if (response.destroyed) return;
      console.error('simulator:', error);
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  };
  const server = createServer({ key: tls.key, cert: tls.chain, ALPNProtocols: ['http/1.1'] }, answer);
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  const port = await listen(server, options.port ?? 0);
  const local = createPlainServer(answer);
  const localPort = await listen(local, 0);
  const proxy = createProxy(new Set(HOSTS), () => port);
  const proxyPort = await listen(proxy.server, options.proxyPort ?? 0);

  async function close(): Promise<void> {
    for (const socket of proxy.sockets) socket.destroy();
    const all = [server, local, proxy.server];
    for (const item of all) item.closeAllConnections();
    await Promise.all(all.map(async (item) => await new Promise<void>((done) => { item.close(() => done()); })));
  }

  return {
    port, proxyPort, localOrigin: `http://${LOCAL_HOST}:${localPort}`, hosts: HOSTS, login: DEMO_LOGIN, faults: FAULTS, requests, proxied: proxy.asked,
    hostResolverRules: `${HOSTS.map((host) => `MAP ${host} 127.0.0.1:${port}`).join(',')},MAP * ~NOTFOUND,EXCLUDE 127.0.0.1,EXCLUDE ${LOCAL_HOST}`,
    spkiHash: tls.spkiHash, caPem: tls.caPem, caDer: tls.caDer,
    get faultsOn() { return faults.on; },
    get address() { return agent.address; },
    fault: (name, on = true) => faults.set(name, on),
    onFault: (listener) => faults.onSwitch(listener),
    reset: (service) => faults.reset(service),
    restartAgent: () => agent.restart(),
    setClock: (ms) => { offset = ms; },
    setPace: (ms) => { pace = ms; },
    requestsTo: (host, path = '') => requests.filter((item) => item.host === host && item.path.startsWith(path)),
    clearRequests: () => { requests.length = 0; },
    close,
  };
}
