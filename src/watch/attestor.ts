/**
 * Gets evidence and keeps it: one flight per cache key, a fresh nonce each time, up to 16 attestations per key (one per
 * reported signer), honest problems instead of exceptions. It stores bytes, never verdicts.
 */
import type { Code } from '../checks/codes';
import { asCoded, CodedError } from '../checks/error';
import type { Getter } from '../checks/getter';
import { toHex } from '../encoding/hex';
import { evidenceOriginOf } from '../providers/hosts';
import { LATE_AFTER_MS } from '../providers/join';
import type { AttestationRequest, Appraisal, CredentialWay, Provider } from '../providers/types';
import type { AttestationStore } from '../records/attestations';
import type { StoredAttestation } from '../records/database';
import { stateOf } from '../verdict/state';
import { type Attempts, nextForSigner, readAttempts, retryAfterMs, withError, withSignerAttempt, withSuccess } from './attempts';
import { cacheKey } from './cache-key';
import { CLAIM_TIMEOUT_MS, FLIGHTS_MOST, SIGNERS_KEPT, SUBJECTS_KEPT } from './limits';

/** What evidence is asked of, and how. */
export interface Target {
  readonly provider: Provider;
  readonly pageOrigin: string;
  readonly apiOrigin: string;
  readonly model: string | undefined;
  readonly way: CredentialWay;
  readonly incognito: boolean;
  /** The tab through which `page` requests go. */
  readonly tabId: number;
}

/** Why evidence is asked for: decides which limits apply. */
export type Reason = 'open' | 'answer' | 'signer' | 'recheck';

export interface Problem {
  readonly code: Code;
  readonly detail: string;
  readonly at: number;
  /** When Assay asks again by itself. */
  readonly nextTryAt?: number;
}

/** Where a target comes from; `undefined` when the profile's ways all need something the user has not given. */
export type Asked = ({ readonly target: Target } | { readonly target: undefined; readonly problem: Problem }) & {
  /** The page's own session whose key answers name so, where pages of this service have such sessions. */
  readonly sessionOf?: (name: string) => Promise<StoredAttestation | undefined>;
};

/** Evidence with its verdict at `at`, or why there is none. */
export type Attested =
  | { readonly kind: 'evidence'; readonly stored: StoredAttestation; readonly appraisal: Appraisal; readonly at: number }
  | { readonly kind: 'problem'; readonly problem: Problem };

/** The answer of a request, whichever way it was made. */
export interface ReportResponse {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly retryAfter: string | undefined;
  readonly body: Uint8Array;
}

/** A store that outlives the worker but not the browser run. */
export interface RunStore {
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown): Promise<void>;
  remove(key: string): Promise<void>;
}

export interface AttestorDoors {
  clock(): Promise<number>;
  /** So many bytes that nobody can foresee. */
  random(bytes: number): Uint8Array;
  readonly run: RunStore;
  storeFor(incognito: boolean): AttestationStore;
  getter(signal: AbortSignal): Getter;
  keyFor(apiOrigin: string): Promise<string | undefined>;
  /** Asks through the page of this tab with the page's own login; raises `LOGIN_NEEDED` when the page has shown none. */
  throughPage(where: { readonly tabId: number; readonly pageOrigin: string }, request: AttestationRequest): Promise<ReportResponse>;
  appraise(provider: Provider, stored: StoredAttestation): Promise<Appraisal>;
}

interface IndexEntry {
  readonly id: string;
  readonly signers: readonly string[];
  readonly receivedAt: number;
  /** Set where it came through a page and was found at fault: that may be the page's doing, so it speaks for this tab alone. */
  readonly onlyTab?: number;
}

const isEntry = (value: unknown): value is IndexEntry =>
  typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string' && 'signers' in value && Array.isArray(value.signers) && 'receivedAt' in value && typeof value.receivedAt === 'number';

/** Errors that say nothing about the machine: the next try comes after a pause. */
const TRANSIENT: ReadonlySet<Code> = new Set<Code>(['RATE_LIMITED', 'SERVICE_ERROR', 'ATTESTATION_TIMEOUT', 'SERVICE_UNREACHABLE']);

function problemOfStatus(status: number): Code | undefined {
  if (status === 200) return undefined;
  if (status === 401 || status === 403) return 'LOGIN_NEEDED';
  return status === 429 ? 'RATE_LIMITED' : 'SERVICE_ERROR';
}

const renamed = (code: Code): Code => (code === 'REQUEST_TIMEOUT' ? 'ATTESTATION_TIMEOUT' : code === 'NETWORK_UNREACHABLE' ? 'SERVICE_UNREACHABLE' : code);

export class Attestor {
  readonly #doors: AttestorDoors;
  readonly #flights = new Map<string, { readonly result: Promise<Attested>; readonly abort: AbortController }>();

  constructor(doors: AttestorDoors) {
    this.#doors = doors;
  }

  /** Stored evidence of this target, newest first. */
  async #index(key: string): Promise<readonly IndexEntry[]> {
    const value = await this.#doors.run.get(`${key}:index`);
    return Array.isArray(value) ? value.filter(isEntry) : [];
  }

  async #attempts(key: string): Promise<Attempts> {
    return readAttempts(await this.#doors.run.get(`${key}:attempts`));
  }

  /** What may speak for answers of this tab, newest first. */
  async #entriesFor(target: Target): Promise<readonly IndexEntry[]> {
    return (await this.#index(cacheKeyOf(target))).filter((e) => e.onlyTab === undefined || e.onlyTab === target.tabId);
  }

  /** The first of these that the store still has. */
  async #firstKept(entries: readonly IndexEntry[], incognito: boolean): Promise<StoredAttestation | undefined> {
    for (const { id } of entries) {
      const kept = await this.#doors.storeFor(incognito).get(id);
      if (kept !== undefined) return kept;
    }
    return undefined;
  }

  /** The newest evidence that is at most `maxAgeMs` old. */
  async newest(target: Target, maxAgeMs: number): Promise<StoredAttestation | undefined> {
    const since = (await this.#doors.clock()) - maxAgeMs;
    const entries = await this.#entriesFor(target);
    return this.#firstKept(entries.filter((e) => e.receivedAt >= since), target.incognito);
  }

  /**
   * Evidence that reports `signer` and may speak for an answer between `startedAt` and `endedAt`: fetched at most
   * `maxAgeMs` before its start. The newest one that is not late is taken before a late one.
   */
  async forSigner(target: Target, signer: string, times: { startedAt: number; endedAt: number; maxAgeMs: number }): Promise<StoredAttestation | undefined> {
    const fitting = (await this.#entriesFor(target)).filter((e) => e.signers.includes(signer) && e.receivedAt >= times.startedAt - times.maxAgeMs);
    const isLate = (e: IndexEntry) => e.receivedAt > times.endedAt + LATE_AFTER_MS;
    return this.#firstKept([...fitting.filter((e) => !isLate(e)), ...fitting.filter(isLate).reverse()], target.incognito);
  }

  /** All signers that kept evidence reports which may speak for an answer that began at `startedAt`, newest first. */
  async signersFor(target: Target, { startedAt, maxAgeMs }: { startedAt: number; maxAgeMs: number }): Promise<readonly string[]> {
    const fitting = (await this.#entriesFor(target)).filter((e) => e.receivedAt >= startedAt - maxAgeMs);
    return [...new Set(fitting.flatMap((e) => e.signers))];
  }

  /** True when a signer in no attestation may trigger a request now. */
  async mayAskForSigner(target: Target): Promise<{ readonly now: boolean; readonly at: number }> {
    const now = await this.#doors.clock();
    const at = nextForSigner(await this.#attempts(cacheKeyOf(target)), now);
    return { now: at <= now, at };
  }

  /** Asks for fresh evidence, or joins the request that is already under way for the same key (through a page: of the same tab). */
  fetch(target: Target, reason: Reason): Promise<Attested> {
    const flight = flightOf(target);
    const flying = this.#flights.get(flight);
    if (flying !== undefined) return flying.result;
    if (this.#flights.size >= FLIGHTS_MOST) return this.#tooMany();
    const abort = new AbortController();
    const result = this.#fetch(target, cacheKeyOf(target), reason, abort.signal).finally(() => this.#flights.delete(flight));
    this.#flights.set(flight, { result, abort });
    return result;
  }

  async #tooMany(): Promise<Attested> {
    return { kind: 'problem', problem: { code: 'RATE_LIMITED', detail: `${FLIGHTS_MOST} requests for evidence are under way`, at: await this.#doors.clock() } };
  }

  /** The user pressed Stop. */
  cancel(target: Target): void {
    this.#flights.get(flightOf(target))?.abort.abort();
  }

  async #fetch(target: Target, key: string, reason: Reason, signal: AbortSignal): Promise<Attested> {
    const requestedAt = await this.#doors.clock();
    await this.#makeRoom(target, key);
    const attempts = await this.#attempts(key);
    if (reason !== 'recheck' && attempts.notBefore > requestedAt) return { kind: 'problem', problem: { ...waiting(attempts, requestedAt), at: requestedAt, nextTryAt: attempts.notBefore } };
    if (reason === 'signer') await this.#doors.run.set(`${key}:attempts`, withSignerAttempt(attempts, requestedAt));
    const nonce = this.#doors.random(target.provider.profile.nonceBytes);
    try {
      const model = await this.#modelOf(target, signal);
      const request = target.provider.attestationRequest({ apiOrigin: askedOf(target), nonce, model });
      const response = await this.#ask(target, request, signal);
      const code = target.provider.judgesStatus?.(response.status) === true ? undefined : problemOfStatus(response.status);
      if (code !== undefined) return await this.#problem(key, code, `HTTP ${response.status}`, response.retryAfter);
      const claim = await this.#claimOf(target, model, nonce, signal);
      return await this.#keep(target, key, { nonce, requestedAt, ...(claim === undefined ? {} : { claim }) }, response);
    } catch (error) {
      const coded = asCoded(error);
      return this.#problem(key, renamed(coded.code), coded.detail, undefined);
    }
  }

  /** A page may name ever new models: what is remembered of those that were asked about longest ago goes. */
  async #makeRoom(target: Target, key: string): Promise<void> {
    const list = `${cacheKeyOf({ ...target, model: undefined })}:subjects`;
    const value = await this.#doors.run.get(list);
    const others = Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string' && one !== key) : [];
    if (value !== undefined && others.length < SUBJECTS_KEPT && Array.isArray(value) && value[0] === key) return;
    for (const gone of others.slice(SUBJECTS_KEPT - 1)) for (const part of ['index', 'attempts', 'model-id']) await this.#doors.run.remove(`${gone}:${part}`);
    await this.#doors.run.set(list, [key, ...others.slice(0, SUBJECTS_KEPT - 1)]);
  }

  /** Asks something else of the service, by the same way and with the same guards; raises what a getter raises. */
  ask(target: Target, request: AttestationRequest): Promise<Pick<ReportResponse, 'status' | 'body'>> {
    return this.#ask(target, request, new AbortController().signal);
  }

  async #ask(target: Target, request: AttestationRequest, signal: AbortSignal): Promise<ReportResponse> {
    // A login or key goes to the one origin that it belongs to, whatever a dialect's code makes of an address.
    if (new URL(request.url).origin !== askedOf(target)) throw new CodedError('INTERNAL_ERROR', 'a request to another origin');
    if (target.way === 'page') return raceWith(signal, this.#doors.throughPage(target, request));
    const key = target.way === 'key' ? await this.#doors.keyFor(askedOf(target)) : undefined;
    const headers = { ...request.headers, ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) };
    const response = await this.#doors.getter(signal)(request.url, { ...request, headers });
    return { status: response.status, contentType: response.header('content-type'), retryAfter: response.header('retry-after'), body: response.body };
  }

  /** The service's own id of the model where its evidence is asked for by id; the list is read once per browser run. */
  async #modelOf(target: Target, signal: AbortSignal): Promise<string | undefined> {
    const { provider, model } = target;
    const lookup = provider.modelLookup;
    if (model === undefined || lookup === undefined || lookup.isId(model)) return model;
    const kept = `${cacheKeyOf(target)}:model-id`;
    const known = await this.#doors.run.get(kept);
    if (typeof known === 'string') return known;
    const response = await this.#ask(target, lookup.request(askedOf(target)), signal);
    if (response.status !== 200) throw new CodedError(problemOfStatus(response.status) ?? 'SERVICE_ERROR', `model list: HTTP ${response.status}`);
    const id = lookup.idIn(response.body, model);
    if (id === undefined) throw new CodedError('MODEL_NOT_KNOWN', model);
    await this.#doors.run.set(kept, id);
    return id;
  }

  /** What the service claims about itself beside its evidence; that it could not be had is a claim's answer too. */
  async #claimOf(target: Target, model: string | undefined, nonce: Uint8Array, signal: AbortSignal): Promise<StoredAttestation['claim']> {
    const request = target.provider.claimRequest?.({ apiOrigin: askedOf(target), model, nonce });
    if (request === undefined) return undefined;
    try {
      // Evidence is at hand and not kept yet: it does not wait long for a mere claim.
      const { status, body } = await this.#ask(target, request, AbortSignal.any([signal, AbortSignal.timeout(CLAIM_TIMEOUT_MS)]));
      return { status, body };
    } catch (error) {
      asCoded(error);
      if (signal.aborted) throw error;
      return { status: 0, body: new Uint8Array() };
    }
  }

  async #keep(target: Target, key: string, asked: Pick<StoredAttestation, 'nonce' | 'requestedAt' | 'claim'>, response: ReportResponse): Promise<Attested> {
    const receivedAt = await this.#doors.clock();
    const { provider, pageOrigin, model, way, incognito, tabId } = target;
    const base: StoredAttestation = {
      id: toHex(this.#doors.random(12)),
      key, profileId: provider.profile.id, pageOrigin, apiOrigin: askedOf(target), model, way, ...asked, receivedAt,
      status: response.status, contentType: response.contentType, body: response.body, signers: [],
    };
    const appraisal = await this.#doors.appraise(provider, base);
    const stored = { ...base, signers: [...appraisal.signers.map((s) => s.address.toLowerCase()), ...(appraisal.keyset === undefined ? [] : [appraisal.keyset])] };
    await this.#doors.storeFor(incognito).put(stored);
    const isThisPagesFault = way === 'page' && stateOf(appraisal.checks) === 'failed';
    const entry: IndexEntry = { id: stored.id, signers: stored.signers, receivedAt, ...(isThisPagesFault ? { onlyTab: tabId } : {}) };
    await this.#doors.run.set(`${key}:index`, withEntry(await this.#index(key), entry));
    await this.#doors.run.set(`${key}:attempts`, withSuccess(await this.#attempts(key)));
    return { kind: 'evidence', stored, appraisal, at: receivedAt };
  }

  async #problem(key: string, code: Code, detail: string, retryAfter: string | undefined): Promise<Attested> {
    const at = await this.#doors.clock();
    if (!TRANSIENT.has(code)) return { kind: 'problem', problem: { code, detail, at } };
    const attempts = withError(await this.#attempts(key), at, retryAfterMs(retryAfter, at), { code, detail });
    await this.#doors.run.set(`${key}:attempts`, attempts);
    return { kind: 'problem', problem: { ...waiting(attempts, at), at, nextTryAt: attempts.notBefore } };
  }
}

/** The origin that evidence is asked of. */
const askedOf = ({ provider, apiOrigin }: Target): string => evidenceOriginOf(provider.profile, apiOrigin);

/** The page cannot be called back, but what it says after the user's Stop is not waited for; raises `CANCELLED` then. */
function raceWith<T>(signal: AbortSignal, asked: Promise<T>): Promise<T> {
  if (signal.aborted) throw new CodedError('CANCELLED', '');
  const stopped = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new CodedError('CANCELLED', '')), { once: true });
  });
  return Promise.race([asked, stopped]);
}

/** While we wait, every answer hears the cause of the waiting: being limited is one cause among others. */
function waiting(attempts: Attempts, now: number): Pick<Problem, 'code' | 'detail'> {
  const { code, detail } = attempts.cause ?? { code: 'RATE_LIMITED', detail: '' };
  return { code, detail: code === 'RATE_LIMITED' ? waits(attempts.notBefore - now) : detail };
}

const waits = (ms: number): string => `${Math.ceil(ms / 1_000)} s`;

const cacheKeyOf = (target: Target): string => cacheKey({ ...target, profile: target.provider.profile });

/** What one page answers another tab does not wait for: a page at fault would else speak for both. */
const flightOf = (target: Target): string => (target.way === 'page' ? `${target.tabId} ${cacheKeyOf(target)}` : cacheKeyOf(target));

/** Newest first; one entry per set of signers, so that many machines of one service stay known. */
function withEntry(index: readonly IndexEntry[], entry: IndexEntry): readonly IndexEntry[] {
  const told = (e: IndexEntry) => `${e.onlyTab ?? ''} ${e.signers.join()}`;
  // The same signer's older evidence stays while it may still speak for an answer under way: two per signer.
  const same = index.filter((e) => told(e) === told(entry));
  const dropped = new Set(same.slice(1));
  return [entry, ...index.filter((e) => !dropped.has(e))].slice(0, SIGNERS_KEPT * 2);
}
