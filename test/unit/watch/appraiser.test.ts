import { describe, expect, it } from 'vitest';
import { DEFAULT } from '../../../src/checks/policy';
import type { AppraiseContext, Provider } from '../../../src/providers/types';
import { NO_ENDORSEMENTS } from '../providers/no-endorsements';
import { appraiserOf } from '../../../src/watch/appraiser';

/** What a provider is given. */
async function given(clockBehind: string | undefined): Promise<AppraiseContext | undefined> {
  let seen: AppraiseContext | undefined;
  const provider = {
    appraise: (_report: unknown, context: AppraiseContext) => {
      seen = context;
      return Promise.resolve({ checks: [], signers: [], software: [], parts: [] });
    },
  } as unknown as Provider;
  const appraise = appraiserOf({
    clock: () => Promise.resolve(77), policy: () => Promise.resolve(DEFAULT), references: () => Promise.resolve([]), anchors: [],
    sources: () => NO_ENDORSEMENTS, firstSeen: (name, value, incognito) => Promise.resolve({ value: `${name} ${value} ${incognito}`, at: 1 }), clockBehind: () => Promise.resolve(clockBehind),
  });
  await appraise.evidence(provider, { key: 'k' } as never);
  return seen;
}

describe('what evidence is judged with', () => {
  it('is the clock, the policy and the reference values of now', async () => {
    expect(await given(undefined)).toMatchObject({ now: 77, policy: DEFAULT, references: [] });
  });

  it('remembers what was first seen for this evidence alone', async () => {
    expect(await (await given(undefined))?.firstSeen?.('digest')).toEqual({ value: 'k digest false', at: 1 });
  });

  it('tells the provider when the clock cannot be right, and says nothing of it otherwise', async () => {
    expect((await given('this machine says 2001'))?.clockBehind).toEqual({ detail: 'this machine says 2001' });
    expect(await given(undefined)).not.toHaveProperty('clockBehind');
  });
});
