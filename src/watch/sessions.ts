/**
 * Pages' own sessions: evidence that a page asked for, and the key that it then agreed, as evidence of their own kind.
 * Kept like any other (stores hold bytes, never verdicts), found again by the key's name for as long as the browser runs:
 * a page keeps its key over reloads.
 */
import { asCoded } from '../checks/error';
import { fromBase64, toBase64 } from '../encoding/base64';
import { toHex } from '../encoding/hex';
import type { FinishedSession } from '../observe';
import type { ExchangedBodies, PageSession, Provider } from '../providers/types';
import type { SessionStore } from '../records/attestations';
import type { StoredAttestation } from '../records/database';
import type { RunStore } from './attestor';
import { cacheKey } from './cache-key';
import { SESSIONS_BYTES, SESSIONS_KEPT } from './limits';

/** Whose session: it serves answers of this page origin and API alone. */
export interface SessionPlace {
  readonly provider: Provider;
  readonly pageOrigin: string;
  readonly apiOrigin: string;
  readonly incognito: boolean;
}

export interface SessionDoors {
  /** So many bytes that nobody can foresee. */
  random(bytes: number): Uint8Array;
  readonly run: RunStore;
  storeFor(incognito: boolean): SessionStore;
}

/** A key agreement that waits for its evidence: the two are told in either order. */
interface Waiting extends ExchangedBodies {
  readonly startedAt: number;
}

const cacheKeyOf = ({ provider, pageOrigin, apiOrigin, incognito }: SessionPlace): string => cacheKey({ profile: provider.profile, pageOrigin, apiOrigin, model: undefined, way: 'page', incognito });
const keyOf = (place: SessionPlace): string => `${cacheKeyOf(place)}:session`;

/** What is on record for a place, newest first: `<bytes> <id>`. */
const keptOf = (place: SessionPlace): string => `${keyOf(place)}:kept`;
const idIn = (kept: string): string => kept.slice(kept.indexOf(' ') + 1);

const isText = (value: unknown): value is string => typeof value === 'string';
const listOf = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter(isText) : []);

export class PageSessions {
  readonly #doors: SessionDoors;
  #last: Promise<unknown> = Promise.resolve();

  constructor(doors: SessionDoors) {
    this.#doors = doors;
  }

  /** Takes one part, as it came; answers what is now known of the session, `undefined` where the part says nothing. One after the other: parts of one session must not miss each other. */
  take(place: SessionPlace, session: FinishedSession): Promise<StoredAttestation | undefined> {
    const taken = this.#last.then(() => this.#take(place, session));
    this.#last = taken.catch(() => undefined); // the caller hears of it; the next one starts afresh
    return taken;
  }

  /** The session whose key answers name so. */
  async of(place: SessionPlace, name: string): Promise<StoredAttestation | undefined> {
    const id = await this.#doors.run.get(`${keyOf(place)}:${name}`);
    return isText(id) ? this.#doors.storeFor(place.incognito).get(id) : undefined;
  }

  async #take(place: SessionPlace, { part, request, response, head, endedAt }: FinishedSession): Promise<StoredAttestation | undefined> {
    const rules = place.provider.session;
    if (rules === undefined || request === undefined || response === undefined) return undefined;
    const tab = `${keyOf(place)}:tab:${head.tabId}`;
    const store = this.#doors.storeFor(place.incognito);
    for (const gone of await this.#first(`${keyOf(place)}:tabs`, tab)) for (const its of ['key', 'evidence']) await this.#doors.run.remove(`${gone}:${its}`);
    if (part === 'key') {
      const agreed: Waiting = { request, response, startedAt: head.startedAt };
      await this.#doors.run.set(`${tab}:key`, [toBase64(request), toBase64(response), `${head.startedAt}`]);
      const id = await this.#doors.run.get(`${tab}:evidence`);
      const evidence = isText(id) ? await store.get(id) : undefined;
      const joined = evidence === undefined ? undefined : await this.#join(place, rules, evidence, agreed);
      // A further key needs this evidence too, which may be forgotten under the first.
      if (joined !== undefined) await this.#doors.run.set(`${tab}:evidence`, joined.id);
      return joined;
    }
    const evidence = this.#evidence(place, rules, { request, response }, { requestedAt: head.startedAt, receivedAt: endedAt, status: head.status });
    if (evidence === undefined) return undefined;
    await this.#forgetUnused(place, await this.#doors.run.get(`${tab}:evidence`));
    await this.#put(place, evidence);
    await this.#doors.run.set(`${tab}:evidence`, evidence.id);
    const agreed = readWaiting(await this.#doors.run.get(`${tab}:key`));
    // A page agrees its key after it has its evidence: one that is no younger belongs to older evidence.
    return agreed === undefined || agreed.startedAt <= evidence.requestedAt ? evidence : this.#join(place, rules, evidence, agreed);
  }

  /** A page may ask for evidence as often as it likes: what it agreed no key after goes when the next comes. */
  async #forgetUnused(place: SessionPlace, before: unknown): Promise<void> {
    const kept = isText(before) ? await this.#doors.storeFor(place.incognito).get(before) : undefined;
    if (kept !== undefined && kept.session?.key === undefined) await this.#remove(place, kept.id);
  }

  /** What a place's pages cause on record is bounded, in pieces and in bytes: the oldest go. */
  async #put(place: SessionPlace, attestation: StoredAttestation): Promise<void> {
    const others = listOf(await this.#doors.run.get(keptOf(place))).filter((one) => idIn(one) !== attestation.id);
    const all = [`${attestation.body.length} ${attestation.id}`, ...others];
    let bytes = 0;
    const kept = all.filter((one, i) => (bytes += Number.parseInt(one, 10)) <= SESSIONS_BYTES && i < SESSIONS_KEPT);
    for (const gone of all.slice(kept.length)) await this.#doors.storeFor(place.incognito).remove(idIn(gone));
    await this.#doors.run.set(keptOf(place), kept);
    await this.#doors.storeFor(place.incognito).put(attestation);
  }

  async #remove(place: SessionPlace, id: string): Promise<void> {
    await this.#doors.storeFor(place.incognito).remove(id);
    await this.#doors.run.set(keptOf(place), listOf(await this.#doors.run.get(keptOf(place))).filter((one) => idIn(one) !== id));
  }

  /** Puts one at the head of a list; what is now beyond its end comes back, to be forgotten. */
  async #first(list: string, one: string): Promise<readonly string[]> {
    const all = [one, ...listOf(await this.#doors.run.get(list)).filter((other) => other !== one)];
    await this.#doors.run.set(list, all.slice(0, SESSIONS_KEPT));
    return all.slice(SESSIONS_KEPT);
  }

  #evidence(place: SessionPlace, rules: PageSession, { request, response }: ExchangedBodies, times: Pick<StoredAttestation, 'requestedAt' | 'receivedAt' | 'status'>): StoredAttestation | undefined {
    const { provider, pageOrigin, apiOrigin } = place;
    const nonce = named(() => rules.nonceIn(request));
    if (nonce === undefined) return undefined;
    return {
      id: toHex(this.#doors.random(12)),
      key: cacheKeyOf(place),
      profileId: provider.profile.id, pageOrigin, apiOrigin, model: undefined, way: 'page', nonce, ...times, contentType: undefined, body: response, signers: [], session: {},
    };
  }

  /** Evidence with the key that was agreed after it; a further key of the same evidence stands beside the first. */
  async #join(place: SessionPlace, rules: PageSession, evidence: StoredAttestation, { request, response }: Waiting): Promise<StoredAttestation | undefined> {
    const name = named(() => rules.nameIn(request));
    if (name === undefined) return undefined;
    const known = evidence.session?.key;
    const joined: StoredAttestation = { ...evidence, ...(known === undefined || known.name === name ? {} : { id: toHex(this.#doors.random(12)) }), session: { key: { name, request, response } } };
    await this.#put(place, joined);
    await this.#remember(place, name, joined.id);
    return joined;
  }

  /** A page may agree ever new keys: the oldest are forgotten. */
  async #remember(place: SessionPlace, name: string, id: string): Promise<void> {
    const key = keyOf(place);
    // Heard of before its own evidence it was joined with that of an earlier session of the tab.
    const before = await this.#doors.run.get(`${key}:${name}`);
    if (isText(before) && before !== id) await this.#remove(place, before);
    await this.#doors.run.set(`${key}:${name}`, id);
    for (const gone of await this.#first(`${key}:names`, name)) {
      const its = await this.#doors.run.get(`${key}:${gone}`);
      if (isText(its)) await this.#remove(place, its);
      await this.#doors.run.remove(`${key}:${gone}`);
    }
  }
}

/** A part that is not of its form is none; answers under such a key say that no agreement was seen. */
function named<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    asCoded(error);
    return undefined;
  }
}

function readWaiting(value: unknown): Waiting | undefined {
  const [request, response, startedAt] = listOf(value);
  return request === undefined || response === undefined ? undefined : { request: fromBase64(request), response: fromBase64(response), startedAt: Number(startedAt) };
}
