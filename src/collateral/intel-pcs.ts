/**
 * Intel's endorsements for a machine, from Intel's own servers: kept as bytes, verified before they are kept and again
 * when they are loaded, renewed before they run out, and never replaced by older ones.
 */
import { noteVendorDate } from './clock';
import { itemsFor } from './items';
import type { Channel, Item, VerifiedItem } from './items';
import { pack, unpack } from './stored';
import { CodedError, asCoded } from '../checks/error';
import type { Code } from '../checks/codes';
import type { ByteStore, GetResponse, Getter } from '../checks/getter';
import type { QuotePlatform } from '../evidence/tdx/index';
import { isoTime } from '../evidence/tdx/findings';
import type { TdxCollateral } from '../evidence/tdx/types';
import type { Anchor } from '../roots/anchors';

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
  readonly problem?: { readonly code: Code; readonly detail: string };
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** What one store's users share: fetches under way, and when each item was last asked for in vain. */
interface Shared {
  readonly flights: Map<string, Promise<Fetched>>;
  readonly tried: Map<string, number>;
}
const shared = new WeakMap<ByteStore, Shared>();
const MAX_TRIED = 256;

/**
 * A source in the shape the providers take. It never raises for anything a network or a store can do: an item that
 * cannot be had is absent, and `problem` says why; an item that could not be renewed is handed out as it is, and its
 * dates tell the rest.
 */
export function intelCollateral(options: IntelCollateralOptions): (platform: QuotePlatform) => Promise<IntelCollateral> {
  const state = shared.get(options.store) ?? { flights: new Map<string, Promise<Fetched>>(), tried: new Map<string, number>() };
  shared.set(options.store, state);
  return async (platform) => {
    const items = itemsFor(platform, options.channel ?? 'standard');
    if (items === undefined) return { collateral: {}, problem: { code: 'EVIDENCE_MALFORMED', detail: 'an FMSPC that is not 6 bytes of hex' } };
    const results = await Promise.all(items.map((item) => serve(item, options, state)));
    const newest = Math.max(...results.flatMap((result) => (result.item === undefined ? [] : [result.item.issued])));
    const noted = Number.isFinite(newest) ? await tryStore(() => noteVendorDate(options.store, newest)) : undefined;
    const problem = worstOf([...results.flatMap((result) => result.problems), ...(noted === undefined ? [] : [noted])]);
    const collateral = results.reduce<TdxCollateral>((sum, result) => ({ ...sum, ...result.item?.fields }), {});
    return { collateral, ...(problem === undefined ? {} : { problem }) };
  };
}

interface Problem {
  readonly code: Code;
  readonly detail: string;
}

interface Served {
  readonly item?: VerifiedItem;
  readonly problems: readonly Problem[];
}

/** One code for all: a list that went backwards is rarer and graver than one that could not be reached. */
function worstOf(problems: readonly Problem[]): Problem | undefined {
  const worst = problems.find((problem) => problem.code === 'COLLATERAL_ROLLED_BACK') ?? problems.find((problem) => problem.code !== 'COLLATERAL_UNREACHABLE') ?? problems[0];
  return worst === undefined ? undefined : { code: worst.code, detail: problems.map((problem) => problem.detail).join('; ') };
}

async function serve(item: Item, options: IntelCollateralOptions, state: Shared): Promise<Served> {
  const { now } = options;
  const loaded = await load(item, options);
  const kept = loaded.item;
  if (kept !== undefined && !isDue(kept, now)) return { item: kept, problems: loaded.problems };
  const inDate = kept !== undefined && now <= kept.expires;
  const last = state.tried.get(item.key);
  // What still holds is not asked for again at every turn; what does not hold is.
  if (inDate && last !== undefined && now >= last && now - last < HOUR) return { item: kept, problems: loaded.problems };
  const fetched = await fetchOnce(item, options, state);
  remember(state.tried, item.key, now);
  if ('problem' in fetched) return { ...(kept === undefined ? {} : { item: kept }), problems: [...loaded.problems, fetched.problem] };
  if (kept !== undefined && isOlder(fetched.item, kept)) {
    if (inDate) return { item: kept, problems: loaded.problems };
    const detail = `${item.name}: the server offers the one of ${isoTime(fetched.item.issued)}, the one of ${isoTime(kept.issued)} was already here`;
    return { problems: [...loaded.problems, { code: 'COLLATERAL_ROLLED_BACK', detail }] };
  }
  const unkept = await tryStore(() => options.store.put(item.key, fetched.packed));
  return { item: fetched.item, problems: unkept === undefined ? [] : [unkept] };
}

/** Due when less than a day or a tenth of its life is left. */
function isDue({ issued, expires }: VerifiedItem, now: number): boolean {
  return expires - now < Math.max(DAY, (expires - issued) / 10);
}

function isOlder(fresh: VerifiedItem, kept: VerifiedItem): boolean {
  if (fresh.issuer !== kept.issuer) return false;
  if (fresh.number !== undefined && kept.number !== undefined && fresh.number < kept.number) return true;
  return fresh.issued < kept.issued;
}

/** What the store holds, verified again; anything else there counts as nothing. */
async function load(item: Item, { store, anchors }: IntelCollateralOptions): Promise<Served> {
  let bytes: Uint8Array | undefined;
  const unread = await tryStore(async () => {
    bytes = await store.get(item.key);
  });
  if (bytes === undefined) return { problems: unread === undefined ? [] : [unread] };
  try {
    const { chain, body } = unpack(bytes);
    return { item: await item.verify(body, chain, anchors), problems: [] };
  } catch (error) {
    const { code, detail } = asCoded(error);
    return { problems: [{ code, detail: `${item.name} as kept here: ${detail}` }] };
  }
}

type Fetched = { readonly item: VerifiedItem; readonly packed: Uint8Array } | { readonly problem: Problem };

function fetchOnce(item: Item, options: IntelCollateralOptions, { flights }: Shared): Promise<Fetched> {
  const under = flights.get(item.key);
  if (under !== undefined) return under;
  const flight = fetchItem(item, options).finally(() => flights.delete(item.key));
  flights.set(item.key, flight);
  return flight;
}

async function fetchItem(item: Item, { get, anchors }: IntelCollateralOptions): Promise<Fetched> {
  try {
    const response = await ask(item, get);
    if (response.status !== 200) throw new CodedError('COLLATERAL_UNREACHABLE', `${new URL(item.url).host} answered ${response.status}`);
    const chain = issuerChain(item, response);
    return { item: await item.verify(response.body, chain, anchors), packed: pack({ chain, body: response.body }) };
  } catch (error) {
    const { code, detail } = asCoded(error);
    return { problem: { code, detail: `${item.name}: ${detail}` } };
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

function remember(tried: Map<string, number>, key: string, now: number): void {
  tried.delete(key);
  tried.set(key, now);
  for (const oldest of tried.keys()) {
    if (tried.size <= MAX_TRIED) return;
    tried.delete(oldest);
  }
}

/** A store that fails costs a fetch, not a verdict; that it failed is said. */
async function tryStore(run: () => Promise<void>): Promise<Problem | undefined> {
  try {
    await run();
    return undefined;
  } catch (error) {
    return { code: 'COLLATERAL_UNREACHABLE', detail: `the local store: ${error instanceof Error ? error.message : 'failed'}` };
  }
}
