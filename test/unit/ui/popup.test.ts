/** The popup's model for every recorded state. */
import { describe, expect, it } from 'vitest';
import messages from '../../../assets/_locales/en/messages.json';
import { fail, pass } from '../../../src/checks/check';
import type { TabSnapshot } from '../../../src/watch/snapshot';
import { catalogueI18n } from '../../../src/ui/i18n/catalogue';
import { sayWith } from '../../../src/ui/i18n/say';
import { noticeOf, tooltipOf } from '../../../src/ui/model/headline';
import { popupModel } from '../../../src/ui/model/popup';
import { reportText } from '../../../src/ui/model/report';
import { CHOICES, NOW, SNAPSHOTS, type SnapshotName } from '../../e2e/ui/recorded/snapshots';

// Times are said in the person's own zone; here that is UTC.
process.env['TZ'] = 'UTC';

const say = sayWith(catalogueI18n(messages, 'en'), () => NOW);
const model = (name: SnapshotName) => popupModel(SNAPSHOTS[name], CHOICES, NOW);
const words = (name: SnapshotName) => {
  const { verdict } = model(name);
  return { title: say(verdict.title), sentence: say(verdict.sentence), notes: verdict.notes.map(say) };
};
const buttons = (name: SnapshotName) => {
  const { actions, ask } = model(name);
  return { ask: ask?.actions.map((a) => say(a.label)) ?? [], card: actions.card.map((a) => say(a.label)), start: actions.start && say(actions.start.label), main: actions.main && say(actions.main.label) };
};
const rail = (name: SnapshotName) => model(name).rail.map((row) => `${row.group} ${row.kind ?? '-'} ${say({ key: row.word })}: ${say(row.summary)}`);

describe('headlines', () => {
  it('are quiet when all holds', () => {
    expect(words('verified')).toEqual({ title: 'All checks hold', sentence: '3 of 3 answers were signed by a key that attested hardware vouches for.', notes: ['Last evidence 14:11:09, 3 minutes ago'] });
  });
  it('carry the qualifier where the page itself reported', () => {
    expect(words('verified-page').title).toBe('All checks hold, as reported by this page');
  });
  it('are the sentence of the failing code, never the generic title', () => {
    const titles = Object.entries(SNAPSHOTS).filter(([, s]) => s.state === 'failed').map(([, s]) => say(popupModel(s, CHOICES, NOW).verdict.title));
    expect(titles.length).toBeGreaterThan(5);
    expect(titles).not.toContain('A check does not match');
    expect(words('failed-altered')).toMatchObject({ title: 'This answer is not the text that was signed.', notes: ['Answer 3, 14:09:20'] });
    expect(words('failed-root').title).toBe('The certificates do not lead to Intel.');
  });
  it('say that the evidence came through the page where the evidence is at fault', () => {
    expect(words('failed-debug').notes).toContain('The evidence came through this page');
    expect(words('failed-altered').notes).not.toContain('The evidence came through this page');
  });
  it('count what could not be done', () => {
    expect(words('incomplete-intel').sentence).toBe('4 checks that io.net supports could not be done now.');
    expect(words('incomplete-wait')).toMatchObject({ sentence: '1 check that io.net supports could not be done now.', notes: ['Tried 14:14:05. Next try in 30 seconds'] });
  });
  it('name the step while checking, and keep the old words while checking again', () => {
    expect(words('checking').sentence).toBe('Asking io.net for fresh evidence. This takes a few seconds.');
    expect(words('checking-vendor').sentence).toContain('Asking the chip makers');
    const again = model('failed-again').verdict;
    expect([again.shown, say(again.title), again.again && say(again.again)]).toEqual(['failed', 'This answer is not the text that was signed.', 'Checking again: asking io.net']);
  });
  it('remember what the user has seen', () => {
    expect(words('limited-seen').notes).toContain('A check did not match earlier on this page. You said that you have seen it.');
  });
});

describe('the card of a fault', () => {
  it('is there exactly in failed and incomplete, but not where a consent is asked for', () => {
    for (const [name, snapshot] of Object.entries(SNAPSHOTS)) {
      const { fault, verdict } = popupModel(snapshot, CHOICES, NOW);
      expect([name, fault !== undefined]).toEqual([name, (verdict.shown === 'failed' || verdict.shown === 'incomplete') && !snapshot.consentNeeded]);
    }
  });
  it('holds both values, the code and who reported', () => {
    expect(model('failed-altered').fault).toMatchObject({ loud: true, code: 'RESPONSE_HASH_MISMATCH', reportedByPage: true, values: { expected: expect.any(String), actual: expect.any(String) } });
  });
  it('names advisories, and does without where none are known', () => {
    expect(say(model('failed-tcb').fault?.means ?? { literal: '' })).toBe('Intel lists flaws that can let the machine’s operator look inside: INTEL-SA-01036 and INTEL-SA-01099.');
    const bare = fail('tcb', 'TCB_OUT_OF_DATE', 'OutOfDate');
    const snapshot: TabSnapshot = { ...SNAPSHOTS['failed-tcb'], checks: [bare], leading: bare };
    expect(say(popupModel(snapshot, CHOICES, NOW).fault?.means ?? { literal: '' })).toBe('Intel lists flaws that can let the machine’s operator look inside.');
  });
  it('counts the seconds to wait', () => {
    expect(say(model('incomplete-wait').fault?.happened ?? { literal: '' })).toBe('io.net asks to wait 30 seconds.');
  });
});

describe('the rail', () => {
  it('shows io.net as it is', () => {
    expect(rail('limited-ionet')).toEqual([
      'machine partly Holds in part: Intel TDX, GPUs open',
      'software claimed Only claimed: sha256:cf47db862…',
      'key absent Not offered: Not in the evidence',
      'answer partly Holds in part: 4 of 4 as signed',
    ]);
  });
  it('shows four beads where all holds', () => {
    expect(model('verified').rail.map((r) => r.kind)).toEqual(['pass', 'pass', 'pass', 'pass']);
  });
  it('shows no bead where no evidence is', () => {
    expect(model('incomplete-login').rail.map((r) => r.kind)).toEqual(['unknown', 'unknown', 'unknown', undefined]);
    expect(model('checking').rail.map((r) => r.kind)).toEqual(['running', 'running', 'running', 'running']);
  });
  it('opens the group at fault, worst check first', () => {
    const open = (name: SnapshotName) => model(name).rail.filter((r) => r.open).map((r) => [r.group, r.checks[0]?.id]);
    expect(open('failed-debug')).toEqual([['machine', 'policy.debug']]);
    expect(open('failed-altered')).toEqual([['answer', 'response.hash']]);
    expect(open('limited-ionet')).toEqual([]);
  });
});

describe('the row of the leading check', () => {
  it('does not repeat what the card says', () => {
    const [first, second] = model('failed-altered').rail.find((r) => r.open)?.checks ?? [];
    expect([first?.id, first?.values, first?.sentence]).toEqual(['response.hash', undefined, undefined]);
    expect(second?.sentence).toBeDefined();
  });
});

describe('readers and gaps', () => {
  it('are there together or not at all', () => {
    for (const snapshot of Object.values(SNAPSHOTS)) {
      const { readers, gaps } = popupModel(snapshot, CHOICES, NOW);
      expect(readers.length > 0).toBe(gaps.length > 0);
    }
  });
  it('are in every state that has proofs, and not beside a contradiction', () => {
    for (const name of ['verified', 'limited-ionet', 'incomplete-intel'] as const) expect(model(name).gaps.map((g) => g.id)).toContain('page');
    expect(model('failed-debug').gaps).toEqual([]);
  });
});

describe('buttons', () => {
  it('are the likely one in ink and one beside it', () => {
    expect(buttons('verified')).toMatchObject({ start: 'Re-check', main: 'Open evidence' });
    expect(buttons('limited-ionet')).toMatchObject({ start: 'Re-check', main: 'See the gaps' });
    expect(buttons('incomplete-intel')).toMatchObject({ start: 'Open evidence', main: 'Try again' });
    expect(buttons('incomplete-wait')).toMatchObject({ start: undefined, main: 'Try again' });
    expect(buttons('failed-altered')).toMatchObject({ start: 'I have seen this', main: 'What happened', card: ['Copy report'] });
    expect(buttons('checking')).toMatchObject({ start: 'Stop', main: undefined });
  });
  it('review a change of software first', () => {
    expect(model('failed-software').actions.main).toMatchObject({ label: { key: 'action_review' }, deed: { does: 'evidence', section: 'software' } });
  });
  it('offer to accept firmware, but never in ink', () => {
    const { actions } = model('failed-tcb');
    expect(actions.start).toMatchObject({ label: { key: 'action_accept_until' }, deed: { does: 'options', section: 'strict' } });
    expect(actions.card.map((a) => a.deed.does)).toEqual(['copy-report', 'acknowledge']);
    for (const snapshot of Object.values(SNAPSHOTS)) expect(popupModel(snapshot, CHOICES, NOW).actions.main?.label).not.toMatchObject({ key: 'action_accept_until' });
  });
  it('ask through this page first where a login is needed', () => {
    expect(buttons('incomplete-login')).toEqual({ ask: ['Ask through this page', 'Use a key of my own'], card: [], start: undefined, main: undefined });
  });
  it('allow all hosts at once, and pick the service only where it is not picked', () => {
    expect(model('nopermission').ask?.actions[0]?.deed).toEqual({ does: 'allow', origins: ['https://ai.io.net', 'https://api.intelligence.io.net'], pick: undefined });
    expect(model('off-known').ask?.actions[0]?.deed).toMatchObject({ does: 'allow', pick: 'ionet' });
  });
  it('ask for every page of a service, not only the one in front', () => {
    const choices = CHOICES.map((c) => ({ ...c, uiOrigins: ['https://ai.io.net', 'https://chat.io.net'] }));
    expect(popupModel(SNAPSHOTS.nopermission, choices, NOW).ask?.actions[0]?.deed).toMatchObject({ origins: ['https://ai.io.net', 'https://chat.io.net', 'https://api.intelligence.io.net'] });
  });
  it('name exactly the services that are built', () => {
    expect(say(model('off').ask?.body ?? { literal: '' })).toBe('Assay knows io.net.');
  });
  it('lead to evidence only where some is kept', () => {
    for (const snapshot of Object.values(SNAPSHOTS)) {
      const { start, main } = popupModel(snapshot, CHOICES, NOW).actions;
      for (const action of [start, main]) if (action?.deed.does === 'evidence') expect(snapshot.attestation?.receivedAt).toBeDefined();
    }
  });
});

describe('answers', () => {
  it('are newest first, with their words', () => {
    expect(model('failed-altered').answers.rows.map((r) => [r.number, r.word])).toEqual([[3, 'answer_altered'], [2, 'answer_not_vouched'], [1, 'answer_not_vouched']]);
    expect(model('failed-unsigned').answers.rows[0]?.word).toBe('answer_unsigned');
    expect(model('failed-debug').answers.rows[0]?.word).toBe('answer_machine_failed');
    expect(model('incomplete-intel').answers.rows[0]?.word).toBe('answer_machine_open');
    expect(model('incomplete-cut').answers.rows[0]?.word).toBe('answer_cut');
    expect(model('checking-vendor').answers.rows[0]).toMatchObject({ word: 'answer_arriving', mark: 'checking' });
  });
  it('say where one came from and who stopped it', () => {
    const rows = model('limited-many').answers.rows;
    expect(rows.flatMap((r) => r.notes).map(say)).toEqual(['From a background worker of this page', 'The page stopped it']);
  });
  it('count those that are no longer listed', () => {
    expect(say(model('limited-many').answers.older ?? { literal: '' })).toBe('1,190 older answers are counted, not listed');
  });
});

describe('the toolbar and the notice', () => {
  it('tell the full sentence', () => {
    expect(say(tooltipOf(SNAPSHOTS['limited-ionet'], NOW))).toBe('Assay: checked with gaps, io.net');
    expect(say(tooltipOf(SNAPSHOTS['verified-page'], NOW))).toBe('Assay: all checks hold for Example AI, as reported by this page');
    expect(say(tooltipOf(SNAPSHOTS['failed-root'], NOW))).toBe('Assay: a check does not match for io.net. The certificates do not lead to Intel.');
    expect(say(tooltipOf(SNAPSHOTS['off'], NOW))).toBe('Assay: not on your list');
  });
  it('give notice of a failure alone', () => {
    const notices = Object.entries(SNAPSHOTS).filter(([, s]) => noticeOf(s, NOW) !== undefined).map(([, s]) => s.state);
    expect(new Set(notices)).toEqual(new Set(['failed']));
    const notice = noticeOf(SNAPSHOTS['failed-debug'], NOW);
    expect(notice && [say(notice.title), say(notice.message)]).toEqual(['Assay: io.net', 'The machine runs in debug mode.']);
  });
});

describe('the report', () => {
  const report = reportText(SNAPSHOTS['failed-altered'], NOW);
  it('holds the outcome of every check', () => {
    for (const check of SNAPSHOTS['failed-altered'].checks) expect(report).toContain(`"id": "${check.id}"`);
    expect(report).toContain('RESPONSE_HASH_MISMATCH');
  });
  it('holds no hash of an answer', () => {
    const hashes = SNAPSHOTS['failed-altered'].checks.filter((c) => c.id === 'response.hash').flatMap((c) => [c.expected, c.actual]);
    expect(hashes.length).toBe(2);
    for (const hash of hashes) expect(report).not.toContain(hash);
  });
  it('does not smuggle one in through a detail', () => {
    const check = { ...pass('response.hash', 'a1b2c3d4e5f60718293a4b5c6d7e8f90'), basis: 'page' as const };
    expect(reportText({ ...SNAPSHOTS['limited-ionet'], checks: [check] }, NOW)).not.toContain('a1b2c3d4');
  });
});

describe('no recorded state', () => {
  it('says a bare key or an empty sentence', () => {
    for (const [name, snapshot] of Object.entries(SNAPSHOTS)) {
      const { verdict, fault, ask, readers, gaps, rail: rows, actions } = popupModel(snapshot, CHOICES, NOW);
      const phrases = [
        verdict.title, verdict.sentence, ...verdict.notes, ...(fault === undefined ? [] : [fault.means, fault.todo]), ...(ask === undefined ? [] : [ask.body, ...ask.actions.map((a) => a.label)]),
        ...[...readers, ...gaps].flatMap((l) => [l.what, l.why]), ...rows.flatMap((r) => [r.summary, ...r.checks.map((c) => c.label)]), ...[actions.start, actions.main].flatMap((a) => (a === undefined ? [] : [a.label])),
      ];
      for (const phrase of phrases) expect([name, say(phrase)]).toEqual([name, expect.not.stringMatching(/^$|^\w+_\w+$|\$|undefined|\{|^ | $| {2}/)]);
    }
  });
});
