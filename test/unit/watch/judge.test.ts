import { beforeEach, describe, expect, it } from 'vitest';
import { absent, type Check, fail, pass, unknown } from '../../../src/checks/check';
import type { FinishedAnswer, FinishedExchange } from '../../../src/observe';
import type { AnswerFindings, Appraisal, Provider } from '../../../src/providers/types';
import type { StoredAttestation } from '../../../src/records/database';
import { privateReplayMemory } from '../../../src/records/replay';
import { Attestor, type Target } from '../../../src/watch/attestor';
import { Judge } from '../../../src/watch/judge';
import { API, GOOD, PAGE, runStore } from './fixtures';

const MINUTE = 60_000;
let now: number;
let findings: AnswerFindings;
let reported: string[];
let fetches: number;
let relayed: readonly Check[];
let run: ReturnType<typeof runStore>;

const provider = (bindsKeys = false): Provider => ({
  profile: {
    id: 'example', name: 'Example', dialect: 'example', role: 'agent', uiOrigins: [PAGE], apiOrigins: [API], credentials: ['none'], best: 'verified',
    offers: { cpu: true, gpu: false, signatures: true }, needsModel: false, nonceBytes: 32, bindsKeys,
  },
  attestationRequest: ({ apiOrigin }) => ({ method: 'GET', url: `${apiOrigin}/attest`, headers: {}, maxBytes: 1000 }),
  appraise: (report) => Promise.resolve<Appraisal>({ checks: GOOD, signers: [{ address: new TextDecoder().decode(report.body), algorithm: 'ecdsa', binding: 'address-nonce' }], software: [], parts: [] }),
  recognise: () => ({ kind: 'answer', form: 'json' }),
  readRequest: () => ({ hashes: [], model: undefined }),
  newReader: () => {
    throw new Error('not used here');
  },
  judgeAnswer: () => findings,
});

function judge(p = provider()) {
  const kept = new Map<string, StoredAttestation>();
  let count = 0;
  const appraise = (q: Provider, stored: StoredAttestation) => q.appraise(stored, {} as never);
  const clock = () => Promise.resolve(now);
  const attestor = new Attestor({
    clock, run, keyFor: () => Promise.resolve(undefined), appraise,
    random: (bytes) => new Uint8Array(bytes).fill((count += 1)),
    storeFor: () => ({ get: (id) => Promise.resolve(kept.get(id)), put: (a) => Promise.resolve(void kept.set(a.id, a)) }),
    getter: () => () => {
      fetches += 1;
      return Promise.resolve({ status: 200, header: () => undefined, body: new TextEncoder().encode(reported.shift() ?? '0xnone') });
    },
    throughPage: () => Promise.reject(new Error('not used here')),
  });
  const target: Target = { provider: p, pageOrigin: PAGE, apiOrigin: API, model: undefined, way: 'none', incognito: false, tabId: 1 };
  const replay = privateReplayMemory(run);
  const made = new Judge({ attestor, pause: () => Promise.resolve(), appraise, relayed: () => Promise.resolve(relayed), attestation: (id) => Promise.resolve(kept.get(id)), replayFor: () => replay, clock, runId: () => Promise.resolve('run'), maxAgeMs: () => Promise.resolve(10 * MINUTE) });
  const exchange = (id: string, more: Partial<FinishedExchange['head']> = {}): FinishedExchange => ({
    kind: 'answer', id, provider: p, apiOrigin: API, ending: 'completed', endedAt: now, revision: 0, acknowledge: () => undefined, bodyFrom: undefined,
    head: { id, url: `${API}/chat`, method: 'POST', tabId: 1, initiator: PAGE, incognito: false, status: 200, headers: [], fromCache: false, startedAt: now - 2_000, headersAt: now - 1_000, requestHashes: [], requestUnseen: false, model: undefined, ...more },
    input: {} as never,
  });
  return { judge: made, attestor, target, exchange };
}

const signed = (address: string, signedText = `t-${address}`): AnswerFindings => ({ checks: [pass('signature', 'ok', { basis: 'derived' })], signer: { address, algorithm: 'ecdsa' }, signedText });
const codes = (j: { checks: readonly { code?: string }[] }) => j.checks.flatMap((c) => c.code ?? []);

beforeEach(() => {
  now = 1_000_000_000;
  fetches = 0;
  relayed = [];
  reported = [];
  run = runStore();
});

describe('an answer', () => {
  it('holds when fresh evidence reports its signer', async () => {
    const { judge: j, target, exchange } = judge();
    findings = signed('0xaa');
    reported = ['0xaa'];
    expect(await j.judge(exchange('1'), { target })).toMatchObject({ state: 'verified', signer: '0xaa' });
  });

  it('is held against the connection that it came over, now and when it is judged again', async () => {
    const bound = absent('channel', 'browser', 'CHANNEL_NOT_BOUND', 'bound, not compared here');
    const p: Provider = { ...provider(), appraise: async (report, context) => ({ ...(await provider().appraise(report, context)), checks: [...GOOD, pass('key.binding', 'ok'), bound], channelKeys: [{ spkiSha256: 'aa' }] }) };
    const { judge: j, target, exchange } = judge(p);
    findings = signed('0xaa');
    reported = ['0xaa'];
    const over = async (id: string, spkiSha256: string) => {
      findings = signed('0xaa', id);
      const judged = await j.judge(exchange(id, { connection: { keys: [spkiSha256], host: 'api.example' } }), { target });
      const again = await j.again(p, judged.open, { target }, { attestationId: undefined, incognito: false, waited: false });
      return [judged.state, codes(judged), again.state, codes(again)];
    };
    expect(await over('1', 'aa')).toEqual(['verified', [], 'verified', []]);
    expect(await over('2', 'bb')).toEqual(['failed', ['CHANNEL_KEY_MISMATCH'], 'failed', ['CHANNEL_KEY_MISMATCH']]);
    findings = signed('0xaa', '3');
    expect((await j.judge(exchange('3'), { target })).state).toBe('limited');
  });

  it('has a service asked once more whose connection’s key is not the one in older evidence', async () => {
    let named = ['aa'];
    const p: Provider = { ...provider(), appraise: async (report, context) => ({ ...(await provider().appraise(report, context)), checks: [...GOOD, pass('key.binding', 'ok'), absent('channel', 'browser', 'CHANNEL_NOT_BOUND', '')], channelKeys: [{ spkiSha256: named[Math.min(report.nonce[0] ?? 1, named.length) - 1] ?? '' }] }) };
    const over = async (renewed: readonly string[], signers: string[]) => {
      run = runStore();
      fetches = 0;
      const { judge: j, target, exchange } = judge(p);
      reported = signers;
      named = ['aa'];
      findings = signed('0xaa', `first ${renewed.join()}`);
      await j.judge(exchange('1', { connection: { keys: ['aa'], host: 'api.example' } }), { target });
      now += MINUTE;
      named = ['aa', ...renewed];
      findings = signed('0xaa', `second ${renewed.join()}`);
      const judged = await j.judge(exchange('2', { connection: { keys: ['bb'], host: 'api.example' } }), { target });
      return [judged.state, codes(judged), fetches];
    };
    expect(await over(['bb'], ['0xaa', '0xaa'])).toEqual(['verified', [], 2]);
    expect(await over(['cc'], ['0xaa', '0xaa'])).toEqual(['failed', ['CHANNEL_KEY_MISMATCH'], 2]);
    // Another machine's evidence does not speak for this answer: what was found stands.
    expect(await over(['bb'], ['0xaa', '0xdd'])).toEqual(['failed', ['CHANNEL_KEY_MISMATCH'], 2]);
  });

  it('asks once for fresh evidence when another machine answered, then holds', async () => {
    const { judge: j, target, exchange } = judge();
    reported = ['0xaa', '0xbb'];
    findings = signed('0xaa');
    await j.judge(exchange('1'), { target });
    findings = signed('0xbb');
    expect((await j.judge(exchange('2'), { target })).state).toBe('verified');
    expect(fetches).toBe(2);
    // Both machines stay known.
    findings = signed('0xaa', 'other text');
    expect((await j.judge(exchange('3'), { target })).state).toBe('verified');
    expect(fetches).toBe(2);
  });

  it('of a key in no evidence is open, and failed where the dialect binds keys', async () => {
    for (const [binds, state, code] of [[false, 'incomplete', 'SIGNER_NOT_REPORTED'], [true, 'failed', 'SIGNER_MISMATCH']] as const) {
      run = runStore();
      const { judge: j, target, exchange } = judge(provider(binds));
      reported = ['0xaa', '0xaa'];
      findings = signed('0xcc');
      const judged = await j.judge(exchange('1'), { target });
      expect([judged.state, codes(judged)]).toEqual([state, [code]]);
    }
  });

  it('does not become an attack because asking is limited', async () => {
    const { judge: j, target, exchange } = judge(provider(true));
    reported = ['0xaa', '0xaa', '0xaa'];
    findings = signed('0xaa');
    await j.judge(exchange('0'), { target });
    findings = signed('0xcc');
    await j.judge(exchange('1'), { target });
    findings = signed('0xdd');
    const judged = await j.judge(exchange('2'), { target });
    expect([judged.state, codes(judged), fetches]).toEqual(['incomplete', ['REATTEST_LIMITED'], 2]);
  });

  it('that had to wait for its turn is told when, and is then judged by the evidence asked for since', async () => {
    const { judge: j, attestor, target, exchange } = judge(provider(true));
    reported = ['0xaa', '0xaa', '0xaa'];
    findings = signed('0xaa');
    await j.judge(exchange('0'), { target });
    findings = signed('0xcc');
    await j.judge(exchange('1'), { target });
    findings = signed('0xdd');
    const limited = await j.judge(exchange('2'), { target });
    expect(limited.askAgainAt).toBe(now + 30_000);
    now += 30_000;
    await attestor.fetch(target, 'signer');
    const again = await j.again(target.provider, limited.open, { target }, { attestationId: undefined, incognito: false, waited: true });
    expect([codes(again), again.askAgainAt, fetches]).toEqual([['SIGNER_MISMATCH'], undefined, 3]);
  });

  it('carries what headers beside it relay, whether it can be judged itself or not', async () => {
    const { judge: j, target, exchange } = judge();
    relayed = [fail('answer.relayed', 'RELAYED_CLAIMS_DISAGREE', '', { basis: 'claimed' })];
    findings = signed('0xaa');
    reported = ['0xaa'];
    expect(codes(await j.judge(exchange('1'), { target }))).toEqual(['RELAYED_CLAIMS_DISAGREE']);
    const outside = { ...exchange('2'), kind: 'outside' } as unknown as FinishedExchange;
    expect(codes(await j.judge(outside, { target }))).toEqual(['ANSWER_NOT_FROM_ATTESTED_PATH', 'RELAYED_CLAIMS_DISAGREE']);
  });

  it('whose signature stands apart and was not there is read anew with it later, until its document is gone', async () => {
    let there = false;
    const apart: Provider = {
      ...provider(),
      aside: {
        request: ({ apiOrigin, answerId }) => ({ method: 'GET', url: `${apiOrigin}/signature/${answerId}`, headers: {}, maxBytes: 100 }),
        read: () => (there ? { kind: 'there', statement: { text: '', signature: '', address: '', algorithm: 'ecdsa', claims: {} } } : { kind: 'none', code: 'SIGNATURE_NOT_FOUND', detail: '', later: true }),
      },
      judgeAnswer: ({ aside }) => (aside?.kind === 'there' ? signed('0xaa') : { checks: [unknown('signature', 'SIGNATURE_NOT_FOUND', '')] }),
    };
    const { judge: j, target, exchange } = judge(apart);
    reported = ['', '', '', '', '', '0xaa', '', '', ''];
    const late: FinishedExchange = { ...(exchange('1') as FinishedAnswer), input: { reading: { answerId: 'c' } } as never };
    const first = await j.judge(late, { target });
    expect([first.state, codes(first)[0]]).toEqual(['incomplete', 'SIGNATURE_NOT_FOUND']);
    const before = { attestationId: undefined, incognito: false, waited: false };
    expect((await j.again(apart, first.open, { target }, before)).state).toBe('incomplete');
    there = true;
    const second = await j.again(apart, first.open, { target }, before);
    expect([second.signer, second.open.findings.signer?.address]).toEqual(['0xaa', '0xaa']);
    // Nothing is left of it to read a third time, nor after its document went.
    there = false;
    expect((await j.again(apart, second.open, { target }, before)).signer).toBe('0xaa');
    await j.judge({ ...late, id: '2' }, { target });
    j.drop('2');
    there = true;
    expect((await j.again(apart, { ...first.open, id: '2' }, { target }, before)).signer).toBeUndefined();
  });

  it('whose signature names no key has evidence fetched first, is joined with what reports its key, and waits for its turn where none does', async () => {
    const keyless: Provider = {
      ...provider(true), keysFromEvidence: true,
      aside: { request: ({ apiOrigin, answerId }) => ({ method: 'GET', url: `${apiOrigin}/receipt/${answerId}`, headers: {}, maxBytes: 100 }), read: () => ({ kind: 'there', statement: { text: '', signature: '', address: '', algorithm: 'ecdsa', claims: {} } }) },
      judgeAnswer: ({ keys = [], keyGap }) => (keys.includes('0xbb') ? signed('0xbb') : keyGap === undefined ? { checks: [unknown('signature', 'SIGNER_NOT_REPORTED', '')], keyMissing: true } : { checks: [unknown('signature', keyGap, '')] }),
    };
    const { judge: j, target, exchange } = judge(keyless);
    const receipt = (id: string): FinishedExchange => ({ ...(exchange(id) as FinishedAnswer), input: { reading: { answerId: id } } as never });
    // Each answer asks for its receipt first, then for evidence as long as none reports its key: another machine may have answered.
    reported = ['', '0xaa', '0xcc'];
    expect([codes(await j.judge(receipt('1'), { target })), reported]).toEqual([expect.arrayContaining(['SIGNER_NOT_REPORTED']), []]);
    now += 31_000;
    reported = ['', '0xaa'];
    expect([codes(await j.judge(receipt('2'), { target })), reported]).toEqual([expect.arrayContaining(['SIGNER_NOT_REPORTED']), []]);
    reported = [''];
    const waiting = await j.judge(receipt('3'), { target });
    expect([waiting.state, waiting.leading, waiting.askAgainAt]).toEqual(['incomplete', 'REATTEST_LIMITED', now + 30_000]);
    now += 31_000;
    reported = ['', '0xbb'];
    const again = await j.again(keyless, waiting.open, { target }, { attestationId: undefined, incognito: false, waited: true });
    expect([again.state, again.signer, again.askAgainAt, reported]).toEqual(['verified', '0xbb', undefined, []]);
  });

  it('is weak when its evidence came late, and says by how much', async () => {
    const { judge: j, target, exchange } = judge();
    findings = signed('0xaa');
    reported = ['0xaa'];
    const late = exchange('1');
    now += 61_000;
    const judged = await j.judge(late, { target });
    expect([judged.state, codes(judged)]).toEqual(['limited', ['EVIDENCE_LATE']]);
  });

  it('inherits nothing: without evidence now it is open, whatever an earlier one proved', async () => {
    const { judge: j, exchange } = judge();
    findings = signed('0xaa');
    const judged = await j.judge(exchange('1'), { target: undefined, problem: { code: 'LOGIN_NEEDED', detail: '', at: now } });
    expect(judged.state).toBe('incomplete');
    expect(new Set(codes(judged))).toEqual(new Set(['LOGIN_NEEDED']));
  });

  it('field 4: a missing attestation never makes the signer check pass', async () => {
    const { judge: j, exchange } = judge();
    findings = signed('0xaa');
    const judged = await j.judge(exchange('1'), { target: undefined, problem: { code: 'SERVICE_UNREACHABLE', detail: '', at: now } });
    expect(judged.checks.find((c) => c.id === 'signer')?.outcome).toBe('unknown');
  });

  it('that nothing signed is judged by its own failure', async () => {
    const { judge: j, target, exchange } = judge();
    findings = { checks: [fail('signature', 'ANSWER_UNSIGNED', '', { basis: 'derived' })] };
    reported = ['0xaa'];
    expect((await j.judge(exchange('1'), { target })).state).toBe('failed');
  });
});

describe('an answer that is judged again', () => {
  it('rests on the evidence that spoke for it, even when there is no way to ask any more', async () => {
    const { judge: j, target, exchange } = judge();
    findings = signed('0xaa');
    reported = ['0xaa'];
    const first = await j.judge(exchange('1'), { target });
    const attestationId = first.evidence?.kind === 'evidence' ? first.evidence.stored.id : undefined;
    const none = { target: undefined, problem: { code: 'LOGIN_NEEDED' as const, detail: '', at: now } };
    expect((await j.again(provider(), first.open, none, { attestationId, incognito: false, waited: false })).state).toBe('verified');
    expect((await j.again(provider(), first.open, none, { attestationId: undefined, incognito: false, waited: false })).state).toBe('incomplete');
  });

  it('is not lifted by evidence that does not report its signer', async () => {
    const { judge: j, target, exchange } = judge();
    reported = ['0xaa', '0xbb', '0xbb'];
    findings = signed('0xaa');
    const first = await j.judge(exchange('1'), { target });
    const attestationId = first.evidence?.kind === 'evidence' ? first.evidence.stored.id : undefined;
    findings = signed('0xcc');
    const second = await j.judge(exchange('2'), { target });
    expect((await j.again(provider(), second.open, { target }, { attestationId, incognito: false, waited: false })).state).toBe('incomplete');
  });
});

describe('a signed text', () => {
  it('belongs to one exchange', async () => {
    const { judge: j, target, exchange } = judge();
    reported = ['0xaa'];
    findings = signed('0xaa', 'same');
    expect((await j.judge(exchange('1'), { target })).state).toBe('verified');
    // The same exchange judged again (the worker died, a slow reader) is no replay …
    expect((await j.judge(exchange('1'), { target })).state).toBe('verified');
    // … nor is the browser's cache …
    expect((await j.judge(exchange('2', { fromCache: true }), { target })).state).toBe('verified');
    // … another network exchange is.
    const replayed = await j.judge(exchange('3'), { target });
    expect([replayed.state, codes(replayed)]).toEqual(['failed', ['SIGNATURE_REPLAYED']]);
  });
});

describe('what nobody can read', () => {
  it.each([['outside', 'ANSWER_NOT_FROM_ATTESTED_PATH'], ['websocket', 'NOT_CHECKABLE']] as const)('is open and says why: %s', async (kind, code) => {
    const { judge: j, target, exchange } = judge();
    const { input: _i, bodyFrom: _b, kind: _k, ...rest } = exchange('1') as Extract<FinishedExchange, { kind: 'answer' | 'unrecognised' }>;
    const judged = await j.judge({ ...rest, kind }, { target });
    expect([judged.state, codes(judged), fetches]).toEqual(['incomplete', [code], 0]);
  });
});
