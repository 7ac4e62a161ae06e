/**
 * Every way found to put words beside a valid signature. The agent signs the `data: ` lines alone; each form leaves that
 * digest as it was, so a verifier that repeats the agent's rule and no more is satisfied. Where the real `openai` client
 * shows or hides text because of the form, the test proves that too.
 */
import { describe, expect, it } from 'vitest';
import { CHUNKS, chunk, events, goodStream, judgeSse, signatureEvent, statementOver, streamDigest } from './fixture';
import { shownStream } from './openai-client';

const SLIPPED = 'SLIPPED IN';
const good = goodStream();
const GOOD_TEXT = 'Take one “pill” a day 😀';
const [first = '', ...others] = CHUNKS.map((c) => `data: ${c}\n\n`);
const signed = statementOver(streamDigest(events(CHUNKS)));
const tail = `${signatureEvent(signed)}data: [DONE]\n\n`;

/** The good stream with something put behind its first chunk. */
const between = (what: string): string => `${first}${what}${others.join('')}${tail}`;

interface Form {
  readonly name: string;
  readonly stream: string;
  /** What the client makes of it: shows the slipped text, hides signed text, stumbles behind it, or is not moved by this form. */
  readonly client: 'shows' | 'hides' | 'breaks' | 'neither';
  readonly detail: RegExp;
}

const forms: readonly Form[] = [
  { name: '`data:` without its space', stream: between(`data:${chunk(SLIPPED)}\n\n`), client: 'shows', detail: /not signed/ },
  { name: 'a bare CR inside a comment line', stream: between(`: keep-alive\rdata: ${chunk(SLIPPED)}\r\r: \n\n`), client: 'shows', detail: /CR/ },
  { name: 'a bare CR at the start of the stream', stream: `:\rdata: ${chunk(SLIPPED)}\r\r${good}`, client: 'shows', detail: /CR/ },
  { name: '`data:` without its space, in a line too long to hold', stream: between(`data:${chunk(SLIPPED)}${' '.repeat(1_100_000)}\n\n`), client: 'shows', detail: /not signed/ },
  { name: 'a bare CR in a comment too long to hold', stream: between(`: ${'a'.repeat(1_100_000)}\rdata: ${chunk(SLIPPED)}\r\r: \n\n`), client: 'shows', detail: /CR/ },
  { name: 'more than [DONE] in a line too long to hold', stream: between(`data: [DONE]${' '.repeat(1_100_000)}\n\n`), client: 'hides', detail: /not signed/ },
  { name: 'bytes behind [DONE] too long to hold', stream: `${good}: ${'a'.repeat(1_100_000)}\n\n`, client: 'neither', detail: /behind \[DONE\]/ },
  { name: 'a signature too long to hold', stream: between(`event: signature\ndata: ${'a'.repeat(1_100_000)}\n\n`), client: 'hides', detail: /not signed/ },
  { name: 'CR LF line ends', stream: between(': keep-alive\r\n\r\n'), client: 'neither', detail: /CR/ },
  { name: 'a BOM before `data: ` at the start', stream: `\ufeffdata: ${chunk(SLIPPED)}\n\n${good}`, client: 'shows', detail: /BOM/ },
  { name: 'a BOM before `data: ` in the middle', stream: between(`\ufeffdata: ${chunk(SLIPPED)}\n\n`), client: 'shows', detail: /BOM/ },
  { name: 'a BOM inside a comment', stream: between(': \ufeff\n\n'), client: 'neither', detail: /BOM/ },
  { name: 'a NUL inside a comment', stream: between(': \0\n\n'), client: 'neither', detail: /NUL/ },
  { name: 'an unsigned chunk dressed as the signature event', stream: between(`event: signature\ndata: ${chunk(SLIPPED)}\n\n`), client: 'shows', detail: /choices/ },
  { name: '`choices` inside the signature event', stream: `${events(CHUNKS)}${signatureEvent({ ...signed, choices: [{ delta: { content: SLIPPED } }] })}data: [DONE]\n\n`, client: 'shows', detail: /choices/ },
  { name: '`error` inside the signature event', stream: `${events(CHUNKS)}${signatureEvent({ ...signed, error: { message: SLIPPED } })}data: [DONE]\n\n`, client: 'shows', detail: /error/ },
  { name: 'a sentence in an unknown member of the signature event', stream: `${events(CHUNKS)}${signatureEvent({ ...signed, notice: `${SLIPPED} by me` })}data: [DONE]\n\n`, client: 'neither', detail: /text in notice/ },
  { name: 'a sentence deeper in the signature event', stream: `${events(CHUNKS)}${signatureEvent({ ...signed, vllm: { model_id: `${SLIPPED} by me` } })}data: [DONE]\n\n`, client: 'neither', detail: /text in vllm/ },
  { name: 'a duplicate key in the signature event', stream: `${events(CHUNKS)}${signatureEvent(signed).replace('{', '{"text":"x",')}data: [DONE]\n\n`, client: 'neither', detail: /twice/ },
  { name: 'a second signature event', stream: `${events(CHUNKS)}${signatureEvent(signed)}${tail}`, client: 'neither', detail: /second signature/ },
  { name: 'a second data line in the signature event', stream: `${events(CHUNKS)}${signatureEvent(signed).trimEnd()}\ndata:${chunk(SLIPPED)}\n\ndata: [DONE]\n\n`, client: 'breaks', detail: /not signed/ },
  { name: 'a signature event without data', stream: between('event: signature\n\n'), client: 'hides', detail: /without data|second signature/ },
  { name: 'an empty line between the signature event’s name and its data', stream: good.replace('event: signature\n', 'event: signature\n\n'), client: 'breaks', detail: /without data/ },
  { name: '`event:signature` without its space', stream: between('event:signature\n\n'), client: 'hides', detail: /not signed/ },
  { name: 'an error event', stream: between(`event: error\ndata:{"message":"${SLIPPED}"}\n\n`), client: 'shows', detail: /not signed/ },
  { name: 'another event name over a signed chunk', stream: between('event: error\n'), client: 'hides', detail: /not signed/ },
  { name: '`data:[DONE]` without its space', stream: between('data:[DONE]\n\n'), client: 'hides', detail: /not signed/ },
  { name: '`data: [DONE]` in the middle', stream: between('data: [DONE]\n\n'), client: 'hides', detail: /behind \[DONE\]/ },
  { name: 'more than [DONE] in its line', stream: between(`data: [DONE]${chunk(SLIPPED)}\n\n`), client: 'hides', detail: /more than \[DONE\]/ },
  { name: 'an empty line taken out between two chunks', stream: good.replace('\n\ndata', '\ndata'), client: 'hides', detail: /two data lines/ },
  { name: 'an empty line taken out before [DONE]', stream: good.replace('\n\ndata: [DONE]', '\ndata: [DONE]'), client: 'breaks', detail: /\[DONE\] inside/ },
  { name: 'an empty line taken out before the signature event', stream: good.replace('\n\nevent', '\nevent'), client: 'hides', detail: /inside another event|signed/ },
  { name: 'bytes behind [DONE]', stream: `${good}data:${chunk(SLIPPED)}\n\n`, client: 'neither', detail: /behind \[DONE\]/ },
  { name: 'a comment behind [DONE]', stream: `${good}: ${SLIPPED}\n\n`, client: 'neither', detail: /behind \[DONE\]/ },
  { name: 'bytes behind [DONE] without a line end', stream: `${good}${SLIPPED}`, client: 'neither', detail: /behind \[DONE\]/ },
  { name: 'a second [DONE]', stream: `${good}data: [DONE]\n\n`, client: 'neither', detail: /behind \[DONE\]/ },
  { name: 'an `id` line', stream: between('id: 7\n\n'), client: 'neither', detail: /not signed/ },
  { name: 'a `retry` line', stream: between('retry: 9\n\n'), client: 'neither', detail: /not signed/ },
  { name: 'a line of an unknown field', stream: between(`note: ${SLIPPED}\n\n`), client: 'neither', detail: /not signed/ },
  { name: 'a line of white space', stream: between(' \n\n'), client: 'neither', detail: /not signed/ },
];

describe('bytes beside a valid signature', () => {
  it('the stream they are slipped into is good, and the client shows its text alone', async () => {
    const judged = judgeSse(good);
    expect(judged.codes).toEqual({});
    expect(judged.state).toBe('verified');
    expect(await shownStream(good)).toBe(GOOD_TEXT);
  });

  for (const form of forms) {
    it(`${form.name}: failed, STREAM_BYTES_UNSIGNED${form.client === 'neither' ? '' : ` (the openai client ${form.client})`}`, async () => {
      const judged = judgeSse(form.stream);
      expect(judged.codes['coverage']).toBe('STREAM_BYTES_UNSIGNED');
      expect(judged.checks.find(({ id }) => id === 'coverage')?.detail).toMatch(form.detail);
      expect(judged.state).toBe('failed');
      const shown = await shownStream(form.stream);
      if (form.client === 'shows') expect(shown).toContain(SLIPPED);
      if (form.client === 'hides') expect(shown.startsWith(GOOD_TEXT)).toBe(false);
      if (form.client === 'breaks') expect(shown).toMatch(/^Take one “pill” a day 😀 <.*>$/u);
      if (form.client === 'neither') expect(shown).not.toContain(SLIPPED);
    });
  }

  it('most forms leave the agent’s own digest untouched: its rule alone would pass them', () => {
    const untouched = forms.filter(({ stream }) => {
      const withoutSignature = stream.replace(/event: signature\ndata: \{"text[^\n]*/g, '');
      return streamDigest(withoutSignature) === streamDigest(events(CHUNKS));
    });
    expect(untouched.length).toBeGreaterThanOrEqual(24);
  });

  it('invalid UTF-8 where the signed text has U+FFFD: failed, although clients show the same', async () => {
    const stream = goodStream([chunk('a\ufffdb')]);
    expect(judgeSse(stream).state).toBe('verified');
    const bent = Buffer.from(stream);
    const at = bent.indexOf(Buffer.from('\ufffd'));
    const swapped = Buffer.concat([bent.subarray(0, at), Buffer.of(0xff), bent.subarray(at + 3)]);
    expect(await shownStream(swapped)).toBe(await shownStream(stream));
    expect(judgeSse(swapped)).toMatchObject({ state: 'failed', codes: { coverage: 'STREAM_BYTES_UNSIGNED', 'response.hash': 'RESPONSE_HASH_MISMATCH' } });
  });

  it('what gateways may add stays good: comments and empty lines', async () => {
    const stream = `: ping\n\n\n${first}: ${SLIPPED}\n\n${others.join('\n')}: x\n${tail}\n\n`;
    expect(judgeSse(stream).codes).toEqual({});
    expect(await shownStream(stream)).toBe(GOOD_TEXT);
  });
});
