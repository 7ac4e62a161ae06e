import { describe, expect, it } from 'vitest';
import { DEFAULT } from '../../../src/checks/policy';
import type { ReferenceValue } from '../../../src/checks/reference';
import type { AppraiseContext, Provider } from '../../../src/providers/types';
import { NO_ENDORSEMENTS } from '../providers/no-endorsements';
import { appraiserOf } from '../../../src/watch/appraiser';

/** What a provider is given. */
async function given(clockBehind: string | undefined, references: readonly ReferenceValue[] = []): Promise<AppraiseContext | undefined> {
  let seen: AppraiseContext | undefined;
  const provider = {
    appraise: (_report: unknown, context: AppraiseContext) => {
      seen = context;
      return Promise.resolve({ checks: [], signers: [], software: [], parts: [] });
    },
  } as unknown as Provider;
  const appraise = appraiserOf({
    clock: () => Promise.resolve(77), policy: () => Promise.resolve(DEFAULT), references: () => Promise.resolve(references), anchors: [],
    sources: () => NO_ENDORSEMENTS, firstSeen: (name, value, incognito) => Promise.resolve({ value: `${name} ${value} ${incognito}`, at: 1 }), clockBehind: () => Promise.resolve(clockBehind),
  });
  await appraise.evidence(provider, { key: 'k', apiOrigin: 'https://cube.example' } as never);
  return seen;
}

describe('what evidence is judged with', () => {
  it('is the clock, the policy and the reference values of now', async () => {
    expect(await given(undefined)).toMatchObject({ now: 77, policy: DEFAULT, references: [] });
  });

  it('leaves out reference values that are for another service', async () => {
    const value = (note: string, bound: Pick<ReferenceValue, 'apiOrigin'> = {}): ReferenceValue => ({ dialect: 'cocos', role: 'agent', kind: 'cocos-policy', values: { policy: ['{}'] }, properties: {}, source: 'imported', note, ...bound });
    const context = await given(undefined, [value('for all'), value('for it', { apiOrigin: 'https://cube.example' }), value('for another', { apiOrigin: 'https://cube.example:8443' }), value('for a part of its name', { apiOrigin: 'https://cube' })]);
    expect(context?.references.map(({ note }) => note)).toEqual(['for all', 'for it']);
  });

  it('leaves out what was approved on sight before it was kept where: that counts where it was seen, and nobody knows where', async () => {
    const approved = (note: string, bound: Pick<ReferenceValue, 'apiOrigin'> = {}): ReferenceValue => ({ dialect: 'cocos', role: 'agent', kind: 'snp-launch', values: { measurement: ['ab'.repeat(48)] }, properties: {}, source: 'approved', note, ...bound });
    const context = await given(undefined, [approved('seen somewhere'), approved('seen here', { apiOrigin: 'https://cube.example' }), { ...approved('of a release'), source: 'release' }]);
    expect(context?.references.map(({ note }) => note)).toEqual(['seen here', 'of a release']);
  });

  it('remembers what was first seen for this evidence alone', async () => {
    expect(await (await given(undefined))?.firstSeen?.('digest')).toEqual({ value: 'k digest false', at: 1 });
  });

  it('tells the provider when the clock cannot be right, and says nothing of it otherwise', async () => {
    expect((await given('this machine says 2001'))?.clockBehind).toEqual({ detail: 'this machine says 2001' });
    expect(await given(undefined)).not.toHaveProperty('clockBehind');
  });
});
