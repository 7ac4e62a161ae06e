import { afterAll, describe, expect, it } from 'vitest';
import { BODY, goodHeaders, goodStream, KEY, key } from '../providers/fixture';
import { bench } from './shell';

const b = bench();
afterAll(() => b.close());

const headers = Object.fromEntries(goodHeaders().map(({ name, value }) => [name, value]));
const request = b.file('request.json', '{"model":"m","messages":[]}');
const json = b.file('answer.json', BODY);
const sse = b.file('answer.sse', goodStream());
const headersFile = b.file('headers.json', JSON.stringify(headers));
const { 'Content-Type': _type, ...statement } = headers;
const signature = b.file('signature.json', JSON.stringify(statement));
const about = (response: string, ...more: readonly string[]) => b.assay('verify', 'answer', '--dialect', 'ionet-agent', '--request', request, '--response', response, ...more);

describe('assay verify answer', () => {
  it('limited, 0, when all that can be checked without an attestation holds', async () => {
    for (const ran of [await about(json, '--headers', headersFile), await about(json, '--signature', signature), await about(sse)]) {
      expect(ran).toMatchObject({ status: 0, json: { state: 'limited', qualifiers: [] }, by: { format: 'pass', coverage: 'pass', signature: 'pass', 'response.hash': 'pass', 'request.hash': 'unknown REQUEST_HASH_MISMATCH', signer: 'weak SIGNER_NOT_BOUND' } });
      expect(ran.json.claims).toMatchObject({ dialect: 'ionet-agent', signer: KEY.address.slice(2), model: 'm' });
      expect(ran.json.checks?.every(({ basis }) => basis !== 'page')).toBe(true);
    }
  });

  it('--address: equal is claimed, never verified; another is 1, SIGNER_MISMATCH', async () => {
    for (const address of [KEY.address, KEY.address.slice(2).toUpperCase()]) expect(await about(sse, '--address', address)).toMatchObject({ status: 0, json: { state: 'limited' }, by: { signer: 'pass' } });
    expect((await about(sse, '--address', KEY.address, '--require', 'verified')).status).toBe(3);
    expect(await about(sse, '--address', key(9).address)).toMatchObject({ status: 1, by: { signer: 'fail SIGNER_MISMATCH' } });
  });

  it('1 on a bad hash, coverage, signature or doubled header', async () => {
    expect(await about(b.file('a1', BODY.replace('one', 'two')), '--headers', headersFile)).toMatchObject({ status: 1, by: { 'response.hash': 'fail RESPONSE_HASH_MISMATCH' } });
    expect(await about(b.file('a2', goodStream().replace('\n\ndata', '\n\ndata:{"choices":[]}\n\ndata')))).toMatchObject({ status: 1, by: { coverage: 'fail STREAM_BYTES_UNSIGNED' } });
    expect(await about(json)).toMatchObject({ status: 1, by: { signature: 'fail ANSWER_UNSIGNED', signer: 'unknown ANSWER_UNSIGNED' } });
    const bent = b.file('h2', JSON.stringify({ ...headers, signature: '00'.repeat(65) }));
    expect(await about(json, '--headers', bent)).toMatchObject({ status: 1, by: { signature: 'fail SIGNATURE_MALFORMED' } });
    expect(await about(json, '--headers', headersFile, '--signature', signature)).toMatchObject({ status: 1, by: { format: 'fail HEADER_DOUBLED' } });
  });

  it('2 on a cut answer', async () => {
    expect(await about(b.file('a3', goodStream().slice(0, 200)))).toMatchObject({ status: 2, by: { format: 'unknown ANSWER_CUT' } });
  });

  it('64 on a missing part, an unknown dialect, a bad address; 66 on a missing file', async () => {
    expect((await b.assay('verify', 'answer', '--dialect', 'ionet-agent', '--request', request)).json.error?.code).toBe('USAGE');
    expect(await b.assay('verify', 'answer', '--dialect', 'dstack', '--request', request, '--response', json)).toMatchObject({ status: 64, json: { error: { code: 'VERIFIER_NOT_BUILT' } } });
    expect((await about(sse, '--address', '0x12')).status).toBe(64);
    expect((await about(sse, '--collateral', json)).status).toBe(64);
    expect((await about('/nonexistent')).status).toBe(66);
  });
});
