import { constants, generateKeyPairSync, sign } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readCertificate } from '../../../src/x509/certificate';
import { isSignedByP384, p384KeyOf } from '../../../src/x509/p384';
import { isPssSignedBy } from '../../../src/x509/rsa-pss';
import { isSignedBy, p256KeyOf } from '../../../src/x509/signature';
import type { Signed } from '../../../src/x509/signature';
import { toHex } from '../../../src/encoding/hex';
import { bits, element, explicit, integer, oid, sequence } from '../../simulator/pki/der.ts';
import { platformCa, root } from '../../simulator/pki/intel.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

/** The platform fails once, then works. */
const faultOnce = (method: 'importKey' | 'verify', name: string) => vi.spyOn(crypto.subtle, method).mockRejectedValueOnce(new DOMException('for a moment', name));

const NUL = element(0x05);
const SHA384 = sequence(oid('2.16.840.1.101.3.4.2.2'), NUL);
const PSS = sequence(oid('1.2.840.113549.1.1.10'), sequence(explicit(0, SHA384), explicit(1, sequence(oid('1.2.840.113549.1.1.8'), SHA384)), explicit(2, integer(48))));

const rsa = (modulusLength: number) => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength });
  return { privateKey, spki: toHex(publicKey.export({ type: 'spki', format: 'der' })) };
};
/** What a certificate's signed part begins with, signed by this key. */
function pssSigned(privateKey: ReturnType<typeof rsa>['privateKey']): Signed {
  const signedBytes = sequence(explicit(0, integer(2)), integer(1), PSS);
  return { signedBytes, algorithm: '1.2.840.113549.1.1.10', signature: sign('sha384', signedBytes, { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 48 }) };
}
function p384Signed() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  const signedBytes = sequence(integer(1));
  const signed: Signed = { signedBytes, algorithm: '1.2.840.10045.4.3.3', signature: sign('sha384', signedBytes, privateKey) };
  return { signed, spki: toHex(publicKey.export({ type: 'spki', format: 'der' })) };
}

describe('a fault of the platform is no fact about bytes', () => {
  const p256 = () => ({ signed: { ...readCertificate(platformCa.der) }, spki: toHex(root.key.spki) });

  it.each(['OperationError', 'NotSupportedError', 'QuotaExceededError'])('P-256 key: %s is not taken for a bad key, and asked again', async (name) => {
    const spki = toHex(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'der' }));
    faultOnce('importKey', name);
    await expect(p256KeyOf(spki, 'AK_INVALID')).rejects.toMatchObject({ name });
    await expect(p256KeyOf(spki, 'AK_INVALID')).resolves.toBeDefined();
  });

  it('P-256, P-384 and RSA-PSS signatures', async () => {
    const { privateKey, spki } = rsa(2048);
    const thing = pssSigned(privateKey);
    const [small, large] = [p256(), p384Signed()];
    for (const method of ['importKey', 'verify'] as const) {
      for (const [check, signed, key] of [[isSignedBy, { ...small.signed }, small.spki], [isSignedByP384, { ...large.signed }, large.spki], [isPssSignedBy, { ...thing }, spki]] as const) {
        faultOnce(method, 'OperationError');
        const first = await check(signed, key).catch((error: unknown) => error);
        // A key that is known already is not imported again.
        if (method === 'verify') expect(first).toMatchObject({ name: 'OperationError' });
        vi.restoreAllMocks();
        expect(await check(signed, key)).toBe(true);
      }
    }
  });

  it('P-384 key', async () => {
    const { spki } = p384Signed();
    faultOnce('importKey', 'OperationError');
    await expect(p384KeyOf(spki, 'VEK_KEY')).rejects.toMatchObject({ name: 'OperationError' });
    await expect(p384KeyOf(spki, 'VEK_KEY')).resolves.toBeDefined();
  });

  it('a key that is no point says so every time, with the code of who asks', async () => {
    const off = `3059301306072a8648ce3d020106082a8648ce3d03010703420004${'05'.repeat(64)}`;
    await expect(p256KeyOf(off, 'AK_INVALID')).rejects.toMatchObject({ code: 'AK_INVALID' });
    await expect(p256KeyOf(off, 'QE_REPORT_SIGNATURE')).rejects.toMatchObject({ code: 'QE_REPORT_SIGNATURE' });
  });

  it('what was found is not computed twice', async () => {
    const { signed, spki } = p256();
    const verify = vi.spyOn(crypto.subtle, 'verify');
    expect([await isSignedBy(signed, spki), await isSignedBy(signed, spki)]).toEqual([true, true]);
    expect(verify).toHaveBeenCalledTimes(1);
  });
});

describe('RSA keys of a size that nobody signs with', () => {
  const { privateKey } = rsa(2048);
  it.each([8, 64, 384, 512, 1024, 2040, 8192])('%i bits: not signed, and no exception', async (size) => {
    const modulus = Buffer.alloc(size / 8, 0xff);
    const spki = sequence(sequence(oid('1.2.840.113549.1.1.1'), NUL), bits(sequence(integer(modulus), integer(Buffer.from([1, 0, 1])))));
    expect(await isPssSignedBy(pssSigned(privateKey), toHex(spki))).toBe(false);
  });

  it('2048 bits are a laboratory’s', async () => {
    const { privateKey: own, spki } = rsa(2048);
    expect(await isPssSignedBy(pssSigned(own), spki)).toBe(true);
    expect(await isPssSignedBy(pssSigned(privateKey), spki)).toBe(false);
  });
});
