/** A Contrast deployment of the user's own: what its Coordinator's evidence is worth with and without a manifest to hold it against, and what goes wrong. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { manifestText, OWN_DEPLOYMENT } from '../simulator/contrast/deployment';
import type { FaultName } from '../simulator/faults';
import type { Code } from '../../src/checks/codes';
import type { State } from '../../src/verdict/state';
import { Assay, codesOf, CONTRAST } from './assay';
import { BROWSER, inThisBrowser } from './browser-under-test';
import { expectEverywhere, expectPopup, expectVerdict } from './scenario';

let assay: Assay;
beforeAll(async () => {
  assay = await Assay.shared(BROWSER);
});
beforeEach(async () => {
  await assay.forget('fresh');
  await assay.ask('settings.set', { patch: { ownServices: [{ dialect: 'contrast', pageOrigin: CONTRAST, apiOrigin: CONTRAST, name: 'Our Contrast' }] } });
});

/** As the deployment's operator publishes it, and as somebody reproduces it elsewhere. */
const bring = async (): Promise<void> => {
  await assay.ask('reference.import', { text: manifestText(OWN_DEPLOYMENT), apiOrigin: CONTRAST });
};

describe('an answer of the deployment', () => {
  it('is limited while nobody knows its manifest, and says so', async () => {
    const chat = await assay.chat(CONTRAST);
    await chat.becomes('evidence before any answer', (now) => now.attestation?.state === 'limited');
    const judged = await chat.ask('stream');
    expect(judged.shown.state).toBe('done');
    await expectEverywhere(assay, chat, judged, { state: 'limited', code: 'SOFTWARE_NOT_KNOWN' });
    expect(codesOf(judged.answer)).toEqual(expect.arrayContaining(['ANSWERS_NOT_SIGNED', 'CHANNEL_NOT_BOUND', 'BOUND_BY_UNKNOWN_SOFTWARE']));
    expect(judged.tab.service).toMatchObject({ name: 'Our Contrast', addedByYou: true });
    const view = await assay.ask('evidence.get', { attestationId: judged.answer.attestationId ?? '' });
    expect([view?.parts.map(({ kind }) => kind), view?.nonce]).toEqual([['snp'], expect.stringMatching(/^[0-9a-f]{64}$/)]);
    // Asked once, whatever models the page talks to, and without a login.
    expect(assay.simulator.requestsTo('contrast.example', '/attest').map(({ headers }) => headers['authorization'])).toEqual([undefined]);
    await chat.close();
  });

  it.each(inThisBrowser(['imported', 'approved'] as const))('is held to a manifest that was %s, and another one is loud', async (source) => {
    const chat = await assay.chat(CONTRAST);
    if (source === 'imported') await bring();
    const { answer } = await chat.ask('json');
    if (source === 'approved') await assay.ask('reference.approve', { attestationId: answer.attestationId ?? '', kind: 'contrast-manifest' });
    const known = await chat.becomes('judged by it', ({ state, answers: [newest] }) => state === 'limited' && newest !== undefined && !codesOf(newest).includes('SOFTWARE_NOT_KNOWN'));
    // What was seen and accepted is worth less than what came from elsewhere.
    for (const id of ['manifest.pin', 'measurement', 'hostdata', 'meshca']) expect(known.answers[0]?.checks.find((check) => check.id === id), id).toMatchObject(source === 'imported' ? { outcome: 'pass' } : { outcome: 'weak', code: 'SOFTWARE_APPROVED' });
    assay.simulator.fault('contrast-manifest-changed');
    await assay.ask('tab.recheck', { tabId: chat.tabId });
    const changed = await chat.becomes('the changed manifest', ({ state, leading }) => state === 'failed' && leading?.code === 'MANIFEST_NOT_PINNED');
    await expectPopup(assay, chat.tabId, changed);
    await chat.close();
  });
});

const FAULTS: readonly { readonly fault: FaultName; readonly form?: 'stream'; readonly state: State; readonly code: Code }[] = [
  { fault: 'contrast-manifest-swapped', state: 'failed', code: 'REPORT_DATA_MISMATCH' },
  { fault: 'contrast-mesh-ca-swapped', state: 'failed', code: 'REPORT_DATA_MISMATCH' },
  { fault: 'contrast-foreign-report', state: 'failed', code: 'MEASUREMENT_MISMATCH' },
  { fault: 'contrast-foreign-quote', state: 'failed', code: 'HOST_DATA_MISMATCH' },
  { fault: 'contrast-nonce-replayed', state: 'failed', code: 'REPORT_DATA_MISMATCH' },
  { fault: 'contrast-report-tampered', state: 'failed', code: 'REPORT_SIGNATURE' },
  { fault: 'contrast-down', state: 'incomplete', code: 'SERVICE_ERROR' },
  { fault: 'contrast-cut', form: 'stream', state: 'incomplete', code: 'ANSWER_CUT' },
];

describe('when something is the matter', () => {
  // One verifier stands behind both browsers, and test/unit/simulator-contrast tries every fault: each of these is tried in one of them.
  it.each(inThisBrowser(FAULTS))('says $state, $code: $fault', async ({ fault, form, state, code }) => {
    await bring();
    assay.simulator.fault(fault);
    const chat = await assay.chat(CONTRAST);
    expectVerdict(await chat.ask(form ?? 'json'), { state, code });
    await chat.close();
  });
});

describe('after all of that', () => {
  it('nobody was asked but the deployment and AMD, and no error stands in any console', async () => {
    const hosts = new Set(assay.simulator.requests.map((request) => request.host));
    expect([...hosts].filter((host) => !['contrast.example', 'kdsintf.amd.com', 'api.trustedservices.intel.com', 'certificates.trustedservices.intel.com'].includes(host))).toEqual([]);
    expect(await assay.browser.problems()).toEqual([]);
  });
});
