import { randomBytes } from 'node:crypto';
import 'fake-indexeddb/auto';
import { beforeEach, describe, expect, it } from 'vitest';
import { sweepAnswers, storedAnswers } from '../../../src/records/answers';
import { privateAttestations, storedAttestations, sweepAttestations } from '../../../src/records/attestations';
import { collateralStore, privateCollateral } from '../../../src/records/collateral';
import { type Database, openDatabase, type StoredAttestation } from '../../../src/records/database';
import { firstSeen } from '../../../src/records/first-seen';
import { ATTESTATION_KEPT_MS, ATTESTATIONS_KEPT, COLLATERAL_KEPT, COLLATERAL_SHARES, REPLAY_KEPT_MS } from '../../../src/records/limits';
import { forgetPrivate } from '../../../src/records/private';
import { storedReferences } from '../../../src/records/references';
import { privateReplayMemory, storedReplayMemory, sweepReplay } from '../../../src/records/replay';
import { runStore } from '../watch/fixtures';

let count = 0;
let open: () => Promise<Database>;
beforeEach(() => {
  const db = openDatabase(`test-${(count += 1)}`);
  open = () => db;
});

const NOW = 1_800_000_000_000;
const text = { profileId: 'ionet', address: '0xAbC', signedText: 'aa:bb' };
const evidence = (id: string, receivedAt = NOW): StoredAttestation => ({
  id, key: 'k', profileId: 'ionet', pageOrigin: 'https://p', apiOrigin: 'https://a', model: undefined, way: 'key', nonce: new Uint8Array(32).fill(7), requestedAt: receivedAt, receivedAt,
  status: 200, contentType: undefined, body: new Uint8Array([1, 2, 255]), signers: ['0xabc'],
});

describe.each([
  ['on record', () => storedReplayMemory(open)],
  ['of a private window', () => privateReplayMemory(runStore())],
])('the replay memory %s', (_name, make) => {
  it('knows a signed text under another exchange, whatever the case of the address', async () => {
    const memory = make();
    expect((await memory.claim(text, 'r/1', NOW)).first.exchange).toBe('r/1');
    expect((await memory.claim(text, 'r/1', NOW)).first.exchange).toBe('r/1');
    expect((await memory.claim({ ...text, address: '0xabc' }, 'r/2', NOW + 5)).first).toEqual({ exchange: 'r/1', at: NOW });
  });

  it('does not mistake another text, signer or profile for it', async () => {
    const memory = make();
    await memory.claim(text, 'r/1', NOW);
    for (const other of [{ ...text, signedText: 'aa:bc' }, { ...text, address: '0xabd' }, { ...text, profileId: 'other' }]) {
      expect((await memory.claim(other, 'r/2', NOW)).first.exchange).toBe('r/2');
    }
  });

  it('tells two claims at once apart', async () => {
    const memory = make();
    const both = await Promise.all([memory.claim(text, 'r/1', NOW), memory.claim(text, 'r/2', NOW)]);
    expect(new Set(both.map((b) => b.first.exchange)).size).toBe(1);
  });
});

describe('the replay memory on record', () => {
  it('says nothing about the text: its keys are tags of this browser profile', async () => {
    await storedReplayMemory(open).claim(text, 'r/1', NOW);
    const keys = await (await open()).getAllKeys('replay');
    expect(keys[0]).toMatch(/^[0-9a-f]{64}$/);
    const elsewhere = openDatabase(`other-${count}`);
    await storedReplayMemory(() => elsewhere).claim(text, 'r/1', NOW);
    expect(await (await elsewhere).getAllKeys('replay')).not.toEqual(keys);
  });

  it('keeps thirty days, over the end of the browser', async () => {
    await storedReplayMemory(open).claim(text, 'r/1', NOW);
    await sweepReplay(await open(), NOW + REPLAY_KEPT_MS - 1);
    expect((await storedReplayMemory(open).claim(text, 's/9', NOW + REPLAY_KEPT_MS - 1)).first.exchange).toBe('r/1');
    await sweepReplay(await open(), NOW + REPLAY_KEPT_MS + 1);
    expect(await (await open()).count('replay')).toBe(0);
  });
});

describe('private windows', () => {
  it('leave nothing once the last is closed, and nothing in the database at any time', async () => {
    const run = runStore();
    await run.set('tab:1', []);
    await privateReplayMemory(run).claim(text, 'r/1', NOW);
    const store = privateAttestations(run);
    await store.put(evidence('e1'));
    expect((await store.get('e1'))?.body).toEqual(evidence('e1').body);
    for (const name of ['attestations', 'replay', 'answers'] as const) expect(await (await open()).count(name)).toBe(0);
    await forgetPrivate(run);
    expect([...run.kept.keys()]).toEqual(['tab:1']);
  });

  it('read the endorsements of ordinary ones, and write none to disk', async () => {
    const ordinary = collateralStore(open, () => NOW);
    await ordinary.put('a', new Uint8Array([1]));
    const hidden = privateCollateral(ordinary, runStore());
    await hidden.put('b', new Uint8Array([2]));
    await hidden.put('a', new Uint8Array([3]));
    expect([await hidden.get('a'), await hidden.get('b')]).toEqual([new Uint8Array([3]), new Uint8Array([2])]);
    expect([await ordinary.get('a'), await ordinary.get('b')]).toEqual([new Uint8Array([1]), undefined]);
  });

  it('keep few pieces of evidence, the newest', async () => {
    const run = runStore();
    const store = privateAttestations(run);
    for (let i = 0; i < 20; i += 1) await store.put(evidence(`e${i}`));
    expect(await store.get('e0')).toBeUndefined();
    expect(await store.get('e19')).toBeDefined();
    expect([...run.kept.keys()].filter((k) => k.includes('attestation:')).length).toBe(8);
  });

  it('keep large evidence only as far as their memory allows, a page’s agreement with it', async () => {
    const run = runStore();
    const store = privateAttestations(run);
    const large = (id: string, bytes: number): StoredAttestation => ({ ...evidence(id), body: randomBytes(bytes), session: { key: { name: 'n', request: new Uint8Array([1]), response: new Uint8Array([2]) } } });
    const second = large('e2', 1_200_000);
    for (const one of [large('e1', 1_200_000), second, large('e3', 1_200_000)]) await store.put(one);
    expect([await store.get('e1'), (await store.get('e3'))?.session]).toEqual([undefined, large('e3', 1).session]);
    expect(Buffer.compare((await store.get('e2'))?.body ?? new Uint8Array(), second.body)).toBe(0);
    await store.put(large('e3', 1_200_000));
    expect(await store.get('e2')).toBeDefined();
    await expect(store.put(large('e4', 3_100_000))).rejects.toThrow(/^STORAGE_FAILED/);
    expect(await store.get('e3')).toBeDefined();
  });

  it('keep a page’s evidence and ours beside each other, though each be megabytes', async () => {
    const run = runStore();
    const store = privateAttestations(run);
    const text = (length: number): Uint8Array => {
      const policies = randomBytes(length / 4).toString('hex');
      return new TextEncoder().encode(JSON.stringify({ AttestationDoc: btoa(JSON.stringify({ Policies: btoa(policies) })) }));
    };
    for (const [id, session] of [['page', {}], ['own', undefined]] as const) await store.put({ ...evidence(id), body: text(4_700_000), ...(session === undefined ? {} : { session }) });
    expect([(await store.get('page'))?.body.length, (await store.get('own'))?.body.length]).toEqual([text(4_700_000).length, text(4_700_000).length]);
    expect([...run.kept.values()].reduce((sum, value) => sum + value.length, 0)).toBeLessThan(8_100_000);
    // However many of the one kind come, the other's stay.
    for (let i = 0; i < 10; i += 1) await store.put({ ...evidence(`p${i}`), session: {} });
    expect([await store.get('page'), (await store.get('own'))?.id]).toEqual([undefined, 'own']);
  });
});

describe('what services claim', () => {
  it('never crowds out what vendors signed, however much a page lets be asked about', async () => {
    let now = NOW;
    const store = collateralStore(open, () => (now += 1));
    await store.put('amd-kds/crl', new Uint8Array([1]));
    for (let i = 0; i < COLLATERAL_KEPT + 10; i += 1) await firstSeen(store, `k${i}`, 'claim', now);
    expect(await store.get('amd-kds/crl')).toEqual(new Uint8Array([1]));
    expect(await (await open()).count('collateral')).toBe(COLLATERAL_SHARES['first-seen/'] + 1);
    expect([await store.get('first-seen/k0'), (await store.get(`first-seen/k${COLLATERAL_KEPT + 9}`))?.length]).toEqual([undefined, `${now - 1} claim`.length]);
  });

  it('has one first, of two at the same time and in whichever window', async () => {
    const ordinary = collateralStore(open, () => NOW);
    for (const store of [ordinary, privateCollateral(ordinary, runStore())]) {
      const name = store === ordinary ? 'k' : 'private k';
      expect(await Promise.all(['one', 'two', 'three'].map((claim) => firstSeen(store, name, claim, NOW)))).toEqual(Array.from({ length: 3 }, () => ({ value: 'one', at: NOW })));
      expect(await firstSeen(store, name, 'four', NOW + 1)).toEqual({ value: 'one', at: NOW });
    }
  });
});

describe('what vendors signed', () => {
  it.each(Object.entries(COLLATERAL_SHARES))('is not crowded out by a flood of another kind: %s', async (prefix, most) => {
    let now = NOW;
    const store = collateralStore(open, () => (now += 1));
    const others = ['intel/root-crl', 'intel/tcb-info/x', ...Object.keys(COLLATERAL_SHARES).filter((other) => other !== prefix).map((other) => `${other}k`)];
    for (const key of others) await store.put(key, new Uint8Array([1]));
    for (let i = 0; i < COLLATERAL_KEPT + 1; i += 1) await store.put(`${prefix}${i}`, new Uint8Array([2]));
    for (const key of others) expect([key, await store.get(key)]).toEqual([key, new Uint8Array([1])]);
    expect(await (await open()).count('collateral')).toBe(others.length + most);
    expect([await store.get(`${prefix}0`), await store.get(`${prefix}${COLLATERAL_KEPT}`)]).toEqual([undefined, new Uint8Array([2])]);
  });

  it('is brought down to its share where an earlier version kept more', async () => {
    const db = await open();
    for (let i = 0; i < 200; i += 1) await db.put('collateral', { bytes: new Uint8Array(), at: i }, `nvidia-ocsp/${i}`);
    const store = collateralStore(open, () => NOW);
    await store.put('nvidia-ocsp/new', new Uint8Array([1]));
    expect(await db.count('collateral')).toBe(COLLATERAL_SHARES['nvidia-ocsp/']);
    expect([await store.get('nvidia-ocsp/40'), await store.get('nvidia-ocsp/41'), await store.get('nvidia-ocsp/new')]).toEqual([undefined, new Uint8Array(), new Uint8Array([1])]);
  });
});

describe('what is kept', () => {
  it('leaves by age and by number, oldest first', async () => {
    const store = storedAttestations(open);
    await store.put(evidence('old', NOW - ATTESTATION_KEPT_MS - 1));
    await store.put(evidence('new'));
    await sweepAttestations(await open(), NOW);
    expect([await store.get('old'), (await store.get('new'))?.id]).toEqual([undefined, 'new']);
  });

  it('bounds evidence at any time, not only when the browser starts', async () => {
    const store = storedAttestations(open);
    for (let i = 0; i <= ATTESTATIONS_KEPT; i += 1) await store.put({ ...evidence(`n${i}`), receivedAt: NOW + i });
    expect(await (await open()).count('attestations')).toBe(ATTESTATIONS_KEPT);
    expect([await store.get('n0'), (await store.get(`n${ATTESTATIONS_KEPT}`))?.id]).toEqual([undefined, `n${ATTESTATIONS_KEPT}`]);
  });

  it('bounds collateral, and keeps what is renewed', async () => {
    let now = NOW;
    const store = collateralStore(open, () => (now += 1));
    const left = COLLATERAL_KEPT - Object.values(COLLATERAL_SHARES).reduce((sum, most) => sum + most, 0);
    expect(left).toBeGreaterThan(100);
    for (let i = 0; i < left; i += 1) await store.put(`k${i}`, new Uint8Array([i & 255]));
    await store.put('k0', new Uint8Array([9]));
    await store.put('new', new Uint8Array([7]));
    expect(await (await open()).count('collateral')).toBe(left);
    expect([await store.get('k0'), await store.get('k1'), await store.get('new')]).toEqual([new Uint8Array([9]), undefined, new Uint8Array([7])]);
  });

  it('keeps the answers it promises', async () => {
    const store = storedAnswers(open);
    for (let i = 0; i < 5; i += 1) {
      await store.put({ id: `a${i}`, at: NOW + i, profileId: 'ionet', pageOrigin: 'https://p', model: undefined, state: 'limited', codes: [], attestationId: undefined, signatureTag: undefined });
    }
    await sweepAnswers(await open(), 3);
    expect(await (await open()).getAllKeys('answers')).toEqual(['a2', 'a3', 'a4']);
  });
});

describe('reference values', () => {
  const value = { dialect: 'ionet-agent', role: 'agent', kind: 'image-digest', values: { digest: [`sha256:${'a'.repeat(64)}`] }, properties: {}, source: 'imported', note: '' } as const;

  it('are kept once, with the date on which they first came', async () => {
    const store = storedReferences(open);
    const [first] = await store.add([value], NOW);
    const [again] = await store.add([value], NOW + 5);
    expect(again).toEqual(first);
    expect((await store.list()).length).toBe(1);
    // The same values accepted on sight are another statement than a file's.
    await store.add([{ ...value, source: 'approved' }], NOW);
    expect((await store.list()).length).toBe(2);
    await store.remove(first?.id ?? '');
    expect((await store.list()).length).toBe(1);
  });

  it('are another statement for each service, and for all of them', async () => {
    const store = storedReferences(open);
    const bound = (apiOrigin: string) => ({ ...value, apiOrigin });
    await store.add([value, bound('https://a.example'), bound('https://b.example'), bound('https://a.example')], NOW);
    expect((await store.list()).map(({ apiOrigin }) => apiOrigin ?? 'all').sort()).toEqual(['all', 'https://a.example', 'https://b.example']);
  });
});
