/** Answers of a genuine, attested machine: good ones, and every way in which one can be wrong. */
import { beforeAll, describe, expect, it } from 'vitest';
import { Assay } from './assay';
import { BROWSER, inThisBrowser } from './browser-under-test';
import { play, type Scenario } from './scenario';
import { holds } from './wait';

let assay: Assay;
beforeAll(async () => {
  assay = await Assay.shared(BROWSER);
});

const GOOD: readonly Scenario[] = [
  { name: 'a JSON answer', form: 'json', state: 'limited', code: 'SIGNER_NOT_BOUND' },
  { name: 'a streamed answer', form: 'stream', state: 'limited', code: 'SIGNER_NOT_BOUND' },
  { name: 'compressed on the wire', faults: ['gzip-answers'], form: 'json', state: 'limited' },
  { name: 'a stream compressed on the wire', faults: ['gzip-answers'], form: 'stream', state: 'limited' },
  { name: 'with comments that keep the connection open', faults: ['comment-lines'], form: 'stream', state: 'limited' },
  { name: 'with a chunk after the signature, as the real agent does', faults: ['chunk-after-signature'], form: 'stream', state: 'limited' },
  { name: 'split inside characters and lines', faults: ['one-byte-pieces'], form: 'stream', state: 'limited' },
  { name: 'reached by a redirect', faults: ['redirect'], form: 'json', state: 'limited' },
];

const WRONG: readonly Scenario[] = [
  { name: 'its body was changed after signing', faults: ['body-tampered'], form: 'json', state: 'failed', code: 'RESPONSE_HASH_MISMATCH' },
  { name: 'one chunk of its stream was changed', faults: ['sse-chunk-changed'], form: 'stream', state: 'failed', code: 'RESPONSE_HASH_MISMATCH' },
  { name: 'JSON signed by another key than the address beside it', faults: ['signer-other-key'], form: 'json', state: 'failed', code: 'SIGNATURE_INVALID' },
  { name: 'a stream signed by another key', faults: ['signer-other-key'], form: 'stream', state: 'failed', code: 'SIGNATURE_INVALID' },
  { name: 'the signature of the answer before', faults: ['replayed-text'], before: 'json', form: 'json', state: 'failed', code: 'SIGNATURE_REPLAYED' },
  { name: 'JSON without a signature', faults: ['unsigned'], form: 'json', state: 'failed', code: 'ANSWER_UNSIGNED' },
  { name: 'a stream without a signature', faults: ['unsigned'], form: 'stream', state: 'failed', code: 'ANSWER_UNSIGNED' },
  { name: 'its signature header came twice', faults: ['header-doubled'], form: 'json', state: 'failed', code: 'HEADER_DOUBLED' },
  { name: 'the connection broke in its middle', faults: ['cut-stream'], form: 'stream', state: 'incomplete', code: 'ANSWER_CUT' },
  { name: 'signed by a key that no evidence reports', faults: ['key-swapped'], form: 'json', state: 'incomplete', code: 'SIGNER_NOT_REPORTED' },
];

/** The same rules judge these in either browser: each is tried in one. */
const WRONG_ONCE: readonly Scenario[] = [
  { name: 'its signature header is gone and the others are there', faults: ['headers-missing'], form: 'json', state: 'failed' },
  { name: 'its signature is too short', faults: ['signature-malformed'], form: 'json', state: 'failed', code: 'SIGNATURE_MALFORMED' },
  { name: 'the whole answer before, byte for byte', faults: ['replayed-answer'], before: 'stream', form: 'stream', state: 'failed', code: 'SIGNATURE_REPLAYED' },
];

describe('when an answer is as it should be', () => {
  it.each(GOOD)('says limited for $name', async (scenario) => await play(assay, scenario, 'everywhere', 'as it is'));
});

describe('when an answer is not as it should be', () => {
  it.each([...WRONG, ...inThisBrowser(WRONG_ONCE)])('says $state where $name', async (scenario) => await play(assay, scenario, 'everywhere', 'as it is'));
});

describe('when a request is refused', () => {
  it.each(['answer-401', 'answer-429', 'answer-500'] as const)('takes %s for no answer at all', async (fault) => {
    await assay.forget();
    const chat = await assay.chat();
    assay.simulator.fault(fault);
    const shown = await chat.over(await chat.press('json'));
    expect(shown.state).toBe('error');
    await holds('nothing is said of it', 1000, async () => (await chat.snapshot()).answers.length === 0);
    assay.simulator.reset();
    // The next answer stands for itself and is the first one.
    await chat.over(await chat.press('json'));
    const { tab } = await chat.judged(1);
    expect(tab.state).toBe('limited');
    expect(tab.counts).toMatchObject({ failed: 0, incomplete: 0, limited: 1 });
    await chat.close();
  });
});

describe('after all of that', () => {
  it('no error stands in any console of the extension', async () => {
    expect(await assay.browser.problems()).toEqual([]);
  });
});
