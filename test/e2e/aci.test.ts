/** Phala's ACI gateway, Venice, and a model's machine at an address that the user names: receipts, and signatures of what was written anew. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { FaultName } from '../simulator/faults';
import { references } from '../simulator/report/reference';
import type { Code } from '../../src/checks/codes';
import type { State } from '../../src/verdict/state';
import { Assay, codesOf } from './assay';
import { BROWSER, inThisBrowser } from './browser-under-test';
import { expectEverywhere } from './scenario';

const PHALA = 'https://inference.phala.com';
const VENICE = 'https://venice.ai';
const PAGE = 'https://chat.example';
const MACHINE = 'https://deepseek-v3-1.completions.near.ai';

let assay: Assay;
beforeAll(async () => {
  assay = await Assay.shared(BROWSER);
});
beforeEach(async () => {
  await assay.forget('fresh');
  await assay.ask('settings.set', { patch: { services: ['aci', 'venice'], pageConsents: [PHALA, VENICE, PAGE] } });
});

const outcome = (of: { readonly checks: readonly { readonly id: string; readonly outcome: string }[] }, id: string): string | undefined => of.checks.find((check) => check.id === id)?.outcome;

// What no browser decides is tried in one of them.
describe('an answer of an ACI gateway', () => {
  it('is held against the keyset in its evidence, and limited while its software is known to nobody', async () => {
    const chat = await assay.chat(PHALA);
    const judged = await chat.ask('json');
    await expectEverywhere(assay, chat, judged, { state: 'limited', code: 'BOUND_BY_UNKNOWN_SOFTWARE' });
    expect(judged.answer.signer).toMatch(/^[0-9a-f]{64}$/);
    for (const id of ['signature', 'response.hash', 'request.hash', 'signer', 'key.keyset']) expect([id, outcome(judged.answer, id)]).toEqual([id, 'pass']);
    // Receipt and session were asked for, each once.
    expect(['receipts', 'sessions'].map((path) => assay.simulator.requestsTo('inference.phala.com', `/v1/aci/${path}/`).length)).toEqual([1, 1]);
    await chat.close();
  });

  it('streamed, its receipt late, is judged by the software that the user knows', async () => {
    await assay.ask('reference.import', { text: JSON.stringify(references('aci')) });
    assay.simulator.fault('aci-receipt-late');
    const chat = await assay.chat(PHALA);
    const { answer } = await chat.ask('stream');
    expect([answer.state, outcome(answer, 'software'), outcome(answer, 'key.binding'), outcome(answer, 'key.encryption'), outcome(answer, 'response.hash')]).toEqual(['limited', 'pass', 'pass', 'pass', 'pass']);
    expect(codesOf(answer)).toContain('MODEL_MACHINE_NOT_PROVEN');
    await chat.close();
  });

  it.runIf(BROWSER === 'chromium')('under a newer key has evidence asked for once more', async () => {
    const chat = await assay.chat(PHALA);
    const first = await chat.ask('json');
    assay.simulator.fault('aci-keyset-rotated');
    const { answer } = await chat.ask('json');
    expect([answer.state, outcome(answer, 'signature'), answer.signer === first.answer.signer]).toEqual(['limited', 'pass', false]);
    expect(assay.simulator.requestsTo('inference.phala.com', '/v1/aci/attestation').length).toBe(2);
    await chat.close();
  });

  it.runIf(BROWSER === 'firefox')('is open while there is no evidence, and lifted once there is', async () => {
    assay.simulator.fault('aci-500');
    const chat = await assay.chat(PHALA);
    const { answer } = await chat.ask('json');
    expect([answer.state, codesOf(answer)]).toEqual(['incomplete', expect.arrayContaining(['SERVICE_ERROR'])]);
    assay.simulator.fault('aci-500', false);
    await assay.ask('tab.recheck', { tabId: chat.tabId });
    const tab = await chat.becomes('the answer with its key', (now) => now.state !== 'checking' && now.answers[0]?.state === 'limited');
    expect(tab.answers.map((one) => outcome(one, 'signature'))).toEqual(['pass']);
    await chat.close();
  });
});

const FAULTS: readonly { readonly fault: FaultName; readonly state: State; readonly code: Code }[] = [
  { fault: 'aci-keyset-expired', state: 'failed', code: 'KEYSET_EXPIRED' },
  { fault: 'aci-keyset-swapped', state: 'failed', code: 'NONCE_MISMATCH' },
  { fault: 'aci-keyset-minted', state: 'limited', code: 'BOUND_BY_UNKNOWN_SOFTWARE' },
  { fault: 'aci-receipt-tampered', state: 'failed', code: 'SIGNATURE_INVALID' },
  { fault: 'aci-receipt-other-model', state: 'failed', code: 'MODEL_MISMATCH' },
  { fault: 'aci-answer-tampered', state: 'failed', code: 'RESPONSE_HASH_MISMATCH' },
  { fault: 'aci-encrypted', state: 'limited', code: 'MODEL_MACHINE_NOT_PROVEN' },
  { fault: 'aci-receipt-404', state: 'incomplete', code: 'SIGNATURE_NOT_FOUND' },
];

describe('when something is the matter with it', () => {
  // One verifier stands behind both browsers: each fault is tried in one of them.
  it.each(inThisBrowser(FAULTS))('says $state, $code: $fault', async ({ fault, state, code }) => {
    assay.simulator.fault(fault);
    const chat = await assay.chat(PHALA);
    const { answer } = await chat.ask('json');
    expect([answer.state, codesOf(answer)]).toEqual([state, expect.arrayContaining([code])]);
    await chat.close();
  });
});

describe('an answer that Venice wrote anew', () => {
  it('is open, and its evidence holds', async () => {
    const chat = await assay.chat(VENICE);
    const { answer } = await chat.ask('json');
    expect([answer.state, outcome(answer, 'signature'), outcome(answer, 'signer'), outcome(answer, 'quote.signature')]).toEqual(['incomplete', 'pass', 'pass', 'pass']);
    expect(codesOf(answer)).toEqual(expect.arrayContaining(['ANSWER_REWRITTEN', 'MODEL_MISMATCH']));
    await chat.close();
  });
});

describe('an answer to Venice’s own page', () => {
  it('is told though no protocol of it is known', async () => {
    const chat = await assay.chat(VENICE);
    await chat.page.evaluate(async () => {
      const answer = await fetch('https://outerface.venice.ai/api/inference/chat', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"prompt":[]}' });
      await answer.text();
    });
    const { answer, tab } = await chat.judged(1);
    expect([answer.state, codesOf(answer), tab.state]).toEqual(['incomplete', ['ANSWER_NOT_RECOGNISED'], 'incomplete']);
    await chat.close();
  });
});

describe('a model’s machine that the user names, behind a page of somebody’s own', () => {
  it('signs every byte, and is marked as added', async () => {
    await assay.ask('settings.set', { patch: { ownServices: [{ dialect: 'nearai', pageOrigin: PAGE, apiOrigin: MACHINE, name: 'My chat' }] } });
    const chat = await assay.chat(PAGE);
    const { answer, tab } = await chat.ask('stream');
    expect([answer.state, outcome(answer, 'signature'), outcome(answer, 'response.hash'), outcome(answer, 'signer'), tab.service?.name, tab.qualifiers.includes('added-by-you')]).toEqual(['limited', 'pass', 'pass', 'pass', 'My chat', true]);
    assay.simulator.fault('report-answer-tampered');
    const bent = await chat.ask('json');
    expect([bent.answer.state, codesOf(bent.answer)]).toEqual(['failed', expect.arrayContaining(['RESPONSE_HASH_MISMATCH'])]);
    await chat.close();
  });
});

describe('after all of that', () => {
  it('no error stands in any console of the extension', async () => {
    expect(await assay.browser.problems()).toEqual([]);
  });
});
