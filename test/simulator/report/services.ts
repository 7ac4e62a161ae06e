/** The simulated services of the report dialect by host: NEAR AI's page, chat service and gateway, RedPill's page and API. */
import type { Switchboard } from '../faults.ts';
import type { Handler } from '../http.ts';
import { reportPage } from './page.ts';
import { REPORT_LOGIN, reportService } from './service.ts';

export const NEAR_PAGE_HOST = 'private.near.ai';
export const NEAR_API_HOST = 'cloud-api.near.ai';
export const REDPILL_PAGE_HOST = 'chat.redpill.ai';
export const REDPILL_API_HOST = 'api.redpill.ai';
export const REPORT_HOSTS = [NEAR_PAGE_HOST, NEAR_API_HOST, REDPILL_PAGE_HOST, REDPILL_API_HOST] as const;

export interface ReportWorld {
  readonly faults: Switchboard;
  readonly now: () => number;
  readonly pace: () => number;
  /** SHA-256 of the DER public key of the server's certificate, 32 bytes: the connection that all hosts share. */
  readonly spki: Buffer;
}

/** A handler for each of `REPORT_HOSTS`. */
export async function reportServices(world: ReportWorld): Promise<Readonly<Record<string, Handler>>> {
  const [near, redpill] = await Promise.all([
    reportPage({ name: 'NEAR AI', dialect: 'nearai', apis: [`https://${NEAR_API_HOST}`, `https://${NEAR_PAGE_HOST}`], login: REPORT_LOGIN, responses: true }),
    reportPage({ name: 'RedPill', dialect: 'phala', apis: [`https://${REDPILL_API_HOST}`], login: REPORT_LOGIN, responses: false }),
  ]);
  const chatService = reportService({ ...world, shape: 'front', login: true });
  return {
    [NEAR_PAGE_HOST]: (exchange) => (exchange.url.pathname.startsWith('/v1/') ? chatService(exchange) : near(exchange)),
    [NEAR_API_HOST]: reportService({ ...world, shape: 'gateway', login: true }),
    [REDPILL_PAGE_HOST]: redpill,
    [REDPILL_API_HOST]: reportService({ ...world, shape: 'direct', login: false }),
  };
}
