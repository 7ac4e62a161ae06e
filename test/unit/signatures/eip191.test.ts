import { secp256k1 } from '@noble/curves/secp256k1.js';
import { describe, expect, it } from 'vitest';
import { CodedError } from '../../../src/checks/error';
import { addressOfPublicKey, normalAddress, personalMessageHash, recoverSigner } from '../../../src/signatures/eip191';
import { toHex } from '../../../src/encoding/hex';
import { parseSignedText } from '../../../src/signatures/signed-text';

const secret = new Uint8Array(32).fill(7);
const address = addressOfPublicKey(secp256k1.getPublicKey(secret, false));
const text = `${'a'.repeat(64)}:${'b'.repeat(64)}`;

function sign(message: string, v: (recovery: number) => number = (r) => 27 + r): string {
  const made = secp256k1.sign(personalMessageHash(message), secret, { prehash: false, format: 'recovered' });
  return toHex(made.subarray(1)) + toHex(Uint8Array.of(v(made[0] ?? 0)));
}

const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof CodedError) return error.code;
    throw error;
  }
  return 'none';
};

describe('EIP-191', () => {
  it('hashes the prefix, the length and the message (known answer of eth_account and ethers)', () => {
    expect(toHex(personalMessageHash('hello world'))).toBe('d9eba16ed0ecae432b71fe008c98cc872bb4cc214d3220a36f365326cf807d68');
  });

  it('signs hex-looking text as text, never as the bytes it spells', () => {
    const digits = 'ab'.repeat(32);
    expect(recoverSigner(digits, sign(digits))).toBe(address);
    expect(personalMessageHash(digits)).not.toEqual(personalMessageHash(new Uint8Array(32).fill(0xab)));
  });

  it('takes 0x or none, upper and lower case, v as 0/1 or 27/28', () => {
    for (const form of [sign(text), `0x${sign(text)}`, sign(text).toUpperCase(), `0X${sign(text).toUpperCase()}`, sign(text, (r) => r), `0x${sign(text, (r) => r)}`]) {
      expect(recoverSigner(text, form)).toBe(address);
    }
  });

  it('refuses other lengths, other v, and r or s out of range', () => {
    const good = sign(text);
    const order = secp256k1.Point.Fn.ORDER.toString(16);
    const malformed = [
      '', '0x', good.slice(2), `${good}00`, good.slice(0, -1), `${good.slice(0, -2)}02`, `${good.slice(0, -2)}1a`, `${good.slice(0, -2)}1d`, `${good.slice(0, -2)}25`,
      `0x0x${good}`, ` ${good}`, `${good.slice(0, 60)}zz${good.slice(62)}`,
      '0'.repeat(64) + good.slice(64), good.slice(0, 64) + '0'.repeat(64) + good.slice(128), order + good.slice(64), good.slice(0, 64) + order + good.slice(128),
    ];
    for (const bad of malformed) expect(codeOf(() => recoverSigner(text, bad)), bad).toBe('SIGNATURE_MALFORMED');
  });

  it('says SIGNATURE_INVALID where r is on no curve point', () => {
    const good = sign(text);
    const codes = Array.from({ length: 16 }, (_, i) => codeOf(() => recoverSigner(text, (i + 1).toString(16).padStart(64, '0') + good.slice(64))));
    expect(new Set(codes)).toEqual(new Set(['none', 'SIGNATURE_INVALID']));
  });

  it('recovers another address when a single bit of text or signature changes', () => {
    const good = sign(text);
    expect(recoverSigner(text.replace('b', 'c'), good)).not.toBe(address);
    const flipped = good.slice(0, 70) + (good[70] === '0' ? '1' : '0') + good.slice(71);
    expect(recoverSigner(text, flipped)).not.toBe(address);
  });

  it('compares addresses in any case', () => {
    expect(normalAddress('0xAbCdEf0123456789aBcDeF0123456789abcdef01')).toBe('0xabcdef0123456789abcdef0123456789abcdef01');
    expect(normalAddress('ABCDEF0123456789ABCDEF0123456789ABCDEF01')).toBe('0xabcdef0123456789abcdef0123456789abcdef01');
    for (const bad of ['0x', '', `${address}0`, address.slice(0, -1), `0x0x${address.slice(2)}`, `${address}\n`]) expect(normalAddress(bad)).toBeUndefined();
  });
});

describe('the signed text', () => {
  const [request, response] = ['1'.repeat(64), '2'.repeat(64)];

  it('reads two and three parts from the end (field.md mistake 26)', () => {
    expect(parseSignedText(`${request}:${response}`)).toEqual({ request, response });
    expect(parseSignedText(`Qwen/Qwen3.5:free:${request}:${response}`)).toEqual({ model: 'Qwen/Qwen3.5:free', request, response });
  });

  it('refuses anything else', () => {
    for (const bad of ['', response, `${request}:${response}:`, `${request}:${response}\n`, `:${request}:${response}`, `${request.slice(1)}:${response}`, `${'A'.repeat(64)}:${response}`, `a\nb:${request}:${response}`]) {
      expect(codeOf(() => parseSignedText(bad)), JSON.stringify(bad)).toBe('SIGNED_TEXT_MALFORMED');
    }
  });
});
