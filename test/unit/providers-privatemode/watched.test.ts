/** Privatemode in the extension: answers of its page held to the session that the page itself made, with and without a key of the user's. */
import { sign } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import messages from '../../../assets/_locales/en/messages.json';
import { fail, unknown, weak } from '../../../src/checks/check';
import { CodedError } from '../../../src/checks/error';
import { DEFAULT } from '../../../src/checks/policy';
import { readSecretExchange, secretIdOf } from '../../../src/evidence/contrast/secret';
import type { FinishedAnswer, FinishedSession } from '../../../src/observe';
import { valuesOfManifest } from '../../../src/providers/contrast/values';
import type { ExchangeHead } from '../../../src/providers/exchange';
import { joinAnswer } from '../../../src/providers/join';
import { privatemode } from '../../../src/providers/privatemode';
import type { Appraisal, AppraiseContext, Provider } from '../../../src/providers/types';
import { privateAttestations } from '../../../src/records/attestations';
import type { StoredAttestation } from '../../../src/records/database';
import { catalogueI18n } from '../../../src/ui/i18n/catalogue';
import { sayWith } from '../../../src/ui/i18n/say';
import { nonceName } from '../../../src/ui/model/evidence/facts';
import { downloadsOf } from '../../../src/ui/model/evidence/downloads';
import { keyOf } from '../../../src/ui/model/evidence/key';
import { softwareOf } from '../../../src/ui/model/evidence/software';
import { popupModel } from '../../../src/ui/model/popup';
import { DEFAULT_SETTINGS } from '../../../src/records/settings';
import { Access } from '../../../src/watch/access';
import { Attestor } from '../../../src/watch/attestor';
import { DocumentBook } from '../../../src/watch/documents';
import { ExchangeHomes } from '../../../src/watch/exchange-homes';
import { Judge } from '../../../src/watch/judge';
import { OpenAnswers } from '../../../src/watch/open-answers';
import { PageSessions } from '../../../src/watch/sessions';
import { snapshotOf } from '../../../src/watch/tab-state';
import type { StoredReference } from '../../../src/watch/snapshot';
import { evidenceView, serviceView } from '../../../src/watch/views';
import { Watch } from '../../../src/watch/watch';
import { NONCE, NOW, documentOf, hexOf, leaf, manifestBytes, manifestOf, meshCertificate, meshPem, message, noise, serviceKeys, sha256, snpReference, utf8 } from '../evidence-contrast/lab';
import type { Situation } from '../evidence-contrast/lab';
import { anchor, ecKeys } from '../evidence-sevsnp/lab';
import { NO_ENDORSEMENTS } from '../providers/no-endorsements';
import { runStore } from '../watch/fixtures';

const PAGE = 'https://chat.privatemode.ai';
const API = 'https://api.privatemode.ai';
const MINUTE = 60_000;
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

let now: number;
let key: string | undefined;
let refused: number;
let run: ReturnType<typeof runStore>;
let kept: Map<string, StoredAttestation>;
let manifests: readonly Uint8Array[];
let requests: string[];
/** What happens while the service is asked. */
let late: (() => Promise<void>) | undefined;
/** Nothing can be kept on disk. */
let full: boolean;
let faults: number;
let acknowledged: number;

/** What the user knows: the manifest, unless a test knows another or none. */
const context = (): AppraiseContext => ({
  ...NO_ENDORSEMENTS, now, policy: DEFAULT, anchors: [anchor], snpCollateral: (_report, sent) => Promise.resolve({ endorsements: sent }),
  references: manifests.map((manifest) => ({ dialect: 'privatemode', role: 'coordinator', kind: 'contrast-manifest', source: 'imported', note: '', properties: {}, values: Object.fromEntries(Object.entries(valuesOfManifest(manifest)).map(([name, value]) => [name, [value]])) })),
});

async function opened({ incognito = false, documentId = '00000000-0000-4000-8000-000000000001' } = {}) {
  const clock = () => Promise.resolve(now);
  const maxAgeMs = () => Promise.resolve(10 * MINUTE);
  const random = (bytes: number): Uint8Array => noise(bytes);
  const hidden = privateAttestations(run);
  const storeFor = (isPrivate: boolean) => (isPrivate ? hidden : { get: (id: string) => Promise.resolve(kept.get(id)), put: (one: StoredAttestation) => (full ? Promise.reject(new CodedError('STORAGE_FAILED', 'the disk is full')) : Promise.resolve(void kept.set(one.id, one))), remove: (id: string) => Promise.resolve(void kept.delete(id)) });
  const fault = (error: unknown): void => {
    if (!full) throw error;
    faults += 1;
  };
  const access = new Access({ providers: () => Promise.resolve([privatemode]), picked: () => Promise.resolve(['privatemode']), allowed: () => Promise.resolve(true) });
  await access.refresh();
  const book = new DocumentBook(run, { changed: () => undefined, forgotten: () => undefined, failed: fault });
  await book.load();
  const appraise = (provider: Provider, stored: StoredAttestation) => provider.appraise(stored, context());
  const attestor = new Attestor({
    clock, random: () => NONCE, run, storeFor, keyFor: () => Promise.resolve(key), appraise,
    getter: () => async (url, options) => {
      const meanwhile = late;
      late = undefined;
      await meanwhile?.();
      requests.push(`${url} ${options.headers?.['authorization'] ?? ''}`);
      const body = url.endsWith('/attest') ? utf8(JSON.stringify({ AttestationDoc: base64(documentOf({ meshCa: MESH })) })) : agreement(Buffer.from((JSON.parse(typeof options.body === 'string' ? options.body : '{}') as { PublicKey: string }).PublicKey, 'base64'));
      return { status: refused, header: () => undefined, body };
    },
    throughPage: () => expect.unreachable(),
  });
  const judge = new Judge({ attestor, appraise, clock, maxAgeMs, pause: () => Promise.resolve(), relayed: () => Promise.resolve([]), runId: () => Promise.resolve('r'), attestation: (id, isPrivate) => storeFor(isPrivate).get(id), replayFor: () => expect.unreachable() });
  const watch = new Watch({
    clock, run, access, book, sessions: new PageSessions({ random, run, storeFor }), open: new OpenAnswers(run), homes: new ExchangeHomes(run), attestor, judge, maxAgeMs, fault,
    wayFor: () => Promise.resolve(key === undefined ? undefined : 'key'), hasLogin: () => false, record: () => Promise.resolve(), retryAt: () => undefined,
  });
  await watch.onDocument({ tabId: 7, documentId, origin: PAGE, incognito });
  const head = (path: string, more: Partial<ExchangeHead> = {}): ExchangeHead => ({
    id: `r${(ids += 1)}`, url: `${API}${path}`, method: 'POST', tabId: 7, initiator: PAGE, incognito, status: 200, headers: [], fromCache: false, startedAt: now, headersAt: now, requestHashes: [], requestUnseen: false, model: undefined, ...more,
  });
  const hear = async (part: 'evidence' | 'key', request: Uint8Array | undefined, response: Uint8Array | undefined, startedAt = now, tabId = 7): Promise<void> => {
    const at = head(part === 'evidence' ? '/privatemode/v1/attest' : '/privatemode/v1/secret', { startedAt, tabId });
    const session: FinishedSession = { id: at.id, provider: privatemode, apiOrigin: API, head: at, ending: 'completed', endedAt: now, revision: 0, acknowledge: () => { acknowledged += 1; }, part, request, response };
    await watch.onExchange({ kind: 'session', session });
  };
  const shown = () => {
    const document = book.shown(7) ?? expect.unreachable();
    return snapshotOf(document, { service: serviceView(privatemode, PAGE), allowed: true, consentNeeded: false });
  };
  return {
    watch, hear, shown,
    attests: (situation: Situation = {}, nonce: Uint8Array = NONCE, startedAt = now) => hear('evidence', utf8(JSON.stringify({ Nonce: base64(nonce) })), utf8(JSON.stringify({ AttestationDoc: base64(documentOf({ meshCa: MESH, ...situation })) })), startedAt),
    agrees: (...by: Parameters<typeof agreement> extends [unknown, ...infer Rest] ? Rest : never) => hear('key', utf8(JSON.stringify({ PublicKey: base64(publicKey) })), agreement(publicKey, ...by)),
    /** A request of the page leaves. */
    asks: (path: string) => watch.onExchange({ kind: 'requested', request: { ...head(path), provider: privatemode, apiOrigin: API } }),
    /** The page asks and is answered; what the answer proves. */
    async chats(answer: (secretId: string) => object = (id) => ({ id: 'x', choices: field(id) }), id = secretIdOf(publicKey)) {
      const { hashes } = privatemode.readRequest(utf8(JSON.stringify({ model: 'm', messages: field(id, 'aa') })));
      const reader = privatemode.newReader('json');
      reader.push(utf8(JSON.stringify(answer(id))));
      const at = head('/v1/chat/completions', { requestHashes: hashes });
      const exchange: FinishedAnswer = {
        kind: 'answer', id: at.id, provider: privatemode, apiOrigin: API, head: at, ending: 'completed', endedAt: now, revision: 0, acknowledge: () => undefined, bodyFrom: undefined,
        input: { head: at, form: 'json', reading: reader.finish('complete'), cut: false },
      };
      await watch.onExchange({ kind: 'finished', exchange });
      return this.newest();
    },
    newest() {
      const [found] = shown().answers;
      if (found === undefined) return expect.unreachable();
      const by = Object.fromEntries(found.checks.map((check) => [check.id, check]));
      return { state: found.state, attestationId: found.attestationId, by, codes: found.checks.filter(({ outcome }) => outcome === 'fail' || outcome === 'unknown').map(({ id, outcome, code }) => `${id} ${outcome} ${code ?? ''}`) };
    },
  };
}

let ids = 0;
/** One certificate: each signature over it is another. */
const MESH = meshPem();
let publicKey: Uint8Array;
const field = (secretId: string, text = 'bb'): string => `${secretId}:${'aa'.repeat(12)}:${text.repeat(12)}:${text.repeat(20)}`;

function agreement(half: Uint8Array, names = ['secret.privatemode.ai'], by = serviceKeys, mesh: Parameters<typeof meshCertificate>[0] = {}): Uint8Array {
  const encapsulatedKey = noise(1120);
  return utf8(JSON.stringify({
    EncapsulatedKey: base64(encapsulatedKey), Signature: base64(new Uint8Array(sign('sha256', message(half, encapsulatedKey), by.secret))),
    MeshCert: base64(meshCertificate({ subject: 'root', keys: serviceKeys, extensions: leaf(names), ...mesh })),
  }));
}

beforeEach(() => {
  now = NOW;
  key = undefined;
  refused = 200;
  run = runStore();
  kept = new Map();
  manifests = [manifestBytes()];
  requests = [];
  late = undefined;
  full = false;
  faults = 0;
  acknowledged = 0;
  publicKey = noise(1216);
});

describe('an answer under the key of the page’s own session', () => {
  it('is limited, with the gaps that remain named, and nothing was asked of the service', async () => {
    const tab = await opened();
    await tab.attests();
    await tab.agrees();
    const { state, by, codes } = await tab.chats();
    expect([state, codes, requests]).toEqual(['limited', [], []]);
    expect(by['key.session']).toMatchObject({ outcome: 'pass', basis: 'page', detail: `attested ${new Date(NOW).toISOString()}` });
    expect(by['key.secret.cert']).toMatchObject({ outcome: 'pass', basis: 'page' });
    expect(by['reportdata']).toMatchObject({ outcome: 'weak', code: 'NONCE_OF_PAGE', basis: 'page' });
    expect(by['report.signature']).toMatchObject({ outcome: 'pass', basis: 'hardware' });
    expect(by['gpu']).toMatchObject({ outcome: 'absent', code: 'GPU_CHECKED_INSIDE' });
    expect(by['signature']).toMatchObject({ outcome: 'absent', code: 'ANSWERS_NOT_SIGNED' });
    expect(tab.shown()).toMatchObject({ state: 'limited', qualifiers: ['as-reported-by-page'], attestation: { ofPage: true, through: 'page' } });
  });

  it('is open where that session was not seen, whatever other session was, and holds as soon as it is', async () => {
    const tab = await opened();
    await tab.attests();
    expect((await tab.chats()).codes).toEqual(['evidence unknown SESSION_NOT_SEEN', 'key.session unknown SESSION_NOT_SEEN']);
    expect((await tab.chats(undefined, Buffer.alloc(32, 1).toString('base64'))).state).toBe('incomplete');
    await tab.agrees();
    const states = tab.shown().answers.map(({ state }) => state);
    expect(states).toEqual(['incomplete', 'limited']);
  });

  it('takes both parts in either order, in normal and private windows, the latter never on disk', async () => {
    for (const incognito of [false, true]) {
      run = runStore();
      kept = new Map();
      const tab = await opened({ incognito });
      await tab.agrees();
      await tab.attests({}, NONCE, now - 50);
      expect((await tab.chats()).codes).toEqual([]);
      expect(kept.size > 0).toBe(!incognito);
    }
    expect([...run.kept.keys()].filter((name) => name.includes('session') && !name.startsWith('private:'))).toEqual([]);
  });

  it('is of the evidence that its page had, though its key was told of before that', async () => {
    const mesh = ecKeys();
    const tab = await opened();
    await tab.attests({ meshCa: meshPem({ keys: mesh, by: mesh }) }, NONCE, now - MINUTE);
    await tab.agrees();
    expect((await tab.chats()).codes).toContain('key.secret.cert fail SECRET_CERT_CHAIN');
    await tab.attests({}, NONCE, now - 50);
    expect([(await tab.chats()).codes, kept.size]).toEqual([[], 1]);
  });

  it('that was resumed says when it was attested: after a reload, and after the worker died', async () => {
    await (async () => {
      const tab = await opened();
      await tab.attests();
      await tab.agrees();
    })();
    now += 5 * MINUTE;
    const reloaded = await opened({ documentId: '00000000-0000-4000-8000-000000000002' });
    expect((await reloaded.chats()).by['evidence.time']).toMatchObject({ outcome: 'pass', detail: '300 s before the answer' });
    now += 35 * MINUTE;
    const { state, by } = await reloaded.chats();
    expect([state, by['evidence.time']]).toMatchObject(['limited', { outcome: 'weak', code: 'SESSION_RESUMED', detail: `attested ${new Date(NOW).toISOString()}` }]);
  });

  it.each<[string, (tab: Awaited<ReturnType<typeof opened>>) => Promise<void>, string]>([
    ['evidence for another number', async (tab) => { await tab.attests({}, noise(32)); await tab.agrees(); }, 'reportdata fail REPORT_DATA_MISMATCH'],
    ['a key service under another mesh CA', async (tab) => { await tab.attests({ meshCa: meshPem({ keys: ecKeys() }) }); await tab.agrees(); }, 'key.secret.cert fail SECRET_CERT_CHAIN'],
    ['another workload’s certificate', async (tab) => { await tab.attests(); await tab.agrees(['workload']); }, 'key.secret.cert fail SECRET_CERT_NAME'],
    ['another’s signature', async (tab) => { await tab.attests(); await tab.agrees(['secret.privatemode.ai'], ecKeys()); }, 'key.secret.signature fail SECRET_SIGNATURE'],
    ['a history', async (tab) => { await tab.attests({ manifests: [manifestBytes({ SeedshareOwnerPubKeys: ['aa'] }), manifestBytes()] }); await tab.agrees(); }, 'manifest.history fail MANIFEST_HISTORY'],
    ['another manifest', async (tab) => { await tab.attests({ manifests: [manifestBytes({ SeedshareOwnerPubKeys: ['aa'] })] }); await tab.agrees(); }, 'manifest.pin fail MANIFEST_NOT_PINNED'],
  ])('fails with %s', async (_, session, fault) => {
    const tab = await opened();
    await session(tab);
    const { state, codes } = await tab.chats();
    expect([state, codes]).toEqual(['failed', expect.arrayContaining([fault])]);
  });

  it('fails in plain text, with a session and without', async () => {
    for (const seen of [true, false]) {
      run = runStore();
      const tab = await opened();
      if (seen) {
        await tab.attests();
        await tab.agrees();
      }
      const before = tab.shown().attestation;
      expect(await tab.chats(() => ({ id: 'x', choices: [{ message: { content: 'injected' } }] }))).toMatchObject({ state: 'failed', codes: expect.arrayContaining(['coverage fail ANSWER_NOT_FROM_ENCLAVE']) as unknown });
      // What the page was shown stays in view.
      if (seen) expect(tab.shown().attestation).toEqual(before);
      expect(await tab.chats((id) => ({ id: 'x', choices: field(id, 'aa') }))).toMatchObject({ state: 'failed', codes: expect.arrayContaining(['request.hash fail ANSWER_REFLECTED']) as unknown });
    }
  });

  it('is judged anew with what the user approves, and on request, without a key', async () => {
    manifests = [];
    const tab = await opened();
    await tab.attests();
    expect(tab.shown().attestation?.checks.find(({ id }) => id === 'manifest.pin')).toMatchObject({ code: 'SOFTWARE_NOT_KNOWN' });
    await tab.agrees();
    expect((await tab.chats()).by['key.secret.cert']).toMatchObject({ outcome: 'weak', code: 'BOUND_BY_UNKNOWN_SOFTWARE' });
    manifests = [manifestBytes()];
    await tab.watch.reconsider();
    expect(tab.newest().by['key.secret.cert']).toMatchObject({ outcome: 'pass' });
    manifests = [manifestBytes({ SeedshareOwnerPubKeys: ['aa'] })];
    await tab.watch.recheck(7);
    expect([tab.newest().state, tab.shown().attestation?.state, requests]).toEqual(['failed', 'failed', []]);
  });

  it('shows what fails before anything was asked', async () => {
    const tab = await opened();
    await tab.attests({ edit: (bytes) => bytes.set([0], 0x50) });
    expect(tab.shown()).toMatchObject({ state: 'failed', answers: [] });
  });

  it.each<[string, (tab: Awaited<ReturnType<typeof opened>>) => Promise<void>]>([
    ['a number that is none', (tab) => tab.hear('evidence', utf8('{"Nonce":"AA=="}'), utf8('{}'))],
    ['no body', (tab) => tab.hear('evidence', utf8('{}'), undefined)],
    ['an agreement that is none', async (tab) => { await tab.attests(); await tab.hear('key', utf8('{}'), utf8('{}')); }],
  ])('is open after %s', async (_, session) => {
    const tab = await opened();
    await session(tab);
    expect((await tab.chats()).codes).toEqual(['evidence unknown SESSION_NOT_SEEN', 'key.session unknown SESSION_NOT_SEEN']);
  });
});

describe('what a page can make us keep', () => {
  it('is one piece of evidence without a key for each tab', async () => {
    const tab = await opened();
    for (let i = 0; i < 5; i += 1) await tab.attests();
    expect(kept.size).toBe(1);
    await tab.agrees();
    expect([kept.size, (await tab.chats()).state]).toEqual([1, 'limited']);
    // One that answers rest on stays.
    await tab.attests();
    expect([kept.size, (await tab.chats()).state]).toEqual([2, 'limited']);
  });

  it('that cannot be kept is said to be that, and let go of; the next one that can be is shown', async () => {
    const tab = await opened();
    full = true;
    await tab.attests();
    await tab.agrees();
    expect([faults, acknowledged]).toEqual([1, 2]);
    expect(tab.shown().attestation?.checks).toMatchObject([{ id: 'evidence', outcome: 'unknown', code: 'STORAGE_FAILED' }]);
    const { state, codes } = await tab.chats();
    expect([state, codes]).toEqual(['incomplete', expect.arrayContaining(['evidence unknown STORAGE_FAILED'])]);
    expect(tab.shown().attestation?.checks).toMatchObject([{ code: 'STORAGE_FAILED' }]);
    full = false;
    publicKey = noise(1216);
    now += MINUTE;
    await tab.attests();
    now += 1_000;
    await tab.agrees();
    expect([(await tab.chats()).state, tab.shown().attestation?.state]).toEqual(['limited', 'limited']);
    expect(acknowledged).toBe(4);
  });

  it('is bounded in bytes, however large the evidence and whatever keys are agreed after it', async () => {
    const tab = await opened();
    const attest = () => tab.hear('evidence', utf8(JSON.stringify({ Nonce: base64(noise(32)) })), new Uint8Array(5 * 1024 * 1024));
    const total = () => [...kept.values()].reduce((sum, { body }) => sum + body.length, 0);
    await attest();
    for (let i = 0; i < 10; i += 1) {
      publicKey = noise(1216);
      await tab.agrees();
      expect(total()).toBeLessThanOrEqual(32 * 1024 * 1024);
    }
    expect(kept.size).toBe(6);
    for (let i = 0; i < 10; i += 1) await attest();
    // Each took the unused one's place, and none that has a key.
    expect([kept.size, [...kept.values()].filter(({ session }) => session?.key !== undefined).length]).toEqual([6, 5]);
    expect((await tab.chats()).attestationId).toBeDefined();
  });

  it('remembers what the newest tabs are in the middle of, no more', async () => {
    const tab = await opened();
    for (let tabId = 7; tabId < 40; tabId += 1) {
      if (tabId > 7) await tab.watch.onDocument({ tabId, documentId: `00000000-0000-4000-8000-0000000000${tabId + 10}`, origin: PAGE, incognito: false });
      await tab.hear('evidence', utf8(JSON.stringify({ Nonce: base64(NONCE) })), utf8('{}'), now, tabId);
    }
    expect([...run.kept.keys()].filter((name) => /:tab:\d+:/.test(name))).toHaveLength(16);
    expect(kept.size).toBe(16);
  });

  it('is a few keys with their evidence, the newest', async () => {
    const tab = await opened();
    const first = publicKey;
    for (let i = 0; i < 20; i += 1) {
      if (i > 0) publicKey = noise(1216);
      await tab.attests();
      await tab.agrees();
    }
    expect(kept.size).toBe(16);
    expect([(await tab.chats()).state, (await tab.chats(undefined, secretIdOf(first))).state]).toEqual(['limited', 'incomplete']);
    expect([...run.kept.keys()].filter((name) => /:session:[0-9a-f]{64}$/.test(name))).toHaveLength(16);
  });
});

describe('what people read of it', () => {
  const readAs = async (session: (tab: Awaited<ReturnType<typeof opened>>) => Promise<void>) => {
    const tab = await opened();
    await session(tab);
    await tab.chats();
    const { readers, gaps, answers, rail } = popupModel(tab.shown(), [], now);
    return { readers: readers.map(({ id }) => id), gaps: gaps.map(({ id }) => id), words: answers.rows.map(({ word }) => word), key: rail.find(({ group }) => group === 'key')?.summary };
  };
  const whole = async (tab: Awaited<ReturnType<typeof opened>>): Promise<void> => {
    await tab.attests();
    await tab.agrees();
  };

  it('with known software: whom the page’s encrypting keeps out, and what is not seen of it', async () => {
    expect(await readAs(whole)).toEqual({ readers: ['if_page'], gaps: ['answers', 'way_sealed', 'gpu', 'other:reportdata', 'page'], words: ['answer_sealed'], key: { key: 'sum_key_agreed' } });
  });

  it('with unknown software: nobody', async () => {
    manifests = [];
    expect(await readAs(whole)).toMatchObject({ readers: ['none_software'], gaps: ['key_session', 'software_unknown', 'answers', 'way_open', 'gpu', 'other:reportdata', 'page'], words: ['answer_sealed'], key: { key: 'sum_key_unknown_software' } });
  });

  it('with no session seen: nobody, and the answer is no chat’s', async () => {
    expect(await readAs((tab) => tab.attests())).toMatchObject({ readers: ['open'], words: ['answer_machine_open'] });
  });

  it('on the evidence page: what report data holds', async () => {
    const { checks, parts } = await privatemode.appraise({ body: documentOf(), status: 200, contentType: undefined, nonce: NONCE, session: {} }, context());
    const reportData = parts.flatMap((part) => (part.kind === 'snp' ? [part.claims?.reportData] : []))[0];
    expect(keyOf(checks, [], hexOf(NONCE), reportData).halves.map(({ says }) => says)).toEqual(['half_manifest', 'half_zero']);
    expect(keyOf(checks.filter(({ id }) => id !== 'reportdata'), [], hexOf(NONCE), reportData).halves.map(({ says }) => says)).toEqual(['half_unexplained', 'half_zero']);
  });

  it('on the evidence page: a number of the page’s own', () => {
    expect([nonceName([]), nonceName([weak('reportdata', 'NONCE_OF_PAGE', '', { basis: 'page' })]), nonceName([fail('reportdata', 'REPORT_DATA_MISMATCH', '')])]).toEqual(['fact_nonce', 'fact_nonce_page', 'fact_nonce']);
  });
});

describe('what is handed out to repeat the judgement', () => {
  it('is the reply, the page’s agreement and the known manifests, in one command', async () => {
    const tab = await opened();
    await tab.attests();
    await tab.agrees();
    const { attestationId = '' } = await tab.chats();
    const stored = kept.get(attestationId) ?? expect.unreachable();
    const appraisal = await privatemode.appraise(stored, context());
    const references = context().references.map((reference, i) => ({ ...reference, id: `r${i}`, addedAt: now }));
    const view = evidenceView({ provider: privatemode, stored, appraisal, at: now, references, answers: [], flavour: 'shipped' });
    const { files, commands } = downloadsOf(view, DEFAULT_SETTINGS);
    const names = files.map(({ name }) => name.replace(/^assay-privatemode-[0-9-]+\./, ''));
    expect(names).toEqual(['report.json', 'snp.bin', 'vek.der', 'ca.der', 'crl.der', 'agreement.json', 'references.json']);
    expect(commands.map((command) => command.map((word) => word.replaceAll(/assay-privatemode-[0-9-]+\./g, '')))).toEqual([[
      'assay verify contrast report.json', `--nonce ${hexOf(NONCE)}`, '--secret agreement.json', '--single-manifest', '--vek vek.der', '--ca ca.der', '--crl crl.der', '--reference references.json', `--at ${new Date(now).toISOString()}`, '--offline',
    ]]);
    const agreed = files.find(({ what }) => what === 'file_agreement')?.file().content;
    expect(Object.keys(JSON.parse(typeof agreed === 'string' ? agreed : '') as object)).toEqual(['request', 'response']);
    expect(readSecretExchange(utf8(typeof agreed === 'string' ? agreed : '')).publicKey).toEqual(publicKey);
  });
});

describe('a manifest', () => {
  const shownFor = async (known: Uint8Array, sent: Uint8Array) => {
    const { software } = await privatemode.appraise({ body: documentOf({ manifests: [sent] }), status: 200, contentType: undefined, nonce: NONCE }, context());
    const values = Object.fromEntries(Object.entries(valuesOfManifest(known)).map(([name, value]) => [name, [value]]));
    const reference: StoredReference = { id: 'r', addedAt: 1, dialect: 'privatemode', role: 'coordinator', kind: 'contrast-manifest', source: 'approved', note: '', properties: {}, values };
    return softwareOf(software, [reference], [], { service: 'Privatemode', approvable: true, own: false }).items[0];
  };
  const say = sayWith(catalogueI18n(messages, 'en'), () => NOW);
  const named = (item: Awaited<ReturnType<typeof shownFor>>) => item?.references[0]?.differences.map(({ name, expected, actual }) => [say(name), expected === undefined ? 'added' : actual === undefined ? 'removed' : 'changed']);

  it('is shown by two digests: of its bytes, and as the page counts it', async () => {
    const item = await shownFor(manifestBytes(), manifestBytes());
    const value = (name: string) => item?.values.find((row) => say(row.name) === name);
    expect(value('Manifest, SHA-256 of its bytes')).toMatchObject({ value: hexOf(sha256(manifestBytes())) });
    expect(value('Manifest, SHA-256 as a page shows it')).toMatchObject({ value: hexOf(sha256(utf8(JSON.stringify(manifestOf())))) });
    expect(item?.references[0]?.matches).toBe(true);
  });

  it('that changed is told by what is in it, and by what came or went', async () => {
    const spaced = utf8(`${new TextDecoder().decode(manifestBytes())} `);
    expect(named(await shownFor(spaced, manifestBytes()))).toEqual([['Manifest, SHA-256 of its bytes', 'changed']]);
    const more = manifestBytes({ Policies: { ...(manifestOf()['Policies'] as object), ['ef'.repeat(32)]: { SANs: ['logger'], WorkloadSecretID: 'apps/v1/Deployment/logger' } }, ReferenceValues: { snp: [snpReference({ AllowedChipIDs: [] })] } });
    const hashes = [['Manifest, SHA-256 of its bytes', 'changed'], ['Manifest, SHA-256 as a page shows it', 'changed'], ['snp Metal-QEMU-SNP Genoa: AllowedChipIDs', 'changed']];
    expect(named(await shownFor(manifestBytes(), more))).toEqual([...hashes, ['policy apps/v1/Deployment/logger: hash', 'added'], ['policy apps/v1/Deployment/logger: names', 'added']]);
    expect(named(await shownFor(more, manifestBytes()))).toEqual([...hashes, ['policy apps/v1/Deployment/logger: hash', 'removed'], ['policy apps/v1/Deployment/logger: names', 'removed']]);
  });
});

describe('joined with evidence that a page asked for', () => {
  it('an answer’s key was seen only where that page agreed this very key after it', () => {
    const check = (agreed: string | undefined, named: string | undefined) =>
      joinAnswer({
        profile: privatemode.profile, startedAt: now, endedAt: now, findings: { checks: [unknown('key.session', 'SESSION_NOT_SEEN', '')], ...(named === undefined ? {} : { session: named }) },
        evidence: { kind: 'evidence', appraisal: { checks: [], signers: [], software: [], parts: [] }, receivedAt: now, limited: false, ofPage: { key: agreed, attestedAt: now, maxAgeMs: MINUTE } },
      }).find(({ id }) => id === 'key.session')?.outcome;
    expect([check('a', 'a'), check('a', 'b'), check(undefined, 'b'), check(undefined, undefined)]).toEqual(['pass', 'unknown', 'unknown', 'unknown']);
  });
});

describe('with a key of the user’s own', () => {
  beforeEach(() => {
    key = 'pm-key';
  });

  it('the deployment is asked as the page opens, for its evidence and for a throw-away key', async () => {
    const tab = await opened();
    expect(requests).toEqual([`${API}/privatemode/v1/attest Bearer pm-key`, `${API}/privatemode/v1/secret Bearer pm-key`]);
    const checks = Object.fromEntries((tab.shown().attestation?.checks ?? []).map(({ id, outcome, basis }) => [id, `${outcome} ${basis}`]));
    expect(checks).toMatchObject({ reportdata: 'pass hardware', 'key.secret.cert': 'pass hardware', 'key.secret.signature': 'pass hardware', gpu: 'absent hardware' });
  });

  it('answers rest on the page’s session all the same, and what was asked for stays in view', async () => {
    const tab = await opened();
    const own = tab.shown().attestation?.id;
    await tab.attests();
    await tab.agrees();
    const { state, by, attestationId } = await tab.chats();
    expect([state, by['key.session']?.outcome, attestationId === own, tab.shown().attestation?.id === own]).toEqual(['limited', 'pass', false, true]);
    // The mesh CA that the page's number attested is the one that ours does.
    expect(by['reportdata']).toMatchObject({ outcome: 'pass', basis: 'hardware' });
    expect(by['key.secret.cert']).toMatchObject({ basis: 'page' });
  });

  it('answers are judged by a session that is told of while ours is still being asked for', async () => {
    const tab = await opened();
    now += 11 * MINUTE;
    await tab.attests();
    // What is asked for comes late: the page's key is told of meanwhile, when no answer is there yet to be judged again.
    late = () => tab.agrees();
    const { state, by } = await tab.chats();
    expect([state, by['key.session']?.outcome]).toEqual(['limited', 'pass']);
  });

  it('is asked once as a page opens: that the page attests is no second reason', async () => {
    key = 'pm-key';
    const tab = await opened();
    const before = requests.length;
    now += 11 * MINUTE;
    await tab.asks('/privatemode/v1/attest');
    expect(requests).toHaveLength(before);
    await tab.asks('/v1/chat/completions');
    expect(requests.length).toBeGreaterThan(before);
  });

  it('answers of another mesh than ours rest on the page’s number alone, and those under a faulty one of ours', async () => {
    const mesh = ecKeys();
    const tab = await opened();
    await tab.attests({ meshCa: meshPem({ keys: mesh, by: mesh }) });
    await tab.agrees(['secret.privatemode.ai'], serviceKeys, { by: mesh });
    const { state, by } = await tab.chats();
    expect([state, by['reportdata'], by['key.secret.cert']?.outcome]).toMatchObject(['limited', { outcome: 'weak', code: 'NONCE_OF_PAGE' }, 'pass']);
    const checks = (outcome: 'pass' | 'unknown') => ({ checks: [{ id: 'reportdata', outcome, required: true, basis: 'hardware', detail: '' }, { id: 'meshca', outcome: 'pass', required: true, basis: 'hardware', detail: '', actual: 'aa' }], signers: [], software: [], parts: [] }) satisfies Appraisal;
    const page: Appraisal = { ...checks('pass'), checks: [weak('reportdata', 'NONCE_OF_PAGE', '', { basis: 'page' }), ...checks('pass').checks.slice(1)] };
    const confirmed = (own: Appraisal) => privatemode.session?.confirmed(page, own).checks[0]?.outcome;
    expect([confirmed(checks('pass')), confirmed(checks('unknown')), confirmed({ ...checks('pass'), checks: [] })]).toEqual(['pass', 'weak', 'weak']);
  });

  it('an answer whose session was not seen stays open: evidence of a deployment says nothing of a key', async () => {
    const tab = await opened();
    expect((await tab.chats()).codes).toEqual(['key.session unknown SESSION_NOT_SEEN']);
  });

  it('a refused key is open, and takes nothing from the page’s session', async () => {
    refused = 401;
    const tab = await opened();
    expect(tab.shown().attestation?.checks.map(({ code }) => code)).toEqual(['LOGIN_NEEDED']);
    await tab.attests();
    await tab.agrees();
    expect((await tab.chats()).codes).toEqual([]);
  });
});
