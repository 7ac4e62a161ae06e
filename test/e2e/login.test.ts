/** Evidence needs a login: Assay asks whether it may ask through the page, and does what was said. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { API, Assay, ATTESTATION, CHAT, codesOf } from './assay';
import { BROWSER } from './browser-under-test';
import { expectEverywhere } from './scenario';

const HOST = new URL(API).host;
let assay: Assay;
beforeAll(async () => {
  assay = await Assay.shared(BROWSER);
});
beforeEach(async () => {
  await assay.forget('picked');
});

const attestations = (): ReturnType<Assay['simulator']['requestsTo']> => assay.simulator.requestsTo(HOST, ATTESTATION).filter((request) => request.method === 'POST');

describe('when evidence needs a login and nothing was said yet', () => {
  it('asks nobody, and offers to ask through the page; with a click it does, and earlier answers are judged too', async () => {
    const chat = await assay.chat();
    const { answer, tab } = await chat.ask('json');
    expect(codesOf(answer)).toContain('LOGIN_NEEDED');
    expect(tab.consentNeeded).toBe(true);
    expect(attestations()).toHaveLength(0);
    await expectEverywhere(assay, chat, { answer, tab }, { state: 'incomplete', code: 'LOGIN_NEEDED' });

    const popup = await assay.popup(chat.tabId);
    await popup.press('action_ask_page');
    await chat.becomes('the consent', (now) => !now.consentNeeded);
    // Before the click nothing in the page noted a login; the page's next request shows it.
    expect(attestations()).toHaveLength(0);
    await chat.ask('json');
    const after = await chat.becomes('both answers judged', (now) => now.answers.length === 2 && now.answers.every((one) => one.state === 'limited') && now.state !== 'checking');
    expect(after.state).toBe('limited');
    await popup.close();
    const [asked] = attestations();
    expect(asked?.headers['origin']).toBe(CHAT);
    expect(asked?.headers['authorization']).toBe(`Bearer ${assay.simulator.login}`);
    await chat.close();
  });

  it('after consent the next page needs no word more', async () => {
    await assay.ask('consent.set', { pageOrigin: CHAT, allow: true });
    const chat = await assay.chat();
    const { tab } = await chat.ask('json');
    expect(tab.state).toBe('limited');
    await chat.close();
  });

  it('a consent taken back is taken back', async () => {
    await assay.ask('consent.set', { pageOrigin: CHAT, allow: true });
    await assay.ask('consent.set', { pageOrigin: CHAT, allow: false });
    const chat = await assay.chat();
    const { tab } = await chat.ask('json');
    expect(tab.consentNeeded).toBe(true);
    expect(attestations()).toHaveLength(0);
    await chat.close();
  });
});

describe('when the user typed a key of their own', () => {
  it('the background asks with it, and with nothing of the page', async () => {
    await assay.ask('key.set', { profileId: 'ionet', apiOrigin: API, key: 'io-typed-by-the-user' });
    const chat = await assay.chat();
    const { tab } = await chat.ask('json');
    expect(tab.state).toBe('limited');
    const [asked] = attestations();
    expect(asked?.headers['authorization']).toBe('Bearer io-typed-by-the-user');
    expect(asked?.headers['cookie']).toBeUndefined();
    expect(asked?.headers['referer']).toBeUndefined();
    await chat.close();
  });
});

describe('what is kept of a login', () => {
  it('nothing of the page’s own is written anywhere', async () => {
    await assay.ask('consent.set', { pageOrigin: CHAT, allow: true });
    const chat = await assay.chat();
    await chat.ask('json');
    const stored = await assay.inExtension(async () => JSON.stringify([await chrome.storage.local.get(null), await chrome.storage.session.get(null)]), undefined);
    expect(stored).not.toContain(assay.simulator.login);
    await chat.close();
  });
});

describe('after all of that', () => {
  it('no error stands in any console of the extension', async () => {
    expect(await assay.browser.problems()).toEqual([]);
  });
});
