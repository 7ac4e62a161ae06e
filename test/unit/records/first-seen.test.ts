import { describe, expect, it } from 'vitest';
import type { CollateralStore } from '../../../src/records/collateral';
import { firstSeen } from '../../../src/records/first-seen';

function store(): Pick<CollateralStore, 'update'> & { readonly kept: Map<string, Uint8Array> } {
  const kept = new Map<string, Uint8Array>();
  return {
    kept,
    update: (key, change) => {
      const value = change(kept.get(key));
      kept.set(key, value);
      return Promise.resolve(value);
    },
  };
}

describe('what was first seen', () => {
  it('stays what it was, under each name', async () => {
    const s = store();
    expect(await firstSeen(s, 'a', 'one two', 5)).toEqual({ value: 'one two', at: 5 });
    expect(await firstSeen(s, 'a', 'other', 9)).toEqual({ value: 'one two', at: 5 });
    expect(await firstSeen(s, 'b', 'other', 9)).toEqual({ value: 'other', at: 9 });
  });

  it('begins anew where what lies there cannot be read', async () => {
    const s = store();
    s.kept.set('first-seen/a', new Uint8Array([1, 2]));
    expect(await firstSeen(s, 'a', 'v', 7)).toEqual({ value: 'v', at: 7 });
  });
});
