/** NEAR AI and RedPill: several machines in one report, signatures asked for once an answer has ended. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { FaultName } from '../simulator/faults';
import { references } from '../simulator/report/reference';
import type { Code } from '../../src/checks/codes';
import type { State } from '../../src/verdict/state';
import type { AnswerView } from '../../src/watch/snapshot';
import { type AnswerForm, Assay, type Chat, codesOf } from './assay';
import { BROWSER, inThisBrowser } from './browser-under-test';
import { expectEverywhere } from './scenario';

const NEAR = 'https://private.near.ai';
const REDPILL = 'https://chat.redpill.ai';
const GATEWAY_API = 'https://cloud-api.near.ai';

let assay: Assay;
beforeAll(async () => {
  assay = await Assay.shared(BROWSER);
});
beforeEach(async () => {
  await assay.forget('fresh');
  await assay.ask('settings.set', { patch: { services: ['nearai', 'phala'], pageConsents: [NEAR] } });
});

async function chatAt(origin: string, api?: string, world = assay): Promise<Chat> {
  const chat = await world.chat(origin);
  await chat.page.evaluate((chosen: string | undefined) => {
    const box = document.querySelector<HTMLSelectElement>('#api');
    if (box !== null && chosen !== undefined) box.value = chosen;
  }, api);
  return chat;
}

describe('a signed answer', () => {
  it.each([['NEAR AI’s gateway', NEAR, GATEWAY_API], ['NEAR AI’s chat service', NEAR, NEAR], ['RedPill', REDPILL, undefined]])('of %s is limited while its software is known to nobody', async (_name, origin, api) => {
    const chat = await chatAt(origin, api);
    const judged = await chat.ask('json');
    await expectEverywhere(assay, chat, judged, { state: 'limited', code: 'SOFTWARE_NOT_KNOWN' });
    expect(judged.answer.signer).toMatch(/^0x[0-9a-f]{40}$/);
    for (const id of ['signature', 'response.hash', 'signer']) expect(judged.answer.checks.find((check) => check.id === id)?.outcome, id).toBe('pass');
    await chat.close();
  });

  it('streamed from RedPill holds too, its signature asked for after its end', async () => {
    const chat = await chatAt(REDPILL);
    assay.simulator.fault('report-signature-late');
    const judged = await chat.ask('stream');
    await expectEverywhere(assay, chat, judged, { state: 'limited', code: 'SOFTWARE_NOT_KNOWN' });
    expect(assay.simulator.requestsTo('api.redpill.ai', '/v1/signature/').length).toBeGreaterThan(1);
    await chat.close();
  });

});

/** What keeps an answer from `verified`, as `id code`. */
const openOf = (answer: AnswerView): readonly string[] => answer.checks.flatMap(({ id, outcome, code }) => (outcome === 'pass' ? [] : [`${id} ${code ?? outcome}`]));

describe('with the software that the user knows', () => {
  const SERVICES = [['nearai', 'NEAR AI', NEAR, GATEWAY_API], ['phala', 'RedPill', REDPILL, undefined]] as const;
  const known = async (world: Assay, dialect: (typeof SERVICES)[number][0]): Promise<void> => {
    await world.ask('settings.set', { patch: { services: ['nearai', 'phala'], pageConsents: [NEAR] } });
    await world.ask('reference.import', { text: JSON.stringify(references(dialect)) });
  };
  const verified = async (world: Assay, origin: string, api: string | undefined): Promise<void> => {
    const chat = await chatAt(origin, api, world);
    const judged = await chat.ask('json');
    expect(openOf(judged.answer)).toEqual([]);
    await expectEverywhere(world, chat, judged, { state: 'verified' });
    await chat.close();
  };
  const differs = async (world: Assay): Promise<void> => {
    world.simulator.fault('report-connection-differs');
    const chat = await chatAt(REDPILL, undefined, world);
    const judged = await chat.ask('json');
    await expectEverywhere(world, chat, judged, { state: 'failed', code: 'CHANNEL_KEY_MISMATCH' });
    await chat.close();
  };

  if (BROWSER === 'firefox') {
    it.each(SERVICES)('an answer of %s is verified: Firefox shows the connection’s key', async (dialect, _name, origin, api) => {
      await known(assay, dialect);
      await verified(assay, origin, api);
    });
    it('another connection than the one in the evidence fails', async () => {
      await known(assay, 'phala');
      await differs(assay);
    });
  } else {
    it.each(SERVICES)('an answer of %s is limited, and the way there is all that is open: Chromium shows no connection’s key', async (dialect, _name, origin, api) => {
      await known(assay, dialect);
      const chat = await chatAt(origin, api);
      const judged = await chat.ask('json');
      expect(openOf(judged.answer)).toEqual([expect.stringMatching(/^channel(?:\.gateway)? CHANNEL_NOT_BOUND$/)]);
      await expectEverywhere(assay, chat, judged, { state: 'limited', code: 'CHANNEL_NOT_BOUND' });
      await chat.close();
    });

    describe('in a Chromium that shows certificates', () => {
      let open: Assay;
      beforeAll(async () => {
        open = await Assay.start({ browser: BROWSER, user: 'fresh', certificates: 'shown' });
      });
      afterAll(async () => {
        await open.close();
      });
      it.each(SERVICES)('an answer of %s is verified', async (dialect, _name, origin, api) => {
        await known(open, dialect);
        await verified(open, origin, api);
      });
      it('another connection than the one in the evidence fails', async () => {
        await open.forget('fresh');
        await known(open, 'phala');
        await differs(open);
      });
    });
  }
});

describe('when a signature could not be had at first', () => {
  it('the answer is lifted by a retry', async () => {
    assay.simulator.fault('report-signature-404');
    const chat = await chatAt(REDPILL);
    const { answer } = await chat.ask('json');
    expect([answer.state, codesOf(answer)]).toEqual(['incomplete', expect.arrayContaining(['SIGNATURE_NOT_FOUND'])]);
    assay.simulator.fault('report-signature-404', false);
    await assay.ask('tab.recheck', { tabId: chat.tabId });
    const tab = await chat.becomes('the answer with its signature', (now) => now.state !== 'checking' && now.answers[0]?.state === 'limited');
    expect(tab.answers[0]?.checks.find(({ id }) => id === 'signature')?.outcome).toBe('pass');
    await chat.close();
  });
});

interface Wrong {
  readonly fault: FaultName;
  readonly state: State;
  readonly code: Code;
  /** RedPill, whole JSON, its first answer, unless said otherwise. */
  readonly at?: typeof NEAR;
  readonly form?: AnswerForm;
  readonly second?: true;
}

const FAULTS: readonly Wrong[] = [
  { fault: 'report-nonce-of-another-request', state: 'failed', code: 'NONCE_MISMATCH' },
  { fault: 'report-from-cache', state: 'failed', code: 'NONCE_MISMATCH' },
  { fault: 'report-quote-tampered', state: 'failed', code: 'QUOTE_SIGNATURE' },
  { fault: 'report-address-swapped', state: 'failed', code: 'REPORT_DATA_MISMATCH' },
  { fault: 'report-gpu-nonce', state: 'failed', code: 'GPU_NOT_BOUND_TO_CPU' },
  { fault: 'report-gpu-foreign', state: 'limited', code: 'GPU_COLOCATION_NOT_PROVEN' },
  { fault: 'report-compose-changed', state: 'failed', code: 'COMPOSE_MISMATCH' },
  { fault: 'report-log-forged', state: 'failed', code: 'EVENT_LOG_MISMATCH' },
  { fault: 'report-unknown-key', state: 'failed', code: 'SIGNER_MISMATCH' },
  { fault: 'report-other-models-key', at: NEAR, state: 'failed', code: 'MODEL_MISMATCH' },
  { fault: 'report-gateway-as-model', at: NEAR, state: 'failed', code: 'KEY_ROLE_CONFUSED' },
  { fault: 'report-zero-key', at: NEAR, state: 'failed', code: 'SIGNATURE_MALFORMED' },
  { fault: 'report-text-names-other-model', state: 'failed', code: 'MODEL_MISMATCH' },
  { fault: 'report-signature-wrong', state: 'failed', code: 'SIGNATURE_INVALID' },
  { fault: 'report-replayed', second: true, state: 'failed', code: 'RESPONSE_HASH_MISMATCH' },
  { fault: 'report-answer-tampered', state: 'failed', code: 'RESPONSE_HASH_MISMATCH' },
  { fault: 'report-relayed-anew', at: NEAR, form: 'stream', state: 'incomplete', code: 'ANSWER_REWRITTEN' },
  { fault: 'report-hash-of-spaced', state: 'limited', code: 'SOFTWARE_NOT_KNOWN' },
  { fault: 'report-signature-404', state: 'incomplete', code: 'SIGNATURE_NOT_FOUND' },
  { fault: 'report-500', state: 'incomplete', code: 'SERVICE_ERROR' },
];

describe('when something is the matter', () => {
  // One verifier stands behind both browsers: each fault is tried in one of them.
  it.each(inThisBrowser(FAULTS))('says $state, $code: $fault', async ({ fault, state, code, at = REDPILL, form = 'json', second }) => {
    assay.simulator.fault(fault);
    const chat = await chatAt(at, at === NEAR ? GATEWAY_API : undefined);
    if (second) await chat.ask(form);
    const { answer } = await chat.ask(form);
    expect([answer.state, codesOf(answer)]).toEqual([state, expect.arrayContaining([code])]);
    await chat.close();
  });
});

describe('after all of that', () => {
  it('no error stands in any console of the extension', async () => {
    expect(await assay.browser.problems()).toEqual([]);
  });
});
