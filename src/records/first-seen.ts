/** What a service was first seen to claim: kept among the endorsements, so that a later change can be told. */
import { utf8Bytes } from '../encoding/bytes';
import type { CollateralStore } from './collateral';

/** What the keys of these begin with: a kind of its own among `COLLATERAL_SHARES`. */
const FIRST_SEEN = 'first-seen/';

export interface FirstSeen {
  readonly value: string;
  /** Ms since the epoch. */
  readonly at: number;
}

/** What was first seen under this name: `value` itself, at `now`, where nothing was or what lies there cannot be read. Of two at once one is first. */
export async function firstSeen(store: Pick<CollateralStore, 'update'>, name: string, value: string, now: number): Promise<FirstSeen> {
  let first: FirstSeen = { value, at: now };
  // Put anew each time: what was put longest ago is what the store drops when it is full.
  await store.update(`${FIRST_SEEN}${name}`, (bytes) => {
    first = read(bytes) ?? first;
    return utf8Bytes(`${first.at} ${first.value}`);
  });
  return first;
}

function read(bytes: Uint8Array | undefined): FirstSeen | undefined {
  const [, at, value] = /^(\d{1,16}) (.+)$/s.exec(bytes === undefined ? '' : new TextDecoder().decode(bytes)) ?? [];
  return at === undefined || value === undefined ? undefined : { at: Number(at), value };
}
