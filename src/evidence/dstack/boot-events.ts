/**
 * What dstack's own software measured while it started. Only what stands before `system-ready` counts: afterwards the
 * application extends the same register and may use the same names.
 */
import { CodedError } from '../../checks/error';
import { utf8Text } from '../../encoding/bytes';
import { isHex, toHex } from '../../encoding/hex';
import { parseJson } from '../../encoding/json';
import { type LogEvent, RUNTIME_EVENT } from './event-log';

const CODE = 'EVENT_LOG_ORDER';

export interface BootEvents {
  /** 20 bytes, lower-case hex. */
  readonly appId: string;
  /** SHA-256 of the application's compose text, lower-case hex. */
  readonly composeHash: string;
  /** 20 bytes, lower-case hex; empty where the machine was started without one. */
  readonly instanceId: string;
  /** What the machine says of its image: measured, and said by that very image. */
  readonly osImageHash?: string;
  /** Who gives the machine its keys: `kms`, `local-sgx`, `tpm`, `none`, and its public key or measurement, lower-case hex. */
  readonly keyProvider?: { readonly name: string; readonly id: string };
}

const FIRST = 'system-preparing';
const LAST = 'system-ready';
/** In the order in which they are measured. */
const IDENTITY = ['app-id', 'compose-hash', 'instance-id', 'boot-mr-done'] as const;
const SYSTEM = ['os-image-hash', 'key-provider'] as const;
/** What dstack itself measures before it is ready has plain names; a colon could move bytes between name and payload. */
const PLAIN = /^[a-z0-9][a-z0-9._-]*$/;

/**
 * Reads register 3's events up to `system-ready`. Raises `EVENT_LOG_ORDER` where they are not dstack's own, doubled,
 * missing or out of order. Believe the result only where the register replays from the same events.
 */
export function readBootEvents(log: readonly LogEvent[]): BootEvents {
  const events = log.filter((event) => event.register === 3);
  const end = events.findIndex(({ name }) => name === LAST);
  if (end < 0) throw new CodedError(CODE, `no ${LAST}`);
  const boot = events.slice(0, end);
  const places = placesOf(boot);
  if (boot[0]?.name !== FIRST) throw new CodedError(CODE, `${boot[0]?.name ?? LAST} before ${FIRST}`);
  for (const [i, name] of IDENTITY.entries()) {
    const before = IDENTITY[i - 1] ?? FIRST;
    const at = places.get(name);
    if (at === undefined) throw new CodedError(CODE, `no ${name}`);
    if (at < (places.get(before) ?? 0)) throw new CodedError(CODE, `${name} before ${before}`);
  }
  const payload = (name: string): Uint8Array | undefined => boot[places.get(name) ?? -1]?.payload;
  const system = SYSTEM.find((name) => places.has(name) && (places.get(name) ?? 0) < (places.get('boot-mr-done') ?? 0));
  if (system !== undefined) throw new CodedError(CODE, `${system} before boot-mr-done`);
  const osImageHash = payload('os-image-hash');
  const keyProvider = payload('key-provider');
  return {
    appId: sized('app-id', payload('app-id'), 20),
    composeHash: sized('compose-hash', payload('compose-hash'), 32),
    instanceId: payload('instance-id')?.length === 0 ? '' : sized('instance-id', payload('instance-id'), 20),
    ...(osImageHash === undefined ? {} : { osImageHash: sized('os-image-hash', osImageHash, 32) }),
    ...(keyProvider === undefined ? {} : { keyProvider: readKeyProvider(keyProvider) }),
  };
}

/** Where each name stands; each at most once. */
function placesOf(boot: readonly LogEvent[]): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  for (const [at, { name, type }] of boot.entries()) {
    if (type !== RUNTIME_EVENT) throw new CodedError(CODE, `an event of type ${type} among dstack's own`);
    if (!PLAIN.test(name)) throw new CodedError(CODE, `the name ${JSON.stringify(name.slice(0, 40))}`);
    if (places.has(name)) throw new CodedError(CODE, `${name} twice`);
    places.set(name, at);
  }
  return places;
}

function sized(name: string, payload: Uint8Array | undefined, length: number): string {
  if (payload?.length !== length) throw new CodedError(CODE, `${name} of ${payload?.length ?? 0} bytes, not ${length}`);
  return toHex(payload);
}

function readKeyProvider(payload: Uint8Array): { readonly name: string; readonly id: string } {
  const value = parseJson(utf8Text(payload, CODE), { code: CODE, maxDepth: 4 });
  const [name, id] = value instanceof Map ? [value.get('name'), value.get('id')] : [];
  if (typeof name !== 'string' || typeof id !== 'string' || !PLAIN.test(name) || !isHex(id)) throw new CodedError(CODE, 'key-provider names no provider');
  return { name, id: id.toLowerCase() };
}
