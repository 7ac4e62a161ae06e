/** What a service was first seen to claim: kept among the endorsements, so that a later change can be told. */
import type { ByteStore } from '../checks/getter';
import { utf8Bytes } from '../encoding/bytes';

/** What the keys of these begin with. */
export const FIRST_SEEN = 'first-seen/';

export interface FirstSeen {
  readonly value: string;
  /** Ms since the epoch. */
  readonly at: number;
}

/** What was first seen under this name: `value` itself, at `now`, where nothing was or what lies there cannot be read. */
export async function firstSeen(store: ByteStore, name: string, value: string, now: number): Promise<FirstSeen> {
  const key = `${FIRST_SEEN}${name}`;
  const first = read(await store.get(key)) ?? { value, at: now };
  // Put anew each time: what was put longest ago is what the store drops when it is full.
  await store.put(key, utf8Bytes(`${first.at} ${first.value}`));
  return first;
}

function read(bytes: Uint8Array | undefined): FirstSeen | undefined {
  const [, at, value] = /^(\d{1,16}) (.+)$/s.exec(bytes === undefined ? '' : new TextDecoder().decode(bytes)) ?? [];
  return at === undefined || value === undefined ? undefined : { at: Number(at), value };
}
