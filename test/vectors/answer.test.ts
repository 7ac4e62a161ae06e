/** `assay verify answer` on the recorded answers: exit statuses and codes of CLI.md's last paragraph. */
import { beforeAll, describe, expect, it } from 'vitest';
import { assay, build } from './built-cli';
import { vector, vectorsPresent } from './shared';

const of = (name: string): string => vector(`ionet-and-relatives/ionet-synthetic/${name}`);
const answer = (response: string, ...more: readonly string[]) => assay('verify', 'answer', '--dialect', 'ionet-agent', '--request', of('nonstream.request.json'), '--response', of(response), ...more);
const ADDRESS = '0x3ed6ccba6214d782c3f654458E5eCE22392c01Fd';

describe.skipIf(!vectorsPresent)('assay verify answer', () => {
  beforeAll(build);

  it('nonstream: 0, limited, the request hash reproduced', () => {
    const ran = answer('nonstream.response.json', '--headers', of('nonstream.headers.json'), '--address', ADDRESS);
    expect(ran).toMatchObject({ status: 0, json: { state: 'limited', claims: { signer: ADDRESS.slice(2).toLowerCase() } }, codes: [] });
    expect(ran.json.checks?.map(({ id, outcome }) => `${id} ${outcome}`)).toEqual(['format pass', 'coverage pass', 'signature pass', 'response.hash pass', 'request.hash pass', 'signer pass']);
  });

  it('--signature with the same members stands for the headers', () => {
    expect(answer('nonstream.response.json', '--signature', of('nonstream.headers.json')).status).toBe(0);
  });

  it('streams: 0; a request hash that is not reproduced is not required', () => {
    for (const name of ['stream.sse', 'stream.chunk-after-signature.sse']) {
      const ran = answer(name, '--address', ADDRESS);
      expect(ran, name).toMatchObject({ status: 0, json: { state: 'limited' } });
      expect(ran.json.checks?.find(({ id }) => id === 'request.hash')).toMatchObject({ outcome: 'unknown', required: false, code: 'REQUEST_HASH_MISMATCH' });
    }
  });

  it('tampered and unsigned: 1', () => {
    expect(answer('stream.tampered.sse')).toMatchObject({ status: 1, codes: expect.arrayContaining(['RESPONSE_HASH_MISMATCH']) });
    expect(answer('stream.unsigned.sse')).toMatchObject({ status: 1, codes: expect.arrayContaining(['ANSWER_UNSIGNED']) });
    expect(answer('nonstream.response.json')).toMatchObject({ status: 1, codes: expect.arrayContaining(['ANSWER_UNSIGNED']) });
    expect(answer('nonstream.response.canonical.json', '--headers', of('nonstream.headers.json')).status).toBe(0);
  });

  it('another --address: 1, SIGNER_MISMATCH', () => {
    expect(answer('stream.sse', '--address', `0x${'11'.repeat(20)}`)).toMatchObject({ status: 1, codes: expect.arrayContaining(['SIGNER_MISMATCH']) });
  });

  it('usage: 64', () => {
    expect(answer('stream.sse', '--dialect', 'ionet-agent')).toMatchObject({ status: 64, json: { error: { code: 'USAGE' } } });
    expect(assay('verify', 'answer', '--dialect', 'near', '--request', of('stream.sse'), '--response', of('stream.sse'))).toMatchObject({ status: 64, json: { error: { code: 'VERIFIER_NOT_BUILT' } } });
  });
});
