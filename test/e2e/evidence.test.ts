/** Evidence that is wrong, missing or not to be had, and collateral likewise; the answers themselves are good. */
import { beforeAll, describe, expect, it } from 'vitest';
import { API, Assay, ATTESTATION, codesOf } from './assay';
import { BROWSER, inThisBrowser } from './browser-under-test';
import { expectEverywhere, play, type Scenario } from './scenario';

let assay: Assay;
beforeAll(async () => {
  assay = await Assay.shared(BROWSER);
});

const SCENARIOS: readonly Scenario[] = [
  { name: 'a quote with the nonce of another request', faults: ['nonce-of-another-request'], form: 'json', state: 'failed', code: 'NONCE_MISMATCH' },
  { name: 'a quote changed after signing', faults: ['quote-tampered'], form: 'json', state: 'failed', code: 'QUOTE_SIGNATURE' },
  { name: 'a machine in debug mode', faults: ['debug-td'], form: 'json', state: 'failed', code: 'DEBUG_ENABLED' },
  { name: 'a machine with old firmware', faults: ['tcb-out-of-date'], form: 'json', state: 'failed', code: 'TCB_OUT_OF_DATE' },
  { name: 'a machine whose PCK certificate is revoked', faults: ['pck-revoked'], form: 'json', state: 'failed', code: 'PCK_REVOKED' },
  { name: 'an error sentence with status 200', faults: ['tdx-error-in-200'], form: 'json', state: 'failed', code: 'EVIDENCE_MISSING' },
  { name: 'too many requests (429)', faults: ['rate-limit-429'], form: 'json', state: 'incomplete', code: 'RATE_LIMITED' },
  { name: 'an error of the service (500)', faults: ['server-500'], form: 'json', state: 'incomplete', code: 'SERVICE_ERROR' },
  { name: 'a refused login (401)', faults: ['unauthorized-401'], form: 'json', state: 'incomplete', code: 'LOGIN_NEEDED' },
  { name: "Intel's service being away", faults: ['pcs-down'], form: 'json', state: 'incomplete', code: 'COLLATERAL_UNREACHABLE' },
];

/** The same verifier judges these in either browser: each is tried in one. */
const ONCE: readonly Scenario[] = [
  { name: 'a machine with a service TD', faults: ['service-td'], form: 'json', state: 'failed', code: 'SERVICE_TD' },
  { name: 'half a report', faults: ['attestation-truncated'], form: 'json', state: 'incomplete', code: 'SIGNER_NOT_REPORTED', tab: { state: 'failed', code: 'EVIDENCE_MALFORMED' } },
  { name: 'a web page instead of a report', faults: ['attestation-malformed'], form: 'json', state: 'incomplete', code: 'SIGNER_NOT_REPORTED', tab: { state: 'failed', code: 'EVIDENCE_MALFORMED' } },
  { name: 'a report without its GPU part', faults: ['no-gpu-field'], form: 'json', state: 'failed', code: 'EVIDENCE_MISSING' },
  { name: "an error of Intel's service", faults: ['pcs-500'], form: 'json', state: 'incomplete', code: 'COLLATERAL_UNREACHABLE' },
  { name: 'a firmware level that Intel has just declared old', faults: ['pcs-tcb-out-of-date'], form: 'json', state: 'failed', code: 'TCB_OUT_OF_DATE' },
  { name: 'endorsements past their date', faults: ['pcs-stale'], form: 'json', state: 'incomplete', code: 'TCB_INFO_EXPIRED' },
  { name: 'TCB info with a bad signature', faults: ['pcs-signature-bad'], form: 'json', state: 'incomplete', code: 'TCB_INFO_SIGNATURE' },
  { name: 'a PCK certificate that Intel revoked', faults: ['pcs-pck-revoked'], form: 'json', state: 'failed', code: 'PCK_REVOKED' },
];

const HARMLESS: readonly Scenario[] = [
  { name: 'a v5 quote', faults: ['quote-v5'], form: 'json', state: 'limited' },
  { name: 'a quote followed by zeros', faults: ['quote-padded'], form: 'json', state: 'limited' },
  { name: 'a slow service', faults: ['slow'], form: 'json', state: 'limited' },
  { name: 'a report without its CPU part, which is optional', faults: ['no-cpu-field'], form: 'json', state: 'limited', code: 'CPU_EVIDENCE_ABSENT' },
  { name: 'no image digest', faults: ['image-digest-missing'], form: 'json', state: 'limited', code: 'IMAGE_NOT_GIVEN' },
  { name: 'a later agent that binds its key', faults: ['address-bound'], form: 'json', state: 'limited', code: 'BOUND_BY_UNKNOWN_SOFTWARE' },
];

describe('when the evidence is not as it should be', () => {
  it.each([...SCENARIOS, ...inThisBrowser(ONCE)])('says $state for $name', async (scenario) => await play(assay, scenario));
});

describe('when the evidence is merely different', () => {
  it.each(inThisBrowser(HARMLESS))('says limited for $name', async (scenario) => await play(assay, scenario));
});

describe('when what was missing comes back', () => {
  it('lifts the answer after a retry, and never above what was late', async () => {
    await assay.forget();
    const chat = await assay.chat();
    assay.simulator.fault('server-500');
    const { answer } = await chat.ask('json');
    expect(codesOf(answer)).toContain('SERVICE_ERROR');
    assay.simulator.reset();
    await assay.ask('tab.recheck', { tabId: chat.tabId });
    const tab = await chat.becomes('limited after the retry', (now) => now.state === 'limited' && now.answers[0]?.state === 'limited');
    await expectEverywhere(assay, chat, { answer: tab.answers[0] ?? answer, tab }, { state: 'limited' });
    await chat.close();
  });
});

describe('when the service is in trouble and several answers come', () => {
  it('names the same cause for each of them', async () => {
    await assay.forget();
    const chat = await assay.chat();
    assay.simulator.fault('server-500');
    const first = await chat.ask('json');
    const second = await chat.ask('json');
    for (const { answer } of [first, second]) expect(codesOf(answer)).toContain('SERVICE_ERROR');
    // And it is not asked once more for each.
    expect(assay.simulator.requestsTo(new URL(API).host, ATTESTATION).filter((request) => request.method === 'POST')).toHaveLength(1);
    await chat.close();
  });
});

describe('when a key was rotated', () => {
  it('attests again, once, and the answer passes', async () => {
    await assay.forget();
    const chat = await assay.chat();
    const first = await chat.ask('json');
    expect(first.answer.state).toBe('limited');
    const before = assay.simulator.requestsTo('api.intelligence.io.net', ATTESTATION).filter((request) => request.method === 'POST').length;
    assay.simulator.fault('key-rotated');
    const second = await chat.ask('json');
    await expectEverywhere(assay, chat, second, { state: 'limited', code: 'SIGNER_NOT_BOUND' });
    expect(second.answer.signer).not.toBe(first.answer.signer);
    expect(assay.simulator.requestsTo('api.intelligence.io.net', ATTESTATION).filter((request) => request.method === 'POST')).toHaveLength(before + 1);
    await chat.close();
  });
});

describe('the evidence page of a good answer', () => {
  it('gets everything that was decoded', async () => {
    await assay.forget();
    const chat = await assay.chat();
    const { answer } = await chat.ask('json');
    const evidence = await assay.ask('evidence.get', { attestationId: answer.attestationId ?? '' });
    expect(evidence?.flavour).toBe('simulator');
    expect(evidence?.nonce).toMatch(/^[0-9a-f]{64}$/);
    expect(evidence?.parts.map((part) => part.kind)).toContain('tdx');
    // The nonce that went out is the one that is shown.
    const [asked] = assay.simulator.requestsTo('api.intelligence.io.net', ATTESTATION).filter((request) => request.method === 'POST');
    expect(JSON.parse(asked?.body ?? '{}')).toMatchObject({ nonce: evidence?.nonce });
    expect(asked?.headers['origin']).toBe('https://ai.io.net');
    await chat.close();
  });
});

describe('after all of that', () => {
  it('nobody was asked but the service, Intel and NVIDIA', () => {
    const hosts = new Set(assay.simulator.requests.map((request) => request.host));
    const expected = ['ai.io.net', new URL(API).host, 'api.trustedservices.intel.com', 'certificates.trustedservices.intel.com', 'rim.attestation.nvidia.com', 'ocsp.ndis.nvidia.com'];
    expect([...hosts].filter((host) => !expected.includes(host))).toEqual([]);
  });
  it('no error stands in any console of the extension', async () => {
    expect(await assay.browser.problems()).toEqual([]);
  });
});
