/** Tabs, documents, workers and windows come and go; what is said of an answer does not depend on it. */
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Assay, type Chat, COMPLETIONS } from './assay';
import { BROWSER } from './browser-under-test';
import { expectEverywhere } from './scenario';
import { holds, until } from './wait';

const HOST = 'api.intelligence.io.net';
let assay: Assay;
beforeAll(async () => {
  assay = await Assay.shared(BROWSER);
});

const chats: Chat[] = [];
const open = async (): Promise<Chat> => {
  const chat = await assay.chat();
  chats.push(chat);
  return chat;
};
beforeEach(async () => {
  // A background that ends is what these are about: none is left from before.
  await assay.forget('ready', 'gone');
});
afterEach(async () => {
  for (const chat of chats.splice(0)) await chat.close();
});

/** What was read of a request, the model it names among it, is kept from here on: a background that dies sooner takes that along. */
const onRecord = async (): Promise<void> => {
  await until('the request on record', async () => await assay.inExtension(async () => Object.keys(await chrome.storage.session.get(null)).some((key) => key.startsWith('head:')), undefined));
};

const lastAnswer = async (): Promise<NonNullable<ReturnType<Assay['simulator']['requestsTo']>[number]>> =>
  await until('the request at the service', () => assay.simulator.requestsTo(HOST, COMPLETIONS).findLast((request) => request.method === 'POST'));

describe('when the background dies in the middle of an answer', () => {
  it('between headers and body: the answer is judged all the same', async () => {
    const chat = await open();
    assay.simulator.setPace(150);
    const number = await chat.press('stream');
    const request = await lastAnswer();
    await until('the first bytes', () => request.sent > 0);
    // The headers are known and kept; nothing of the verdict is.
    await onRecord();
    await chat.becomes('an answer that is arriving', (now) => now.answers.length === 1);
    await assay.browser.killBackground();
    expect((await chat.over(number)).state).toBe('done');
    await expectEverywhere(assay, chat, await chat.judged(number), { state: 'limited', code: 'SIGNER_NOT_BOUND', ended: true });
  });

  it('while the request leaves, before anything of it can be kept: the answer is judged all the same', async () => {
    const chat = await open();
    await chat.ask('json');
    assay.simulator.setPace(60);
    const number = await chat.press('stream');
    await assay.browser.killBackground();
    expect((await chat.over(number)).state).toBe('done');
    await expectEverywhere(assay, chat, await chat.judged(number), { state: 'limited', code: 'SIGNER_NOT_BOUND', ended: true });
  });

  it('several times in one stream: the answer is judged all the same', async () => {
    const chat = await open();
    assay.simulator.setPace(150);
    const number = await chat.press('stream');
    const request = await lastAnswer();
    await onRecord();
    for (const least of [1, 800, 1600]) {
      await until(`${least} bytes`, () => request.sent >= least || request.finishedAt !== undefined);
      await assay.browser.killBackground();
    }
    await chat.over(number);
    await expectEverywhere(assay, chat, await chat.judged(number), { state: 'limited', ended: true });
  });

  it('a tampered stream is found all the same', async () => {
    const chat = await open();
    assay.simulator.setPace(150);
    assay.simulator.fault('sse-chunk-changed');
    const number = await chat.press('stream');
    const request = await lastAnswer();
    await until('the first bytes', () => request.sent > 0);
    await assay.browser.killBackground();
    await chat.over(number);
    await expectEverywhere(assay, chat, await chat.judged(number), { state: 'failed', code: 'RESPONSE_HASH_MISMATCH', ended: true });
  });

  it('after the verdict: it stands', async () => {
    const chat = await open();
    assay.simulator.fault('body-tampered');
    const judged = await chat.ask('json');
    expect(judged.tab.state).toBe('failed');
    await assay.browser.killBackground();
    const tab = await chat.snapshot();
    expect(tab.state).toBe('failed');
    await expectEverywhere(assay, chat, { answer: tab.answers[0] ?? judged.answer, tab }, { state: 'failed', code: 'RESPONSE_HASH_MISMATCH', ended: true });
  });
});

describe('when the page stops an answer', () => {
  it('the server sees it, and the row says that the page stopped it', async () => {
    const chat = await open();
    assay.simulator.setPace(200);
    const number = await chat.press('stream');
    const request = await lastAnswer();
    await until('the first bytes', () => request.sent > 0);
    await chat.stop();
    await until('the server to see that the client went away', () => request.aborted);
    expect(request.finishedAt).toBeUndefined();
    expect((await chat.over(number)).state).toBe('stopped');
    const { answer } = await chat.judged(number);
    expect(answer.stoppedByPage).toBe(true);
    expect(answer.state).toBe('incomplete');
    // It leaves the tab's state once a later answer is judged, and stays in its row.
    assay.simulator.setPace(5);
    const next = await chat.ask('json');
    expect(next.tab.state).toBe('limited');
    expect(next.tab.answers.find((one) => one.number === number)?.state).toBe('incomplete');
  });
});

describe('when there are several documents', () => {
  it('two tabs are told apart', async () => {
    const good = await open();
    const bad = await open();
    await good.ask('json');
    assay.simulator.fault('body-tampered');
    const judged = await bad.ask('json');
    await expectEverywhere(assay, bad, judged, { state: 'failed', code: 'RESPONSE_HASH_MISMATCH' });
    expect((await good.snapshot()).state).toBe('limited');
    expect((await good.toolbar()).badge).toBe('');
  });

  it('a failure stays while good answers follow, and a reload begins anew', async () => {
    const chat = await open();
    assay.simulator.fault('body-tampered');
    expect((await chat.ask('json')).tab.state).toBe('failed');
    assay.simulator.reset();
    const later = await chat.ask('json');
    expect(later.answer.state).toBe('limited');
    expect(later.tab.state).toBe('failed');
    await chat.page.reload();
    await chat.becomes('a document without answers', (tab) => tab.answers.length === 0);
    await until('the badge to go', async () => (await chat.toolbar()).badge === '');
    const { tab } = await chat.ask('json');
    expect(tab.state).toBe('limited');
    expect(tab.counts.total).toBe(1);
  });

  it('"I have seen this" ends a failure without a reload', async () => {
    const chat = await open();
    assay.simulator.fault('body-tampered');
    expect((await chat.ask('json')).tab.state).toBe('failed');
    assay.simulator.reset();
    await chat.ask('json');
    await assay.ask('tab.acknowledge', { tabId: chat.tabId });
    const tab = await chat.becomes('the failure to be acknowledged', (now) => now.acknowledged);
    expect(tab.state).toBe('limited');
  });
});

describe('when a worker of the page asks', () => {
  it('its answer counts for the open tabs of its origin, marked so', async () => {
    const chat = await open();
    await chat.ask('json');
    const number = await chat.press('worker');
    expect((await chat.over(number)).state).toBe('done');
    const tab = await chat.becomes('the answer to the worker', (now) => now.counts.total === 2 && now.answers.every((answer) => answer.state !== 'arriving'));
    const answer = tab.answers.find((one) => one.number === 2);
    // No browser shows the bytes of a dedicated worker to a page's tap.
    expect(answer?.checks.map((check) => check.code)).toContain('BODY_NOT_SEEN');
    expect(answer?.state).toBe('incomplete');
  });
});

describe('when the window is private', () => {
  it('answers are judged, and nothing of them is kept', async () => {
    const chat = await assay.privateChat();
    chats.push(chat);
    const { tab } = await chat.ask('json');
    expect(tab.state).toBe('limited');
    await holds('no record of it', 1500, async () => (await assay.records()).length === 0);
    expect((await assay.ask('records.kept', {})).attestations).toBe(0);
  });

  it('evidence of an ordinary window does not serve it', async () => {
    const chat = await open();
    await chat.ask('json');
    const asked = (): number => assay.simulator.requestsTo(HOST, '/v1/private/attestation').filter((request) => request.method === 'POST').length;
    const before = asked();
    const hidden = await assay.privateChat();
    chats.push(hidden);
    expect((await hidden.ask('json')).tab.state).toBe('limited');
    expect(asked()).toBe(before + 1);
  });
});

describe('after all of that', () => {
  it('no error stands in any console of the extension', async () => {
    expect(await assay.browser.problems()).toEqual([]);
  });
});
