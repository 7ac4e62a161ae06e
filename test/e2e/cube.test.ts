/** A Cube deployment of the user's own: every kind of machine, what can be said of its answers, and what goes wrong. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { domainWith, DOMAINS } from '../simulator/cube/domains';
import { policyText } from '../simulator/cube/policy';
import type { FaultName } from '../simulator/faults';
import type { Code } from '../../src/checks/codes';
import type { State } from '../../src/verdict/state';
import { Assay, type Chat, codesOf, CUBE, isOfVendors, words } from './assay';
import { BROWSER, inThisBrowser } from './browser-under-test';
import { expectEverywhere, expectVerdict } from './scenario';
import { until } from './wait';

let assay: Assay;
beforeAll(async () => {
  assay = await Assay.shared(BROWSER);
});
const begin = async (endorsements?: 'gone'): Promise<void> => {
  await assay.forget('fresh', endorsements);
  await assay.ask('settings.set', { patch: { ownServices: [{ dialect: 'cocos', pageOrigin: CUBE, apiOrigin: CUBE, name: 'Our Cube' }], pageConsents: [CUBE] } });
};
beforeEach(async () => await begin());

const GENOA = domainWith('snp-vtpm').id;

/** The chat page with a workspace chosen. */
async function chatIn(domain: string): Promise<Chat> {
  const chat = await assay.chat(CUBE);
  await chat.page.evaluate((id: string) => {
    const box = document.querySelector<HTMLSelectElement>('#domain');
    if (box !== null) box.value = id;
  }, domain);
  return chat;
}

describe('an answer of a machine that proves itself', () => {
  // Each kind of machine in one of the browsers: the faults below go through them too.
  it.each(inThisBrowser(DOMAINS.filter(({ platform }) => platform !== 'azure')))('is limited: $name', async ({ id, platform }) => {
    const chat = await chatIn(id);
    const judged = await chat.ask('stream');
    expect(judged.shown.state).toBe('done');
    await expectEverywhere(assay, chat, judged, { state: 'limited', code: 'ANSWERS_NOT_SIGNED' });
    expect(judged.tab.service).toMatchObject({ name: 'Our Cube', addedByYou: true });
    expect(judged.tab.qualifiers).toContain('added-by-you');
    const view = await assay.ask('evidence.get', { attestationId: judged.answer.attestationId ?? '' });
    expect(view?.parts.map(({ kind }) => kind)).toEqual(platform === 'tdx' ? ['tdx'] : platform === 'snp' ? ['snp'] : ['snp', 'vtpm']);
    // The number that was asked for is 64 bytes of report_data and 32 for the vTPM.
    expect(view?.nonce).toMatch(/^[0-9a-f]{192}$/);
    await chat.close();
  });

  it('is limited as well where it comes one JSON text a line', async () => {
    const chat = await chatIn(GENOA);
    const judged = await chat.ask('lines');
    expect(judged.shown.state).toBe('done');
    await expectEverywhere(assay, chat, judged, { state: 'limited', code: 'ANSWERS_NOT_SIGNED' });
    expect(judged.answer.checks.find(({ id }) => id === 'format')?.outcome).toBe('pass');
    await chat.close();
  });

  it('is held to the policy that the user brought, by its file alone', async () => {
    const chat = await chatIn(GENOA);
    const first = await chat.ask('json');
    expect(codesOf(first.answer)).toContain('SOFTWARE_NOT_KNOWN');
    await assay.ask('reference.import', { text: policyText(domainWith('snp-vtpm')) });
    const tab = await chat.becomes('the answer judged by it', (now) => now.answers[0] !== undefined && !codesOf(now.answers[0]).includes('SOFTWARE_NOT_KNOWN') && now.state === 'limited');
    expect(tab.answers[0]?.checks.find(({ id }) => id === 'software')?.outcome).toBe('pass');
    await chat.close();
  });
});

describe('software that the user approves on sight', () => {
  it('is unchanged since then, at this deployment alone', async () => {
    const chat = await chatIn(GENOA);
    const first = await chat.ask('json');
    expect(codesOf(first.answer)).toContain('SOFTWARE_NOT_KNOWN');
    const approved = await assay.ask('reference.approve', { attestationId: first.answer.attestationId ?? '', kind: 'snp-launch' });
    expect([approved.source, approved.apiOrigin, Object.keys(approved.values)]).toEqual(['approved', CUBE, expect.arrayContaining(['measurement', 'sha256 pcr 4'])]);
    await chat.becomes('the answer judged by it', (now) => now.answers[0] !== undefined && codesOf(now.answers[0]).includes('SOFTWARE_APPROVED') && now.state === 'limited');
    assay.simulator.fault('cube-pcr-mismatch');
    await assay.ask('tab.recheck', { tabId: chat.tabId });
    const tab = await chat.becomes('another kernel to be noticed', (now) => now.state === 'failed');
    expect(tab.leading?.code).toBe('MEASUREMENT_MISMATCH');
    await chat.close();
  });
});

describe('an answer that did not come out of the machine', () => {
  it('is said to have come from elsewhere', async () => {
    const chat = await chatIn(GENOA);
    const judged = await chat.ask('outside');
    await expectEverywhere(assay, chat, judged, { state: 'incomplete', code: 'ANSWER_NOT_FROM_ATTESTED_PATH' });
    expect(judged.tab.answers.map(({ model }) => model)).not.toContain(GENOA);
    await chat.close();
  });
});

const FAULTS: readonly { readonly name: string; readonly domain?: string; readonly fault?: FaultName; readonly state: State; readonly code: Code }[] = [
  { name: 'a key that the machine does not vouch for, as on Azure', domain: domainWith('azure').id, state: 'failed', code: 'AK_NOT_BOUND' },
  { name: 'report_data of zeros', fault: 'cube-report-data-zero', state: 'failed', code: 'AK_NOT_BOUND' },
  { name: 'another number than ours', fault: 'cube-wrong-nonce', state: 'failed', code: 'NONCE_MISMATCH' },
  { name: 'register values that were not quoted', fault: 'cube-pcr-values-forged', state: 'failed', code: 'PCR_DIGEST' },
  { name: 'a forged boot log', fault: 'cube-event-log-forged', state: 'failed', code: 'EVENT_LOG_MISMATCH' },
  { name: 'a debug guest', fault: 'cube-debug-guest', state: 'failed', code: 'DEBUG_ENABLED' },
  { name: 'a report changed after signing', fault: 'cube-report-tampered', state: 'failed', code: 'REPORT_SIGNATURE' },
  { name: 'an agent without such a machine', fault: 'cube-no-cc', state: 'failed', code: 'NO_TEE_EVIDENCE' },
  { name: 'headers beside it that disagree', fault: 'cube-headers-disagree', state: 'failed', code: 'RELAYED_CLAIMS_DISAGREE' },
  { name: "AMD's service asking for patience (429)", domain: DOMAINS.find(({ id }) => id.endsWith('b003'))?.id ?? '', fault: 'kds-429', state: 'incomplete', code: 'RATE_LIMITED' },
  { name: 'an intermediate key that AMD revoked', fault: 'kds-ask-revoked', state: 'failed', code: 'ASK_REVOKED' },
  { name: 'a policy of its own that names no software', fault: 'cube-policy-names-nothing', state: 'limited', code: 'POLICY_NAMES_NO_SOFTWARE' },
];

describe('when something is the matter', () => {
  // One verifier stands behind both browsers: each fault is tried in one of them.
  it.each(inThisBrowser(FAULTS))('says $state for $name', async ({ domain = GENOA, fault, state, code }) => {
    if (fault !== undefined && isOfVendors(fault)) await begin('gone');
    if (fault !== undefined) assay.simulator.fault(fault);
    const chat = await chatIn(domain);
    expectVerdict(await chat.ask('json'), { state, code });
    await chat.close();
  });

  it.each([['cube-token-expired', 'LOGIN_NEEDED'], ['cube-agent-down', 'SERVICE_ERROR']] as const)('says that it could not check where there is neither answer nor evidence: %s', async (fault, code) => {
    assay.simulator.fault(fault);
    const chat = await chatIn(GENOA);
    await chat.press('json');
    const tab = await chat.becomes('no evidence', (now) => now.state === 'incomplete');
    expect([tab.leading?.code, tab.answers]).toEqual([code, []]);
    await chat.close();
  });

  it('notices that the service’s own policy changed since it was first seen', async () => {
    const chat = await chatIn(GENOA);
    const first = await chat.ask('json');
    expect(codesOf(first.answer)).not.toContain('CLAIMED_POLICY_CHANGED');
    assay.simulator.fault('cube-policy-changed');
    await assay.ask('tab.recheck', { tabId: chat.tabId });
    await chat.becomes('fresh evidence', (now) => now.state !== 'checking' && now.attestation !== undefined && codesOf(now.attestation).includes('CLAIMED_POLICY_CHANGED'));
    await chat.close();
  });
});

describe('a report and a policy that a person downloaded', () => {
  /** As the deployment's own page saves them. */
  async function downloaded(chat: Chat): Promise<{ readonly report: string; readonly policy: string }> {
    return await chat.page.evaluate(async (domain: string) => {
      const { accessToken } = JSON.parse(localStorage.getItem('cube_atom_session') ?? '{}') as { accessToken?: string };
      const ask = async (path: string, init: RequestInit): Promise<string> => await (await fetch(`/proxy/${domain}/${path}`, { ...init, headers: { authorization: `Bearer ${accessToken ?? ''}`, 'content-type': 'application/json' } })).text();
      return {
        report: await ask('attestation', { method: 'POST', body: JSON.stringify({ report_data: '', nonce: '', to_json: true }) }),
        policy: await ask('attestation/policy', {}),
      };
    }, GENOA);
  }

  it('are dropped on the evidence page and judged there', async () => {
    const chat = await chatIn(GENOA);
    const files = await downloaded(chat);
    const page = await assay.browser.openExtension('evidence.html');
    const headline = async (): Promise<string> => await page.evaluate(() => document.querySelector('h1')?.textContent ?? '');
    const dropped = async (report: string): Promise<string> => {
      await until('the place to drop files', async () => (await headline()) === words('files_title'));
      await page.evaluate((given: { report: string; policy: string }) => {
        const carried = new DataTransfer();
        carried.items.add(new File([given.report], 'attestation_report.json'));
        carried.items.add(new File([given.policy], 'attestation_policy.json'));
        document.querySelector('.drop')?.dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: carried }));
      }, { ...files, report });
      await until('both files', async () => await page.evaluate(() => document.querySelectorAll('.files-page li').length === 2));
      await page.press(words('files_judge'));
      return await until('a verdict', async () => {
        const now = await headline();
        return now === words('files_title') ? undefined : now;
      });
    };
    // Its policy is met, and nothing shows when it was made.
    expect(await dropped(files.report)).toBe(words('state_limited_title'));
    expect(await page.evaluate(() => document.body.textContent?.includes('NO_REPORT_DATA_EXPECTED'))).toBe(true);
    await page.press(words('files_again'));
    const tampered = files.report.replace(/("measurement": ?")(.)/, (_all, before: string, first: string) => `${before}${first === 'A' ? 'B' : 'A'}`);
    expect(tampered).not.toBe(files.report);
    // One changed digit breaks the report's signature, the rule that compares it, and what rests on either.
    expect(await dropped(tampered)).toMatch(/not match$/);
    await page.close();
    await chat.close();
  });
});

describe('after all of that', () => {
  it('nobody was asked but the deployment, AMD and Intel', () => {
    const hosts = new Set(assay.simulator.requests.map((request) => request.host));
    expect([...hosts].filter((host) => !['cube.example', 'kdsintf.amd.com', 'api.trustedservices.intel.com', 'certificates.trustedservices.intel.com'].includes(host))).toEqual([]);
  });
  it('no error stands in any console of the extension', async () => {
    expect(await assay.browser.problems()).toEqual([]);
  });
});
