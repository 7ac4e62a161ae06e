/** ACI services on simulated hardware: a keyset in evidence, receipts by its keys, and what a foreign agent could mint. */
import { createHash } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import { describe, expect, it } from 'vitest';
import type { Code } from '../../../src/checks/codes';
import { DEFAULT } from '../../../src/checks/policy';
import { parseJson } from '../../../src/encoding/json';
import { aci } from '../../../src/providers/report/aci';
import { readKeyset, reportDataFor } from '../../../src/providers/report/aci/keyset';
import { readReceipt } from '../../../src/providers/report/aci/receipt';
import type { AnswerInput, AppraiseContext } from '../../../src/providers/types';
import { canonicalJson } from '../../../src/signatures/jcs';
import { FLAVOUR } from '../../simulator/flavour';
import { tdxCollateral } from '../../simulator/tdx/collateral';
import { NO_ENDORSEMENTS } from '../providers/no-endorsements';
import { attestation, COMPOSE, edKey, known, NONCE, NOW, type Read, summary } from './lab';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const sha = (text: string): string => createHash('sha256').update(text).digest('hex');
const KEY = edKey(2);

const keysetWith = (over: Record<string, unknown> = {}): Record<string, unknown> => ({
  subject: null, not_after: NOW / 1000 + 3600, receipt_signing_keys: [{ key_id: 'r1', algo: 'ed25519', public_key: KEY.text }], e2ee_public_keys: [], tls_public_keys: [{ spki_sha256: '33'.repeat(32) }], ...over,
});
const digestOf = (keyset: unknown): string => `sha256:${sha(canonicalJson(parseJson(JSON.stringify(keyset))))}`;

function report(keyset: Record<string, unknown> = keysetWith(), { nonce = NONCE, reportData, over = {} }: { nonce?: Uint8Array; reportData?: Uint8Array; over?: Record<string, unknown> } = {}): Record<string, unknown> {
  const machine = attestation({ gpus: 0, reportData: reportData ?? reportDataFor(digestOf(keyset), nonce) });
  return {
    api_version: 'aci/1', workload_keyset_digest: digestOf(keyset),
    attestation: { tee_type: 'tdx', workload_keyset: keyset, report_data: '', source_provenance: {}, evidence: { quote: machine['intel_quote'], event_log: machine['event_log'], app_compose: COMPOSE } },
    service_capabilities: { serving: 'aggregator' }, ...over,
  };
}

const collateral = tdxCollateral({ now: NOW });
async function appraise(body: unknown, over: Partial<AppraiseContext> = {}, status = 200): Promise<Read> {
  const context: AppraiseContext = { now: NOW, policy: DEFAULT, anchors: FLAVOUR.anchors, references: [], ...NO_ENDORSEMENTS, tdxCollateral: () => Promise.resolve({ collateral }), ...over };
  return summary(await aci.appraise({ body: bytes(typeof body === 'string' ? body : JSON.stringify(body)), status, contentType: undefined, nonce: new Uint8Array(NONCE) }, context));
}
const open = ({ by }: Read): Record<string, string> => Object.fromEntries(Object.entries(by).filter(([, outcome]) => outcome !== 'pass'));

describe('an ACI report', () => {
  it('binds its keyset, by software that nobody has named', async () => {
    const read = await appraise(report());
    expect(open(read)).toEqual({
      'compose.config': 'unknown MR_CONFIG_NOT_SET', software: 'weak SOFTWARE_NOT_KNOWN', 'key.binding': 'weak BOUND_BY_UNKNOWN_SOFTWARE', 'key.model': 'weak MODEL_MACHINE_NOT_PROVEN', channel: 'absent CHANNEL_NOT_BOUND',
    });
    expect(read.signers).toEqual([{ address: KEY.text, algorithm: 'ed25519', binding: 'sha256(keyset,nonce)' }]);
    expect(read.keyset).toBe(digestOf(keysetWith()));
  });

  it('with known software leaves the way there', async () => {
    const value = known(await appraise(report()), 'imported', { verifiesModel: true }, 'gateway');
    expect(open(await appraise(report(), { references: [value] }))).toEqual({ 'compose.config': 'unknown MR_CONFIG_NOT_SET', channel: 'absent CHANNEL_NOT_BOUND' });
    // Known for another dialect it is not known here.
    expect((await appraise(report(), { references: [{ ...value, dialect: 'nearai' }] })).by['key.binding']).toBe('weak BOUND_BY_UNKNOWN_SOFTWARE');
  });

  it('names what clients encrypt to, bound with the signing key and no better', async () => {
    const sealing = { e2ee_public_keys: [{ key_id: 'e1', algo: 'x25519-aes-256-gcm-hkdf-sha256', public_key: 'ab'.repeat(32) }] };
    expect((await appraise(report(keysetWith(sealing)))).by['key.encryption']).toBe('weak BOUND_BY_UNKNOWN_SOFTWARE');
    const value = known(await appraise(report(keysetWith(sealing))), 'imported', {}, 'gateway');
    expect((await appraise(report(keysetWith(sealing)), { references: [value] })).by['key.encryption']).toBe('pass');
    expect((await appraise(report())).by).not.toHaveProperty('key.encryption');
  });

  it('minted through an agent that signs any number is bound by software nobody knows, whatever io.net’s agent is known for', async () => {
    // io.net's agent puts 32 bytes of its caller's into report_data and zeros behind: just what this protocol looks for.
    const minted = await appraise(report(keysetWith({ receipt_signing_keys: [{ key_id: 'evil', algo: 'ed25519', public_key: edKey(9).text }] })));
    const agent = { ...known(minted, 'release', {}, 'gateway'), dialect: 'ionet-agent', role: 'agent' as const };
    expect((await appraise(report(), { references: [agent] })).by).toMatchObject({ software: 'weak SOFTWARE_NOT_KNOWN', 'key.binding': 'weak BOUND_BY_UNKNOWN_SOFTWARE' });
  });

  it('over another keyset or number proves neither', async () => {
    expect((await appraise(report(keysetWith(), { reportData: reportDataFor(digestOf(keysetWith({ subject: 'x' })), NONCE) }))).by).toMatchObject({ nonce: 'fail NONCE_MISMATCH', 'key.binding': 'weak SIGNER_NOT_BOUND' });
    expect((await appraise(report(keysetWith(), { nonce: Buffer.alloc(32, 1) }))).by['nonce']).toBe('fail NONCE_MISMATCH');
    const unasked = await appraise(report(keysetWith(), { reportData: reportDataFor(digestOf(keysetWith()), undefined) }));
    expect(unasked).toMatchObject({ state: 'failed', by: { nonce: 'fail NONCE_MISMATCH' }, signers: [{ binding: 'none' }] });
    expect((await appraise(report(keysetWith(), { over: { workload_keyset_digest: `sha256:${'00'.repeat(32)}` } }))).by['key.keyset']).toBe('fail REPORT_DATA_MISMATCH');
  });

  it('past its own day is refused', async () => {
    expect((await appraise(report(keysetWith({ not_after: NOW / 1000 })))).by['key.keyset']).toBe('fail KEYSET_EXPIRED');
    expect((await appraise(report(keysetWith({ not_after: NOW / 1000 + 1 })))).by['key.keyset']).toBe('pass');
  });

  it('with keys that are none, twice or in two roles is refused', async () => {
    const one = (key: unknown) => [{ key_id: 'r1', algo: 'ed25519', public_key: key }];
    for (const key of ['00'.repeat(32), `01${'00'.repeat(31)}`, KEY.text.toUpperCase(), `0x${KEY.text}`, KEY.text.slice(2), '']) expect((await appraise(report(keysetWith({ receipt_signing_keys: one(key) })))).by).toEqual({ evidence: 'fail SIGNER_NOT_BOUND' });
    expect((await appraise(report(keysetWith({ receipt_signing_keys: [...one(KEY.text), ...one(edKey(3).text)] })))).by).toEqual({ evidence: 'fail EVIDENCE_MALFORMED' });
    expect((await appraise(report(keysetWith({ e2ee_public_keys: one(KEY.text) })))).by).toEqual({ evidence: 'fail KEY_ROLE_CONFUSED' });
    const other = await appraise(report(keysetWith({ receipt_signing_keys: [{ key_id: 'r2', algo: 'p256', public_key: '??' }] })));
    expect(other.signers).toEqual([]);
  });

  it('hostile ones end as findings', async () => {
    const bad: readonly unknown[] = ['{', '[]', '"a"', '{}', { error: { message: 'no' } }, report(undefined, { over: { api_version: 'aci/2' } }), report(undefined, { over: { attestation: [] } }), report(undefined, { over: { attestation: { tee_type: 'tdx' } } }), report(keysetWith({ not_after: -1 })), report(keysetWith({ not_after: 2 ** 52 })), report(keysetWith({ receipt_signing_keys: {} })), report(keysetWith({ tls_public_keys: [7] }))];
    for (const body of bad) expect((await appraise(body)).by['evidence']).toMatch(/^fail EVIDENCE_/);
    expect((await appraise(report(undefined, { over: { attestation: { tee_type: 'sev_snp' } } }))).by['evidence']).toBe('unknown VERIFIER_NOT_BUILT');
    for (const [status, code] of [[401, 'LOGIN_NEEDED'], [429, 'RATE_LIMITED'], [502, 'SERVICE_ERROR']] as const) expect((await appraise('{}', {}, status)).by['evidence']).toBe(`unknown ${code}`);
  });
});

describe('receipts', () => {
  const REQUEST = '{"model":"m"}';
  const ANSWER = '{"id":"chatcmpl-1","choices":[]}';
  const document = (over: Record<string, unknown> = {}): Record<string, unknown> => ({
    api_version: 'aci/1', receipt_id: 'x', chat_id: 'chatcmpl-1', model: 'm', workload_keyset_digest: digestOf(keysetWith()), endpoint: '/v1/chat/completions', method: 'POST', served_at: 1, key_id: 'r1',
    event_log: [{ type: 'request.received', body_hash: `sha256:${sha(REQUEST)}` }, { type: 'response.returned', body_hash: `sha256:${sha(ANSWER)}` }], ...over,
  });
  const signed = (over: Record<string, unknown> = {}): Record<string, unknown> => {
    const unsigned = document(over);
    return { ...unsigned, signature: Buffer.from(ed25519.sign(bytes(canonicalJson(parseJson(JSON.stringify(unsigned)))), KEY.secret)).toString('hex') };
  };
  const judged = (receipt: unknown, { answer = ANSWER, keys = [KEY.text], status = 200, record, keyGap, head = {} }: { head?: Partial<AnswerInput['head']>; answer?: string; keys?: readonly string[]; status?: number; record?: { status: number; text: string } | undefined; keyGap?: Code } = {}) => {
    const reader = aci.newReader('json');
    reader.push(bytes(answer));
    const { hashes, model } = aci.readRequest(bytes(REQUEST));
    const read = aci.aside?.read({ status, body: bytes(typeof receipt === 'string' ? receipt : JSON.stringify(receipt)) });
    const aside = read?.kind === 'there' && record !== undefined ? { ...read, record: { status: record.status, body: bytes(record.text) } } : read;
    const findings = aci.judgeAnswer({
      head: { id: '1', url: 'https://inference.phala.com/v1/chat/completions', method: 'POST', tabId: 1, initiator: undefined, incognito: false, status: 200, headers: [], fromCache: false, startedAt: 0, headersAt: 0, requestHashes: hashes, requestUnseen: false, model, ...head },
      form: 'json', reading: reader.finish('complete'), cut: false, keys, ...(keyGap === undefined ? {} : { keyGap }), ...(aside === undefined ? {} : { aside }),
    });
    return { ...findings, by: Object.fromEntries(findings.checks.map(({ id, outcome, code }) => [id, code === undefined ? outcome : `${outcome} ${code}`])) };
  };

  it('by a key of the keyset, over the bytes that came', () => {
    expect(judged(signed())).toMatchObject({ by: { format: 'pass', coverage: 'pass', signature: 'pass', 'response.hash': 'pass', 'request.hash': 'pass', 'answer.model': 'pass' }, signer: { address: KEY.text, algorithm: 'ed25519' } });
    expect(judged(signed(), { answer: `${ANSWER} ` }).by['response.hash']).toBe('fail RESPONSE_HASH_MISMATCH');
    expect(judged(signed({ model: 'other' })).by['answer.model']).toBe('fail MODEL_MISMATCH');
    expect(judged({ ...signed(), served_at: 2 }).by['signature']).toBe('fail SIGNATURE_INVALID');
    expect(judged(signed(), { keys: [edKey(5).text] }).by['signature']).toBe('fail SIGNATURE_INVALID');
  });

  it('without the keyset are open: no key can be held against them', () => {
    expect(judged(signed(), { keys: [] }).by['signature']).toBe('unknown SIGNER_NOT_REPORTED');
    // One key that somebody names by hand is the key: no keyset says that there are others.
    expect(judged(signed(), { keys: ['00'.repeat(32)] }).by['signature']).toBe('fail SIGNATURE_INVALID');
    // Why keys may be lacking is said, and a key that is there counts all the same.
    expect(judged(signed(), { keys: [edKey(5).text], keyGap: 'REATTEST_LIMITED' }).by['signature']).toBe('unknown REATTEST_LIMITED');
    expect(judged(signed(), { keys: [edKey(5).text, KEY.text], keyGap: 'REATTEST_LIMITED' })).toMatchObject({ by: { signature: 'pass' }, signer: { address: KEY.text } });
    expect(judged(signed())).not.toHaveProperty('keyMissing');
  });

  it('of a keyset that another machine has are open, and refused under their own alone', () => {
    const others = [`sha256:${'ee'.repeat(32)}`, edKey(5).text];
    const own = [digestOf(keysetWith()), KEY.text];
    expect(judged(signed(), { keys: others })).toMatchObject({ by: { signature: 'unknown SIGNER_NOT_REPORTED' }, keyMissing: true });
    expect(judged(signed(), { keys: [...others, ...own] })).toMatchObject({ by: { signature: 'pass' }, signer: { address: KEY.text } });
    const bent = judged({ ...signed(), served_at: 2 }, { keys: [...others, ...own] });
    expect(bent.by['signature']).toBe('fail SIGNATURE_INVALID');
    // The same keyset has the same keys whenever it is asked for.
    expect(bent).not.toHaveProperty('keyMissing');
    // Of more keys than are tried, the one that signed may be among the rest.
    const many = Array.from({ length: 64 }, (_, i) => (i + 1).toString(16).padStart(64, '0'));
    expect(judged(signed(), { keys: [...many, ...own] }).by['signature']).toBe('unknown SIGNER_NOT_REPORTED');
  });

  it('for another request than the one that was seen are refused: somebody on the way asked something else', () => {
    const other = signed({ event_log: [{ type: 'request.received', body_hash: `sha256:${sha('{"model":"m","messages":[]}')}` }, { type: 'response.returned', body_hash: `sha256:${sha(ANSWER)}` }] });
    const request = (receipt: unknown, more: Parameters<typeof judged>[1] = {}) => judged(receipt, more).checks.find(({ id }) => id === 'request.hash');
    expect(request(other)).toMatchObject({ outcome: 'fail', code: 'ANSWER_OF_OTHER_REQUEST', required: true, actual: sha(REQUEST) });
    expect(judged(other).by).toMatchObject({ signature: 'pass', 'response.hash': 'pass' });
    // What was not seen whole cannot be compared, and what nobody is known to have signed contradicts nothing.
    for (const head of [{ requestUnseen: true }, { requestHashes: [] }]) expect(request(other, { head })).toMatchObject({ outcome: 'unknown', code: 'REQUEST_NOT_SEEN', required: false });
    expect(request(other, { keys: [] })).toMatchObject({ outcome: 'unknown', code: 'REQUEST_HASH_MISMATCH', required: false });
  });

  it('that are not there yet, or are none', () => {
    expect(judged('{}', { status: 404 }).by['signature']).toBe('unknown SIGNATURE_NOT_FOUND');
    const [received, returned] = [{ type: 'request.received', body_hash: `sha256:${sha('a')}` }, { type: 'response.returned', body_hash: `sha256:${sha('b')}` }];
    for (const over of [{ api_version: 'aci/2' }, { event_log: [] }, { event_log: [returned, received] }, { event_log: [received] }, { event_log: [received, returned, returned] }, { event_log: [{ ...received, body_hash: sha('a') }, returned] }, { workload_keyset_digest: 'x' }, { key_id: 7 }]) {
      expect([over, judged({ ...document(over), signature: '00'.repeat(64) }).by['signature']]).toEqual([over, 'fail SIGNATURE_MALFORMED']);
    }
    for (const body of ['{', '[]', '{"error":{"message":"x"}}', JSON.stringify(document())]) expect(judged(body).by['signature']).toBe('fail SIGNATURE_MALFORMED');
    expect(() => readReceipt(bytes(JSON.stringify(signed()).replace('"served_at":1', '"served_at":99999999999999999999')))).toThrow(/^SIGNATURE_MALFORMED/);
  });

  it('say which machine ran the model by a record of the gateway’s own, which must be the one that was cited', () => {
    const claim = { status: 'asserted', source: 'hardware_proven', reason: '' };
    const record = (over: Record<string, unknown> = {}, claims: Record<string, unknown> = {}): string =>
      canonicalJson(parseJson(JSON.stringify({
        api_version: 'aci/1', upstream_name: 'u', endpoint: null, verifier_id: 'v', established_at: 0, expires_at: 10, channel_binding: [], claims: { tee_attested: claim, gpu_attested: claim, tcb_up_to_date: claim, ...claims },
        evidence: { digest: `sha256:${sha('e')}`, data: `data:text/plain;base64,${Buffer.from('e').toString('base64')}` }, ...over,
      })));
    const [received, returned] = [{ type: 'request.received', body_hash: `sha256:${sha(REQUEST)}` }, { type: 'response.returned', body_hash: `sha256:${sha(ANSWER)}` }];
    const cited = (upstream: Record<string, unknown> | undefined, came: { status: number; text: string } | undefined) => {
      const found = judged(signed({ event_log: [received, ...(upstream === undefined ? [] : [{ type: 'upstream.verified', ...upstream }]), returned] }), { record: came });
      return found.by['answer.upstream'];
    };
    const verified = (text: string) => ({ result: 'verified', required: true, session_id: sha(text) });
    expect(cited(verified(record()), { status: 200, text: record() })).toBe('pass');
    // Any encoding of the same document.
    expect(cited(verified(record()), { status: 200, text: JSON.stringify(JSON.parse(record()), undefined, 2) })).toBe('pass');
    for (const [name, value] of [['gpu_attested', { status: 'unknown' }], ['tcb_up_to_date', { status: 'refuted' }], ['tee_attested', { status: 'maybe' }]] as const) {
      const text = record({}, { [name]: value });
      expect([name, cited(verified(text), { status: 200, text })]).toEqual([name, 'weak MODEL_MACHINE_NOT_PROVEN']);
    }
    const late = record({ expires_at: 1 });
    expect(cited(verified(late), { status: 200, text: late })).toBe('weak MODEL_MACHINE_NOT_PROVEN');
    const refuted = record({}, { tee_attested: { status: 'refuted' } });
    expect(cited(verified(refuted), { status: 200, text: refuted })).toBe('fail RELAYED_CLAIMS_DISAGREE');
    expect(cited(verified(record()), { status: 200, text: record({ upstream_name: 'other' }) })).toBe('fail RELAYED_CLAIMS_DISAGREE');
    const bent = record().replace(Buffer.from('e').toString('base64'), Buffer.from('f').toString('base64'));
    expect(cited(verified(bent), { status: 200, text: bent })).toBe('fail RELAYED_CLAIMS_DISAGREE');
    for (const came of [undefined, { status: 0, text: '' }, { status: 404, text: '{}' }]) expect(cited(verified(record()), came)).toBe('weak MODEL_MACHINE_NOT_PROVEN');
    expect(cited({ result: 'failed', required: false, reason: 'none' }, undefined)).toBe('weak MODEL_MACHINE_NOT_PROVEN');
    expect(cited(undefined, undefined)).toBe('weak MODEL_MACHINE_NOT_PROVEN');
    const request = aci.aside?.recordRequest?.({ apiOrigin: 'https://a.example', statement: { text: '', signature: '', address: '', algorithm: 'ed25519', claims: { session_id: 'ab'.repeat(32) } } });
    expect(request?.url).toBe(`https://a.example/v1/aci/sessions/${'ab'.repeat(32)}`);
    expect(aci.aside?.recordRequest?.({ apiOrigin: 'https://a.example', statement: { text: '', signature: '', address: '', algorithm: 'ed25519', claims: {} } })).toBeUndefined();
  });

  it('are asked for by the id in the answer’s header, where there is one and it is an id', () => {
    const id = (...values: readonly string[]) => aci.aside?.idIn?.(values.map((value) => ({ name: 'X-Receipt-Id', value })));
    expect(id('rcpt-1')).toBe('rcpt-1');
    for (const none of [[], ['a', 'a'], ['../x'], [''], ['a'.repeat(257)]]) expect(id(...none)).toBeUndefined();
  });

  it('name the upstream session, or that there was none', () => {
    const [received, returned] = [{ type: 'request.received', body_hash: `sha256:${sha('a')}` }, { type: 'response.returned', body_hash: `sha256:${sha('b')}` }];
    const upstream = (event: Record<string, unknown>) => readReceipt(bytes(JSON.stringify({ ...document({ event_log: [received, { type: 'upstream.verified', ...event }, returned] }), signature: '00'.repeat(64) }))).upstream;
    expect(upstream({ result: 'verified', session_id: 'ab'.repeat(32) })).toEqual({ sessionId: 'ab'.repeat(32) });
    expect(upstream({ result: 'failed', required: false, reason: 'r' })).toEqual({ failed: 'r', required: false });
  });
});

describe('keysets', () => {
  it('canonical form refuses what has none', () => {
    expect(() => canonicalJson(parseJson('[9007199254740993]'))).toThrow(/^JSON_MALFORMED/);
    expect(() => canonicalJson(parseJson('"\\ud800"'))).toThrow(/^JSON_MALFORMED/);
    expect(canonicalJson(parseJson('{"\\ud83d\\ude00":1.0,"z":[true,null,-0,1e21,0.000001],"\\u20ac":"\\u007f"}'))).toBe('{"z":[true,null,0,1e+21,0.000001],"€":"\u007f","😀":1}');
    expect(readKeyset(parseJson(JSON.stringify(keysetWith()))).receiptKeys.get('r1')).toBe(KEY.text);
  });
});
