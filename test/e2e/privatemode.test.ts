/** Privatemode: Assay looks on while its web chat attests and agrees a key, or asks by itself with the user's own API key. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { manifestText } from '../simulator/contrast/deployment';
import type { FaultName } from '../simulator/faults';
import { PRIVATEMODE as DEPLOYMENT } from '../simulator/privatemode/deployment';
import { PRIVATEMODE_KEY } from '../simulator/privatemode/gateway';
import { PRIVATEMODE_API_HOST } from '../simulator/privatemode/services';
import type { Code } from '../../src/checks/codes';
import { COMPACT_HASH, MANIFEST_HASH } from '../../src/providers/contrast/names';
import type { State } from '../../src/verdict/state';
import type { AnswerView, TabSnapshot } from '../../src/watch/snapshot';
import { Assay, type Chat, codesOf, PRIVATEMODE } from './assay';
import { BROWSER, inThisBrowser } from './browser-under-test';
import { expectEverywhere, expectVerdict } from './scenario';
import { until } from './wait';

const API = `https://${PRIVATEMODE_API_HOST}`;
const ATTEST = '/privatemode/v1/attest';

let assay: Assay;
beforeAll(async () => {
  assay = await Assay.shared(BROWSER);
});
beforeEach(async () => {
  await assay.forget('fresh');
  await assay.ask('settings.set', { patch: { services: ['privatemode'] } });
});

const bring = async (): Promise<void> => {
  await assay.ask('reference.import', { text: manifestText(DEPLOYMENT), apiOrigin: API });
};
const typeKey = async (): Promise<void> => {
  await assay.ask('key.set', { profileId: 'privatemode', apiOrigin: API, key: PRIVATEMODE_KEY });
};
/** How often the page asked for evidence, and Assay. */
function attested(): { readonly page: number; readonly own: number } {
  const asked = assay.simulator.requestsTo(PRIVATEMODE_API_HOST, ATTEST).filter(({ method }) => method === 'POST');
  const page = asked.filter(({ headers }) => headers['origin'] === PRIVATEMODE).length;
  return { page, own: asked.length - page };
}

/** The web chat, its session begun. */
async function open(): Promise<Chat> {
  const chat = await assay.chat(PRIVATEMODE);
  await begun(chat);
  return chat;
}
/** Tabs are left to later tests, and a page keeps its session for its tab. */
async function leave(chat: Chat): Promise<void> {
  await chat.page.evaluate(() => sessionStorage.clear());
  await chat.close();
}
/** How the page's session began: attested, resumed or failed. */
const begun = (chat: Chat): Promise<string> => until('the page’s session', async () => {
  const state = await chat.page.evaluate(() => document.querySelector<HTMLElement>('#session')?.dataset['state']);
  return state === undefined || state === 'starting' ? undefined : state;
});

/** The evidence that the page asked for, shown. */
const seen = (chat: Chat): Promise<TabSnapshot> => chat.becomes('the page’s evidence', ({ attestation }) => attestation?.ofPage === true);

/** The first answer, judged under the page's session: what the page itself asked for is told a moment after the page has it. */
async function underItsSession(chat: Chat): Promise<{ readonly answer: AnswerView; readonly tab: TabSnapshot }> {
  const tab = await chat.becomes('an answer under the page’s session', ({ answers: [newest], state }) => newest?.judgedAt !== undefined && !codesOf(newest).includes('SESSION_NOT_SEEN') && state !== 'checking');
  const [answer] = tab.answers;
  if (answer === undefined) throw new Error('no answer');
  return { answer, tab };
}

describe('a chat that Assay only looks on at', () => {
  it('is limited: the page’s own session is judged, and every field belongs to it', async () => {
    const chat = await open();
    await seen(chat);
    const judged = await chat.ask('stream');
    expect(judged.shown).toMatchObject({ state: 'done', text: expect.stringContaining('It was encrypted on its way') as string });
    await expectEverywhere(assay, chat, judged, { state: 'limited', code: 'NONCE_OF_PAGE' });
    expect(codesOf(judged.answer)).toEqual(expect.arrayContaining(['SOFTWARE_NOT_KNOWN', 'GPU_CHECKED_INSIDE', 'ANSWERS_NOT_SIGNED']));
    for (const id of ['key.session', 'coverage', 'request.hash']) expect(judged.answer.checks.find((check) => check.id === id)).toMatchObject({ outcome: 'pass', basis: 'page' });
    expect(judged.tab.attestation).toMatchObject({ ofPage: true });
    // The page's security view counts the manifest in a way of its own: people can compare.
    const shown = await chat.page.evaluate(() => document.querySelector('#session')?.textContent ?? '');
    const view = await assay.ask('evidence.get', { attestationId: judged.answer.attestationId ?? '' });
    const [software] = view?.software ?? [];
    expect(/[0-9a-f]{64}$/.exec(shown)?.[0]).toBe(software?.values[COMPACT_HASH]);
    expect(software?.values[MANIFEST_HASH]).not.toBe(software?.values[COMPACT_HASH]);
    // Nobody but the page asked.
    expect(attested()).toEqual({ page: 1, own: 0 });
    await leave(chat);
  });

  it('goes on after a reload without new evidence, and cannot be judged where its session was never seen', async () => {
    const chat = await open();
    await seen(chat);
    await bring();
    await chat.page.reload();
    expect(await begun(chat)).toBe('resumed');
    const resumed = await chat.ask('json');
    expectVerdict(resumed, { state: 'limited', code: 'NONCE_OF_PAGE' });
    expect(codesOf(resumed.answer)).not.toContain('SOFTWARE_NOT_KNOWN');
    expect(attested()).toEqual({ page: 1, own: 0 });
    await assay.forget('fresh');
    await assay.ask('settings.set', { patch: { services: ['privatemode'] } });
    await chat.page.reload();
    await begun(chat);
    expectVerdict(await chat.ask('json'), { state: 'incomplete', code: 'SESSION_NOT_SEEN' });
    await leave(chat);
  });
});

describe('with the user’s own API key', () => {
  it('Assay asks with a number of its own, and agrees a key that nobody can use', async () => {
    await typeKey();
    await bring();
    const chat = await open();
    const tab = await chat.becomes('evidence of Assay’s own', (now) => now.attestation?.through === 'key' && now.state !== 'checking');
    expect(tab.attestation?.state).toBe('limited');
    await chat.press('json');
    await expectEverywhere(assay, chat, await underItsSession(chat), { state: 'limited', code: 'ANSWERS_NOT_SIGNED' });
    for (const id of ['reportdata', 'manifest.pin', 'key.secret.cert', 'key.secret.signature']) expect(tab.attestation?.checks.find((check) => check.id === id), id).toMatchObject({ outcome: 'pass' });
    expect(attested()).toEqual({ page: 1, own: 1 });
    await leave(chat);
  });
});

describe('a service with two faces', () => {
  it('is not believed for what it shows to Assay: the page’s answers are held to what the page was shown', async () => {
    await typeKey();
    await bring();
    assay.simulator.fault('privatemode-split-view');
    const chat = await open();
    await chat.becomes('good evidence of Assay’s own', (now) => now.attestation?.through === 'key' && now.attestation.state === 'limited');
    await chat.press('json');
    expectVerdict(await underItsSession(chat), { state: 'failed', code: 'REPORT_DATA_MISMATCH' });
    await leave(chat);
  });
});

const EVIDENCE: readonly { readonly fault: FaultName; readonly key?: true; readonly state: State; readonly code: Code }[] = [
  { fault: 'contrast-manifest-changed', state: 'failed', code: 'MANIFEST_NOT_PINNED' },
  { fault: 'contrast-history-of-two', key: true, state: 'failed', code: 'MANIFEST_HISTORY' },
  { fault: 'contrast-mesh-ca-swapped', state: 'failed', code: 'REPORT_DATA_MISMATCH' },
  { fault: 'privatemode-secret-of-workload', key: true, state: 'failed', code: 'SECRET_CERT_NAME' },
  { fault: 'contrast-foreign-report', key: true, state: 'failed', code: 'MEASUREMENT_MISMATCH' },
  { fault: 'privatemode-secret-signature', state: 'failed', code: 'SECRET_SIGNATURE' },
  { fault: 'contrast-nonce-replayed', state: 'failed', code: 'REPORT_DATA_MISMATCH' },
  { fault: 'contrast-down', key: true, state: 'incomplete', code: 'SERVICE_ERROR' },
];

describe('when something is the matter with the deployment', () => {
  // One verifier stands behind both browsers: each fault is tried in one of them, at the page's session or at Assay's own request.
  it.each(inThisBrowser(EVIDENCE))('says $state, $code: $fault', async ({ fault, key, state, code }) => {
    await bring();
    if (key === true) await typeKey();
    assay.simulator.fault(fault);
    const chat = await open();
    const tab = await chat.becomes(`${state}, ${code}`, (now) => now.state === state && now.attestation !== undefined && codesOf(now.attestation).includes(code));
    expect(tab.attestation?.ofPage === true).toBe(key !== true);
    await leave(chat);
  });
});

const ANSWERS: readonly (readonly [fault: FaultName, form: 'json' | 'stream', state: State, code: Code])[] = [
  ['privatemode-plain', 'json', 'failed', 'ANSWER_NOT_FROM_ENCLAVE'],
  ['privatemode-plain-marked', 'stream', 'failed', 'ANSWER_NOT_FROM_ENCLAVE'],
  ['privatemode-plain-part', 'stream', 'failed', 'ANSWER_NOT_FROM_ENCLAVE'],
  ['privatemode-reflected', 'json', 'failed', 'ANSWER_REFLECTED'],
  ['privatemode-other-secret', 'json', 'failed', 'ANSWER_OF_OTHER_REQUEST'],
  ['privatemode-other-request', 'json', 'failed', 'ANSWER_OF_OTHER_REQUEST'],
  ['privatemode-cut', 'stream', 'incomplete', 'ANSWER_CUT'],
];

describe('when something is the matter with an answer', () => {
  it('says which, answer by answer, and a good one after them is none the worse', async () => {
    const chat = await open();
    for (const [fault, form, state, code] of ANSWERS) {
      assay.simulator.fault(fault);
      const { answer } = await chat.ask(form);
      expect([fault, answer.state, codesOf(answer)]).toEqual([fault, state, expect.arrayContaining([code])]);
      assay.simulator.fault(fault, false);
    }
    const { answer, tab } = await chat.ask('stream');
    expect([answer.state, tab.state]).toEqual(['limited', 'failed']);
    await leave(chat);
  });
});

describe('behind a proxy of the user’s own', () => {
  /** The proxy's page and API on this machine, and the key for where evidence is. */
  async function added(): Promise<string> {
    const { localOrigin } = assay.simulator;
    await assay.ask('settings.set', { patch: { services: [], ownServices: [{ dialect: 'privatemode', pageOrigin: localOrigin, apiOrigin: localOrigin, name: 'My proxy' }] } });
    const own = (await assay.ask('services.list', {})).find(({ name }) => name === 'My proxy');
    expect(own).toMatchObject({ addedByYou: true, allowed: true, picked: true, takesKey: true, hasKey: false, evidenceOrigin: API });
    await assay.ask('key.set', { profileId: own?.profileId ?? '', apiOrigin: API, key: PRIVATEMODE_KEY });
    return localOrigin;
  }

  it('the deployment is attested beside it, and what the proxy checked is said to be unseen', async () => {
    const chat = await assay.chat(await added());
    await bring();
    const judged = await chat.ask('stream');
    expect(judged.shown.state).toBe('done');
    await expectEverywhere(assay, chat, judged, { state: 'limited', code: 'PROXY_CHECKS_UNSEEN' });
    expect(judged.tab.attestation?.checks.find(({ id }) => id === 'channel')?.code).toBe('PROXY_CHECKS_UNSEEN');
    expect(codesOf(judged.answer)).not.toContain('SOFTWARE_NOT_KNOWN');
    for (const id of ['reportdata', 'manifest.pin', 'key.secret.signature']) expect(judged.answer.checks.find((check) => check.id === id), id).toMatchObject({ outcome: 'pass' });
    const view = await assay.ask('evidence.get', { attestationId: judged.answer.attestationId ?? '' });
    expect([view?.askedOf, view?.service.apiOrigins]).toEqual([API, [assay.simulator.localOrigin]]);
    // Asked once, with the key, of the gateway; the proxy saw neither.
    expect(attested()).toEqual({ page: 0, own: 1 });
    expect(assay.simulator.requestsTo(PRIVATEMODE_API_HOST, ATTEST)[0]?.headers['authorization']).toBe(`Bearer ${PRIVATEMODE_KEY}`);
    expect(assay.simulator.requestsTo('localhost').map(({ path }) => path).filter((path) => path.includes('attest'))).toEqual([]);
    await chat.close();
  });

  it('an answer that the gateway says it did not encrypt fails, and so does every answer of a foreign deployment', async () => {
    const chat = await assay.chat(await added());
    assay.simulator.fault('privatemode-plain-marked');
    await expectEverywhere(assay, chat, await chat.ask('json'), { state: 'failed', code: 'ANSWER_NOT_FROM_ENCLAVE' });
    assay.simulator.fault('privatemode-plain-marked', false);
    assay.simulator.fault('contrast-foreign-report');
    await assay.ask('tab.recheck', { tabId: chat.tabId });
    await chat.becomes('the foreign machine', ({ attestation }) => attestation?.state === 'failed');
    expectVerdict(await chat.ask('json'), { state: 'failed', code: 'MEASUREMENT_MISMATCH' });
    await chat.close();
  });
});

describe('after all of that', () => {
  it('nobody was asked but the service and AMD, and no error stands in any console', async () => {
    const hosts = new Set(assay.simulator.requests.map((request) => request.host));
    expect([...hosts].filter((host) => !['chat.privatemode.ai', 'api.privatemode.ai', 'cdn.confidential.cloud', 'kdsintf.amd.com', 'localhost'].includes(host))).toEqual([]);
    expect(await assay.browser.problems()).toEqual([]);
  });
});
