/** Deployments as providers: requests, appraisal by reference value, what an answer is; Privatemode's encrypted answers and sessions. */
import { createCipheriv, createPublicKey, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { ReferenceSource } from '../../../src/checks/reference';
import { DEFAULT } from '../../../src/checks/policy';
import { contrastOf } from '../../../src/providers/contrast';
import { valuesOfManifest } from '../../../src/providers/contrast/values';
import type { ExchangeHead } from '../../../src/providers/exchange';
import { privatemode } from '../../../src/providers/privatemode';
import { openField, readField } from '../../../src/providers/privatemode/fields';
import { session, sessionName } from '../../../src/providers/privatemode/session';
import { secretIdOf } from '../../../src/evidence/contrast/secret';
import { throwAwayPublicKey } from '../../../src/evidence/contrast/throwaway-key';
import type { AppraiseContext, ExchangedBodies, Provider } from '../../../src/providers/types';
import { proofOf } from '../../../src/ui/model/proof';
import { groupOf } from '../../../src/verdict/groups';
import { stateOf } from '../../../src/verdict/state';
import { anchor, ecKeys } from '../evidence-sevsnp/lab';
import { ANCHORS as INTEL, collateralOf } from '../evidence/simulated';
import { NO_ENDORSEMENTS } from '../providers/no-endorsements';
import { NONCE, NOW, documentOf, hexOf, leaf, manifestBytes, meshCertificate, message, noise, serviceKeys, sha256, snpReference, tdxReference, utf8 } from './lab';
import type { Situation } from './lab';

const own = contrastOf({ dialect: 'contrast', name: 'Mine', pageOrigin: 'https://chat.example', apiOrigin: 'https://api.example' });
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

function contextOf(known: readonly { readonly manifest?: Uint8Array; readonly source?: ReferenceSource; readonly dialect?: string }[] = []): AppraiseContext {
  return {
    ...NO_ENDORSEMENTS, now: NOW, policy: DEFAULT, anchors: [anchor, ...INTEL],
    references: known.map(({ manifest = manifestBytes(), source = 'imported', dialect = 'contrast' }) => ({
      dialect, role: 'coordinator', kind: 'contrast-manifest', source, note: '', properties: {}, values: Object.fromEntries(Object.entries(valuesOfManifest(manifest)).map(([name, value]) => [name, [value]])),
    })),
    snpCollateral: (_report, sent) => Promise.resolve({ endorsements: sent }),
    tdxCollateral: () => Promise.resolve({ collateral: collateralOf({ now: NOW }) }),
  };
}

async function appraised(provider: Provider, situation: Situation, context: AppraiseContext) {
  const { checks, software, parts } = await provider.appraise({ body: documentOf(situation), status: 200, contentType: 'application/json', nonce: NONCE }, context);
  return { faults: Object.fromEntries(checks.filter(({ outcome }) => outcome !== 'pass').map(({ id, outcome, code }) => [id, `${outcome} ${code ?? ''}`])), state: stateOf(checks), software, parts };
}

const UNKNOWN = { 'manifest.pin': 'weak SOFTWARE_NOT_KNOWN', hostdata: 'weak SOFTWARE_NOT_KNOWN', measurement: 'weak SOFTWARE_NOT_KNOWN', meshca: 'weak BOUND_BY_UNKNOWN_SOFTWARE' };
const GAPS = { 'key.binding': 'absent ANSWERS_NOT_SIGNED', channel: 'absent CHANNEL_NOT_BOUND' };

describe('a deployment of one’s own', () => {
  it('is asked for evidence with exactly our number', () => {
    expect(own.profile).toMatchObject({ dialect: 'contrast', role: 'coordinator', addedByYou: true, best: 'limited', nonceBytes: 32, offers: { signatures: false } });
    const request = own.attestationRequest({ apiOrigin: 'https://api.example', nonce: NONCE, model: undefined });
    expect([request.method, request.url, JSON.parse(request.body ?? '')]).toEqual(['POST', 'https://api.example/attest', { nonce: base64(NONCE) }]);
  });

  it('is worth what is known of its manifest: nothing, seen and approved, imported, another', async () => {
    const pin = async (...known: Parameters<typeof contextOf>[0] & object) => (await appraised(own, {}, contextOf(known))).faults;
    expect(await pin()).toEqual({ ...GAPS, ...UNKNOWN });
    expect(await pin({ source: 'approved' })).toEqual({ ...GAPS, 'manifest.pin': 'weak SOFTWARE_APPROVED', hostdata: 'weak SOFTWARE_APPROVED', measurement: 'weak SOFTWARE_APPROVED', meshca: 'weak SOFTWARE_APPROVED' });
    expect(await pin({ source: 'imported' })).toEqual(GAPS);
    expect(await pin({ manifest: manifestBytes({ SeedshareOwnerPubKeys: ['aa'] }) })).toEqual({ ...GAPS, ...UNKNOWN, 'manifest.pin': 'fail MANIFEST_NOT_PINNED' });
    // A value for another dialect says nothing here.
    expect(await pin({ dialect: 'privatemode' })).toEqual({ ...GAPS, ...UNKNOWN });
  });

  it('offers an attested manifest to be approved, with what it says, and no other', async () => {
    const { software, parts } = await appraised(own, {}, contextOf());
    expect(software).toMatchObject([{ kind: 'contrast-manifest', dialect: 'contrast', role: 'coordinator', basis: 'hardware', values: { 'manifest sha256': hexOf(sha256(manifestBytes())), 'snp Metal-QEMU-SNP Genoa: TrustedMeasurement': 'cd'.repeat(48) } }]);
    expect(parts.map(({ kind }) => kind)).toEqual(['snp']);
    expect((await appraised(own, { edit: (bytes) => bytes.set([0], 0x50) }, contextOf())).software).toEqual([]);
    expect((await appraised(own, {}, contextOf([{ manifest: manifestBytes({ SeedshareOwnerPubKeys: ['aa'] }) }]))).software).toHaveLength(1);
  });

  it('may have a history, owners and TDX machines; GPUs are told as checked inside where there are any', async () => {
    const manifests = [manifestBytes(), manifestBytes({ WorkloadOwnerPubKeys: ['30'], ReferenceValues: { snp: [snpReference({ Platform: 'Metal-QEMU-SNP-GPU' })] } })];
    expect((await appraised(own, { manifests }, contextOf())).faults).toEqual({ ...GAPS, gpu: 'absent GPU_CHECKED_INSIDE', ...UNKNOWN });
    const tdx = await appraised(own, { tdx: () => undefined, manifests: [manifestBytes({ ReferenceValues: { tdx: [tdxReference()] } })] }, contextOf());
    expect([tdx.faults, tdx.parts.map(({ kind }) => kind)]).toEqual([{ ...GAPS, ...UNKNOWN }, ['tdx']]);
  });

  const head = (path: string, over: Partial<ExchangeHead> = {}) => ({ url: `https://api.example${path}`, method: 'POST', status: 200, headers: [{ name: 'Content-Type', value: 'application/json; charset=utf-8' }], ...over });
  it.each<[string, ReturnType<typeof head>, string]>([
    ['attestation', head('/attest'), 'attestation'], ['a chat', head('/v1/chat/completions'), 'answer'], ['a chat below a path', head('/llm/v1/messages'), 'answer'], ['something else', head('/v1/files'), 'unrecognised'], ['a list', head('/v1/models', { method: 'GET' }), 'ignored'],
    ['an error', head('/v1/chat/completions', { status: 500 }), 'ignored'], ['a picture', head('/v1/x', { headers: [{ name: 'content-type', value: 'image/png' }] }), 'ignored'], ['two types', head('/v1/completions', { headers: [{ name: 'content-type', value: 'text/html' }, { name: 'content-type', value: 'application/json' }] }), 'unrecognised'],
  ])('tells %s by its head', (_, given, kind) => {
    expect(own.recognise(given).kind).toBe(kind);
  });

  it('has answers that nobody signs', () => {
    const reader = own.newReader('json');
    reader.push(utf8('{"choices":[]}'));
    const reading = reader.finish('complete');
    const { checks } = own.judgeAnswer({ head: { ...HEAD, url: 'https://api.example/v1/chat/completions' }, form: 'json', reading, cut: false });
    expect(checks.map(({ id, outcome, code }) => [id, outcome, code])).toEqual([['format', 'pass', undefined], ['signature', 'absent', 'ANSWERS_NOT_SIGNED']]);
    for (const [input, code] of [[{ reading: 'BODY_NOT_SEEN' }, 'BODY_NOT_SEEN'], [{ reading: { ...reading, complete: false } }, 'ANSWER_CUT'], [{ form: 'sse' }, 'ANSWER_NOT_RECOGNISED'], [{ head: { ...HEAD, status: 502 } }, 'ANSWER_ERROR_STATUS']] as const) {
      expect(own.judgeAnswer({ head: HEAD, form: 'json', reading, cut: false, ...input }).checks[0]?.code).toBe(code);
    }
  });
});

const HEAD: ExchangeHead = { id: '1', url: 'https://api.privatemode.ai/v1/chat/completions', method: 'POST', tabId: 1, initiator: undefined, incognito: false, status: 200, headers: [], fromCache: false, startedAt: NOW, headersAt: NOW, requestHashes: [], requestUnseen: false, model: undefined };

describe('the interface’s own conclusions', () => {
  it('say that software is known only where its manifest is', async () => {
    const proven = async (...known: Parameters<typeof contextOf>[0] & object): Promise<readonly boolean[]> => {
      const { checks } = await own.appraise({ body: documentOf(), status: 200, contentType: undefined, nonce: NONCE }, contextOf(known));
      const proof = proofOf(checks);
      return [proof.machine, proof.software, proof.keyBound, checks.some((check) => groupOf(check) === 'software' && check.basis === 'hardware' && check.outcome === 'pass')];
    };
    expect(await proven()).toEqual([true, false, false, false]);
    expect(await proven({ source: 'approved' })).toEqual([true, false, false, false]);
    expect(await proven({ source: 'imported' })).toEqual([true, true, false, true]);
  });
});

describe('Privatemode', () => {
  it('is asked in its own words, and must have one manifest that nobody can change', async () => {
    const request = privatemode.attestationRequest({ apiOrigin: 'https://api.privatemode.ai', nonce: NONCE, model: undefined });
    expect([request.url, session.nonceIn(utf8(request.body ?? ''))]).toEqual(['https://api.privatemode.ai/privatemode/v1/attest', NONCE]);
    const always = { ...GAPS, gpu: 'absent GPU_CHECKED_INSIDE' };
    const known = (manifest: Uint8Array) => contextOf([{ manifest, dialect: 'privatemode' }]);
    expect((await appraised(privatemode, {}, known(manifestBytes()))).faults).toEqual(always);
    const owned = manifestBytes({ WorkloadOwnerPubKeys: ['30'] });
    expect((await appraised(privatemode, { manifests: [owned] }, known(owned))).faults).toEqual({ ...always, 'manifest.history': 'fail MANIFEST_UPDATABLE' });
    expect((await appraised(privatemode, { manifests: [owned, manifestBytes()] }, known(manifestBytes()))).faults).toEqual({ ...always, 'manifest.history': 'fail MANIFEST_HISTORY' });
  });

  it.each([['/privatemode/v1/attest', 'attestation'], ['/privatemode/v1/secret', 'attestation'], ['/v1/chat/completions', 'answer'], ['/v1/messages', 'answer'], ['/v1/models', 'unrecognised']])('tells %s by its path', (path, kind) => {
    expect(privatemode.recognise({ ...HEAD, url: `https://api.privatemode.ai${path}`, headers: [{ name: 'content-type', value: 'application/json' }] }).kind).toBe(kind);
  });

  const secret = new Uint8Array(32).fill(7);
  const ID = Buffer.alloc(32, 1).toString('base64');
  const NONCE12 = 'aa'.repeat(12);
  function field(value: unknown, number = 0, { id = ID, nonce = NONCE12, iv = 'bb'.repeat(12) } = {}): string {
    const cipher = createCipheriv('aes-256-gcm', secret, Buffer.from(iv, 'hex'));
    const counted = Buffer.alloc(4);
    counted.writeUInt32LE(number);
    cipher.setAAD(Buffer.concat([Buffer.from(nonce, 'hex'), counted]));
    const sealed = Buffer.concat([cipher.update(JSON.stringify(value)), cipher.final(), cipher.getAuthTag()]);
    return `${id}:${nonce}:${iv}:${sealed.toString('hex')}`;
  }
  const asked = utf8(JSON.stringify({ model: 'm', messages: field([{ role: 'user' }]), temperature: field(0.5, 1) }));

  function judged(answer: string | readonly string[], form: 'json' | 'sse' = 'json', over: Partial<ExchangeHead> = {}, end: 'complete' | 'cut' = 'complete'): Readonly<Record<string, string>> {
    const reader = privatemode.newReader(form);
    const bytes = utf8(typeof answer === 'string' ? answer : answer.join('\n\n'));
    for (let at = 0; at < bytes.length; at += 7) reader.push(bytes.subarray(at, at + 7));
    const request = privatemode.readRequest(asked);
    expect(request.model).toBe('m');
    const { checks } = privatemode.judgeAnswer({ head: { ...HEAD, requestHashes: request.hashes, ...over }, form, reading: reader.finish(end), cut: end === 'cut' });
    return Object.fromEntries(checks.map(({ id, outcome, code, basis }) => [id, `${outcome}${code === undefined ? '' : ` ${code}`}${outcome === 'pass' && basis !== 'page' ? ` (${basis})` : ''}`]));
  }
  const good = { id: 'x', usage: { total_tokens: 1 }, choices: field(['hello']), model: field('m', 1) };
  const HELD = { format: 'pass', coverage: 'pass', 'request.hash': 'pass', 'key.session': 'unknown SESSION_NOT_SEEN', signature: 'absent ANSWERS_NOT_SIGNED' };

  it('has answers whose every field is under the request’s key and nonce', () => {
    expect(judged(JSON.stringify(good))).toEqual(HELD);
    const chunk = (number: number): string => `data: ${JSON.stringify({ id: 'x', choices: field(['h'], number), model: field('m', number + 1) })}`;
    expect(judged([chunk(0), ': ping', chunk(2), 'data: [DONE]', ''], 'sse')).toEqual(HELD);
    expect(judged(['event: message_start\ndata: {"type":"message_start","message":"' + field({}) + '"}', 'event: message_stop\ndata: {"type":"message_stop"}', ''], 'sse')).toEqual(HELD);
  });

  it('may be one field as a whole, as its request', () => {
    for (const [sent, came] of [[field('file'), field('text')], [`"${field('file')}"`, `"${field('text')}"\n`]] as const) {
      const { hashes } = privatemode.readRequest(utf8(sent));
      const reader = privatemode.newReader('json');
      reader.push(utf8(came));
      const head = { ...HEAD, url: 'https://api.privatemode.ai/unstructured/general/v0/general', requestHashes: hashes };
      const outcomes = (reading: ReturnType<typeof reader.finish>) => privatemode.judgeAnswer({ head, form: 'json', reading, cut: false }).checks.map(({ id, outcome }) => `${id} ${outcome}`);
      expect(outcomes(reader.finish('complete'))).toEqual(['format pass', 'coverage pass', 'request.hash pass', 'key.session unknown', 'signature absent']);
      const back = privatemode.newReader('json');
      back.push(utf8(sent));
      expect(outcomes(back.finish('complete'))).toContain('request.hash fail');
    }
  });

  it.each<[string, string | readonly string[], 'json' | 'sse', string]>([
    ['a whole field that is almost one', field(1).slice(0, -1), 'json', 'coverage'], ['two whole fields', `${field(1)}\n${field(2)}`, 'json', 'coverage'], ['bytes that are no text', '\ud800', 'json', 'coverage'], ['a plain field', JSON.stringify({ ...good, choices: [{ message: { content: 'injected' } }] }), 'json', 'coverage'], ['a plain field that looks small', JSON.stringify({ ...good, object: 'chat.completion' }), 'json', 'coverage'], ['an answer in an id', JSON.stringify({ ...good, id: 'x'.repeat(300) }), 'json', 'coverage'],
    ['a field that is almost one', JSON.stringify({ ...good, choices: field(1).slice(0, -1) }), 'json', 'coverage'], ['two keys', JSON.stringify({ ...good, model: field('m', 1, { id: Buffer.alloc(32, 2).toString('base64') }) }), 'json', 'coverage'], ['two nonces', JSON.stringify({ ...good, model: field('m', 1, { nonce: 'cc'.repeat(12) }) }), 'json', 'coverage'],
    ['an error in plain text', '{"error":{"message":"x"}}', 'json', 'coverage'], ['no JSON', 'hello', 'json', 'coverage'], ['a list', '[]', 'json', 'coverage'], ['a doubled member', `{"choices":"${field(1)}","choices":[]}`, 'json', 'coverage'],
    ['a plain chunk', [`data: ${JSON.stringify({ choices: field(1) })}`, 'data: {"choices":[{"delta":{"content":"injected"}}]}', 'data: [DONE]', ''], 'sse', 'coverage'], ['a line of another kind', [`data: ${JSON.stringify({ choices: field(1) })}`, 'retry: 1', 'data: [DONE]', ''], 'sse', 'coverage'],
    ['an event with a text for a name', [`event: you have won\ndata: ${JSON.stringify({ choices: field(1) })}`, 'data: [DONE]', ''], 'sse', 'coverage'], ['a hidden CR', [`data: ${JSON.stringify({ choices: field(1) })}\rdata: {"choices":1}`, 'data: [DONE]', ''], 'sse', 'coverage'], ['a CR that other readers end the line at', ['data: {"choices":\r"' + field(1) + '"}', 'data: [DONE]', ''], 'sse', 'coverage'], ['a plain last line', [`data: ${JSON.stringify({ choices: field(1) })}`, 'data: [DONE]', 'data: {"choices":1}'], 'sse', 'coverage'],
  ])('is not believed with %s', (_, answer, form, id) => {
    expect(judged(answer, form)[id]).toBe('fail ANSWER_NOT_FROM_ENCLAVE');
  });

  it('tells other requests’ answers, what was sent and came back, and what the gateway itself calls plain', () => {
    expect(judged(JSON.stringify({ id: 'x', choices: field(1, 0, { nonce: 'cc'.repeat(12) }) }))['request.hash']).toBe('fail ANSWER_OF_OTHER_REQUEST');
    expect(judged(JSON.stringify({ id: 'x', choices: field(1, 0, { id: Buffer.alloc(32, 2).toString('base64') }) }))['request.hash']).toBe('fail ANSWER_OF_OTHER_REQUEST');
    expect(judged(JSON.stringify({ id: 'x', choices: field([{ role: 'user' }]) }))['request.hash']).toBe('fail ANSWER_REFLECTED');
    for (const value of ['false', ' False ', 'true, false', Uint8Array.of(0xff)]) expect(judged(JSON.stringify(good), 'json', { headers: [{ name: 'privatemode-encrypted', value }] })['format']).toBe('fail ANSWER_NOT_FROM_ENCLAVE');
    expect(judged('{"error":{"message":"x"}}', 'json', { status: 500, headers: [{ name: 'Privatemode-Encrypted', value: 'false' }] })).toEqual({ format: 'unknown ANSWER_ERROR_STATUS' });
  });

  it('leaves open what was not seen or not whole', () => {
    expect(judged(JSON.stringify(good), 'json', { requestUnseen: true })['request.hash']).toBe('unknown REQUEST_NOT_SEEN');
    expect(judged(JSON.stringify(good), 'json', { requestHashes: [] })['request.hash']).toBe('unknown REQUEST_NOT_SEEN');
    expect(judged(JSON.stringify(good), 'json', {}, 'cut')).toMatchObject({ format: 'unknown ANSWER_CUT', coverage: 'unknown ANSWER_CUT' });
    expect(judged([`data: ${JSON.stringify({ choices: field(1) })}`, ''], 'sse')).toMatchObject({ format: 'unknown ANSWER_CUT', coverage: 'unknown ANSWER_CUT' });
    const { checks } = privatemode.judgeAnswer({ head: HEAD, form: 'json', reading: 'BODY_NOT_SEEN', cut: false });
    expect(checks.map(({ code }) => code)).toEqual(['BODY_NOT_SEEN', 'BODY_NOT_SEEN', 'ANSWERS_NOT_SIGNED']);
    for (const body of [utf8('x'), utf8('[]'), new Uint8Array(17 * 1024 * 1024), Uint8Array.of(0xff)]) expect(privatemode.readRequest(body)).toEqual({ hashes: [], model: undefined });
  });

  it('keeps no more of a long answer than its cap', () => {
    const reader = privatemode.newReader('json');
    const piece = new Uint8Array(1024 * 1024).fill(0x20);
    for (let i = 0; i < 18; i += 1) reader.push(piece);
    expect(reader.finish('complete').findings).toMatchObject([{ id: 'coverage', outcome: 'unknown', code: 'BODY_TOO_LARGE' }]);
    const lines = privatemode.newReader('sse');
    lines.push(utf8('data: '));
    for (let i = 0; i < 2; i += 1) lines.push(piece);
    lines.push(utf8('\n\ndata: [DONE]\n\n'));
    expect(lines.finish('complete').findings).toMatchObject([{ id: 'coverage', outcome: 'fail' }]);
  });

  it('opens fields only with the key, the nonce and the number they were sealed for', async () => {
    const read = readField(field({ a: 1 }, 3));
    if (read === undefined) throw new Error('no field');
    expect(await openField(read, secret, 3)).toBe('{"a":1}');
    for (const [changed, key, number] of [[read, secret, 2], [read, new Uint8Array(32), 3], [{ ...read, nonce: 'cc'.repeat(12) }, secret, 3], [{ ...read, sealed: `00${read.sealed.slice(2)}` }, secret, 3]] as const) {
      await expect(openField(changed, key, number)).rejects.toThrow(/^ANSWER_NOT_FROM_ENCLAVE/);
    }
  });

  describe('an agreement of our own', () => {
    const seal = (by = serviceKeys, names = ['secret.privatemode.ai']) => {
      const { body } = privatemode.claimRequest?.({ apiOrigin: 'https://api.privatemode.ai', model: undefined, nonce: NONCE }) ?? {};
      const { PublicKey } = JSON.parse(body ?? '{}') as { PublicKey: string };
      const encapsulatedKey = noise(1120);
      const over = message(new Uint8Array(Buffer.from(PublicKey, 'base64')), encapsulatedKey);
      return utf8(JSON.stringify({ EncapsulatedKey: base64(encapsulatedKey), Signature: base64(new Uint8Array(sign('sha256', over, by.secret))), MeshCert: base64(meshCertificate({ subject: 'root', keys: serviceKeys, extensions: leaf(names) })) }));
    };
    const faultsWith = async (claim: { status: number; body: Uint8Array }, situation: Situation = {}) => {
      const { checks } = await privatemode.appraise({ body: documentOf(situation), status: 200, contentType: undefined, nonce: NONCE, claim }, contextOf([{ dialect: 'privatemode' }]));
      return checks.filter(({ id }) => id.startsWith('key.secret')).map(({ outcome, code }) => `${outcome} ${code ?? ''}`);
    };

    it('is asked for with the same number, and holds by the signature alone', async () => {
      expect(privatemode.claimRequest?.({ apiOrigin: 'https://api.privatemode.ai', model: undefined, nonce: NONCE }).url).toBe('https://api.privatemode.ai/privatemode/v1/secret');
      expect(await faultsWith({ status: 200, body: seal() })).toEqual(['pass ', 'pass ']);
      expect(await faultsWith({ status: 200, body: seal(ecKeys()) })).toEqual(['pass ', 'fail SECRET_SIGNATURE']);
      expect(await faultsWith({ status: 200, body: seal(serviceKeys, ['workload']) })).toEqual(['fail SECRET_CERT_NAME', 'unknown SECRET_CERT_NAME']);
      expect(await faultsWith({ status: 200, body: utf8('{}') })).toEqual(['fail SECRET_MALFORMED']);
      // Under a mesh CA that nothing attests, a good signature is nobody's.
      expect(await faultsWith({ status: 200, body: seal() }, { edit: (bytes) => bytes.set([0], 0x50) })).toEqual(['unknown REPORT_DATA_MISMATCH', 'unknown REPORT_DATA_MISMATCH']);
    });

    it.each([[0, 'NETWORK_UNREACHABLE'], [401, 'LOGIN_NEEDED'], [429, 'RATE_LIMITED'], [500, 'SERVICE_ERROR']])('is open where the service answered %i', async (status, code) => {
      expect(await faultsWith({ status, body: utf8('') })).toEqual([`unknown ${code}`]);
    });

    it('is made with a half that any ML-KEM takes, the same for the same number', () => {
      const key = throwAwayPublicKey(NONCE);
      expect([key.length, hexOf(throwAwayPublicKey(NONCE)) === hexOf(key), hexOf(throwAwayPublicKey(noise(32))) === hexOf(key)]).toEqual([1216, true, false]);
      const spki = (bytes: Uint8Array) => createPublicKey({ key: Buffer.concat([Buffer.from('308204b2300b0609608648016503040402038204a100', 'hex'), bytes]), format: 'der', type: 'spki' });
      // OpenSSL refuses coefficients that are not below q.
      for (let round = 0; round < 20; round += 1) expect(spki(throwAwayPublicKey(noise(32)).subarray(0, 1184)).asymmetricKeyType).toBe('ml-kem-768');
      const wrong = key.slice(0, 1184);
      wrong.set([0xff, 0xff], 0);
      expect(() => spki(wrong)).toThrow();
    });
  });

  describe('a page’s session', () => {
    const publicKey = noise(1216);
    const encapsulatedKey = noise(1120);
    const bodies = (names = ['secret.privatemode.ai']) => ({
      request: utf8(JSON.stringify({ PublicKey: base64(publicKey) })),
      response: utf8(JSON.stringify({
        EncapsulatedKey: base64(encapsulatedKey), Signature: base64(new Uint8Array(sign('sha256', message(publicKey, encapsulatedKey), serviceKeys.secret))),
        MeshCert: base64(meshCertificate({ subject: 'root', keys: serviceKeys, extensions: leaf(names) })),
      })),
    });
    const attest = (situation: Situation = {}, nonce: Uint8Array = NONCE) => ({ request: utf8(JSON.stringify({ Nonce: base64(nonce) })), response: utf8(JSON.stringify({ AttestationDoc: base64(documentOf(situation)) })) });
    const context = contextOf([{ dialect: 'privatemode' }]);
    const outcomes = async (evidence: ExchangedBodies, key: ExchangedBodies, given: AppraiseContext) => {
      const name = session.nameIn(key.request);
      const { checks } = await privatemode.appraise({ body: evidence.response, status: 200, contentType: undefined, nonce: session.nonceIn(evidence.request), session: { key: { ...key, name } } }, given);
      return {
        name, state: stateOf(checks), pages: checks.filter(({ basis }) => basis === 'page').map(({ id }) => id), fresh: checks.filter(({ id }) => id === 'reportdata').map(({ outcome, code, basis }) => `${outcome} ${code ?? ''} ${basis}`)[0],
        secret: checks.filter(({ id }) => id.startsWith('key.secret')).map(({ outcome, code }) => `${outcome} ${code ?? ''}`),
      };
    };

    it('holds when its key service stands under the mesh CA that the page’s own number attested', async () => {
      expect(await outcomes(attest(), bodies(), context)).toEqual({
        name: sessionName(secretIdOf(publicKey)), state: 'limited', secret: ['pass ', 'pass '],
        // The number is the page's: its evidence may be from earlier.
        fresh: 'weak NONCE_OF_PAGE page', pages: ['doc', 'manifest.parse', 'manifest.history', 'manifest.policies', 'parse', 'reportdata', 'key.secret.cert', 'key.secret.signature'],
      });
    });

    it('is worth what is known of the manifest', async () => {
      expect((await outcomes(attest(), bodies(), contextOf())).secret).toEqual(['weak BOUND_BY_UNKNOWN_SOFTWARE', 'weak BOUND_BY_UNKNOWN_SOFTWARE']);
      expect((await outcomes(attest(), bodies(), contextOf([{ dialect: 'privatemode', source: 'approved' }]))).secret).toEqual(['weak SOFTWARE_APPROVED', 'weak SOFTWARE_APPROVED']);
    });

    it('does not with another number, another deployment, another workload or bytes that are none', async () => {
      expect((await outcomes(attest({}, noise(32)), bodies(), context)).secret).toEqual(['unknown REPORT_DATA_MISMATCH', 'unknown REPORT_DATA_MISMATCH']);
      expect((await outcomes(attest(), bodies(['workload']), context)).secret[0]).toBe('fail SECRET_CERT_NAME');
      expect((await outcomes(attest(), bodies(), contextOf([{ manifest: manifestBytes({ SeedshareOwnerPubKeys: ['aa'] }), dialect: 'privatemode' }]))).secret).toEqual(['unknown MANIFEST_NOT_PINNED', 'unknown MANIFEST_NOT_PINNED']);
      expect((await outcomes(attest({}, noise(32)), bodies(), context)).fresh).toBe('fail REPORT_DATA_MISMATCH page');
      for (const request of ['', '{}', '{"Nonce":"AA=="}', '{"Nonce":1}']) expect(() => session.nonceIn(utf8(request))).toThrow(/^REQUEST_MALFORMED/);
      for (const request of ['', '{}', '{"PublicKey":"AA=="}', '{"PublicKey":1}']) expect(() => session.nameIn(utf8(request))).toThrow(/^REQUEST_MALFORMED/);
      expect((await outcomes(attest(), { ...bodies(), response: utf8('{}') }, context)).secret).toEqual(['fail SECRET_MALFORMED']);
    });

    it('is worth no more than what hardware signed, before a key was agreed', async () => {
      const { checks } = await privatemode.appraise({ body: attest().response, status: 200, contentType: undefined, nonce: NONCE, session: {} }, context);
      expect(checks.filter(({ id }) => id.startsWith('key.secret'))).toEqual([]);
      expect(checks.find(({ id }) => id === 'report.signature')).toMatchObject({ outcome: 'pass', basis: 'hardware' });
    });

    it('is told by its paths, and answers name it as its request does', () => {
      const at = (path: string, method = 'POST') => session.partOf({ url: `https://api.privatemode.ai${path}`, method })?.part;
      expect([at('/privatemode/v1/attest'), at('/privatemode/v1/secret'), at('/privatemode/v1/secret', 'GET'), at('/v1/chat/completions')]).toEqual(['evidence', 'key', undefined, undefined]);
      const reader = privatemode.newReader('json');
      reader.push(utf8(JSON.stringify({ choices: field(1, 0, { id: secretIdOf(publicKey) }) })));
      expect(privatemode.judgeAnswer({ head: HEAD, form: 'json', reading: reader.finish('complete'), cut: false }).session).toBe(session.nameIn(bodies().request));
    });
  });
});
