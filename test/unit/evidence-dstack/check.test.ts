/** What a dstack log proves: forms of digests, order, MRCONFIGID; hostile logs end as findings. */
import { createHash } from 'node:crypto';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { describe, expect, it } from 'vitest';
import { unknown } from '../../../src/checks/check';
import { checkDstack, composeHashOf, type DstackInput } from '../../../src/evidence/dstack';
import { readConfigId } from '../../../src/evidence/dstack/mr-config';
import { APP_ID, BOOT, COMPOSE_HASH, type Event, FIRMWARE, INSTANCE_ID, keyProvider, KMS_ID, machine, runtime } from './machine';

const GOOD = [...FIRMWARE, ...BOOT];
const judged = (input: DstackInput): Record<string, string> => Object.fromEntries(checkDstack(input).checks.map(({ id, outcome, code }) => [id, code === undefined ? outcome : `${outcome} ${code}`]));
/** Replays always: what is wrong is in the events themselves. */
const orderOf = (boot: readonly Event[]): string | undefined => judged(machine([...FIRMWARE, ...boot]))['eventlog.order'];

describe('digests of register 3', () => {
  it.each(['v1', 'v2', 'v2-name'] as const)('in form %s replay', (form) => {
    const [first] = checkDstack(machine(GOOD, form)).checks;
    expect(first).toMatchObject({ outcome: 'pass', detail: expect.stringContaining(`(${form})`) });
  });

  it('of mixed versions replay where the events say so', () => {
    const mixed = GOOD.map((e, i) => (i % 2 === 0 && e.imr === 3 ? { ...e, version: 2 } : e));
    expect(judged(machine(mixed))['eventlog']).toBe('pass');
    expect(judged({ ...machine(mixed), eventLog: JSON.stringify(GOOD) })['eventlog']).toBe('fail EVENT_LOG_MISMATCH');
  });

  it('beside the events are never believed: a forged payload keeps its true digest in vain', () => {
    const truth = machine(GOOD);
    const forged = GOOD.map((e) => (e.event === 'compose-hash' ? { ...e, event_payload: 'ff'.repeat(32) } : e));
    expect(judged({ ...truth, eventLog: JSON.stringify(forged) })['eventlog']).toBe('fail EVENT_LOG_MISMATCH');
  });
});

describe('boot events', () => {
  it('in dstack’s order are read', () => {
    expect(checkDstack(machine(GOOD)).facts.boot).toEqual({ appId: APP_ID, composeHash: COMPOSE_HASH, instanceId: INSTANCE_ID, osImageHash: '55'.repeat(32), keyProvider: { name: 'kms', id: KMS_ID } });
  });

  it('of the application, after system-ready, count for nothing', () => {
    const after = [...GOOD, runtime('compose-hash', 'ff'.repeat(32)), runtime('system-ready'), runtime('a:b', '00')];
    expect(judged(machine(after))).toMatchObject({ 'eventlog.order': 'pass' });
    expect(checkDstack(machine(after)).facts.composeHash).toBe(COMPOSE_HASH);
  });

  it('missing, doubled, out of order, of another length or strangely named are refused', () => {
    const without = (name: string) => BOOT.filter(({ event }) => event !== name);
    for (const name of ['system-preparing', 'app-id', 'compose-hash', 'instance-id', 'boot-mr-done', 'system-ready']) expect([name, orderOf(without(name))]).toEqual([name, 'fail EVENT_LOG_ORDER']);
    for (const name of ['system-preparing', 'compose-hash', 'app-id', 'key-provider']) {
      const at = BOOT.findIndex(({ event }) => event === name);
      expect([name, orderOf([...BOOT.slice(0, at + 1), ...BOOT.slice(at)])]).toEqual([name, 'fail EVENT_LOG_ORDER']);
    }
    const swapped = (a: number, b: number) => orderOf(BOOT.map((e, i) => BOOT[i === a ? b : i === b ? a : i] ?? e));
    expect(swapped(1, 2)).toBe('fail EVENT_LOG_ORDER');
    expect(swapped(0, 1)).toBe('fail EVENT_LOG_ORDER');
    expect(swapped(4, 5)).toBe('fail EVENT_LOG_ORDER');
    const changed = (name: string, change: Partial<Event>) => orderOf(BOOT.map((e) => (e.event === name ? { ...e, ...change } : e)));
    expect(changed('compose-hash', { event_payload: '22'.repeat(31) })).toBe('fail EVENT_LOG_ORDER');
    expect(changed('app-id', { event_payload: '' })).toBe('fail EVENT_LOG_ORDER');
    expect(changed('key-provider', { event_payload: Buffer.from('{"name":"kms"}').toString('hex') })).toBe('fail EVENT_LOG_ORDER');
    expect(changed('storage-fs', { event: 'storage:fs' })).toBe('fail EVENT_LOG_ORDER');
    expect(changed('storage-fs', { event_type: 5 })).toBe('fail EVENT_LOG_ORDER');
    expect(changed('instance-id', { event_payload: '' })).toBe('pass');
  });
});

describe('MRCONFIGID', () => {
  const known = { composeHash: COMPOSE_HASH, appId: APP_ID, instanceId: INSTANCE_ID, keyProvider: { name: 'kms', id: KMS_ID } };
  const config = (version: number, digest: Uint8Array): Uint8Array => Buffer.concat([Buffer.of(version), digest, Buffer.alloc(15)]);
  const kind = (bytes: Uint8Array, of = known) => readConfigId(bytes, of).kind;
  const v2 = (provider: number) => keccak_256(Buffer.concat([Buffer.from(COMPOSE_HASH, 'hex'), Buffer.from(APP_ID, 'hex'), Buffer.of(provider), Buffer.from(KMS_ID, 'hex')]));

  it('all zero is unset, and no match', () => {
    expect(kind(new Uint8Array(48))).toBe('unset');
    expect(judged(machine(GOOD))['compose.config']).toBe('unknown MR_CONFIG_NOT_SET');
  });

  it('version 1 holds the hash', () => {
    expect(kind(config(1, Buffer.from(COMPOSE_HASH, 'hex')))).toBe('names');
    expect(kind(config(1, Buffer.alloc(32, 9)))).toBe('differs');
  });

  it('version 2 holds a Keccak digest with the application and its key provider', () => {
    expect(kind(config(2, v2(2)))).toBe('names');
    expect(kind(config(2, v2(1)))).toBe('differs');
    expect(kind(config(2, v2(1)), { ...known, keyProvider: { name: 'local-sgx', id: KMS_ID } })).toBe('names');
    expect(readConfigId(config(2, v2(2)), { composeHash: COMPOSE_HASH }).kind).toBe('open');
    expect(judged(machine(GOOD, 'v1', { mrConfigId: config(2, v2(3)) }))['compose.config']).toBe('fail MR_CONFIG_MISMATCH');
  });

  it('version 3 holds the digest of a document, here in canonical form', () => {
    const document = `{"app_id":"${APP_ID}","compose_hash":"${COMPOSE_HASH}","instance_id":"${INSTANCE_ID}","key_provider":"kms","key_provider_id":"${KMS_ID}","version":3}`;
    const digest = createHash('sha256').update('dstack-mr-config-v3:\0').update(document).digest();
    expect(kind(config(3, digest))).toBe('names');
    expect(kind(config(3, Buffer.alloc(32, 9)))).toBe('open');
  });

  it('of another version, or with bytes behind, says nothing', () => {
    expect(kind(config(4, Buffer.from(COMPOSE_HASH, 'hex')))).toBe('open');
    expect(kind(Buffer.concat([Buffer.of(1), Buffer.from(COMPOSE_HASH, 'hex'), Buffer.alloc(14), Buffer.of(1)]))).toBe('open');
  });
});

describe('what the quote itself does not carry', () => {
  const unproven = unknown('quote.signature', 'QUOTE_SIGNATURE', '');

  it('cannot hold, and no fact comes of it; contradictions are told all the same', () => {
    const input = machine(GOOD, 'v1', { unproven });
    expect(Object.values(judged(input)).filter((outcome) => outcome === 'pass')).toEqual([]);
    expect(checkDstack(input).facts).toEqual({});
    expect(judged({ ...input, eventLog: JSON.stringify([...FIRMWARE, ...BOOT.slice(1)]) })['eventlog']).toBe('fail EVENT_LOG_MISMATCH');
  });
});

describe('hostile logs', () => {
  const logs: readonly (readonly [string, string])[] = [
    ['nothing', ''.padEnd(3)], ['no JSON', '{'], ['no list', '{}'], ['empty', '[]'], ['too many', JSON.stringify(Array.from({ length: 1025 }, () => runtime('a')))],
    ['a register beyond 3', JSON.stringify([{ ...runtime('a'), imr: 4 }])], ['a fraction', JSON.stringify([{ ...runtime('a'), imr: 0.5 }])], ['no register', '[{"event":"a"}]'],
    ['a long digest', JSON.stringify([{ ...runtime('a'), digest: '00'.repeat(49) }])], ['a digest that is no hex', JSON.stringify([{ ...runtime('a'), digest: 'zz' }])],
    ['a payload that is no hex', JSON.stringify([runtime('a', '0')])], ['a payload of a megabyte', JSON.stringify([runtime('a', '00'.repeat(70_000))])],
    ['a name of a megabyte', JSON.stringify([runtime('a'.repeat(2_000_000))])], ['numbers for names', '[{"imr":3,"event_type":1,"event":7}]'], ['deep', '['.repeat(5000)],
    ['a type beyond 32 bits', JSON.stringify([{ ...runtime('a'), event_type: 2 ** 32 }])], ['one key twice', '[{"imr":3,"imr":3,"event_type":1}]'],
  ];

  it.each(logs)('%s: EVENT_LOG_MALFORMED', (_name, eventLog) => {
    expect(judged({ ...machine(GOOD), eventLog })).toMatchObject({ eventlog: 'fail EVENT_LOG_MALFORMED', compose: 'unknown COMPOSE_NOT_MEASURED' });
  });
});

describe('the application’s text', () => {
  const withText = (appCompose: string): Record<string, string> => judged(machine([...FIRMWARE, ...BOOT.map((e) => (e.event === 'compose-hash' ? runtime(e.event, composeHashOf(appCompose)) : e))], 'v1', { appCompose }));
  const pinned = `registry.example/app@sha256:${'ab'.repeat(32)}`;

  it('with every image named by its content holds', () => {
    expect(withText(JSON.stringify({ runner: 'docker-compose', docker_compose_file: `services:\n  a:\n    image: ${pinned}\n` }))['compose.images']).toBe('pass');
  });

  it('that is no readable text still binds by its hash, and its images are not known', () => {
    for (const text of ['', 'x', '[]', '{}', '{"runner":"bash"}', '{"runner":"docker-compose"}', `{"runner":"docker-compose","docker_compose_file":"${'['.repeat(10_000)}"}`, JSON.stringify({ runner: 'docker-compose', docker_compose_file: 'a: [' })]) {
      expect(withText(text)).toMatchObject({ compose: 'pass', 'compose.images': 'weak IMAGE_NOT_PINNED' });
    }
  });

  it('keeps MRCONFIGID apart: a key provider dstack does not know leaves version 2 open', () => {
    const events = [...FIRMWARE, ...BOOT.map((e) => (e.event === 'key-provider' ? runtime(e.event, keyProvider('mpc')) : e))];
    expect(judged(machine(events, 'v1', { mrConfigId: Buffer.concat([Buffer.of(2), Buffer.alloc(32, 7), Buffer.alloc(15)]) }))['compose.config']).toBe('unknown MR_CONFIG_NOT_COMPARED');
  });
});
