/** GPUs beside the processor: eight good ones, one bad among them, and what NVIDIA's services can say or fail to say. */
import { beforeAll, describe, expect, it } from 'vitest';
import { Assay, codesOf } from './assay';
import { BROWSER, inThisBrowser } from './browser-under-test';
import { expectEverywhere, play, type Scenario } from './scenario';

let assay: Assay;
beforeAll(async () => {
  assay = await Assay.shared(BROWSER);
});

const SCENARIOS: readonly Scenario[] = [
  { name: 'evidence made for another number', faults: ['gpu-nonce-of-another-request'], form: 'json', state: 'failed', code: 'NONCE_MISMATCH' },
  { name: 'one bad GPU of eight', gpus: 8, faults: ['gpu-one-bad'], form: 'json', state: 'failed', code: 'GPU_SIGNATURE' },
  { name: 'one GPU shown twice', gpus: 8, faults: ['gpu-duplicate'], form: 'json', state: 'failed', code: 'DUPLICATE_DEVICE' },
  { name: 'a GPU that NVIDIA did not make', faults: ['gpu-emulated'], form: 'json', state: 'failed', code: 'ROOT_UNTRUSTED' },
  { name: 'a GPU whose firmware differs', faults: ['gpu-measurement'], form: 'json', state: 'failed', code: 'GPU_MEASUREMENT_MISMATCH' },
  { name: 'a GPU in developer mode', faults: ['gpu-devtools'], form: 'json', state: 'failed', code: 'GPU_MEASUREMENT_MISMATCH' },
  { name: 'a GPU whose certificate is revoked', faults: ['ocsp-revoked'], form: 'json', state: 'failed', code: 'DEVICE_CERT_REVOKED' },
  { name: 'manifests that another signed', faults: ['rim-debug'], form: 'json', state: 'incomplete', code: 'RIM_ROOT_UNTRUSTED' },
  { name: "NVIDIA's manifests being away", faults: ['rim-down'], form: 'json', state: 'incomplete', code: 'COLLATERAL_UNREACHABLE' },
  { name: 'old news on revocation', faults: ['ocsp-stale'], form: 'json', state: 'incomplete', code: 'OCSP_STALE' },
  { name: 'a whole machine whose switches are not attested', gpus: 8, faults: ['gpu-switches-missing'], form: 'json', state: 'limited', code: 'PPCIE_SWITCHES_NOT_ATTESTED' },
  { name: "another machine's GPU that answers our number", faults: ['gpu-foreign'], form: 'json', state: 'limited', code: 'GPU_COLOCATION_NOT_PROVEN' },
  { name: 'a Blackwell', faults: ['gpu-blackwell'], form: 'json', state: 'limited', code: 'GPU_COLOCATION_NOT_PROVEN' },
];

describe('when there are eight GPUs', () => {
  it('judges each, and says that where they are is not proven', async () => {
    await assay.forget();
    assay.simulator.fault('gpu-single', false);
    const chat = await assay.chat();
    const judged = await chat.ask('stream');
    await expectEverywhere(assay, chat, judged, { state: 'limited', code: 'GPU_COLOCATION_NOT_PROVEN' });
    const { checks } = judged.answer;
    for (let gpu = 0; gpu < 8; gpu += 1) {
      const own = checks.filter(({ id }) => id.startsWith(`gpu[${gpu}].`));
      expect(own.map(({ id }) => id.slice(7))).toEqual(['parse', 'chain', 'signature', 'nonce', 'fwid', 'rim.driver', 'rim.vbios', 'measurements', 'revocation']);
      expect(own.filter(({ outcome }) => outcome !== 'pass')).toEqual([]);
    }
    const view = await assay.ask('evidence.get', { attestationId: judged.answer.attestationId ?? '' });
    expect(view?.parts.flatMap((part) => (part.kind === 'nvidia' ? part.devices.map(({ measurements }) => measurements.filter(({ outcome }) => outcome === 'match').length) : []))).toEqual(Array.from({ length: 8 }, () => 33));
    await chat.close();
  });

  it('takes them for the machine’s own once the user knows software that collects its own', async () => {
    await assay.forget();
    const chat = await assay.chat();
    const first = await chat.ask('json');
    expect(codesOf(first.answer)).toContain('GPU_COLOCATION_NOT_PROVEN');
    const view = await assay.ask('evidence.get', { attestationId: first.answer.attestationId ?? '' });
    const measured = view?.software.find(({ kind }) => kind === 'tdx-registers');
    if (measured === undefined) throw new Error('the evidence names no measured software');
    const values = Object.fromEntries(Object.entries(measured.values).map(([name, value]) => [name, [value]]));
    await assay.ask('reference.import', { text: JSON.stringify({ dialect: measured.dialect, role: measured.role, kind: measured.kind, values, properties: { collectsOwnGpu: true }, source: 'imported', note: 'reproduced here' }) });
    const tab = await chat.becomes('the answer judged by it', (now) => now.answers[0] !== undefined && !codesOf(now.answers[0]).includes('GPU_COLOCATION_NOT_PROVEN'));
    expect(tab.answers[0]?.checks.find(({ id }) => id === 'gpu.binding')?.outcome).toBe('pass');
    await chat.close();
  });
});

describe('when something is the matter with a GPU', () => {
  // What a verdict looks like in popup, button and record the other files show; each fault is tried in one of the browsers.
  it.each(inThisBrowser(SCENARIOS))('says $state for $name', async (scenario) => await play(assay, scenario, 'verdict'));
});

describe('after all of that', () => {
  it('no error stands in any console of the extension', async () => {
    expect(await assay.browser.problems()).toEqual([]);
  });
});
