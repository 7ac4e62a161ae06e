/** Fields by their form alone. */
import { describe, expect, it } from 'vitest';
import { readField } from '../../../src/providers/privatemode/fields';

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
