/** Fields by their form alone, and what may come in plain text beside them. */
import { describe, expect, it } from 'vitest';
import { readField } from '../../../src/providers/privatemode/fields';
import { newReader } from '../../../src/providers/privatemode/reader';

const head = `${'A'.repeat(43)}=:${'a'.repeat(24)}:${'b'.repeat(24)}:`;
const tag = 'cd'.repeat(16);

describe('a field', () => {
  it('has four parts of their lengths, in lower-case hex', () => {
    expect(readField(head + tag)).toEqual({ secretId: `${'A'.repeat(43)}=`, nonce: 'a'.repeat(24), iv: 'b'.repeat(24), sealed: tag });
    for (const other of [head, head + tag.slice(2), `${head}${tag}a`, `${head}${tag.toUpperCase()}`, `${head}${tag}:`, `${head}${tag}\n`, ` ${head}${tag}`, head.slice(1) + tag, `${'A'.repeat(43)}=:${'g'.repeat(24)}:${'b'.repeat(24)}:${tag}`]) expect(readField(other), other).toBeUndefined();
  });

  it('of any length is read: a file comes back whole', () => {
    expect(readField(head + 'ab'.repeat(7_900_000))?.sealed.length).toBe(15_800_000);
    expect(readField(`${head}${'ab'.repeat(7_900_000)}zz`)).toBeUndefined();
  });
});

describe('what may be plain', () => {
  const coverageOf = (answer: object): string | undefined => {
    const reader = newReader('json');
    reader.push(new TextEncoder().encode(JSON.stringify({ choices: head + tag, ...answer })));
    return reader.finish('complete').findings[0]?.outcome;
  };

  it('is an id, counts as services give them, and a kind', () => {
    const usage = { prompt_tokens: 123_456, completion_tokens: 123_456, total_tokens: 246_912, prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 }, completion_tokens_details: { reasoning_tokens: 1_000, audio_tokens: 0, accepted_prediction_tokens: 0, rejected_prediction_tokens: 0 } };
    expect(coverageOf({ id: 'chatcmpl-1', type: 'message', usage, duration: 1.5 })).toBe('pass');
  });

  it.each(['id', 'usage', 'type', 'duration'])('is nothing an answer could hide in: %s', (name) => {
    expect(coverageOf({ [name]: { content: 'x'.repeat(15_000) } })).toBe('fail');
    expect(coverageOf({ [name]: ['x'.repeat(15_000)] })).toBe('fail');
    expect(coverageOf({ [name]: 'x'.repeat(300) })).toBe('fail');
  });
});
