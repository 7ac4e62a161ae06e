import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readPemCertificates } from '../../src/x509/certificate';
import type { Certificate } from '../../src/x509/certificate';
import { judgeOcsp } from '../../src/x509/ocsp';
import { ocspRequest, readOcspRequest } from '../../src/x509/ocsp-request';
import { readOcspResponse } from '../../src/x509/ocsp-response';
import { vector, vectorsPresent } from './shared';

const folder = 'nvidia-gpu/synthetic-ocsp/';
const file = (name: string): Uint8Array => new Uint8Array(readFileSync(vector(folder + name)));
const certificate = (name: string): Certificate => {
  const [only] = readPemCertificates(readFileSync(vector(`${folder}${name}.pem`), 'utf8'));
  if (only === undefined) throw new Error(name);
  return only;
};
const nonceOf = (name: string): Uint8Array | undefined => readOcspRequest(file(`${name}.req.der`)).nonce;
const now = Date.parse('2027-01-01T00:00:00Z');

interface Question {
  readonly about?: string;
  readonly issuer?: string;
  readonly nonce?: Uint8Array | undefined;
  readonly at?: number;
}

/** The status, or the code of the fault. */
async function ask(response: string, { about = 'brom', issuer = 'ica', nonce, at = now }: Question = {}): Promise<string> {
  const question = { certificate: certificate(about), issuer: certificate(issuer), now: at, ...(nonce === undefined ? {} : { nonce }) };
  const { status, reason } = await judgeOcsp(file(`${response}.resp.der`), question);
  return reason === undefined ? status : `${status}(${reason})`;
}

describe.skipIf(!vectorsPresent)('OCSP responses made with openssl', () => {
  it('says good where certificate, responder, nonce and dates hold', async () => {
    expect(await ask('good', { nonce: nonceOf('good') })).toBe('good');
    expect(await ask('good')).toBe('good');
    expect(await ask('good_sha1', { nonce: nonceOf('good_sha1') })).toBe('good');
  });

  it('tells revoked, on hold and unknown apart', async () => {
    expect(await ask('revoked', { about: 'brom2', nonce: nonceOf('revoked') })).toBe('revoked(1)');
    expect(await ask('hold', { about: 'brom3', nonce: nonceOf('hold') })).toBe('hold(6)');
    expect(await ask('unknown', { nonce: nonceOf('unknown') })).toBe('unknown');
  });

  it('refuses an answer to another question', async () => {
    await expect(ask('good', { nonce: nonceOf('revoked') })).rejects.toMatchObject({ code: 'OCSP_NONCE' });
    await expect(ask('good_no_nonce', { nonce: nonceOf('good') })).rejects.toMatchObject({ code: 'OCSP_NONCE_ABSENT' });
    await expect(ask('good', { about: 'brom2' })).rejects.toMatchObject({ code: 'OCSP_CERT_ID' });
    await expect(ask('good', { issuer: 'root' })).rejects.toMatchObject({ code: 'OCSP_CERT_ID' });
  });

  it('takes a response without nonce where none was asked for', async () => {
    expect(nonceOf('good_no_nonce')).toBeUndefined();
    expect(await ask('good_no_nonce')).toBe('good');
  });

  it('refuses a responder that is not meant for it', async () => {
    await expect(ask('good_responder_without_eku', { nonce: nonceOf('good_responder_without_eku') })).rejects.toMatchObject({ code: 'OCSP_RESPONDER' });
  });

  it('refuses what is out of date, but not a revocation', async () => {
    await expect(ask('good_stale')).rejects.toMatchObject({ code: 'OCSP_STALE' });
    expect(await ask('good_stale', { at: Date.parse('2026-11-22T04:22:30Z') })).toBe('good');
    await expect(ask('good', { at: Date.parse('2026-11-22T04:10:00Z') })).rejects.toMatchObject({ code: 'OCSP_RESPONDER_NOT_YET_VALID' });
    await expect(ask('hold', { about: 'brom3', at: Date.parse('2037-01-01T00:00:00Z') })).rejects.toMatchObject({ code: 'OCSP_STALE' });
    expect(await ask('revoked', { about: 'brom2', at: Date.parse('2037-01-01T00:00:00Z') })).toBe('revoked(1)');
  });

  it('names what a responder says that does not answer', async () => {
    await expect(ask('unauthorized')).rejects.toMatchObject({ code: 'OCSP_STATUS', detail: 'unauthorized' });
  });

  it('notices every flipped byte of the signed part and of the signature', async () => {
    const good = file('good.resp.der');
    const { signedBytes } = readOcspResponse(good);
    const start = Buffer.from(good).indexOf(Buffer.from(signedBytes));
    for (let at = start; at < start + signedBytes.length + 110; at += 1) {
      const touched = good.slice();
      touched[at] = (touched[at] ?? 0) ^ 1;
      const question = { certificate: certificate('brom'), issuer: certificate('ica'), now };
      await expect(judgeOcsp(touched, question), `byte ${at}`).rejects.toMatchObject({ name: 'CodedError', code: expect.stringMatching(/^OCSP_/) });
    }
  });

  it('writes the request that openssl writes', () => {
    const nonce = nonceOf('good') ?? new Uint8Array();
    const ours = ocspRequest(certificate('brom'), certificate('ica'), nonce);
    expect(Buffer.from(ours).toString('hex')).toBe(Buffer.from(file('good.req.der')).toString('hex'));
  });
});
