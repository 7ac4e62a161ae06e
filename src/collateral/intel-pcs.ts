/**
 * Intel's endorsements for a machine, from Intel's own servers: kept as bytes, verified before they are kept and again
 * when they are loaded, renewed before they run out (lists of revoked certificates daily), and never replaced by older ones.
 */
import { noteVendorDate } from './clock';
import { itemsFor } from './items';
import type { Channel, Item, VerifiedItem } from './items';
import { keep, load, pack, tryStore, wasAsked } from './stored';
import type { Served } from './stored';
import { CodedError, asCoded } from '../checks/error';
import type { ByteStore, GetResponse, Getter } from '../checks/getter';
import type { QuotePlatform } from '../evidence/tdx/index';
import { isoTime } from '../evidence/findings';
import type { CollateralProblem, EndorsementKind, Problem, TdxCollateral } from '../evidence/tdx/types';
import type { Anchor } from '../roots/anchors';
import { CLOCK_SKEW_MS } from '../x509/chain';

export { clockBehind, newestVendorDate } from './clock';
export type { Channel } from './items';

export interface IntelCollateralOptions {
  readonly get: Getter;
  readonly store: ByteStore;
  /** Ms since the epoch. */
  readonly now: number;
  readonly anchors: readonly Anchor[];
  /** `standard` unless said otherwise. */
  readonly channel?: Channel;
}

export interface IntelCollateral {
  readonly collateral: TdxCollateral;
  /** Why something is missing, or why what is there could not be renewed. */
  readonly problem?: CollateralProblem;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** After a failure Intel is left alone for a moment, so that a row of answers does not ask again for each; short, because a user may be waiting. */
const PAUSE = 30_000;
/** What Intel does not know (a machine of a kind it does not certify) is not asked for again so soon. */
const UNKNOWN_PAUSE = 10 * 60_000;

/** When something was last asked for, and what came of it where nothing did. */
interface Attempt {
  readonly at: number;
  readonly failed?: Failure;
}

/** What one store's users share, for each item and set of anchors: fetches under way, and the last attempt. */
interface Shared {
  readonly flights: Map<string, Promise<Fetched>>;
  readonly tried: Map<string, Attempt>;
}
const shared = new WeakMap<ByteStore, Shared>();
const MAX_TRIED = 256;

/**
 * A source in the shape the providers take. It never raises for anything a network or a store can do: an item that
 * cannot be had is absent, and `problem` says why; an item that could not be renewed is handed out as it is, and its
 * dates tell the rest.
 */
export function intelCollateral(options: IntelCollateralOptions): (platform: QuotePlatform) => Promise<IntelCollateral> {
  const state = shared.get(options.store) ?? { flights: new Map<string, Promise<Fetched>>(), tried: new Map<string, Attempt>() };
  shared.set(options.store, state);
  return async (platform) => {
    const items = itemsFor(platform, options.channel ?? 'standard');
    if (items === undefined) return { collateral: {}, problem: { code: 'EVIDENCE_MALFORMED', detail: 'an FMSPC that is not 6 bytes of hex' } };
    const results = await Promise.all(items.map((item) => serve(item, options, state)));
    const newest = Math.max(...results.flatMap((result) => (result.item === undefined ? [] : [result.item.issued])));
    const noted = Number.isFinite(newest) ? await tryStore(() => noteVendorDate(options.store, newest)) : undefined;
    const problem = problemOf(items.map(({ name }, i) => [name, results[i]?.problems ?? []]), noted);
    const collateral = results.reduce<TdxCollateral>((sum, result) => ({ ...sum, ...result.item?.fields }), {});
    return { collateral, ...(problem === undefined ? {} : { problem }) };
  };
}

/** Each item's own problem, and one for all: a list that went backwards is rarer and graver than one that could not be reached. */
function problemOf(found: readonly (readonly [EndorsementKind, readonly Problem[]])[], noted: Problem | undefined): CollateralProblem | undefined {
  const named = found.flatMap(([name, problems]) => {
    // A damaged store is made good by a fetch: what says why something is missing is what became of the fetch.
    const last = problems.at(-1);
    return last === undefined ? [] : [[name, { code: last.code, detail: detailOf(problems) }] as const];
  });
  const all = [...named.map(([, problem]) => problem), ...(noted === undefined ? [] : [noted])];
  const worst = all.find(({ code }) => code === 'COLLATERAL_ROLLED_BACK') ?? all.find(({ code }) => code !== 'COLLATERAL_UNREACHABLE') ?? all[0];
  return worst === undefined ? undefined : { code: worst.code, detail: detailOf(all), items: Object.fromEntries(named) };
}

const detailOf = (problems: readonly Problem[]): string => problems.map(({ detail }) => detail).join('; ');

async function serve(item: Item, options: IntelCollateralOptions, state: Shared): Promise<Served> {
  const { now } = options;
  const loaded = await load(item, options);
  const kept = loaded.item;
  if (kept !== undefined && !isDue(kept, now) && (await wasAsked(item, options))) return { item: kept, problems: loaded.problems };
  const inDate = kept !== undefined && now <= kept.expires;
  const id = sharedId(item, options);
  const last = state.tried.get(id);
  const since = last === undefined || now < last.at ? Number.POSITIVE_INFINITY : now - last.at;
  // What still holds is not asked for again at every turn; what does not hold is, but for a moment after a failure.
  if (inDate && since < HOUR) return { item: kept, problems: loaded.problems };
  if (last?.failed !== undefined && since < last.failed.pause) return withFailure(last.failed, loaded);
  const fetched = await fetchOnce(item, options, state);
  if ('problem' in fetched) {
    remember(state.tried, id, { at: now, failed: fetched });
    return withFailure(fetched, loaded);
  }
  if (kept !== undefined && isOlder(fetched.item, kept)) {
    const detail = `${item.name}: the server offers ${issueOf(fetched.item)}, ${issueOf(kept)} was already here`;
    const failed: Failure = { problem: { code: 'COLLATERAL_ROLLED_BACK', detail }, pause: PAUSE };
    remember(state.tried, id, { at: now, failed });
    return inDate ? { item: kept, problems: loaded.problems } : withFailure(failed, loaded);
  }
  remember(state.tried, id, { at: now });
  // From the future: this machine's clock is wrong, or the list is. It must not bar the way for those of today.
  if (fetched.item.issued > now + CLOCK_SKEW_MS) return inDate ? { item: kept, problems: loaded.problems } : { item: fetched.item, problems: [] };
  const unkept = await tryStore(() => keep(item, fetched.packed, options));
  return { item: fetched.item, problems: unkept === undefined ? [] : [unkept] };
}

/** What is kept, with the reason why it is no newer one; nothing where the server went backwards behind what has run out. */
function withFailure({ problem }: Failure, loaded: Served): Served {
  const withheld = loaded.item === undefined || problem.code === 'COLLATERAL_ROLLED_BACK';
  return { ...(withheld ? {} : { item: loaded.item }), problems: [...loaded.problems, problem] };
}

const issueOf = ({ issued, number }: VerifiedItem): string => `${number === undefined ? 'the one' : `number ${number}`} of ${isoTime(issued)}`;

/** Due when less than a day or a tenth of its life is left. */
function isDue({ issued, expires }: VerifiedItem, now: number): boolean {
  return expires - now < Math.max(DAY, (expires - issued) / 10);
}

function isOlder(fresh: VerifiedItem, kept: VerifiedItem): boolean {
  if (fresh.issuer !== kept.issuer) return false;
  if (fresh.number !== undefined && kept.number !== undefined && fresh.number < kept.number) return true;
  return fresh.issued < kept.issued;
}

/** Why nothing came, and for how long (ms) it is not asked for again. */
interface Failure {
  readonly problem: Problem;
  readonly pause: number;
}

type Fetched = { readonly item: VerifiedItem; readonly packed: Uint8Array } | Failure;

/** What is verified under some anchors says nothing under others. */
const sharedId = (item: Item, { anchors }: IntelCollateralOptions): string => [item.key, ...anchors.filter(({ kind }) => kind === 'sgx').map(({ spki }) => spki).sort()].join('|');

function fetchOnce(item: Item, options: IntelCollateralOptions, { flights }: Shared): Promise<Fetched> {
  const id = sharedId(item, options);
  const under = flights.get(id);
  if (under !== undefined) return under;
  const flight = fetchItem(item, options).finally(() => flights.delete(id));
  flights.set(id, flight);
  return flight;
}

async function fetchItem(item: Item, { get, anchors }: IntelCollateralOptions): Promise<Fetched> {
  let pause = PAUSE;
  try {
    const response = await ask(item, get);
    if (response.status === 404) pause = UNKNOWN_PAUSE;
    if (response.status !== 200) throw new CodedError('COLLATERAL_UNREACHABLE', `${new URL(item.url).host} answered ${response.status}`);
    const chain = issuerChain(item, response);
    return { item: await item.verify(response.body, chain, anchors), packed: pack({ chain, body: response.body }) };
  } catch (error) {
    const { code, detail } = asCoded(error);
    return { problem: { code, detail: `${item.name}: ${detail}` }, pause };
  }
}

async function ask(item: Item, get: Getter): Promise<GetResponse> {
  try {
    return await get(item.url, { maxBytes: item.maxBytes });
  } catch (error) {
    const { code, detail } = asCoded(error);
    throw new CodedError('COLLATERAL_UNREACHABLE', `${code} ${detail}`, { cause: error });
  }
}

function issuerChain({ chainHeader }: Item, response: GetResponse): string {
  if (chainHeader === undefined) return '';
  const value = response.header(chainHeader);
  if (value === undefined) throw new CodedError('COLLATERAL_UNREACHABLE', `no header ${chainHeader}`);
  try {
    return decodeURIComponent(value);
  } catch (cause) {
    throw new CodedError('PEM_MALFORMED', `the header ${chainHeader} is not percent-encoded`, { cause });
  }
}

function remember(tried: Map<string, Attempt>, key: string, attempt: Attempt): void {
  tried.delete(key);
  tried.set(key, attempt);
  for (const oldest of tried.keys()) {
    if (tried.size <= MAX_TRIED) return;
    tried.delete(oldest);
  }
}
