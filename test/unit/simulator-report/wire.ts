/** What a verifier does with the simulated services of the report dialect: asks over the wire, and has the product judge what came. */
import { randomBytes } from 'node:crypto';
import OpenAI from 'openai';
import type { Check } from '../../../src/checks/check';
import type { ByteStore } from '../../../src/checks/getter';
import { DEFAULT } from '../../../src/checks/policy';
import type { ReferenceValue } from '../../../src/checks/reference';
import { nvidiaOcsp } from '../../../src/collateral/nvidia-ocsp';
import { nvidiaRims } from '../../../src/collateral/nvidia-rim';
import { joinAnswer } from '../../../src/providers/join';
import { nearai, phala, venice } from '../../../src/providers/report';
import { aci } from '../../../src/providers/report/aci';
import type { Appraisal, AppraiseContext, AsideReading, Provider } from '../../../src/providers/types';
import { readReferences } from '../../../src/records/reference-file';
import { stateOf } from '../../../src/verdict/state';
import { FLAVOUR } from '../../simulator/flavour';
import { MODELS } from '../../simulator/report/machines';
import { REPORT_LOGIN } from '../../simulator/report/api';
import { ACI_HOST, NEAR_API_HOST, NEAR_PAGE_HOST, REDPILL_API_HOST, REDPILL_PAGE_HOST, VENICE_API_HOST, VENICE_PAGE_HOST } from '../../simulator/report/services';
import type { Simulator } from '../../simulator/server';
import { tdxCollateral } from '../../simulator/tdx/collateral';
import { bytesOf, simulatedFetch, visit } from '../../simulator/visit';
import { getterOf } from '../simulator/gpus';
import { NO_ENDORSEMENTS } from '../providers/no-endorsements';

export const [MODEL] = MODELS;

export interface Service {
  readonly provider: Provider;
  readonly api: string;
  readonly page: string;
  /** Before the paths of chats; `/v1` unless said otherwise. */
  readonly base?: string;
  /** What the service calls the model; `MODEL` unless said otherwise. */
  readonly model?: string;
}

export const NEAR: Service = { provider: nearai, api: `https://${NEAR_API_HOST}`, page: `https://${NEAR_PAGE_HOST}` };
/** The same machines behind the chat service that the page comes from. */
export const NEAR_CHAT: Service = { ...NEAR, api: NEAR.page };
export const REDPILL: Service = { provider: phala, api: `https://${REDPILL_API_HOST}`, page: `https://${REDPILL_PAGE_HOST}` };

export const PHALA_ACI: Service = { provider: aci, api: `https://${ACI_HOST}`, page: `https://${ACI_HOST}` };
export const VENICE: Service = { provider: venice, api: `https://${VENICE_API_HOST}`, page: `https://${VENICE_PAGE_HOST}`, base: '/api/v1', model: 'tee-deepseek-v3' };

export interface Got {
  readonly status: number;
  readonly body: Buffer;
  readonly contentType: string | undefined;
}

export async function get(simulator: Simulator, url: string, login: string | null = REPORT_LOGIN, more: { readonly body?: string; readonly method?: string } = {}): Promise<Got> {
  const answer = await visit(simulator, url, { headers: login === null ? {} : { authorization: `Bearer ${login}` }, ...more });
  return { status: answer.statusCode ?? 0, body: await bytesOf(answer), contentType: answer.headers['content-type'] };
}

/** The product's sources over the wire, kept for as long as the object lives: manifests and OCSP answers are the same for all reports. */
export function sources(simulator: Simulator): Pick<AppraiseContext, 'tdxCollateral' | 'snpCollateral' | 'rims' | 'ocsp'> {
  const kept = new Map<string, Uint8Array>();
  const store: ByteStore = { get: (key) => Promise.resolve(kept.get(key)), put: (key, value) => Promise.resolve(void kept.set(key, value)) };
  const doors = { get: getterOf(simulator), store, now: Date.now, random: (length: number) => new Uint8Array(randomBytes(length)) };
  const collateral = tdxCollateral({ now: Date.now() });
  return { ...NO_ENDORSEMENTS, rims: nvidiaRims(doors, FLAVOUR.anchors), ocsp: nvidiaOcsp(doors), tdxCollateral: () => Promise.resolve({ collateral }) };
}

/** The file that the page offers, read as an import is. */
export const imported = async (simulator: Simulator, { page }: Service): Promise<readonly ReferenceValue[]> => readReferences((await get(simulator, `${page}/reference-values.json`)).body.toString());

export interface Asked {
  readonly model?: string;
  readonly algorithm?: 'ecdsa' | 'ed25519';
}

export interface Judge {
  readonly appraise: (service: Service, asked?: Asked) => Promise<Appraisal>;
  readonly ask: (service: Service, form: Form, asked?: Asking) => Promise<Verdict>;
}

export type Form = 'stream' | 'json' | 'responses';

export interface Asking extends Asked {
  /** How often a signature is asked for again. */
  readonly tries?: number;
  /** A browser that shows the key of the answer's connection. */
  readonly seen?: boolean;
}

export interface Verdict {
  readonly state: string;
  /** Of every check that did not pass: `outcome CODE`; what is not required and open is left out. */
  readonly amiss: Readonly<Record<string, string>>;
  readonly checks: readonly Check[];
  /** What the real `openai` client showed. */
  readonly shown: string;
}

export const amissIn = (checks: readonly Check[]): Readonly<Record<string, string>> =>
  Object.fromEntries(checks.filter(({ outcome, required }) => outcome !== 'pass' && (required || outcome !== 'unknown')).map(({ id, outcome, code }) => [id, `${outcome} ${code}`]));

/** The product asks for a signature again for some seconds; here, unless told otherwise, for half of one. */
const POLL = 60;
const TRIES = 8;

/** Ids of all checks that judges of this file have made. */
export const idsSeen = new Set<string>();

function noted<Judged extends { readonly checks: readonly Check[] }>(judged: Judged): Judged {
  for (const { id } of judged.checks) idsSeen.add(id);
  return judged;
}

/** Judges this simulator's services with their software known, unless told otherwise. */
export function judgeOf(simulator: Simulator, references: (service: Service) => Promise<readonly ReferenceValue[]> = (service) => imported(simulator, service)): Judge {
  const have = sources(simulator);

  async function appraise(service: Service, { model = service.model ?? MODEL, algorithm = 'ecdsa' }: Asked = {}): Promise<Appraisal> {
    const nonce = new Uint8Array(randomBytes(32));
    const { url } = service.provider.attestationRequest({ apiOrigin: service.api, nonce, model });
    const { status, body, contentType } = await get(simulator, url.replace('signing_algo=ecdsa', `signing_algo=${algorithm}`));
    const context = { now: Date.now(), policy: DEFAULT, anchors: FLAVOUR.anchors, references: await references(service), ...have };
    return noted(await service.provider.appraise({ body: new Uint8Array(body), status, contentType, nonce }, context));
  }

  async function signature({ provider: { aside }, api, model: own }: Service, answerId: string | undefined, { model = own ?? MODEL, algorithm = 'ecdsa', tries = TRIES }: Asking): Promise<AsideReading | undefined> {
    if (aside === undefined || answerId === undefined) return undefined;
    const { url } = aside.request({ apiOrigin: api, answerId, model });
    for (let left = tries; ; left -= 1) {
      const reading = aside.read(await get(simulator, url.replace('signing_algo=ecdsa', `signing_algo=${algorithm}`)));
      const record = reading.kind === 'there' ? aside.recordRequest?.({ apiOrigin: api, statement: reading.statement }) : undefined;
      if (reading.kind === 'there' && record !== undefined) return { ...reading, record: await get(simulator, record.url) };
      if (reading.kind === 'there' || !reading.later || left === 0) return reading;
      await new Promise((done) => { setTimeout(done, POLL); });
    }
  }

  async function ask(service: Service, form: Form, asked: Asking = {}): Promise<Verdict> {
    const { model = service.model ?? MODEL } = asked;
    const { provider } = service;
    const seen = await chat(simulator, service, form, model);
    const { hashes, model: named } = provider.readRequest(seen.request);
    const head = {
      id: '1', url: seen.url, method: 'POST', tabId: 1, initiator: service.page, incognito: false, status: seen.status, headers: seen.headers, fromCache: false,
      startedAt: seen.startedAt, headersAt: seen.startedAt, requestHashes: hashes, requestUnseen: false, model: named,
    };
    const recognised = provider.recognise(head);
    if (recognised.kind !== 'answer') throw new Error(`recognised as ${recognised.kind}`);
    const reader = provider.newReader(recognised.form);
    for (const piece of seen.pieces) reader.push(piece);
    const reading = reader.finish(seen.broken ? 'cut' : 'complete');
    const aside = await signature(service, provider.aside?.idIn?.(head.headers) ?? reading.answerId, asked);
    const appraisal = await appraise(service, asked);
    const keys = provider.keysFromEvidence === true ? { keys: [...appraisal.signers.map(({ address }) => address), ...(appraisal.keyset === undefined ? [] : [appraisal.keyset])] } : {};
    const findings = provider.judgeAnswer({ head, form: recognised.form, reading, cut: seen.broken, ...keys, ...(aside === undefined ? {} : { aside }) });
    const connection = asked.seen === true ? { keys: [Buffer.from(simulator.spkiHash, 'base64').toString('hex')], host: new URL(seen.url).hostname } : undefined;
    const checks = joinAnswer({ connection, profile: provider.profile, speaksFor: provider.speaksFor, findings, evidence: { kind: 'evidence', appraisal, receivedAt: Date.now(), limited: false }, startedAt: seen.startedAt, endedAt: seen.endedAt });
    return noted({ state: stateOf(checks), amiss: amissIn(checks), checks, shown: seen.shown });
  }

  return { appraise, ask };
}

interface Seen {
  readonly url: string;
  readonly status: number;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly request: Uint8Array;
  readonly pieces: readonly Uint8Array[];
  readonly broken: boolean;
  readonly shown: string;
  readonly startedAt: number;
  readonly endedAt: number;
}

/** Chats by the real `openai` client, and notes the bytes that went and came. */
async function chat(simulator: Simulator, { api, base = '/v1' }: Service, form: Form, model: string): Promise<Seen> {
  const reach = simulatedFetch(simulator);
  const startedAt = Date.now();
  let request = new Uint8Array();
  let came: Response | undefined;
  let url = '';
  const pieces: Uint8Array[] = [];
  const client = new OpenAI({
    apiKey: REPORT_LOGIN, baseURL: `${api}${base}`, maxRetries: 0, logLevel: 'off',
    fetch: async (input, init) => {
      const asked = new Request(input, init);
      request = new Uint8Array(await asked.clone().arrayBuffer());
      ({ url } = asked);
      came = await reach(asked);
      const watched = new TransformStream<Uint8Array, Uint8Array>({ transform: (piece, on) => { pieces.push(piece.slice()); on.enqueue(piece); } });
      return new Response(came.body?.pipeThrough(watched) ?? null, { status: came.status, headers: came.headers });
    },
  });
  const messages = [{ role: 'user' as const, content: 'Grüße 😀' }];
  let shown = '';
  let broken = false;
  try {
    if (form === 'json') shown = (await client.chat.completions.create({ model, messages })).choices[0]?.message.content ?? '';
    else if (form === 'stream') for await (const chunk of await client.chat.completions.create({ model, messages, stream: true })) shown += chunk.choices[0]?.delta.content ?? '';
    else for await (const event of await client.responses.create({ model, input: 'Grüße 😀', stream: true })) if (event.type === 'response.output_text.delta') shown += event.delta;
  } catch (error) {
    // A connection that breaks; a refusal has no bytes and is seen by its status.
    broken = true;
    if (came === undefined) throw error;
  }
  return { url, status: came?.status ?? 0, headers: [...(came?.headers ?? [])].map(([name, value]) => ({ name, value })), request, pieces, broken, shown, startedAt, endedAt: Date.now() };
}
