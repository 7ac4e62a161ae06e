/** The simulated Privatemode by host: its web chat, its API, and the place where its manifest is published. */
import { manifestText } from '../contrast/deployment.ts';
import type { Switchboard } from '../faults.ts';
import { send } from '../http.ts';
import type { Handler } from '../http.ts';
import { PRIVATEMODE } from './deployment.ts';
import { gateway, privatemodeCoordinator } from './gateway.ts';
import { privatemodePage } from './page.ts';

export const PRIVATEMODE_PAGE_HOST = 'chat.privatemode.ai';
export const PRIVATEMODE_API_HOST = 'api.privatemode.ai';
export const PRIVATEMODE_CDN_HOST = 'cdn.confidential.cloud';
export const PRIVATEMODE_HOSTS = [PRIVATEMODE_PAGE_HOST, PRIVATEMODE_API_HOST, PRIVATEMODE_CDN_HOST] as const;

export interface PrivatemodeWorld {
  readonly faults: Switchboard;
  /** Ms since the epoch. */
  readonly now: () => number;
  /** Ms between the pieces of a stream. */
  readonly pace: () => number;
}

/** A handler for each of `PRIVATEMODE_HOSTS`. */
export async function privatemodeServices(world: PrivatemodeWorld): Promise<Readonly<Record<string, Handler>>> {
  const coordinator = privatemodeCoordinator(world.faults, world.now);
  return {
    [PRIVATEMODE_PAGE_HOST]: await privatemodePage(),
    [PRIVATEMODE_API_HOST]: gateway({ ...world, coordinator }),
    [PRIVATEMODE_CDN_HOST]: (exchange) => {
      const known = exchange.url.pathname === '/privatemode/v2/manifest.json';
      // It publishes what its operator set, whatever is in force.
      const text = world.faults.has('privatemode-cdn-differs') ? manifestText(PRIVATEMODE, 'former') : coordinator.manifest;
      send(exchange, known ? 200 : 404, { 'content-type': 'application/json', 'access-control-allow-origin': '*', 'cache-control': 'public, max-age=60' }, known ? text : '');
    },
  };
}
