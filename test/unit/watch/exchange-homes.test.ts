import { describe, expect, it } from 'vitest';
import { ExchangeHomes } from '../../../src/watch/exchange-homes';
import { runStore } from './fixtures';

describe('where an exchange belongs', () => {
  it('is settled by its first word, whatever the tab shows later', async () => {
    const homes = new ExchangeHomes(runStore());
    expect(await homes.settle('1', ['a'])).toEqual(['a']);
    expect(await homes.settle('1', ['b'])).toEqual(['a']);
    expect(await homes.of('2')).toBeUndefined();
  });

  it('is found later where a page asked before its document announced itself', async () => {
    const run = runStore();
    const homes = new ExchangeHomes(run);
    expect(await homes.settle('1', [])).toEqual([]);
    expect(await homes.settle('1', ['a'])).toEqual(['a']);
    expect(await new ExchangeHomes(run).settle('1', ['b'])).toEqual(['a']);
  });

  it('survives the worker, and leaves when it is judged', async () => {
    const run = runStore();
    await new ExchangeHomes(run).settle('1', ['a']);
    const next = new ExchangeHomes(run);
    expect(await next.settle('1', ['b'])).toEqual(['a']);
    await next.forget('1');
    expect(run.kept.size).toBe(0);
  });
});
