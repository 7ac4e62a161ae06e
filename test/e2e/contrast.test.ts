/** A Contrast deployment of the user's own: what its Coordinator's evidence is worth with and without a manifest to hold it against, and what goes wrong. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { manifestText, OWN_DEPLOYMENT } from '../simulator/contrast/deployment';
import type { FaultName } from '../simulator/faults';
import type { Code } from '../../src/checks/codes';
import type { State } from '../../src/verdict/state';
import { Assay, type Chat, codesOf, CONTRAST } from './assay';
import { BROWSER, inThisBrowser } from './browser-under-test';
import { expectEverywhere, expectVerdict } from './scenario';

let assay: Assay;
beforeAll(async () => {
  assay = await Assay.shared(BROWSER);
});
beforeEach(async () => {
  await assay.forget('fresh', 'kept');
  await assay.ask('settings.set', { patch: { ownServices: [{ dialect: 'contrast', pageOrigin: CONTRAST, apiOrigin: CONTRAST, name: 'Our Contrast' }] } });
});

/** As the deployment's operator publishes it, and as somebody reproduces it elsewhere. */
const bring = async (edition: 'current' | 'former' = 'current'): Promise<void> => {
  await assay.ask('reference.import', { text: manifestText(OWN_DEPLOYMENT, edition), apiOrigin: CONTRAST });
};
const outcomeOf = ({ checks }: { readonly checks: readonly { readonly id: string; readonly outcome: string }[] }, id: string): string | undefined => checks.find((check) => check.id === id)?.outcome;
const settled = (chat: Chat, code: Code, state: State) => chat.becomes(`${state}, ${code}`, (now) => now.state === state && now.answers[0] !== undefined && codesOf(now.answers[0]).includes(code));

describe('an answer of the deployment', () => {
  it('is limited while nobody knows its manifest, and says so', async () => {
    const chat = await assay.chat(CONTRAST);
    const judged = await chat.ask('stream');
    expect(judged.shown.state).toBe('done');
    await expectEverywhere(assay, chat, judged, { state: 'limited', code: 'SOFTWARE_NOT_KNOWN' });
    expect(codesOf(judged.answer)).toEqual(expect.arrayContaining(['ANSWERS_NOT_SIGNED', 'CHANNEL_NOT_BOUND', 'BOUND_BY_UNKNOWN_SOFTWARE']));
    expect(judged.tab.service).toMatchObject({ name: 'Our Contrast', addedByYou: true });
    const view = await assay.ask('evidence.get', { attestationId: judged.answer.attestationId ?? '' });
    expect([view?.parts.map(({ kind }) => kind), view?.nonce]).toEqual([['snp'], expect.stringMatching(/^[0-9a-f]{64}$/)]);
    // The deployment's Coordinator asks for no login, and nothing but it and AMD was asked.
    expect(assay.simulator.requestsTo('contrast.example', '/attest')[0]?.headers['authorization']).toBeUndefined();
    await chat.close();
  });

  it('is held to the manifest that the user brought, and a changed one is loud', async () => {
    const chat = await assay.chat(CONTRAST);
    await bring();
    const { answer, tab } = await chat.ask('json');
    expect([answer.state, tab.state]).toEqual(['limited', 'limited']);
    expect(codesOf(answer)).not.toContain('SOFTWARE_NOT_KNOWN');
    for (const id of ['manifest.pin', 'measurement', 'hostdata', 'meshca']) expect(outcomeOf(answer, id), id).toBe('pass');
    assay.simulator.fault('contrast-manifest-changed');
    await assay.ask('tab.recheck', { tabId: chat.tabId });
    const changed = await chat.becomes('the changed manifest', (now) => now.state === 'failed' && now.attestation !== undefined && codesOf(now.attestation).includes('MANIFEST_NOT_PINNED'));
    expect(changed.leading?.code).toBe('MANIFEST_NOT_PINNED');
    await chat.close();
  });

  it('approved on sight stays limited, and a changed manifest is loud then too', async () => {
    const chat = await assay.chat(CONTRAST);
    const { answer } = await chat.ask('json');
    await assay.ask('reference.approve', { attestationId: answer.attestationId ?? '', kind: 'contrast-manifest' });
    const approved = await settled(chat, 'SOFTWARE_APPROVED', 'limited');
    expect(codesOf(approved.answers[0] ?? { checks: [] })).not.toContain('SOFTWARE_NOT_KNOWN');
    assay.simulator.fault('contrast-manifest-changed');
    await assay.ask('tab.recheck', { tabId: chat.tabId });
    await chat.becomes('the changed manifest', (now) => now.state === 'failed' && now.leading?.code === 'MANIFEST_NOT_PINNED');
    await chat.close();
  });
});

const FAULTS: readonly { readonly fault: FaultName; readonly state: State; readonly code: Code }[] = [
  { fault: 'contrast-manifest-swapped', state: 'failed', code: 'REPORT_DATA_MISMATCH' },
  { fault: 'contrast-history-of-two', state: 'limited', code: 'ANSWERS_NOT_SIGNED' },
  { fault: 'contrast-mesh-ca-swapped', state: 'failed', code: 'REPORT_DATA_MISMATCH' },
  { fault: 'contrast-nonce-replayed', state: 'failed', code: 'REPORT_DATA_MISMATCH' },
  { fault: 'contrast-workload-report', state: 'failed', code: 'HOST_DATA_MISMATCH' },
  { fault: 'contrast-foreign-report', state: 'failed', code: 'MEASUREMENT_MISMATCH' },
  { fault: 'contrast-foreign-quote', state: 'failed', code: 'HOST_DATA_MISMATCH' },
  { fault: 'contrast-no-id-block', state: 'failed', code: 'ID_BLOCK_MISMATCH' },
  { fault: 'contrast-report-tampered', state: 'failed', code: 'REPORT_SIGNATURE' },
  { fault: 'contrast-debug-guest', state: 'failed', code: 'DEBUG_ENABLED' },
  { fault: 'contrast-down', state: 'incomplete', code: 'SERVICE_ERROR' },
  { fault: 'contrast-not-set', state: 'incomplete', code: 'SERVICE_ERROR' },
];

describe('when something is the matter', () => {
  // One verifier stands behind both browsers: each fault is tried in one of them.
  it.each(inThisBrowser(FAULTS))('says $state, $code: $fault', async ({ fault, state, code }) => {
    await bring();
    assay.simulator.fault(fault);
    const chat = await assay.chat(CONTRAST);
    expectVerdict(await chat.ask('json'), { state, code });
    await chat.close();
  });

  it('leaves an answer open that was cut', async () => {
    assay.simulator.fault('contrast-cut');
    const chat = await assay.chat(CONTRAST);
    const judged = await chat.ask('stream');
    expect(judged.shown.state).toBe('error');
    expectVerdict(judged, { state: 'incomplete', code: 'ANSWER_CUT' });
    await chat.close();
  });
});

describe('after all of that', () => {
  it('nobody was asked but the deployment and the makers of processors', () => {
    const hosts = new Set(assay.simulator.requests.map((request) => request.host));
    expect([...hosts].filter((host) => !['contrast.example', 'kdsintf.amd.com', 'api.trustedservices.intel.com', 'certificates.trustedservices.intel.com'].includes(host))).toEqual([]);
  });
  it('no error stands in any console of the extension', async () => {
    expect(await assay.browser.problems()).toEqual([]);
  });
});
