/** Bytes slipped into a stream beside a valid signature (issue 2, section 3): each form, through the real `openai` client. */
import { beforeAll, describe, expect, it } from 'vitest';
import { FAULTS } from '../simulator/faults';
import { MODELS } from '../simulator/ionet/models';
import { SMUGGLED } from '../simulator/ionet/stream';
import { API, Assay, COMPLETIONS } from './assay';
import { BROWSER } from './browser-under-test';
import { expectEverywhere, play } from './scenario';

let assay: Assay;
beforeAll(async () => {
  assay = await Assay.shared(BROWSER);
});

/** The real client stops reading at [DONE]: what comes after it reaches no reader, and is tried with one that reads on. */
const AFTER_DONE = 'smuggle-after-done';
const FORMS = FAULTS.map((fault) => fault.name).filter((name) => name.startsWith('smuggle-') && name !== AFTER_DONE);

describe('when bytes that nobody signed are in a stream', () => {
  it('there are forms to try', () => {
    expect(FORMS.length).toBeGreaterThanOrEqual(15);
  });

  it.each(FORMS)('says failed, STREAM_BYTES_UNSIGNED: %s', async (fault) => {
    await play(assay, { name: fault, faults: [fault], form: 'stream', state: 'failed', code: 'STREAM_BYTES_UNSIGNED' }, 'everywhere', 'as it is');
  });

  it('says failed, STREAM_BYTES_UNSIGNED: smuggle-after-done, to a page that reads on', async () => {
    await assay.forget();
    const chat = await assay.chat();
    assay.simulator.fault(AFTER_DONE);
    const text = await chat.page.evaluate(
      async ({ url, login, model }) => {
        const body = JSON.stringify({ model, stream: true, messages: [{ role: 'user', content: 'read on' }] });
        return await (await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${login}` }, body })).text();
      },
      { url: `${API}${COMPLETIONS}`, login: assay.simulator.login, model: MODELS[0]?.name ?? '' },
    );
    expect(text).toContain(SMUGGLED);
    await expectEverywhere(assay, chat, await chat.judged(1), { state: 'failed', code: 'STREAM_BYTES_UNSIGNED' });
    await chat.close();
  });

  it('never shows what comes after [DONE] in a client that stops there: smuggle-after-done', async () => {
    await assay.forget();
    const chat = await assay.chat();
    assay.simulator.fault(AFTER_DONE);
    const { answer, shown } = await chat.ask('stream');
    expect(shown.text).not.toContain(SMUGGLED.trim());
    // Whether the browser handed the page a piece with those bytes is a matter of the network's pieces.
    expect(['limited', 'failed']).toContain(answer.state);
    await chat.close();
  });
});
