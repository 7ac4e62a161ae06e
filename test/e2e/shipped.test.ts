/** The build that people install: perfect simulated evidence must fail in it, because its root is not the vendor's. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Assay, CHAT } from './assay';
import { BROWSER } from './browser-under-test';
import { expectEverywhere } from './scenario';

let assay: Assay;
beforeAll(async () => {
  assay = await Assay.start({ browser: BROWSER, flavour: 'shipped' });
});
afterAll(async () => {
  await assay.close();
});

describe('when the shipped build sees perfect evidence of the simulator', () => {
  it('says failed, ROOT_UNTRUSTED', async () => {
    const chat = await assay.chat();
    await expectEverywhere(assay, chat, await chat.ask('json'), { state: 'failed', code: 'ROOT_UNTRUSTED' });
    await chat.close();
  });

  it('cannot be talked into the simulator’s clock', async () => {
    await assay.forget();
    await assay.inExtension(async () => await chrome.storage.session.set({ 'simulator.clockOffset': 1e12 }), undefined);
    const chat = await assay.chat();
    const { answer } = await chat.ask('json');
    expect(answer.checks.map((check) => check.code)).toContain('ROOT_UNTRUSTED');
    expect(answer.judgedAt ?? 0).toBeLessThan(Date.now() + 60_000);
    await chat.close();
  });
});

describe('a site that is on nobody’s list', () => {
  it('is left alone', async () => {
    await assay.forget('fresh');
    const chat = await assay.chat();
    const shown = await chat.over(await chat.press('json'));
    expect(shown.state).toBe('done');
    const tab = await chat.snapshot();
    expect(['off', 'nopermission']).toContain(tab.state);
    expect(tab.answers).toEqual([]);
    expect(await assay.records()).toEqual([]);
    expect(await chat.page.evaluate(() => String(Object.getOwnPropertyDescriptor(Response.prototype, 'text')?.value))).toMatch(/^function text\(\)/);
    expect(await chat.page.url()).toBe(`${CHAT}/`);
    await chat.close();
  });
});

describe('after all of that', () => {
  it('no error stands in any console of the extension', async () => {
    expect(await assay.browser.problems()).toEqual([]);
  });
});
