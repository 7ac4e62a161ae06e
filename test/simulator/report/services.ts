/** The simulated services of the report dialect by host: NEAR AI's page, chat service and gateway, RedPill's and Venice's page and API, Phala's ACI gateway. */
import { aciService } from '../aci/service.ts';
import type { Switchboard } from '../faults.ts';
import type { Handler } from '../http.ts';
import { reportPage } from './page.ts';
import { MODELS } from './machines.ts';
import { REPORT_LOGIN } from './api.ts';
import { reportService } from './service.ts';
import { VENICE_MODELS, veniceService, veniceWeb } from './venice.ts';

export const NEAR_PAGE_HOST = 'private.near.ai';
export const NEAR_API_HOST = 'cloud-api.near.ai';
export const REDPILL_PAGE_HOST = 'chat.redpill.ai';
export const REDPILL_API_HOST = 'api.redpill.ai';
export const ACI_HOST = 'inference.phala.com';
export const VENICE_PAGE_HOST = 'venice.ai';
export const VENICE_API_HOST = 'api.venice.ai';
/** Where the real page chats. */
export const VENICE_WEB_HOST = 'outerface.venice.ai';
/** A model's machine at an address of its own, and a chat page that somebody else runs: what a user may name. */
export const NEAR_MODEL_HOST = 'deepseek-v3-1.completions.near.ai';
export const OWN_PAGE_HOST = 'chat.example';
export const REPORT_HOSTS = [NEAR_PAGE_HOST, NEAR_API_HOST, REDPILL_PAGE_HOST, REDPILL_API_HOST, ACI_HOST, VENICE_PAGE_HOST, VENICE_API_HOST, VENICE_WEB_HOST, NEAR_MODEL_HOST, OWN_PAGE_HOST] as const;

/** As the pages of NEAR AI and RedPill ask. */
const PROXY = { base: '/v1', models: MODELS, evidence: '/v1/attestation/report?model={model}&signing_algo=ecdsa', signature: '/v1/signature/{id}?model={model}&signing_algo=ecdsa' } as const;

export interface ReportWorld {
  readonly faults: Switchboard;
  readonly now: () => number;
  readonly pace: () => number;
  /** SHA-256 of the DER public key of the server's certificate, 32 bytes: the connection that all hosts share. */
  readonly spki: Buffer;
}

/** A handler for each of `REPORT_HOSTS`. */
export async function reportServices(world: ReportWorld): Promise<Readonly<Record<string, Handler>>> {
  const [near, redpill, aci, venice, own] = await Promise.all([
    reportPage({ name: 'NEAR AI', dialect: 'nearai', apis: [`https://${NEAR_API_HOST}`, `https://${NEAR_PAGE_HOST}`], login: REPORT_LOGIN, responses: true, ...PROXY }),
    reportPage({ name: 'RedPill', dialect: 'phala', apis: [`https://${REDPILL_API_HOST}`], login: REPORT_LOGIN, responses: false, ...PROXY }),
    reportPage({ name: 'Phala', dialect: 'aci', apis: [`https://${ACI_HOST}`], login: REPORT_LOGIN, responses: false, base: '/v1', models: MODELS, evidence: '/v1/aci/attestation', signature: '/v1/aci/receipts/{id}' }),
    reportPage({ name: 'Venice', dialect: 'venice', apis: [`https://${VENICE_API_HOST}`], others: [`https://${VENICE_WEB_HOST}`], login: REPORT_LOGIN, responses: false, base: '/api/v1', models: Object.keys(VENICE_MODELS), evidence: '/api/v1/tee/attestation?model={model}', signature: '/api/v1/tee/signature?model={model}&request_id={id}' }),
    reportPage({ name: 'a chat of your own', dialect: 'nearai', apis: [`https://${NEAR_MODEL_HOST}`], login: REPORT_LOGIN, responses: false, ...PROXY }),
  ]);
  const gateway = aciService({ ...world, host: ACI_HOST });
  const chatService = reportService({ ...world, shape: 'front', login: true });
  return {
    [NEAR_PAGE_HOST]: (exchange) => (exchange.url.pathname.startsWith('/v1/') ? chatService(exchange) : near(exchange)),
    [NEAR_API_HOST]: reportService({ ...world, shape: 'gateway', login: true }),
    [REDPILL_PAGE_HOST]: redpill,
    [REDPILL_API_HOST]: reportService({ ...world, shape: 'direct', login: false }),
    [ACI_HOST]: (exchange) => (exchange.url.pathname.startsWith('/v1/') ? gateway(exchange) : aci(exchange)),
    [VENICE_PAGE_HOST]: venice,
    [OWN_PAGE_HOST]: own,
    [NEAR_MODEL_HOST]: reportService({ ...world, shape: 'direct', login: true }),
    [VENICE_API_HOST]: veniceService(world),
    [VENICE_WEB_HOST]: veniceWeb,
  };
}
