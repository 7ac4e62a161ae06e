/** The control API under `/__sim/` on every simulated host and on 127.0.0.1: the page's switchboard and tests use it. */
import { FAULTS, isFaultName } from './faults.ts';
import type { Service, Switchboard } from './faults.ts';
import { sendJson } from './http.ts';
import type { Exchange, Handler, LoggedRequest } from './http.ts';

export interface Controls {
  readonly faults: Switchboard;
  readonly requests: readonly LoggedRequest[];
  readonly restartAgent: () => void;
  /** Ms added to the simulated services' clock. */
  setClock(offset: number): void;
  setPace(ms: number): void;
  state(): Readonly<Record<string, unknown>>;
}

const SERVICES: readonly Service[] = ['attestation', 'answers', 'collateral', 'cube', 'amd', 'report', 'contrast', 'privatemode'];

function fields(body: Buffer): Readonly<Record<string, unknown>> {
  if (body.length === 0) return {};
  const value: unknown = JSON.parse(body.toString('utf8'));
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

export function control(controls: Controls): Handler {
  const { faults } = controls;
  const state = (exchange: Exchange): void => sendJson(exchange, 200, { on: faults.on, ...controls.state() });

  return (exchange) => {
    const { method } = exchange.request;
    const path = exchange.url.pathname.slice('/__sim/'.length);
    let body: Readonly<Record<string, unknown>>;
    try {
      body = fields(exchange.body);
    } catch (error) {
      if (error instanceof SyntaxError) return sendJson(exchange, 400, { error: 'JSON expected' });
      throw error;
    }
    switch (`${method} ${path}`) {
      case 'GET state':
        return state(exchange);
      case 'GET faults':
        return sendJson(exchange, 200, { faults: FAULTS, on: faults.on });
      case 'GET requests':
        return sendJson(exchange, 200, { requests: controls.requests });
      case 'POST fault': {
        const { name, on } = body;
        if (typeof name !== 'string' || !isFaultName(name)) return sendJson(exchange, 400, { error: `no fault named ${String(name)}` });
        faults.set(name, on !== false);
        return state(exchange);
      }
      case 'POST reset': {
        const named = body['service'];
        const service = SERVICES.find((one) => one === named);
        if (named !== undefined && service === undefined) return sendJson(exchange, 400, { error: 'no such service' });
        faults.reset(service);
        return state(exchange);
      }
      case 'POST restart':
        controls.restartAgent();
        return state(exchange);
      case 'POST clock':
        if (typeof body['offset'] !== 'number') return sendJson(exchange, 400, { error: 'offset in ms expected' });
        controls.setClock(body['offset']);
        return state(exchange);
      case 'POST pace':
        if (typeof body['ms'] !== 'number') return sendJson(exchange, 400, { error: 'ms expected' });
        controls.setPace(body['ms']);
        return state(exchange);
      default:
        return sendJson(exchange, 404, { error: `no ${method} ${path} here` });
    }
  };
}
