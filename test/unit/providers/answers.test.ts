import { describe, expect, it } from 'vitest';
import { ionet } from '../../../src/providers/ionet';
import { seeded } from '../encoding/random';
import { pieces } from '../signatures/pieces';
import { BODY, bytes, CHUNKS, chunk, events, goodHeaders, goodStream, headOf, judgeJson, judgeSse, KEY, key, personalSign, read, REQUEST_HASH, signatureEvent, statementOver, streamDigest, summary } from './fixture';
import { shownJson, shownStream } from './openai-client';

const headers = goodHeaders();
const withHeader = (name: string, value: string | Uint8Array) => headers.map((h) => (h.name === name ? { name, value } : h));

describe('a JSON answer', () => {
  it('holds, whatever its white space, and says what each check rests on', () => {
    for (const body of [BODY, BODY.replaceAll(', "', ',\n\t"'), BODY.replaceAll('": ', '":')]) {
      const judged = judgeJson(body, headers);
      expect(judged.codes).toEqual({});
      expect(judged.signer).toEqual({ address: KEY.address, algorithm: 'ecdsa' });
      expect(Object.fromEntries(judged.checks.map((c) => [c.id, c.basis]))).toEqual({ format: 'page', coverage: 'page', signature: 'derived', 'response.hash': 'page', 'request.hash': 'derived' });
    }
  });

  it('takes a body the page cannot reach at its own worth', () => {
    const findings = ionet.judgeAnswer({ head: headOf('json', headers), form: 'json', reading: read('json', BODY), cut: false, bodyBasis: 'derived' });
    expect(findings.checks.map((c) => c.basis)).not.toContain('page');
  });

  it('mistake 25: a body parsed and written anew does not pass for the bytes that were signed', () => {
    const body = '{"choices":[{"message":{"content":"a"},"logprobs":1.0}],"10":1,"2":1e2}';
    expect(judgeJson(body, goodHeaders(body)).codes).toEqual({});
    const rewritten = JSON.stringify(JSON.parse(body));
    expect(judgeJson(rewritten, goodHeaders(body))).toMatchObject({ state: 'failed', codes: { 'response.hash': 'RESPONSE_HASH_MISMATCH' } });
  });

  it('passes where a gateway wrote the same JSON in UTF-8, and says by which rule', () => {
    const judged = judgeJson(BODY.replace('\\u00e9', 'é'), headers);
    expect(judged.codes).toEqual({});
    expect(judged.checks.find(({ id }) => id === 'response.hash')?.detail).toBe('whitespace-stripped, ascii-escaped');
  });

  it('mistake 3: a valid signature over another text than was received fails', async () => {
    const altered = BODY.replace('one pill', 'ten pills');
    expect(await shownJson(altered)).toContain('ten pills');
    expect(judgeJson(altered, headers)).toMatchObject({ state: 'failed', codes: { 'response.hash': 'RESPONSE_HASH_MISMATCH' }, outcomes: { signature: 'pass' } });
  });

  it('duplicate keys, bytes behind the close and split tokens fail', async () => {
    const doubled = BODY.replace('"content": "Take', '"content": "SLIPPED", "content": "Take').replace('"choices"', '"choices": [], "choices"');
    expect(judgeJson(doubled, headers).codes).toMatchObject({ 'response.hash': 'RESPONSE_HASH_MISMATCH' });
    expect(judgeJson(`${BODY}{"choices":[]}`, headers).codes).toMatchObject({ coverage: 'STREAM_BYTES_UNSIGNED', 'response.hash': 'RESPONSE_HASH_MISMATCH' });
    const split = BODY.replace('-1e-05', '-1e- 05');
    expect(judgeJson(split, headers)).toMatchObject({ state: 'failed', codes: { coverage: 'STREAM_BYTES_UNSIGNED' } });
    expect(await shownJson(split)).not.toContain('pill');
  });

  it('white space that JSON does not know is no white space', () => {
    for (const other of ['\ufeff', '\u00a0', '\v', '\0']) expect(judgeJson(other + BODY, headers).codes, JSON.stringify(other)).toMatchObject({ 'response.hash': 'RESPONSE_HASH_MISMATCH' });
  });

  it('is unsigned where a part of the statement is missing; cut or shaped otherwise, that is open', () => {
    for (const name of ['text', 'signature', 'signing_address']) {
      expect(judgeJson(BODY, headers.filter((h) => h.name !== name)), name).toMatchObject({ state: 'failed', codes: { signature: 'ANSWER_UNSIGNED', 'response.hash': 'ANSWER_UNSIGNED' } });
      expect(judgeJson(BODY, withHeader(name, ' ')).codes['signature']).toBe('ANSWER_UNSIGNED');
    }
    const unsigned = [{ name: 'content-type', value: 'application/json' }];
    expect(judgeJson(BODY.slice(0, 80), unsigned)).toMatchObject({ state: 'incomplete', codes: { signature: 'ANSWER_CUT' } });
    expect(judgeJson('{"detail": "busy"}', unsigned)).toMatchObject({ state: 'incomplete', codes: { format: 'ANSWER_NOT_RECOGNISED', signature: 'ANSWER_NOT_RECOGNISED' } });
  });

  it('cut in the middle is open, not failed', () => {
    expect(judgeJson(BODY.slice(0, 120), headers, 'cut')).toMatchObject({ state: 'incomplete', codes: { format: 'ANSWER_CUT', coverage: 'ANSWER_CUT', 'response.hash': 'ANSWER_CUT' }, outcomes: { signature: 'pass' } });
  });

  it('reads headers in any case; a doubled one is refused even with equal values', () => {
    expect(judgeJson(BODY, headers.map(({ name, value }) => ({ name: name.toUpperCase(), value }))).codes).toEqual({});
    for (const name of ['text', 'signature', 'signing_address', 'signing_algo', 'image_digest']) {
      const value = headers.find((h) => h.name === name)?.value ?? 'sha256:00';
      const doubled = [...headers.filter((h) => h.name !== name), { name, value }, { name: name.toUpperCase(), value }];
      expect(judgeJson(BODY, doubled), name).toMatchObject({ state: 'failed', codes: { format: 'HEADER_DOUBLED', signature: 'HEADER_DOUBLED' }, outcomes: { format: 'fail', signature: 'fail' } });
    }
    const merged = judgeJson(BODY, withHeader('signature', `${String(headers.find((h) => h.name === 'signature')?.value)}, 00`));
    // As Firefox hands on two: one value with a comma.
    expect(merged.codes['signature']).toBe('HEADER_DOUBLED');
  });

  it('a binary value where text belongs fails; elsewhere it is nobody’s concern', () => {
    expect(judgeJson(BODY, withHeader('text', Uint8Array.of(0xff, 0xfe)))).toMatchObject({ state: 'failed', codes: { signature: 'SIGNED_TEXT_MALFORMED' } });
    for (const name of ['x-other', 'vllm_model_id', 'image_digest']) expect(judgeJson(BODY, [...headers, { name, value: Uint8Array.of(0xff) }]).codes, name).toEqual({});
    expect(judgeJson(BODY, [...headers, { name: 'image_digest', value: Uint8Array.of(0xff) }, { name: 'image_digest', value: 'x' }]).codes['format']).toBe('HEADER_DOUBLED');
  });

  it('mistake 2: the signature is checked, not merely there', () => {
    const statement = Object.fromEntries(headers.map(({ name, value }) => [name, String(value)]));
    const other = key(9);
    const cases: [string, string, string][] = [
      ['signature', personalSign(statement['text'] ?? '', other), 'SIGNATURE_INVALID'],
      ['signature', '00'.repeat(65), 'SIGNATURE_MALFORMED'],
      ['signature', 'nothing', 'SIGNATURE_MALFORMED'],
      ['signing_address', other.address, 'SIGNATURE_INVALID'],
      ['signing_address', 'me', 'SIGNATURE_MALFORMED'],
      ['signing_algo', 'ed25519', 'SIGNATURE_ALGORITHM'],
      ['signing_algo', 'none', 'SIGNATURE_ALGORITHM'],
      ['text', `${statement['text'] ?? ''} `.repeat(2), 'SIGNED_TEXT_MALFORMED'],
    ];
    for (const [name, value, code] of cases) {
      const judged = judgeJson(BODY, withHeader(name, value));
      expect(judged, `${name} ${code}`).toMatchObject({ state: 'failed', codes: { signature: code } });
      expect(judged.signer).toBeUndefined();
    }
  });

  it('mistake 26: a text of three parts is not this service’s, even well signed', () => {
    const text = `model:${String(headers.find((h) => h.name === 'text')?.value)}`;
    const signed = withHeader('text', text).map((h) => (h.name === 'signature' ? { name: h.name, value: personalSign(text) } : h));
    expect(judgeJson(BODY, signed).codes['signature']).toBe('SIGNED_TEXT_MALFORMED');
  });

  it('mistake 1: HTTP 200 is no check; other success statuses are judged alike, errors are not answers', () => {
    expect(judgeJson(BODY, [], 'complete', { status: 200 }).state).toBe('failed');
    expect(judgeJson(BODY, headers, 'complete', { status: 201 }).codes).toEqual({});
    expect(judgeJson(BODY, headers, 'complete', { status: 500 })).toMatchObject({ state: 'incomplete', codes: { format: 'ANSWER_ERROR_STATUS' } });
  });

  it('without its body the signature holds and the rest is open', () => {
    for (const gap of ['BODY_NOT_SEEN', 'BODY_NOT_COMPARABLE', 'BODY_TOO_LARGE', 'BODY_AMBIGUOUS'] as const) {
      const judged = summary(ionet.judgeAnswer({ head: headOf('json', headers), form: 'json', reading: gap, cut: false }));
      expect(judged).toMatchObject({ state: 'incomplete', codes: { format: gap, coverage: gap, 'response.hash': gap }, outcomes: { signature: 'pass' } });
      expect(summary(ionet.judgeAnswer({ head: headOf('sse'), form: 'sse', reading: gap, cut: false }))).toMatchObject({ state: 'incomplete', codes: { signature: gap } });
    }
  });
});

describe('the request hash', () => {
  it('holds by any rule, and is never required', () => {
    const request = (over: object) => judgeJson(BODY, headers, 'complete', over).checks.find(({ id }) => id === 'request.hash');
    expect(request({})).toMatchObject({ outcome: 'pass', detail: 'raw' });
    expect(request({ requestHashes: [{ rule: 'raw', sha256: 'x' }] })).toMatchObject({ outcome: 'unknown', required: false, code: 'REQUEST_HASH_MISMATCH', expected: REQUEST_HASH });
    expect(request({ requestUnseen: true })).toMatchObject({ outcome: 'unknown', required: false, code: 'REQUEST_NOT_SEEN' });
  });
});

describe('a stream', () => {
  it('holds with a signed line behind the signature event, as the agent sends them', async () => {
    const all = events(CHUNKS);
    const held = all.lastIndexOf('data: ');
    const stream = `${all.slice(0, held)}${signatureEvent(statementOver(streamDigest(all)))}${all.slice(held)}data: [DONE]\n\n`;
    expect(judgeSse(stream)).toMatchObject({ state: 'verified', codes: {} });
    expect(await shownStream(stream)).toContain('a day');
  });

  it('every check of it rests on what the page reported, the signature included', () => {
    const judged = judgeSse(goodStream());
    expect(Object.fromEntries(judged.checks.map((c) => [c.id, c.basis]))).toEqual({ format: 'page', coverage: 'page', signature: 'page', 'response.hash': 'page', 'request.hash': 'derived' });
  });

  it('mistake 3: one chunk changed, left out, doubled or moved fails', () => {
    const good = goodStream();
    const line = (i: number) => `data: ${CHUNKS[i]}\n\n`;
    for (const bent of [good.replace('pill', 'PILL'), good.replace(line(1), ''), good.replace(line(1), line(1) + line(1)), good.replace(line(0) + line(1), line(1) + line(0))]) {
      expect(judgeSse(bent)).toMatchObject({ state: 'failed', codes: { 'response.hash': 'RESPONSE_HASH_MISMATCH' } });
    }
  });

  it('complete without a signature event is unsigned; headers do not stand in for it', () => {
    const unsigned = `${events(CHUNKS)}data: [DONE]\n\n`;
    expect(judgeSse(unsigned)).toMatchObject({ state: 'failed', codes: { signature: 'ANSWER_UNSIGNED' } });
    const beside = ionet.judgeAnswer({ head: headOf('sse', headers), form: 'sse', reading: read('sse', unsigned), cut: false });
    expect(summary(beside).codes['signature']).toBe('ANSWER_UNSIGNED');
  });

  it('cut anywhere before [DONE] is open, never passed and never failed', () => {
    const good = bytes(goodStream());
    const done = good.length - 'data: [DONE]\n\n'.length;
    for (let end = 0; end < done; end += 1) {
      for (const how of ['cut', 'complete'] as const) {
        const judged = judgeSse(good.slice(0, end), how);
        expect(judged.state, `${how} at ${end}`).toBe('incomplete');
        expect(judged.outcomes['format']).toBe('unknown');
      }
    }
  });

  it('is whole at [DONE], although clients break off the transfer there', () => {
    const good = goodStream();
    expect(judgeSse(good.slice(0, -1), 'cut').codes).toEqual({});
    expect(judgeSse(good.slice(0, -2), 'complete').codes).toEqual({});
    expect(judgeSse(good.slice(0, -2), 'cut').state).toBe('incomplete');
  });

  it('unsigned bytes in a cut stream still fail', () => {
    expect(judgeSse(`data: ${chunk('a')}\n\ndata:${chunk('b')}\n\n`, 'cut')).toMatchObject({ state: 'failed', codes: { coverage: 'STREAM_BYTES_UNSIGNED' } });
  });

  it('reads the same however it is cut into pieces (seed 77)', () => {
    const below = seeded(77);
    const bent = [goodStream(), goodStream([chunk('é😀\u2028')]), `\ufeff${goodStream()}`, goodStream().replace('\n\ndata', '\r\ndata'), goodStream().slice(0, 300), `${goodStream()}x`];
    for (const stream of bent) {
      const whole = read('sse', stream);
      for (let i = 0; i < 60; i += 1) {
        const reader = ionet.newReader('sse');
        for (const piece of pieces(bytes(stream), below)) reader.push(piece);
        expect(reader.finish('complete')).toEqual(whole);
      }
    }
  });

  it('keeps its own copy of bytes that wait for their line end', () => {
    const reader = ionet.newReader('sse');
    const reused = new Uint8Array(7);
    const whole = bytes(goodStream());
    for (let at = 0; at < whole.length; at += reused.length) {
      reused.set(whole.subarray(at, at + reused.length));
      reader.push(reused.subarray(0, Math.min(reused.length, whole.length - at)));
    }
    expect(reader.finish('complete')).toEqual(read('sse', whole));
  });

  it('reads random bytes and random mixes of lines without throwing, and passes none of them (seed 5)', () => {
    const below = seeded(5);
    const parts = ['data: ', 'data:', '\n', '\n\n', '\r', '\0', '\ufeff', ': x', 'event: signature', 'data: [DONE]', chunk('x'), JSON.stringify(statementOver('0'.repeat(64))), '{', '"', 'é', '{"a":'];
    for (let i = 0; i < 150; i += 1) {
      const text = Array.from({ length: below(12) }, () => parts[below(parts.length)] ?? '').join('');
      const raw = below(4) === 0 ? Uint8Array.from({ length: below(200) }, () => below(256)) : bytes(text);
      for (const how of ['complete', 'cut'] as const) {
        expect(['failed', 'incomplete']).toContain(judgeSse(raw, how).state);
        expect(['failed', 'incomplete']).toContain(judgeJson(raw, headers, how).state);
      }
    }
  }, 30_000);

  it.each([100, 1024 * 1024 - 200, 1024 * 1024, 3 * 1024 * 1024])('judges a line as any other however long it is: %i', (length) => {
    const long = goodStream([chunk('é'.repeat(length / 2)), ...CHUNKS]);
    expect(judgeSse(long).codes).toEqual({});
    expect(judgeSse(`: ${'x'.repeat(length)}\n\n${goodStream()}`).codes).toEqual({});
    expect(judgeSse(long.replace('éé', 'eé'))).toMatchObject({ state: 'failed', codes: { 'response.hash': 'RESPONSE_HASH_MISMATCH' } });
    const slipped = goodStream().replace('data: ', `data: ${chunk('x'.repeat(length))}\n\ndata: `);
    expect(judgeSse(slipped)).toMatchObject({ state: 'failed', codes: { 'response.hash': 'RESPONSE_HASH_MISMATCH' } });
  });

  it('reads a long line the same however it is cut', () => {
    const long = bytes(goodStream([chunk('é😀'.repeat(200_000)), ...CHUNKS]));
    const bad = bytes(`: ${'x'.repeat(1024 * 1024)}\ufeff\n\n${goodStream()}`);
    for (const size of [1, 2, 3, 4_093]) {
      const read = (from: Uint8Array) => {
        const reader = ionet.newReader('sse');
        reader.push(from.subarray(0, 1_040_000));
        // Small pieces around the place where a line becomes too long to hold, large ones elsewhere.
        let at = 1_040_000;
        for (; at < 1_060_000; at += size) reader.push(from.subarray(at, Math.min(at + size, 1_060_000)));
        reader.push(from.subarray(1_060_000));
        return reader.finish('complete');
      };
      const whole = ionet.newReader('sse');
      whole.push(long);
      expect(read(long)).toEqual(whole.finish('complete'));
      expect(read(bad).findings).toMatchObject([{ code: 'STREAM_BYTES_UNSIGNED', detail: expect.stringContaining('BOM') }]);
    }
  });

  it('keeps no more than one line while 64 MiB pass', () => {
    const reader = ionet.newReader('sse');
    const line = bytes(`data: ${chunk('y'.repeat(60_000))}\n\n`);
    const before = process.memoryUsage().arrayBuffers;
    for (let sent = 0; sent < 64 * 1024 * 1024; sent += line.length) {
      reader.push(line.subarray(0, 30_000));
      reader.push(line.subarray(30_000));
    }
    const endless = new Uint8Array(65_536).fill(0x78);
    for (let i = 0; i < 256; i += 1) reader.push(endless);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(48 * 1024 * 1024);
    expect(reader.finish('cut').complete).toBe(false);
  }, 30_000);

  it('announced in another form than it has: failed', () => {
    expect(judgeJson(goodStream(), headers)).toMatchObject({ state: 'failed' });
    expect(judgeSse(BODY)).toMatchObject({ state: 'failed', codes: { coverage: 'STREAM_BYTES_UNSIGNED' } });
  });
});
