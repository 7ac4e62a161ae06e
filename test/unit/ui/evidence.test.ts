/** The evidence page's model: what it shows, what it hands out, and what it never puts into a file. */
import { describe, expect, it } from 'vitest';
import messages from '../../../assets/_locales/en/messages.json';
import { DEFAULT_SETTINGS } from '../../../src/records/settings';
import { readReferences } from '../../../src/records/reference-file';
import { catalogueI18n } from '../../../src/ui/i18n/catalogue';
import { sayWith } from '../../../src/ui/i18n/say';
import { evidenceModel } from './lone';
import { expectedReportData } from '../../../src/ui/model/evidence/commands';
import { policyFile, stemOf } from '../../../src/ui/model/evidence/downloads';
import { exportText } from '../../../src/ui/model/evidence/export';
import { advisoryUrl } from '../../../src/ui/model/evidence/firmware';
import { NONCE, REPORT_DATA, SIGNER } from '../../e2e/ui/recorded/checks';
import { VIEWS } from '../../e2e/ui/recorded/evidence';
import { NOW } from '../../e2e/ui/recorded/snapshots';

const say = sayWith(catalogueI18n(messages, 'en'), () => NOW);
const model = (name: keyof typeof VIEWS, settings = DEFAULT_SETTINGS) => evidenceModel(VIEWS[name], settings, NOW);
const content = (file: { content: Uint8Array | string }): string => (typeof file.content === 'string' ? file.content : new TextDecoder().decode(file.content));
/** What is an answer's content: the digests in its checks. */
const HASHES = VIEWS.failed.answers.flatMap((a) => a.checks.filter((c) => c.id === 'response.hash').flatMap((c) => [c.expected, c.actual])).filter((h) => h !== undefined);

describe('the lead', () => {
  it('counts what holds and what does not', () => {
    expect(say(model('failed').lead.title)).toBe('2 checks do not match');
    expect(model('failed').lead.sentences.map(say)).toEqual(['The machine runs firmware with known holes.', '15 other checks hold.']);
    expect(model('limited').lead.sentences.map(say)).toEqual(['16 checks hold. 5 leave a gap, and each is named below.']);
    expect(say(model('verified').lead.title)).toBe('All checks of this evidence hold');
    expect(say(model('incomplete').lead.title)).toBe('A check could not be done');
  });
  it('says loudly that the simulator’s keys judged', () => {
    expect(model('simulator').lead.simulated).toBe(true);
    expect(say(model('simulator').lead.judged)).toContain('says nothing about real hardware');
    expect(model('limited').lead.simulated).toBe(false);
  });
  it('names whom it was asked of, on the page and in the file, where that is not the service itself', () => {
    expect(say(model('limited').lead.about)).not.toContain('asked of');
    const asked = evidenceModel({ ...VIEWS.limited, askedOf: 'https://api.privatemode.ai' }, DEFAULT_SETTINGS, NOW);
    expect(say(asked.lead.about)).toMatch(/, asked of api\.privatemode\.ai\.$/);
    expect(JSON.parse(exportText({ ...VIEWS.limited, askedOf: 'https://api.privatemode.ai' }, undefined, false))).toMatchObject({ evidence: { askedOf: 'https://api.privatemode.ai' } });
    expect(JSON.parse(exportText(VIEWS.limited, undefined, false))).toMatchObject({ evidence: { askedOf: null } });
  });
});

describe('the machine', () => {
  const [processor] = model('limited').processors;
  it('shows every decoded field once, on this page', () => {
    const shown = [...(processor?.facts ?? []), ...model('limited').software.items.flatMap((i) => i.values)].map((f) => say(f.name));
    for (const name of ['MRTD', 'RTMR 0', 'RTMR 1', 'RTMR 2', 'RTMR 3', 'MRCONFIGID', 'MROWNER', 'MROWNERCONFIG', 'MRSEAM', 'TD attributes', 'XFAM', 'Debug mode', 'SEPT_VE_DISABLE']) {
      expect([name, shown.filter((s) => s === name).length]).toEqual([name, 1]);
    }
  });
  it('draws the chain from the root downwards', () => {
    expect(processor?.certificates.map((c) => say(c.name))).toEqual(['Intel SGX Root CA', 'Intel SGX PCK Platform CA', 'Intel SGX PCK Certificate', 'Attestation key']);
    expect(processor?.certificates.map((c) => c.up)).toEqual([undefined, 'solid', 'solid', 'solid']);
  });
  it('draws no line to a root that is not the vendor’s, and does not call it pinned', () => {
    const view = { ...VIEWS.limited, attestation: { ...VIEWS.limited.attestation, checks: VIEWS.limited.attestation.checks.map((c) => (c.id === 'pck.chain' ? { ...c, outcome: 'fail' as const, code: 'ROOT_UNTRUSTED' as const } : c)) } };
    const rows = evidenceModel(view, DEFAULT_SETTINGS, NOW).processors[0]?.certificates ?? [];
    expect(rows.slice(1, 3).map((r) => r.up)).toEqual(['none', 'none']);
    expect(rows.flatMap((r) => r.notes).map(say).join(' ')).not.toContain('Pinned in Assay');
    expect(rows[0]?.kind).toBe('fail');
  });
  it('says of the simulator’s root whose it is', () => {
    expect(model('simulator').processors[0]?.certificates[0]?.notes.map(say)[0]).toBe('The simulator’s own root, not Intel’s');
  });
  it('marks components below the level and says so aloud', () => {
    const [strip] = model('failed').processors[0]?.firmware.strips ?? [];
    expect(strip?.cells.filter((c) => c.state === 'low').map((c) => c.index)).toEqual([7]);
    expect(strip && say(strip.says)).toBe('16 components; below the level: 8');
  });
  it('links advisories to Intel’s pages and nothing else', () => {
    expect(advisoryUrl('INTEL-SA-01036')).toBe('https://www.intel.com/content/www/us/en/security-center/advisory/intel-sa-01036.html');
    expect(advisoryUrl('INTEL-DOC-00001')).toBeUndefined();
    expect(advisoryUrl('INTEL-SA-01036/../../x')).toBeUndefined();
  });
  it('marks lists that are overdue', () => {
    const late = evidenceModel({ ...VIEWS.limited, attestation: { ...VIEWS.limited.attestation, appraisedAt: NOW + 40 * 86_400_000 } }, DEFAULT_SETTINGS, NOW).processors[0]?.lists ?? [];
    expect(late.filter((l) => l.overdue).map((l) => l.name)).toEqual(['list_tcb_info', 'list_qe_identity', 'list_pck_crl']);
  });
  it('has nothing to show of evidence that is not there', () => {
    expect(model('nothing').processors).toEqual([]);
    expect(model('nothing').machineIntro).toEqual({ key: 'machine_intro_fail' });
  });
});

describe('the software', () => {
  it('says what differs, register by register', () => {
    const [measured] = model('failed').software.items;
    expect(measured?.references[0]).toMatchObject({ matches: false });
    expect(measured?.references[0]?.differences.map((d) => say(d.name))).toEqual(['RTMR 3']);
    expect(measured?.approve && say(measured.approve.warning)).toContain('differs from what you accepted');
  });
  it('has nothing to approve where a reference value matches', () => {
    const [measured] = model('verified').software.items;
    // The reference is for another dialect's name: it must not serve.
    expect(measured?.references.every((r) => r.matches)).toBe(true);
    expect(measured?.approve).toBeUndefined();
  });
  it('never lets a reference value of another role serve', () => {
    const view = { ...VIEWS.verified, references: VIEWS.verified.references.map((r) => ({ ...r, role: 'gateway' as const })) };
    expect(evidenceModel(view, DEFAULT_SETTINGS, NOW).software.items[0]?.references).toEqual([]);
  });
});

describe('the key', () => {
  it('takes report_data apart', () => {
    expect(model('limited').key.halves.map((h) => h.says)).toEqual(['half_nonce', 'half_zero']);
    expect(model('verified').key.halves.map((h) => h.says)).toEqual(['half_address', 'half_nonce']);
  });
  it('calls nothing ours that is not', () => {
    const strange = evidenceModel({ ...VIEWS.limited, nonce: 'ab'.repeat(32) }, DEFAULT_SETTINGS, NOW);
    expect(strange.key.halves.map((h) => h.says)).toEqual(['half_unexplained', 'half_zero']);
  });
  it('says plainly what an unbound key leaves open', () => {
    expect(say({ key: model('limited').key.intro })).toContain('every signature would still hold');
  });
});

describe('downloads', () => {
  const { downloads } = model('failed');
  it('are the report, the quote, the lists, what you expect and the result', () => {
    expect(downloads.files.map((f) => f.name)).toEqual(['assay-ionet-20261122-141109.report.json', 'assay-ionet-20261122-141109.quote.bin', 'assay-ionet-20261122-141109.collateral.json', 'assay-ionet-20261122-141109.references.json']);
  });
  it('have names that every system takes', () => {
    expect(stemOf({ ...VIEWS.limited, service: { ...VIEWS.limited.service, profileId: '../ä b' } })).toMatch(/^[a-z0-9-]+$/);
  });
  it('say their size exactly', () => {
    for (const file of downloads.files) {
      const { content: made } = file.file();
      expect([file.name, file.bytes]).toEqual([file.name, typeof made === 'string' ? new TextEncoder().encode(made).length : made.length]);
    }
  });
  it('repeat the judgement with what was judged', () => {
    expect(downloads.commands).toEqual([
      [
        'assay verify tdx assay-ionet-20261122-141109.quote.bin',
        '--collateral assay-ionet-20261122-141109.collateral.json',
        `--report-data ${REPORT_DATA}`,
        '--reference assay-ionet-20261122-141109.references.json',
        '--at 2026-11-22T14:14:09.000Z',
        '--offline',
      ],
    ]);
  });
  it('hand out reference values that can be read again', () => {
    const file = downloads.files.find((f) => f.name.endsWith('references.json'))?.file();
    expect(file && readReferences(content(file))).toHaveLength(1);
  });
  it('ask for our own number where the evidence holds another', () => {
    expect(expectedReportData({ reportData: 'cd'.repeat(64) }, NONCE)).toBe(`${NONCE}${'00'.repeat(32)}`);
    expect(expectedReportData({ reportData: `${SIGNER.slice(2).padEnd(64, '0')}${NONCE}` }, NONCE)).toBe(`${SIGNER.slice(2).padEnd(64, '0')}${NONCE}`);
  });
  it('carry a policy file exactly where the user’s choices differ', () => {
    expect(policyFile(DEFAULT_SETTINGS, NOW)).toBeUndefined();
    expect(policyFile({ ...DEFAULT_SETTINGS, acceptOutOfDateUntil: NOW - 1 }, NOW)).toBeUndefined();
    expect(policyFile({ ...DEFAULT_SETTINGS, allowSeptVeOff: true, minEvaluationDataNumber: 17 }, NOW)).toEqual({ extends: 'default', tdx: { requireSeptVeDisable: false, minEvaluationDataNumber: 17 } });
    expect(model('limited', { ...DEFAULT_SETTINGS, acceptOutOfDateUntil: NOW + 1_000 }).downloads.commands[0]).toContain('--policy assay-ionet-20261122-141109.policy.json');
  });
});

describe('the result file', () => {
  const { downloads } = model('failed');
  it('holds no hash of an answer unless the line was ticked', () => {
    expect(HASHES.length).toBeGreaterThan(1);
    const without = content(downloads.result(false));
    const with_ = content(downloads.result(true));
    for (const hash of HASHES) {
      expect(without).not.toContain(hash);
      expect(with_).toContain(hash);
    }
  });
  it('uses the command line’s field names', () => {
    const result: unknown = JSON.parse(content(downloads.result(false)));
    expect(result).toMatchObject({ state: 'failed', qualifiers: [], checks: expect.any(Array), claims: { tee: 'tdx' }, at: '2026-11-22T14:14:09.000Z', policy: 'default', anchors: 'vendor' });
    expect(JSON.parse(content(model('simulator').downloads.result(false)))).toMatchObject({ anchors: 'custom' });
  });
});

describe('the answers', () => {
  it('say who handed over the bytes', () => {
    expect(model('failed').answers.map((a) => [a.number, a.seenBy, a.text?.kind, a.question?.word])).toEqual([[2, 'page', 'fail', 'outcome_notasked'], [1, 'page', 'pass', 'outcome_notasked']]);
  });
});
