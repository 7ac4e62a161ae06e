/** Reports of every shape: what each machine proves by itself, and that none borrows from another. */
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { describe, expect, it } from 'vitest';
import type { ReferenceValue } from '../../../src/checks/reference';
import { PHALA, VENICE } from '../../../src/providers/report/dialect';
import { sha256Bytes } from '../../../src/signatures/digests';
import { appraise, attestation, COMPOSE, ecdsaKey, edKey, type Key, known, NONCE, padded, type Read } from './lab';

const SPKI = Buffer.alloc(32, 0x33);
const codes = ({ by }: Read): Record<string, string> => Object.fromEntries(Object.entries(by).filter(([, outcome]) => outcome !== 'pass'));

describe('one machine', () => {
  it('is limited: its key is bound, by software that nobody has named', async () => {
    const read = await appraise(attestation());
    expect(read.state).toBe('limited');
    expect(codes(read)).toEqual({
      'compose.config': 'unknown MR_CONFIG_NOT_SET', software: 'weak SOFTWARE_NOT_KNOWN', 'key.binding': 'weak BOUND_BY_UNKNOWN_SOFTWARE', 'gpu.binding': 'weak GPU_COLOCATION_NOT_PROVEN', channel: 'absent CHANNEL_NOT_BOUND',
    });
    expect(read.signers).toEqual([{ address: ecdsaKey(7).text, algorithm: 'ecdsa', binding: 'address-nonce' }]);
    expect(read.software.map(({ kind, dialect, role, values }) => [kind, dialect, role, Object.keys(values)])).toEqual([['dstack-app', 'nearai', 'model', ['mrTd', 'rtmr0', 'rtmr1', 'rtmr2', 'composeHash']]]);
    expect(read.parts.map(({ kind }) => kind)).toEqual(['tdx', 'nvidia']);
  });

  it('with a reference value for its software leaves one gap: the way there', async () => {
    const first = await appraise(attestation());
    for (const source of ['imported', 'release'] as const) {
      const read = await appraise(attestation(), { references: [known(first, source)] });
      expect(codes(read)).toEqual({ 'compose.config': 'unknown MR_CONFIG_NOT_SET', channel: 'absent CHANNEL_NOT_BOUND' });
    }
    expect(codes(await appraise(attestation(), { references: [known(first, 'approved')] }))).toMatchObject({ software: 'weak SOFTWARE_APPROVED', 'key.binding': 'weak SOFTWARE_APPROVED', 'gpu.binding': 'weak GPU_COLOCATION_NOT_PROVEN' });
  });

  it('a reference value of another dialect or role, or one with another compose hash, serves nothing', async () => {
    const value = known(await appraise(attestation()));
    expect((await appraise(attestation(), { references: [{ ...value, dialect: 'phala' }] })).by).toMatchObject({ software: 'weak SOFTWARE_NOT_KNOWN', 'key.binding': 'weak BOUND_BY_UNKNOWN_SOFTWARE' });
    expect((await appraise(attestation(), { references: [{ ...value, role: 'gateway' }] })).by).toMatchObject({ software: 'weak SOFTWARE_NOT_KNOWN' });
    const changed = attestation({ compose: COMPOSE.replace('proxy:', 'other:') });
    expect((await appraise(changed, { references: [value] })).by).toMatchObject({ software: 'fail MEASUREMENT_MISMATCH', 'key.binding': 'weak BOUND_BY_UNKNOWN_SOFTWARE' });
  });

  it('Ed25519 keys bind as well, and so does the layout with the connection’s key', async () => {
    expect(await appraise(attestation({ key: edKey(3) }))).toMatchObject({ state: 'limited', signers: [{ address: edKey(3).text, algorithm: 'ed25519', binding: 'address-nonce' }] });
    for (const key of [ecdsaKey(7), edKey(3)]) {
      const reportData = Buffer.concat([sha256Bytes(Buffer.concat([key.bytes, SPKI])), NONCE]);
      const read = await appraise(attestation({ key, reportData, over: { tls_cert_fingerprint: SPKI.toString('hex') } }));
      expect(read.signers[0]?.binding).toBe('sha256(address,spki)-nonce');
      expect(read.checks.find(({ id }) => id === 'channel')).toMatchObject({ outcome: 'absent', by: 'browser' });
      expect((await appraise(attestation({ key, reportData, over: { tls_cert_fingerprint: '44'.repeat(32) } }))).by['key.binding']).toBe('fail REPORT_DATA_MISMATCH');
    }
  });
});

describe('the key that clients encrypt to', () => {
  it('is the signing key’s own, or the report contradicts itself', async () => {
    const publicKey = (fill: number) => Buffer.from(secp256k1.getPublicKey(new Uint8Array(32).fill(fill), false));
    const of = async (key: Key, signing_public_key: string, references: readonly ReferenceValue[] = []) => (await appraise(attestation({ key, over: { signing_public_key } }), { references })).by['key.encryption'];
    const [own, other] = [publicKey(7), publicKey(8)];
    for (const form of [own.subarray(1).toString('hex'), own.toString('hex'), `0x${own.toString('hex')}`]) expect(await of(ecdsaKey(7), form)).toBe('weak BOUND_BY_UNKNOWN_SOFTWARE');
    expect(await of(ecdsaKey(7), own.subarray(1).toString('hex'), [known(await appraise(attestation()))])).toBe('pass');
    for (const form of [other.subarray(1).toString('hex'), 'x', own.subarray(2).toString('hex')]) expect(await of(ecdsaKey(7), form)).toBe('fail REPORT_DATA_MISMATCH');
    expect(await of(edKey(3), edKey(3).text)).toBe('weak BOUND_BY_UNKNOWN_SOFTWARE');
    expect(await of(edKey(3), edKey(4).text)).toBe('fail REPORT_DATA_MISMATCH');
    expect(await of(ecdsaKey(7), '')).toBeUndefined();
  });
});

describe('keys that are none', () => {
  const nothing = Buffer.concat([Buffer.alloc(32), NONCE]);

  it('mistakes 4 and 5 have no way in: 32 zero bytes and our number bind no key at all', async () => {
    const read = await appraise(attestation({ reportData: nothing }));
    expect(read.by).toMatchObject({ nonce: 'pass', 'key.binding': 'weak SIGNER_NOT_BOUND' });
    expect(read.signers[0]?.binding).toBe('none');
  });

  it('the all-zero key is refused, though report_data holds it', async () => {
    for (const [text, algorithm] of [['00'.repeat(32), 'ed25519'], [`0x${'00'.repeat(20)}`, 'ecdsa'], ['00'.repeat(32), undefined]] as const) {
      const read = await appraise(attestation({ reportData: nothing, over: { signing_address: text, signing_algo: algorithm } }));
      expect(read).toMatchObject({ state: 'failed', signers: [], by: { 'key.binding': 'fail SIGNER_NOT_BOUND' } });
    }
  });

  it('so are points of small order, keys of another length, other algorithms and text that is no key', async () => {
    const key = (text: unknown, algorithm: string, at: Uint8Array) => appraise(attestation({ reportData: Buffer.concat([padded(at.subarray(0, 32)), NONCE]), over: { signing_address: text, signing_algo: algorithm } }));
    const small = Buffer.from('0100000000000000000000000000000000000000000000000000000000000000', 'hex');
    expect((await key(small.toString('hex'), 'ed25519', small)).by['key.binding']).toBe('fail SIGNER_NOT_BOUND');
    expect((await key('ff'.repeat(32), 'ed25519', Buffer.alloc(32, 0xff))).by['key.binding']).toBe('fail SIGNER_NOT_BOUND');
    expect((await key('11'.repeat(32), 'ecdsa', Buffer.alloc(32, 0x11))).by['key.binding']).toBe('fail SIGNER_NOT_BOUND');
    expect((await key('11'.repeat(20), 'ed25519', Buffer.alloc(20, 0x11))).by['key.binding']).toBe('fail SIGNER_NOT_BOUND');
    expect((await key('11'.repeat(20), 'rsa', Buffer.alloc(20, 0x11))).by['key.binding']).toBe('fail SIGNATURE_ALGORITHM');
    for (const bad of ['', null, 7, 'a key']) expect((await key(bad, 'ecdsa', Buffer.alloc(20, 0x11))).by['key.binding']).toMatch(/^fail (SIGNER_NOT_BOUND|EVIDENCE_MISSING)$/);
  });
});

describe('faults', () => {
  it('mistake 5: a report for another number, from a cache, is not fresh whatever it echoes', async () => {
    const old = Buffer.alloc(32, 9);
    expect(await appraise(attestation({ nonce: old, over: { request_nonce: NONCE.toString('hex') } }))).toMatchObject({ state: 'failed', by: { nonce: 'fail NONCE_MISMATCH', 'gpu[0].nonce': 'fail NONCE_MISMATCH' } });
  });

  it('an address that was swapped is found, in either place', async () => {
    const swapped = await appraise(attestation({ over: { signing_address: ecdsaKey(8).text } }));
    expect(swapped.by['key.binding']).toBe('fail REPORT_DATA_MISMATCH');
    // Named still, and bound by nothing: an answer by it is joined with this contradiction.
    expect(swapped.signers).toMatchObject([{ binding: 'none' }]);
    expect((await appraise(attestation({ key: edKey(3), over: { signing_address: edKey(4).text } }))).by['key.binding']).toBe('fail REPORT_DATA_MISMATCH');
  });

  it('mistake 23: GPU evidence for another number is not this machine’s answer', async () => {
    expect((await appraise(attestation({ gpuNonce: Buffer.alloc(32, 1) }))).by).toMatchObject({ 'gpu[0].nonce': 'fail NONCE_MISMATCH', 'gpu.binding': 'fail GPU_NOT_BOUND_TO_CPU' });
  });

  it('mistakes 13 and 29: no GPU part is a broken promise, an error in its place too', async () => {
    expect((await appraise(attestation({ gpus: 0 }))).by['gpu']).toBe('fail EVIDENCE_MISSING');
    expect((await appraise(attestation({ over: { nvidia_payload: '{"error":"no GPU"}' } }))).by['gpu']).toBe('fail EVIDENCE_MISSING');
    for (const payload of ['{', '[]', 7, JSON.stringify({ evidence_list: [] })]) expect((await appraise(attestation({ over: { nvidia_payload: payload } }))).by['gpu']).toBe('fail GPU_EVIDENCE_PARSE');
  });

  it('a compose text that is not what was measured, a forged log and a log left out are found', async () => {
    const info = { compose_hash: '', tcb_info: { app_compose: `${COMPOSE} ` } };
    expect((await appraise(attestation({ over: { info } }))).by['compose']).toBe('fail COMPOSE_MISMATCH');
    expect((await appraise(attestation({ over: { info: JSON.stringify({ tcb_info: JSON.stringify({ app_compose: COMPOSE }) }) } }))).by['compose']).toBe('pass');
    const log = String(attestation()['event_log']);
    expect((await appraise(attestation({ over: { event_log: log.replace('7a6673', '7a6674') } }))).by['eventlog']).toBe('fail EVENT_LOG_MISMATCH');
    expect((await appraise(attestation({ over: { event_log: undefined } }))).by['eventlog']).toBe('fail EVENT_LOG_NOT_GIVEN');
  });

  it('mistakes 1 and 16: HTTP 200 and `verified: true` are no checks', async () => {
    for (const report of [{ verified: true }, { error: { message: 'no such model' } }, { error_code: 'x', message: 'y' }, {}, { all_attestations: [] }, { model_attestations: [] }]) {
      expect(await appraise(report)).toMatchObject({ state: 'failed', by: { evidence: 'fail EVIDENCE_MISSING' } });
    }
    expect(await appraise({ signing_address: ecdsaKey(7).text, verified: true }, {}, VENICE)).toMatchObject({ state: 'failed' });
    // Venice’s envelope: what it names is judged, its own word for it is a claim.
    const { event_log: _log, info: _info, ...bare } = attestation();
    for (const verified of [true, false]) expect(await appraise({ ...bare, verified, tee_provider: 'x' }, {}, VENICE)).toMatchObject({ state: 'incomplete', by: { eventlog: 'absent EVENT_LOG_NOT_GIVEN', software: 'unknown COMPOSE_NOT_MEASURED', 'key.binding': 'weak BOUND_BY_UNKNOWN_SOFTWARE' } });
  });

  it('mistake 27: a quote in base64 is read, one that is neither is not', async () => {
    const hex = String(attestation()['intel_quote']);
    expect((await appraise(attestation({ over: { intel_quote: Buffer.from(hex, 'hex').toString('base64') } }))).by['quote.signature']).toBe('pass');
    for (const bad of ['?', Buffer.from('not a quote').toString('base64'), 7, 'Error: no device', hex.repeat(40)]) expect((await appraise(attestation({ over: { intel_quote: bad } }))).by['evidence']).toMatch(/^fail EVIDENCE_/);
  });

  it('a quote that does not hold proves no key, no freshness and no software', async () => {
    const read = await appraise(attestation({ quote: { tamper: [[700, 1]] } }));
    expect(read.state).toBe('failed');
    expect(read.signers[0]?.binding).toBe('none');
    expect(read.software).toEqual([]);
    for (const id of ['nonce', 'eventlog', 'compose', 'software', 'key.binding', 'gpu.binding']) expect([id, read.by[id]]).toEqual([id, expect.stringMatching(/^unknown /)]);
  });

  it('software that starts more than was measured is named', async () => {
    expect((await appraise(attestation({ over: { compose_manager_attestation: {} } }))).by['compose.started']).toBe('weak COMPOSE_STARTS_MORE');
    const compose = COMPOSE.replace('registry.example/proxy', 'someone/compose-manager');
    expect((await appraise(attestation({ compose }))).by['compose.started']).toBe('weak COMPOSE_STARTS_MORE');
  });

  it('transient answers are open, never failed', async () => {
    for (const [status, code] of [[401, 'LOGIN_NEEDED'], [403, 'LOGIN_NEEDED'], [429, 'RATE_LIMITED'], [500, 'SERVICE_ERROR'], [503, 'SERVICE_ERROR']] as const) {
      expect(await appraise(attestation(), {}, undefined, status)).toMatchObject({ state: 'incomplete', by: { evidence: `unknown ${code}` } });
    }
  });

  it('evidence of another kind says that its verifier is not built, and stays open: the service’s word hides no failure', async () => {
    expect(await appraise({ attestation_type: 'tinfoil', intel_quote: '' }, {}, PHALA)).toMatchObject({ state: 'incomplete', by: { evidence: 'unknown VERIFIER_NOT_BUILT' } });
    expect(await appraise({ ...attestation(), attestation_type: 'x', intel_quote: 'garbage', nvidia_payload: 'garbage' })).toMatchObject({ state: 'incomplete', by: { evidence: 'unknown VERIFIER_NOT_BUILT' } });
  });
});

describe('several machines', () => {
  const gateway = (over = {}) => attestation({ key: ecdsaKey(1), gpus: 0, over });
  const model = (key: number, name: string, rest = {}) => attestation({ key: ecdsaKey(key), firstGpu: key, ...rest, over: { model_name: name } });

  it('are judged each by itself, a gateway without GPUs', async () => {
    const read = await appraise({ gateway_attestation: gateway(), model_attestations: [model(2, 'a'), model(3, 'b')] });
    expect(read.state).toBe('limited');
    expect(read.machines?.map(({ place, role, model: name }) => [place, role, name])).toEqual([['gateway', 'gateway', undefined], ['model[0]', 'model', 'a'], ['model[1]', 'model', 'b']]);
    expect(read.by).toMatchObject({ 'quote.signature.gateway': 'pass', 'gpu[0].signature.model[1]': 'pass', 'nonce.model[0]': 'pass' });
    expect(Object.keys(read.by).filter((id) => id.startsWith('gpu') && id.endsWith('.gateway'))).toEqual([]);
    expect(read.signers.map(({ address }) => address)).toEqual([1, 2, 3].map((fill) => ecdsaKey(fill).text));
  });

  it('none lends its quote, GPU or compose to another', async () => {
    const bare = { model_name: 'a', signing_address: ecdsaKey(2).text, signing_algo: 'ecdsa' };
    const read = await appraise({ gateway_attestation: gateway(), model_attestations: [model(2, 'a'), bare] });
    expect(read.by).toMatchObject({ 'evidence.model[1]': 'fail EVIDENCE_MISSING', 'gpu.model[1]': 'fail EVIDENCE_MISSING' });
    // The same key, once bound and once only named: the machine that only names it reports it as bound by nothing.
    expect(read.signers.map(({ binding }) => binding)).toEqual(['address-nonce', 'address-nonce', 'none']);
    const noLog = { ...model(3, 'a'), event_log: undefined, info: undefined };
    expect((await appraise({ gateway_attestation: gateway(), model_attestations: [model(2, 'a'), noLog] })).by).toMatchObject({ 'eventlog.model[1]': 'fail EVENT_LOG_NOT_GIVEN', 'software.model[1]': 'unknown COMPOSE_NOT_MEASURED' });
  });

  it('what speaks for a model’s answer is its own machine, and the gateway that reads the chat beside it', async () => {
    const read = await appraise({ gateway_attestation: gateway({ event_log: '[]' }), model_attestations: [model(2, 'a'), { ...model(3, 'b'), event_log: '[]' }] });
    const ids = (place: string) => read.machines?.find((machine) => machine.place === place)?.checks.map(({ id }) => id) ?? [];
    expect(ids('model[0]')).toEqual(expect.arrayContaining(['quote.signature', 'gpu[0].signature', 'eventlog', 'eventlog.gateway', 'channel.gateway']));
    expect(ids('model[0]').filter((id) => id.includes('model[1]') || id === 'channel' || id === 'key.model')).toEqual([]);
    expect(ids('gateway')).toContain('key.model');
    expect(ids('gateway').filter((id) => id.includes('model['))).toEqual([]);
  });

  it('a gateway’s own answer names the gap, unless its software is known to check the model’s machine', async () => {
    const report = { gateway_attestation: gateway(), model_attestations: [model(2, 'a')] };
    const first = await appraise(report);
    const of = async (properties: { verifiesModel?: boolean }, source: 'imported' | 'approved' = 'imported') =>
      (await appraise(report, { references: [known(first, source, properties, 'gateway')] })).machines?.[0]?.checks.find(({ id }) => id === 'key.model');
    expect(first.machines?.[0]?.checks.find(({ id }) => id === 'key.model')).toMatchObject({ outcome: 'weak', code: 'MODEL_MACHINE_NOT_PROVEN' });
    expect(await of({})).toMatchObject({ outcome: 'weak', code: 'MODEL_MACHINE_NOT_PROVEN' });
    expect(await of({ verifiesModel: true }, 'approved')).toMatchObject({ outcome: 'weak' });
    expect(await of({ verifiesModel: true })).toMatchObject({ outcome: 'pass' });
  });

  it('in a list, the machine that answered is not judged twice', async () => {
    const [a, b] = [attestation({ key: ecdsaKey(2) }), attestation({ key: ecdsaKey(3), firstGpu: 1 })];
    expect((await appraise({ ...a, all_attestations: [a, b] })).machines?.map(({ place }) => place)).toEqual(['node[0]', 'node[1]']);
    expect((await appraise({ ...a, all_attestations: [b] })).machines?.map(({ place }) => place)).toEqual(['node[0]', 'node[1]']);
    expect((await appraise({ ...a, all_attestations: [a] })).machines).toBeUndefined();
  });

  it('one GPU shown by two machines contradicts both, and none beside them', async () => {
    const shared = (report: unknown) => appraise(report).then(({ state, by }) => [state, ...Object.entries(by).filter(([id]) => id.startsWith('list.duplicates')).map(([, found]) => found)]);
    const twice = 'fail DUPLICATE_DEVICE';
    expect(await shared({ gateway_attestation: gateway(), model_attestations: [model(2, 'a'), model(3, 'b', { firstGpu: 2 })] })).toEqual(['failed', twice, twice]);
    const [a, b, c] = [attestation({ key: ecdsaKey(2), gpus: 2 }), attestation({ key: ecdsaKey(3), firstGpu: 1 }), attestation({ key: ecdsaKey(4), firstGpu: 2 })];
    expect(await shared({ ...a, all_attestations: [a, b, c] })).toEqual(['failed', twice, twice, 'pass']);
    expect(await shared({ ...a, all_attestations: [b, c] })).toEqual(['failed', twice, twice, 'pass']);
    // What speaks for an answer of one of them says so as well.
    const read = await appraise({ model_attestations: [model(2, 'a'), model(3, 'b', { firstGpu: 2 })] });
    expect(read.machines?.map(({ checks }) => checks.find(({ id }) => id === 'list.duplicates')?.code)).toEqual(['DUPLICATE_DEVICE', 'DUPLICATE_DEVICE']);
    expect(read.checks.find(({ id }) => id === 'list.duplicates.model[0]')?.detail).toBe('gpu[0] is gpu[0] of model[1]');
  });

  it('one machine listed twice is no contradiction; replicas with one key are machines of their own', async () => {
    const fine = ['limited', 'pass', 'pass'];
    const shared = (report: unknown) => appraise(report).then(({ state, by }) => [state, ...Object.entries(by).filter(([id]) => id.startsWith('list.duplicates')).map(([, found]) => found)]);
    const [a, again] = [attestation({ key: ecdsaKey(2) }), attestation({ key: ecdsaKey(2), reportData: Buffer.concat([NONCE, padded(ecdsaKey(2).bytes)]) })];
    expect(await shared({ ...a, all_attestations: [a, a] })).toEqual(fine);
    expect(await shared({ ...a, all_attestations: [again] })).toEqual(fine);
    const replica = attestation({ key: ecdsaKey(2), compose: COMPOSE.replace('proxy:', 'other:') });
    expect(await shared({ ...a, all_attestations: [replica] })).toEqual(['failed', 'fail DUPLICATE_DEVICE', 'fail DUPLICATE_DEVICE']);
  });

  it('a chat service before the gateway is a gateway too, and binds no key', async () => {
    const front = attestation({ gpus: 0, reportData: Buffer.concat([Buffer.alloc(32), NONCE]), over: { signing_address: undefined, signing_algo: undefined } });
    const read = await appraise({ chat_api_gateway_attestation: front, cloud_api_gateway_attestation: gateway(), model_attestations: [model(2, 'a')] });
    expect(read.machines?.map(({ place }) => place)).toEqual(['gateway', 'front', 'model[0]']);
    expect(read.by['key.binding.front']).toBe('absent SIGNER_NOT_BOUND');
  });
});

describe('hostile reports', () => {
  it.each([
    ['no JSON', '{'], ['a list', '[]'], ['text', '"a"'], ['a number', '7'], ['one key twice', '{"intel_quote":"","intel_quote":""}'], ['depth', '['.repeat(9000)], ['not UTF-8', new Uint8Array([0x7b, 0xff])],
    ['too large', ' '.repeat(3 * 1024 * 1024)], ['too many machines', JSON.stringify({ all_attestations: Array.from({ length: 40 }, (_, i) => ({ intel_quote: `0${i}` })) })],
    ['machines that are text', JSON.stringify({ model_attestations: ['a'] })], ['a gateway that is text', JSON.stringify({ gateway_attestation: 'a' })], ['two gateways', JSON.stringify({ gateway_attestation: {}, cloud_api_gateway_attestation: {} })],
  ])('%s: EVIDENCE_MALFORMED', async (_name, report) => {
    expect(await appraise(report)).toMatchObject({ state: 'failed', by: { evidence: 'fail EVIDENCE_MALFORMED' } });
  });

  it('members of any other type are faults of their part alone', async () => {
    for (const value of [null, 7, true, [], {}, '', 'x', '{}', '[]', '{"a":']) {
      for (const member of ['info', 'event_log', 'nvidia_payload', 'signing_address', 'signing_algo', 'intel_quote', 'tls_cert_fingerprint', 'model_name', 'compose_manager_attestation']) {
        const read = await appraise(attestation({ gpus: 0, over: { [member]: value } }));
        expect([member, value, read.checks.length > 0]).toEqual([member, value, true]);
      }
    }
  });
});
