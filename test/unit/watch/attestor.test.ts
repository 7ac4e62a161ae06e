import { beforeEach, describe, expect, it } from 'vitest';
import { CodedError } from '../../../src/checks/error';
import type { Appraisal, Provider } from '../../../src/providers/types';
import type { StoredAttestation } from '../../../src/records/database';
import { Attestor, type ReportResponse, type Target } from '../../../src/watch/attestor';
import { API, BAD, GOOD, PAGE, runStore } from './fixtures';

const MINUTE = 60_000;
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytes = (value: string) => new TextEncoder().encode(value);

/** A dialect whose report is `signer:<address>` and whose request carries the nonce: enough to drive the attestor; `bad` is at fault. */
const provider: Provider = {
  profile: {
    id: 'example', name: 'Example', dialect: 'example', role: 'agent', uiOrigins: [PAGE], apiOrigins: [API], credentials: ['key'], best: 'limited',
    offers: { cpu: true, gpu: false, signatures: true }, needsModel: false, nonceBytes: 32, bindsKeys: false,
  },
  attestationRequest: ({ apiOrigin, nonce, model }) => ({ method: 'POST', url: `${apiOrigin}/attest`, headers: {}, body: `${[...nonce].join()}|${model ?? ''}`, maxBytes: 1000 }),
  appraise: (report) => Promise.resolve<Appraisal>({ checks: text(report.body) === 'signer:bad' ? BAD : GOOD, signers: [{ address: text(report.body).slice(7), algorithm: 'ecdsa', binding: 'none' }], software: [], parts: [] }),
  recognise: () => ({ kind: 'ignored' }),
  readRequest: () => ({ hashes: [], model: undefined }),
  newReader: () => {
    throw new Error('not used here');
  },
  judgeAnswer: () => ({ checks: [] }),
};

let now: number;
let answers: (() => ReportResponse)[];
let requests: { url: string; body: string | undefined; authorization: string | undefined }[];
let run: ReturnType<typeof runStore>;
let stores: { normal: Map<string, StoredAttestation>; private: Map<string, StoredAttestation> };

const ok = (signer: string): ReportResponse => ({ status: 200, contentType: 'application/json', retryAfter: undefined, body: bytes(`signer:${signer}`) });
const status = (code: number, retryAfter?: string): ReportResponse => ({ status: code, contentType: undefined, retryAfter, body: bytes('') });
const target = (more: Partial<Target> = {}): Target => ({ provider, pageOrigin: PAGE, apiOrigin: API, model: 'm', way: 'key', incognito: false, tabId: 1, ...more });

function attestor(): Attestor {
  let count = 0;
  const respond = async (): Promise<ReportResponse> => {
    await Promise.resolve();
    const next = answers.shift();
    if (next === undefined) throw new Error('no answer prepared');
    return next();
  };
  return new Attestor({
    clock: () => Promise.resolve(now),
    random: (bytes) => new Uint8Array(bytes).fill((count += 1)),
    run,
    storeFor: (incognito) => {
      const kept = incognito ? stores.private : stores.normal;
      return {
        get: (id) => Promise.resolve(kept.get(id)),
        put: (a) => {
          kept.set(a.id, a);
          return Promise.resolve();
        },
      };
    },
    getter: () => async (url, options) => {
      requests.push({ url, body: options.body === undefined ? undefined : String(options.body), authorization: options.headers?.['authorization'] });
      const r = await respond();
      return { status: r.status, body: r.body, header: (name) => (name === 'retry-after' ? r.retryAfter : r.contentType) };
    },
    keyFor: (origin) => Promise.resolve(origin === API ? 'k1' : undefined),
    throughPage: (_tab, request) => {
      requests.push({ url: request.url, body: request.body, authorization: undefined });
      return respond();
    },
    appraise: (p, stored) => p.appraise(stored, {} as never),
  });
}

beforeEach(() => {
  now = 1_000_000_000;
  answers = [];
  requests = [];
  run = runStore();
  stores = { normal: new Map(), private: new Map() };
});

describe('asking for evidence', () => {
  it('makes a fresh nonce for every request and sends the typed key to its origin alone', async () => {
    answers = [() => ok('0xaa'), () => ok('0xaa')];
    const a = attestor();
    await a.fetch(target(), 'open');
    await a.fetch(target(), 'recheck');
    expect(new Set(requests.map((r) => r.body)).size).toBe(2);
    expect(requests.every((r) => r.authorization === 'Bearer k1')).toBe(true);
  });

  it('asks elsewhere where a profile says so, with the key for there, and keeps whom it asked', async () => {
    const proxied: Provider = { ...provider, profile: { ...provider.profile, uiOrigins: ['http://localhost:8080'], apiOrigins: ['http://localhost:8080'], evidenceOrigin: API }, claimRequest: ({ apiOrigin }) => ({ method: 'GET', url: `${apiOrigin}/claim`, headers: {}, maxBytes: 10 }) };
    answers = [() => ok('0xaa'), () => ok('claim')];
    const own = target({ provider: proxied, pageOrigin: 'http://localhost:8080', apiOrigin: 'http://localhost:8080' });
    const found = await attestor().fetch(own, 'open');
    expect(requests.map(({ url, authorization }) => [url, authorization])).toEqual([[`${API}/attest`, 'Bearer k1'], [`${API}/claim`, 'Bearer k1']]);
    expect(found.kind === 'evidence' && [found.stored.pageOrigin, found.stored.apiOrigin]).toEqual(['http://localhost:8080', API]);
    // What asks its own API instead would hand the key to the proxy.
    const stray: Provider = { ...proxied, attestationRequest: (input) => provider.attestationRequest({ ...input, apiOrigin: 'http://localhost:8080' }) };
    const refused = await attestor().fetch({ ...own, provider: stray }, 'recheck');
    expect(refused.kind === 'problem' && refused.problem.code).toBe('INTERNAL_ERROR');
    expect(requests).toHaveLength(2);
  });

  it('asks once when several want the same evidence at the same time', async () => {
    answers = [() => ok('0xaa')];
    const a = attestor();
    const [one, two] = await Promise.all([a.fetch(target(), 'open'), a.fetch(target(), 'answer')]);
    expect(requests.length).toBe(1);
    expect(one).toBe(two);
  });

  it('serves evidence for its own page, API, model, way and window kind, and for no other', async () => {
    answers = [() => ok('0xaa')];
    const a = attestor();
    await a.fetch(target(), 'open');
    expect(await a.newest(target(), 10 * MINUTE)).toBeDefined();
    for (const other of [{ pageOrigin: 'https://b.example' }, { apiOrigin: 'https://c.example' }, { model: 'n' }, { way: 'page' as const }, { incognito: true }]) {
      expect(await a.newest(target(other), 10 * MINUTE)).toBeUndefined();
    }
  });

  it('asks through each tab’s own page: what one answers speaks for no other that asked at the same time', async () => {
    answers = [() => ok('bad'), () => ok('0xa')];
    const a = attestor();
    const [first, same, other] = await Promise.all([1, 1, 2].map((tabId) => a.fetch(target({ way: 'page', tabId }), 'open')));
    expect(requests).toHaveLength(2);
    expect(same).toBe(first);
    expect([first, other].map((found) => (found?.kind === 'evidence' ? found.stored.signers : []))).toEqual([['bad'], ['0xa']]);
    expect((await a.newest(target({ way: 'page', tabId: 2 }), MINUTE))?.signers).toEqual(['0xa']);
  });

  it('keeps the faults of what came through a page to the tab it came through', async () => {
    answers = [() => ok('bad'), () => ok('0xaa')];
    const a = attestor();
    const through = { way: 'page', model: 'p' } as const;
    await a.fetch(target({ ...through, tabId: 1 }), 'open');
    const times = { startedAt: now, endedAt: now, maxAgeMs: 10 * MINUTE };
    expect(await a.newest(target({ ...through, tabId: 1 }), 10 * MINUTE)).toBeDefined();
    expect(await a.newest(target({ ...through, tabId: 2 }), 10 * MINUTE)).toBeUndefined();
    expect(await a.forSigner(target({ ...through, tabId: 2 }), 'bad', times)).toBeUndefined();
    // What holds serves every tab of the page's origin.
    await a.fetch(target({ ...through, tabId: 2 }), 'open');
    expect((await a.newest(target({ ...through, tabId: 3 }), 10 * MINUTE))?.signers).toEqual(['0xaa']);
    expect((await a.forSigner(target({ ...through, tabId: 1 }), 'bad', times))?.signers).toEqual(['bad']);
  });

  it('takes along what the service claims, and a status that is its answer about evidence', async () => {
    const claiming: Provider = {
      ...provider,
      claimRequest: ({ apiOrigin, model }) => ({ method: 'GET', url: `${apiOrigin}/policy/${model ?? ''}`, headers: {}, maxBytes: 100 }),
      judgesStatus: (code) => code === 400,
    };
    answers = [() => ok('0xaa'), () => ({ ...ok('0xaa'), body: bytes('policy') }), () => status(400), () => status(404), () => status(500)];
    const a = attestor();
    const claimOf = async (): Promise<unknown> => {
      const attested = await a.fetch(target({ provider: claiming }), 'recheck');
      return attested.kind === 'evidence' ? [attested.stored.status, attested.stored.claim?.status, text(attested.stored.claim?.body ?? bytes('none'))] : attested.problem.code;
    };
    expect(await claimOf()).toEqual([200, 200, 'policy']);
    expect(requests[1]?.url).toBe(`${API}/policy/m`);
    expect(await claimOf()).toEqual([400, 404, '']);
    expect(await claimOf()).toBe('SERVICE_ERROR');
  });

  it('ends at the user’s Stop though the page cannot be called back', async () => {
    let release: () => void = () => undefined;
    const waiting = new Promise<ReportResponse>((done) => {
      release = () => done(ok('0xaa'));
    });
    answers = [() => waiting as unknown as ReportResponse];
    const a = attestor();
    const asked = a.fetch(target({ way: 'page' }), 'open');
    await new Promise((soon) => { setTimeout(soon, 5); });
    a.cancel(target({ way: 'page' }));
    expect(await asked).toMatchObject({ kind: 'problem', problem: { code: 'CANCELLED' } });
    release();
  });

  it('remembers a bounded number of models, however many a page names', async () => {
    const a = attestor();
    for (let n = 0; n < 100; n += 1) {
      answers = [() => ok('0xaa')];
      await a.fetch(target({ model: `m${n}` }), 'open');
    }
    expect([...run.kept.keys()].filter((key) => key.endsWith(':index'))).toHaveLength(32);
    expect(await a.newest(target({ model: 'm99' }), 10 * MINUTE)).toBeDefined();
    expect(await a.newest(target({ model: 'm0' }), 10 * MINUTE)).toBeUndefined();
  });

  it('asks for a bounded number of them at the same time', async () => {
    const never = new Promise<ReportResponse>(() => undefined);
    answers = Array.from({ length: 40 }, () => () => never as unknown as ReportResponse);
    const a = attestor();
    const asked = Array.from({ length: 40 }, (_, n) => a.fetch(target({ model: `m${n}` }), 'open'));
    expect(await asked[39]).toMatchObject({ problem: { code: 'RATE_LIMITED' } });
    await new Promise((soon) => { setTimeout(soon, 20); });
    expect(requests.length).toBe(16);
  });

  it('sends nothing to another origin than the API’s own', async () => {
    const astray: Provider = { ...provider, attestationRequest: () => ({ method: 'GET', url: 'https://api.example.evil/attest', headers: {}, maxBytes: 100 }) };
    for (const way of ['key', 'page', 'none'] as const) {
      expect(await attestor().fetch(target({ provider: astray, way }), 'recheck')).toMatchObject({ problem: { code: 'INTERNAL_ERROR' } });
    }
    expect(requests).toEqual([]);
  });

  it('takes the next evidence of a signer where the store has lost the newest', async () => {
    answers = [() => ok('0xaa'), () => ok('0xaa')];
    const a = attestor();
    await a.fetch(target(), 'open');
    await a.fetch(target(), 'recheck');
    const newest = await a.newest(target(), 10 * MINUTE);
    stores.normal.delete(newest?.id ?? '');
    const other = await a.newest(target(), 10 * MINUTE);
    expect(other?.id).not.toBe(newest?.id);
    expect(await a.forSigner(target(), '0xaa', { startedAt: now, endedAt: now, maxAgeMs: 10 * MINUTE })).toEqual(other);
  });

  it('does not serve evidence that is older than it may be', async () => {
    answers = [() => ok('0xaa')];
    const a = attestor();
    await a.fetch(target(), 'open');
    now += 10 * MINUTE + 1;
    expect(await a.newest(target(), 10 * MINUTE)).toBeUndefined();
  });

  it('puts nothing of a private window into the store of normal ones', async () => {
    answers = [() => ok('0xaa')];
    await attestor().fetch(target({ incognito: true }), 'open');
    expect(stores.normal.size).toBe(0);
    expect(stores.private.size).toBe(1);
    expect([...run.kept.keys()].every((key) => key.startsWith('private:'))).toBe(true);
  });
});

describe('a transient cause', () => {
  it.each([
    [() => status(429, '90'), 'RATE_LIMITED', 90_000],
    [() => status(503), 'SERVICE_ERROR', 30_000],
    [() => { throw new CodedError('REQUEST_TIMEOUT', 'h'); }, 'ATTESTATION_TIMEOUT', 30_000],
    [() => { throw new CodedError('NETWORK_UNREACHABLE', 'h'); }, 'SERVICE_UNREACHABLE', 30_000],
  ] as const)('is a problem with a time for the next try, not an accusation (%#)', async (answer, code, pause) => {
    answers = [answer];
    const a = attestor();
    expect(await a.fetch(target(), 'open')).toMatchObject({ kind: 'problem', problem: { code, nextTryAt: now + pause } });
    // Until then nothing is sent …
    expect(await a.fetch(target(), 'answer')).toMatchObject({ kind: 'problem' });
    expect(requests.length).toBe(1);
    // … but a person who asks is heard at once.
    answers = [() => ok('0xaa')];
    expect(await a.fetch(target(), 'recheck')).toMatchObject({ kind: 'evidence' });
  });

  it('doubles the pause with every further error, up to a quarter of an hour, and forgets it after a success', async () => {
    const a = attestor();
    const pauses: number[] = [];
    for (let i = 0; i < 8; i += 1) {
      answers = [() => status(500)];
      const got = await a.fetch(target(), 'recheck');
      if (got.kind === 'problem') pauses.push((got.problem.nextTryAt ?? 0) - now);
    }
    expect(pauses).toEqual([30, 60, 120, 240, 480, 900, 900, 900].map((s) => s * 1000));
    answers = [() => ok('0xaa'), () => status(500)];
    await a.fetch(target(), 'recheck');
    expect(await a.fetch(target(), 'recheck')).toMatchObject({ problem: { nextTryAt: now + 30_000 } });
  });

  it('of a missing login asks for a login and sets no pause', async () => {
    answers = [() => status(401), () => ok('0xaa')];
    const a = attestor();
    expect(await a.fetch(target(), 'open')).toEqual({ kind: 'problem', problem: { code: 'LOGIN_NEEDED', detail: 'HTTP 401', at: now } });
    expect(await a.fetch(target(), 'open')).toMatchObject({ kind: 'evidence' });
  });

  it('survives the worker: a new life knows the pause of the old one', async () => {
    answers = [() => status(429, '90')];
    await attestor().fetch(target(), 'open');
    now += 1_000;
    expect(await attestor().fetch(target(), 'answer')).toMatchObject({ kind: 'problem', problem: { code: 'RATE_LIMITED' } });
    expect(requests.length).toBe(1);
  });
});

describe('signers', () => {
  const times = (startedAt: number) => ({ startedAt, endedAt: startedAt + 2_000, maxAgeMs: 10 * MINUTE });

  it('finds the evidence that reports the signer among several machines', async () => {
    answers = [() => ok('0xaa'), () => ok('0xbb')];
    const a = attestor();
    await a.fetch(target(), 'open');
    now += 1_000;
    await a.fetch(target(), 'recheck');
    expect((await a.forSigner(target(), '0xaa', times(now)))?.signers).toEqual(['0xaa']);
    expect((await a.forSigner(target(), '0xbb', times(now)))?.signers).toEqual(['0xbb']);
    expect(await a.forSigner(target(), '0xcc', times(now))).toBeUndefined();
  });

  it('keeps beside them the set that they stand in, where signatures name it', async () => {
    answers = [() => ok('0xaa')];
    const a = attestor();
    await a.fetch(target({ provider: { ...provider, appraise: async (...given) => ({ ...(await provider.appraise(...given)), keyset: 'sha256:ab' }) } }), 'open');
    expect(await a.signersFor(target(), { startedAt: now, maxAgeMs: MINUTE })).toEqual(['0xaa', 'sha256:ab']);
  });

  it('takes evidence from before the answer, and not from longer ago than evidence serves', async () => {
    answers = [() => ok('0xaa')];
    const a = attestor();
    await a.fetch(target(), 'open');
    expect(await a.forSigner(target(), '0xaa', times(now + 10 * MINUTE))).toBeDefined();
    expect(await a.forSigner(target(), '0xaa', times(now + 10 * MINUTE + 1))).toBeUndefined();
  });

  it('triggers a request for an unknown one at most once in 30 s and six times an hour', async () => {
    const a = attestor();
    const asked: number[] = [];
    for (let second = 0; second < 3600; second += 10) {
      if ((await a.mayAskForSigner(target())).now) {
        answers = [() => ok('0xaa')];
        await a.fetch(target(), 'signer');
        asked.push(second);
      }
      now += 10_000;
    }
    expect(asked).toEqual([0, 30, 60, 90, 120, 150]);
    expect((await a.mayAskForSigner(target())).now).toBe(true);
  });
});
