import { describe, expect, it } from 'vitest';
import { absent, fail } from '../../../src/checks/check';
import { countsOf, type DocumentState, withAcknowledgement, withAnswer, withAttestation, withStep } from '../../../src/watch/document';
import { snapshotOf, verdictOf } from '../../../src/watch/tab-state';
import { toolbarFace } from '../../../src/watch/toolbar';
import { answer, attestation, BAD, document, GAP, GOOD, OPEN, PAGE } from './fixtures';

const context = { service: { profileId: 'example', name: 'Example', host: 'ai.example', apiOrigins: [], addedByYou: false, best: 'limited' as const }, allowed: true, consentNeeded: false };
const stateOfTab = (d: DocumentState) => snapshotOf(d, context).state;
const withAnswers = (...answers: Parameters<typeof withAnswer>[1][]) => answers.reduce(withAnswer, document());

describe('the state of a tab', () => {
  it('is waiting before anything was seen, and while good evidence has no answer yet', () => {
    expect(stateOfTab(document())).toBe('waiting');
    expect(stateOfTab(withAttestation(document(), attestation(GOOD)))).toBe('waiting');
    expect(stateOfTab(withAttestation(document(), attestation(GAP)))).toBe('waiting');
  });

  it('is failed or incomplete without an answer when the evidence is so', () => {
    expect(stateOfTab(withAttestation(document(), attestation(BAD)))).toBe('failed');
    expect(stateOfTab(withAttestation(document(), attestation(OPEN)))).toBe('incomplete');
  });

  it('is the worst of all answers and of the newest evidence', () => {
    expect(stateOfTab(withAnswers(answer(1, GOOD), answer(2, GOOD)))).toBe('verified');
    expect(stateOfTab(withAnswers(answer(1, GAP), answer(2, GOOD)))).toBe('limited');
    expect(stateOfTab(withAnswers(answer(1, OPEN), answer(2, GOOD)))).toBe('incomplete');
    expect(stateOfTab(withAnswers(answer(1, BAD), answer(2, GOOD)))).toBe('failed');
    expect(stateOfTab(withAttestation(withAnswers(answer(1, GOOD)), attestation(OPEN)))).toBe('incomplete');
    expect(stateOfTab(withAttestation(withAnswers(answer(1, OPEN)), attestation(GOOD)))).toBe('incomplete');
  });

  it('leaves the way there to each answer: evidence alone has none', () => {
    const bound = [...GOOD, absent('channel.gateway', 'browser', 'CHANNEL_NOT_BOUND', 'bound, not compared here')];
    expect(stateOfTab(withAttestation(withAnswers(answer(1, GOOD)), attestation(bound)))).toBe('verified');
    expect(stateOfTab(withAttestation(withAnswers(answer(1, bound)), attestation(bound)))).toBe('limited');
    // Where the service's evidence names no key, no answer can have one either; and other gaps stay gaps.
    expect(stateOfTab(withAttestation(withAnswers(answer(1, GOOD)), attestation([...GOOD, absent('channel', 'service', 'CHANNEL_NOT_BOUND', '')])))).toBe('limited');
    expect(stateOfTab(withAttestation(withAnswers(answer(1, GOOD)), attestation([...bound, ...GAP])))).toBe('limited');
  });

  it('names the failing check and shows the checks behind the verdict, never those of a better answer', () => {
    const snapshot = snapshotOf(withAnswers(answer(1, BAD), answer(2, GOOD)), context);
    expect(snapshot.leading?.code).toBe('RESPONSE_HASH_MISMATCH');
    expect(snapshot.checks).toEqual(BAD);
  });

  it('says where a fault of evidence came through the page, and who added the service', () => {
    const through = (checks: typeof GOOD, way: 'page' | 'key') => snapshotOf(withAttestation(document(), { ...attestation(checks), through: way }), context).qualifiers;
    const badQuote = [fail('quote.signature', 'QUOTE_SIGNATURE', '')];
    expect([through(badQuote, 'page'), through(badQuote, 'key'), through(GOOD, 'page')]).toEqual([['through-this-page'], [], []]);
    // An answer's own fault has nothing to do with how evidence came.
    expect(snapshotOf(withAnswer(withAttestation(document(), { ...attestation(GOOD), through: 'page' }), answer(1, BAD)), context).qualifiers).not.toContain('through-this-page');
    expect(snapshotOf(document(), { ...context, service: { ...context.service, addedByYou: true } }).qualifiers).toEqual(['added-by-you']);
  });

  it('stays failed when later evidence is good, until the user has seen it', () => {
    const failed = withAttestation(document(), attestation(BAD, 100));
    const later = withAttestation(failed, attestation(GOOD, 200));
    expect(stateOfTab(later)).toBe('failed');
    expect(stateOfTab(withAcknowledgement(later))).toBe('waiting');
  });

  it('lets "I have seen this" clear earlier failures only', () => {
    const seen = withAcknowledgement(withAnswers(answer(1, BAD), answer(2, GAP)));
    expect(stateOfTab(seen)).toBe('limited');
    expect(seen.answers.find((a) => a.number === 1)?.state).toBe('failed');
    expect(stateOfTab(withAnswer(seen, answer(3, BAD)))).toBe('failed');
    expect(stateOfTab(withAttestation(seen, attestation(BAD, 5_000)))).toBe('failed');
    // Judged again with the same result, it is still the fault that was seen.
    expect(stateOfTab(withAnswer(seen, answer(1, BAD, { judgedAt: 9_999 })))).toBe('limited');
  });

  it('takes "seen" for a piece of evidence, not for a moment', () => {
    const seen = withAcknowledgement(withAttestation(document(), attestation(BAD, 100)));
    expect(stateOfTab(withAttestation(seen, attestation(BAD, 900)))).toBe('waiting');
    expect(stateOfTab(withAttestation(seen, { ...attestation(BAD, 50), id: 'e2' }))).toBe('failed');
  });

  it('counts an answer the page stopped only until a later one is judged', () => {
    const stopped = withAnswers(answer(1, OPEN, { stoppedByPage: true }));
    expect(stateOfTab(stopped)).toBe('incomplete');
    expect(stateOfTab(withAnswer(stopped, answer(2, GOOD)))).toBe('verified');
    expect(stateOfTab(withAnswer(stopped, answer(2, [], { state: 'arriving' })))).toBe('incomplete');
    expect(stateOfTab(withAnswers(answer(1, BAD, { stoppedByPage: true }), answer(2, GOOD)))).toBe('failed');
  });

  it('keeps the old verdict in sight while checking again, never a better one', () => {
    const failed = withStep(withAnswers(answer(1, BAD)), 'asking-service');
    const snapshot = snapshotOf(failed, context);
    expect(snapshot).toMatchObject({ state: 'checking', before: 'failed', step: 'asking-service' });
    expect(toolbarFace(snapshot)).toMatchObject({ icon: 'failed', badge: '!' });
    expect(toolbarFace(snapshotOf(withStep(document(), 'asking-service'), context)).icon).toBe('checking');
  });

  it('says that the browser does not allow it when the permission went, whatever was found before', () => {
    expect(snapshotOf(withAnswers(answer(1, GOOD)), { ...context, allowed: false }).state).toBe('nopermission');
  });

  it('does not count an answer that is still arriving as judged', () => {
    expect(stateOfTab(withAnswers(answer(1, [], { state: 'arriving' })))).toBe('waiting');
  });

  it('has a badge for failed and incomplete alone', () => {
    const badge = (d: DocumentState) => toolbarFace(snapshotOf(d, context)).badge;
    expect([withAnswers(answer(1, GOOD)), withAnswers(answer(1, GAP)), document(), withAnswers(answer(1, OPEN)), withAnswers(answer(1, BAD))].map(badge)).toEqual(['', '', '', '?', '!']);
  });
});

describe('many answers', () => {
  it('find a place for the one that is arriving, and for its verdict', () => {
    let d = document();
    for (let n = 1; n <= 50; n += 1) d = withAnswer(d, answer(n, OPEN));
    d = withAnswer(d, answer(51, [], { state: 'arriving' }));
    expect(d.answers[0]?.number).toBe(51);
    d = withAnswer(d, answer(51, BAD));
    expect(verdictOf(d)?.state).toBe('failed');
    expect(countsOf(d)).toMatchObject({ total: 51, arriving: 0, failed: 1, incomplete: 50 });
  });

  it('stay counted when they leave the list, and no failure is pushed out of it by good ones', () => {
    let d = withAnswer(document(), answer(1, BAD));
    for (let n = 2; n <= 400; n += 1) d = withAnswer(d, answer(n, GOOD));
    expect(d.answers.length).toBe(50);
    expect(countsOf(d)).toEqual({ total: 400, arriving: 0, verified: 399, limited: 0, incomplete: 0, failed: 1 });
    expect(verdictOf(d)?.state).toBe('failed');
    expect(d.pageOrigin).toBe(PAGE);
  });
});
