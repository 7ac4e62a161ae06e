import { describe, expect, it } from 'vitest';
import type { ExchangeHead, HeaderItem } from '../../../src/providers/exchange';
import { joinAnswer } from '../../../src/providers/join';
import type { AnswerReading } from '../../../src/providers/types';
import { stateOf } from '../../../src/verdict/state';
import { domainWith } from '../../simulator/cube/domains';
import { attestationHeaders } from '../../simulator/cube/headers';
import { type FaultName, Switchboard } from '../../simulator/faults';
import { agentWith, answered, asked, context, cube, imported, NONCE, NOW, policyOf, told } from './lab';

const DOMAIN = domainWith('snp-vtpm');
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function head(over: Partial<ExchangeHead> = {}): ExchangeHead {
  return {
    id: '1', url: `https://cube.example/proxy/${DOMAIN.id}/v1/chat/completions`, method: 'POST', tabId: 1, initiator: 'https://cube.example', incognito: false, status: 200,
    headers: [{ name: 'Content-Type', value: 'text/event-stream' }], fromCache: false, startedAt: NOW, headersAt: NOW + 10, requestHashes: [], requestUnseen: false, model: 'llama', ...over,
  };
}
function read(form: 'json' | 'sse', text: string, piece = 5): AnswerReading {
  const reader = cube.newReader(form);
  const all = bytes(text);
  for (let at = 0; at < all.length; at += piece) reader.push(all.subarray(at, at + piece));
  return reader.finish('complete');
}
const STREAM = 'data: {"choices":[{"delta":{"content":"hé"}}]}\n\ndata: [DONE]\n\n';

describe('recognising', () => {
  const sse = [{ name: 'content-type', value: 'text/event-stream; charset=utf-8' }];
  const at = (path: string, over: Partial<ExchangeHead> = {}) => cube.recognise(head({ url: `https://cube.example${path}`, headers: sse, ...over }));

  it.each([
    [`/proxy/${DOMAIN.id}/v1/chat/completions`, { kind: 'answer', form: 'sse' }],
    [`/proxy/${DOMAIN.id}/api/generate`, { kind: 'answer', form: 'sse' }],
    [`/${DOMAIN.id}/api/v1/chat`, { kind: 'outside' }],
    [`/proxy/${DOMAIN.id}/api/v1/chat`, { kind: 'outside' }],
    [`/proxy/${DOMAIN.id}/api/chat`, { kind: 'outside' }],
    [`/${DOMAIN.id}/v1/chat/completions`, { kind: 'unrecognised' }],
    [`/proxy/${DOMAIN.id}/v1/chat/completions/more`, { kind: 'unrecognised' }],
    [`/proxy/not-a-uuid/v1/chat/completions`, { kind: 'unrecognised' }],
    [`/proxy/${DOMAIN.id}/attestation`, { kind: 'attestation' }],
    [`/${DOMAIN.id}/attestation`, { kind: 'attestation' }],
    ['/graphql', { kind: 'unrecognised' }],
  ])('%s', (path, expected) => {
    expect(at(path)).toEqual(expected);
  });

  it('looks at method, status and form', () => {
    const path = `/proxy/${DOMAIN.id}/v1/chat/completions`;
    expect(at(path, { method: 'GET' })).toEqual({ kind: 'ignored' });
    expect(at(path, { status: 502 })).toEqual({ kind: 'ignored' });
    expect(at(path, { headers: [] })).toEqual({ kind: 'unrecognised' });
    expect(at(path, { headers: [{ name: 'content-type', value: 'application/json' }] })).toEqual({ kind: 'answer', form: 'json' });
    expect(at(`/${DOMAIN.id}/api/v1/chat`, { headers: [] })).toEqual({ kind: 'outside' });
    const lines = [{ name: 'content-type', value: 'application/x-ndjson; charset=utf-8' }];
    expect(at(`/proxy/${DOMAIN.id}/api/generate`, { headers: lines })).toEqual({ kind: 'answer', form: 'json' });
    expect(at(`/proxy/${DOMAIN.id}/api/chat`, { headers: lines })).toEqual({ kind: 'outside' });
    expect(at('/elsewhere', { headers: lines })).toEqual({ kind: 'unrecognised' });
    expect(at('/elsewhere', { headers: [...lines, ...lines] })).toEqual({ kind: 'ignored' });
    expect(at('/assets', { headers: [] })).toEqual({ kind: 'ignored' });
  });

  it('learns the domain from addresses alone', () => {
    expect(cube.subjectOf?.(`https://cube.example/${DOMAIN.id}/api/v1/chat?x=/proxy/other`)).toBe(DOMAIN.id);
    expect(cube.subjectOf?.(`https://cube.example/proxy/${DOMAIN.id}`)).toBe(DOMAIN.id);
    for (const path of ['/', `/x/${DOMAIN.id}/`, `/${DOMAIN.id.toUpperCase()}/v1`, `/${DOMAIN.id}x/v1`]) expect(cube.subjectOf?.(`https://cube.example${path}`)).toBeUndefined();
  });
});

describe('asking', () => {
  const nonce = Uint8Array.from({ length: 96 }, (_x, i) => i);

  it('sends 64 fresh bytes and 32, and wants no JSON', () => {
    const request = cube.attestationRequest({ apiOrigin: 'https://cube.example', nonce, model: DOMAIN.id });
    expect([request.method, request.url, cube.profile.nonceBytes]).toEqual(['POST', `https://cube.example/proxy/${DOMAIN.id}/attestation`, 96]);
    const body = JSON.parse(request.body ?? '') as Record<string, unknown>;
    expect(body).toEqual({ report_data: Buffer.from(nonce.subarray(0, 64)).toString('base64'), nonce: Buffer.from(nonce.subarray(64)).toString('base64'), to_json: false });
    expect(cube.claimRequest?.({ apiOrigin: 'https://cube.example', model: DOMAIN.id, nonce })).toMatchObject({ method: 'GET', url: `https://cube.example/proxy/${DOMAIN.id}/attestation/policy` });
  });

  it.each([undefined, '', 'llama3', `${DOMAIN.id}/../..`])('asks nothing while the domain is %s', (model) => {
    for (const ask of [() => cube.attestationRequest({ apiOrigin: 'https://cube.example', nonce, model }), () => cube.claimRequest?.({ apiOrigin: 'https://cube.example', model, nonce })]) expect(ask).toThrow(expect.objectContaining({ code: 'MODEL_NOT_KNOWN' }) as Error);
  });

  it('reads the model of a request, and the host that a chat leaves for', () => {
    const model = (body: unknown) => cube.readRequest(bytes(typeof body === 'string' ? body : JSON.stringify(body))).model;
    expect(model({ model: 'llama3' })).toBe('llama3');
    expect(model({ model: { model: 'gpt', base_url: 'https://api.other.example/v1' } })).toBe('gpt (api.other.example)');
    expect(model({ model: { base_url: 'https://api.other.example/v1' } })).toBe('api.other.example');
    expect(model({ model: { model: 'gpt', base_url: 'nonsense' } })).toBe('gpt');
    for (const body of ['{', '[]', {}, { model: 7 }]) expect(model(body)).toBeUndefined();
    expect(cube.readRequest(bytes('{"model":"m"}')).hashes).toEqual([]);
  });
});

describe('an answer', () => {
  it('is read whole however it is cut, and cut ones are told', () => {
    for (const piece of [1, 3, 1000]) expect(read('sse', STREAM, piece)).toEqual({ ...read('sse', STREAM), form: 'sse', complete: true, looksLikeAnswer: true });
    expect(read('sse', STREAM.slice(0, 50)).complete).toBe(false);
    expect(read('sse', STREAM).responseHashes[0]?.sha256).not.toBe(read('sse', STREAM.replace('h', 'H')).responseHashes[0]?.sha256);
    expect(read('json', '{"choices": []}')).toMatchObject({ complete: true, looksLikeAnswer: true });
    expect(read('json', '{"choices": [').complete).toBe(false);
    expect(read('json', '{"data": []}').looksLikeAnswer).toBe(false);
  });

  describe('of one JSON text a line', () => {
    const line = (response: string, done: boolean) => `${JSON.stringify({ model: 'llama3.2:3b', response, done })}\n`;
    const LINES = `${line('hé', false)}${line('"done":true}\n{', false)}${line('', true)}`;
    const chat = (done: boolean) => `${JSON.stringify({ message: { role: 'assistant', content: 'x' }, done })}\n`;
    const complete = (text: string, piece = 5): boolean => read('json', text, piece).complete;

    it('is whole once a line says that it is the last', () => {
      for (const piece of [1, 3, 7, 1000]) expect(read('json', LINES, piece)).toEqual({ ...read('json', LINES), form: 'json', complete: true, looksLikeAnswer: true, length: bytes(LINES).length });
      for (const text of [LINES.trimEnd(), LINES.replaceAll('\n', '\r\n'), `${LINES}\n\n`, line('all of it', true), `${chat(false)}${chat(true)}`]) expect([text, complete(text)]).toEqual([text, true]);
      expect(read('json', LINES).responseHashes).not.toEqual(read('json', LINES.replace('hé', 'he')).responseHashes);
    });

    it('is cut anywhere before that, after whole lines too', () => {
      const all = bytes(LINES);
      const last = new TextDecoder().decode(all).lastIndexOf('}');
      for (let end = 1; end <= last; end += 1) expect([end, complete(LINES.slice(0, end), 9)]).toEqual([end, false]);
      for (const text of [line('', false), chat(false), `${line('a', false)}{"error":"out of memory"}\n`]) expect([text, complete(text)]).toEqual([text, false]);
    });

    it('is not whole with anything but such lines in it or behind the last', () => {
      for (const odd of ['x\n', '[]\n', '{}\n', '{"done":1}\n', '{"response":\n"a"}\n', line('more', false), '\u00a0\n']) expect([odd, complete(`${LINES}${odd}`)]).toEqual([odd, false]);
      expect(complete(`${LINES}{"x":"${'y'.repeat(1024 * 1024)}"}\n`, 65_536)).toBe(false);
      for (const odd of ['x\n', '[]\n', '{"response":\n"a"}\n', `${' '.repeat(1024 * 1024)}{}\n`]) expect([odd.trim(), complete(`${odd}${LINES}`, 65_536)]).toEqual([odd.trim(), false]);
      expect(read('json', '{"a":1,"done":false}\n{"done":true}\n')).toMatchObject({ complete: true, looksLikeAnswer: false });
    });

    it('leaves one text over many lines as it was, and does not look for an end in it', () => {
      for (const text of ['{\n "choices": [\n  {}\n ]\n}\n', '{\n "choices": [],\n "x":\n{"done":false}\n}', '{"choices":[],"x":{"done":false}}']) expect([text, complete(text)]).toEqual([text, true]);
    });
  });

  it('is limited at best: nobody signs it, and that is the service’s design', async () => {
    const findings = cube.judgeAnswer({ head: head(), form: 'sse', reading: read('sse', STREAM), cut: false });
    expect(told(findings.checks)).toEqual({ format: 'pass', signature: 'absent ANSWERS_NOT_SIGNED' });
    const appraisal = await asked('snp-vtpm', [], { references: [imported(policyOf('snp-vtpm'))] });
    const joined = joinAnswer({ profile: cube.profile, findings, evidence: { kind: 'evidence', appraisal, receivedAt: NOW, limited: false }, startedAt: NOW + 1_000, endedAt: NOW + 2_000 });
    expect([stateOf(joined), told(joined)['signer'], told(joined)['evidence.time'], told(joined)['software']]).toEqual(['limited', 'absent ANSWERS_NOT_SIGNED', 'pass', 'pass']);
    const late = joinAnswer({ profile: cube.profile, findings, evidence: { kind: 'evidence', appraisal, receivedAt: NOW + 200_000, limited: false }, startedAt: NOW + 1_000, endedAt: NOW + 2_000 });
    expect(told(late)['evidence.time']).toBe('weak EVIDENCE_LATE');
  });

  it('without evidence, cut or in another form is what it is', async () => {
    const judged = (over: Partial<Parameters<typeof cube.judgeAnswer>[0]>) => told(cube.judgeAnswer({ head: head(), form: 'sse', reading: read('sse', STREAM), cut: false, ...over }).checks);
    expect(judged({ reading: 'BODY_NOT_SEEN' })['format']).toBe('unknown BODY_NOT_SEEN');
    expect(judged({ reading: read('sse', STREAM.slice(0, 40)) })['format']).toBe('unknown ANSWER_CUT');
    expect(judged({ cut: true })['format']).toBe('pass');
    expect(judged({ reading: read('json', '{"choices":[]}') })['format']).toBe('fail ANSWER_NOT_RECOGNISED');
    expect(judged({ head: head({ status: 500 }) })).toEqual({ format: 'unknown ANSWER_ERROR_STATUS' });
    const nothing = await asked('snp-vtpm', ['cube-no-cc']);
    const findings = cube.judgeAnswer({ head: head(), form: 'sse', reading: read('sse', STREAM), cut: false });
    expect(stateOf(joinAnswer({ profile: cube.profile, findings, evidence: { kind: 'evidence', appraisal: nothing, receivedAt: NOW, limited: false }, startedAt: NOW, endedAt: NOW }))).toBe('failed');
  });
});

describe('headers that the proxy relays', () => {
  function relayed(faults: readonly FaultName[] = [], platform: 'snp-vtpm' | 'tdx' = 'snp-vtpm', joined = false): HeaderItem[] {
    const on = new Switchboard();
    for (const fault of faults) on.set(fault);
    const lines = Object.entries(attestationHeaders(domainWith(platform), agentWith(...faults), on, NOW));
    return lines.flatMap(([name, values]) => (joined ? [{ name, value: values.join(', ') }] : values.map((value) => ({ name, value }))));
  }
  const link = (headers: readonly HeaderItem[]) => told(cube.judgeAnswer({ head: head({ headers }), form: 'sse', reading: read('sse', STREAM), cut: false }).checks)['answer.relayed'];
  const evidence = async (headers: readonly HeaderItem[], over = {}) => told((await cube.judgeRelayed?.(headers, context(over))) ?? [])['answer.relayed.evidence'];

  it('are claims: told as such, doubled or joined by the browser', async () => {
    for (const joined of [false, true]) {
      expect(link(relayed([], 'snp-vtpm', joined))).toBe('absent RELAYED_ONLY_CLAIMED');
      for (const platform of ['snp-vtpm', 'tdx'] as const) expect(await evidence(relayed([], platform, joined))).toBe('absent RELAYED_ONLY_CLAIMED');
    }
    expect([link([]), await evidence([])]).toEqual([undefined, undefined]);
    const checks = (await cube.judgeRelayed?.(relayed(), context())) ?? [];
    expect(checks.every(({ basis }) => basis === 'claimed')).toBe(true);
  });

  it('that disagree, twice or joined, are told', () => {
    expect(link(relayed(['cube-headers-disagree']))).toBe('fail RELAYED_CLAIMS_DISAGREE');
    expect(link(relayed(['cube-headers-disagree'], 'snp-vtpm', true))).toBe('fail RELAYED_CLAIMS_DISAGREE');
    expect(link([...relayed(), { name: 'X-Attestation-Report', value: '{}' }])).toBe('fail RELAYED_CLAIMS_DISAGREE');
    expect(link([{ name: 'X-Attestation-Ok', value: Uint8Array.of(0xff) }])).toBe('fail RELAYED_CLAIMS_DISAGREE');
  });

  it('that say there was no attested link are passed on', () => {
    expect(link(relayed(['cube-no-atls']))).toBe('weak RELAYED_NOT_ATTESTED');
    expect(link(relayed(['cube-headers-missing']))).toBeUndefined();
  });

  it('with evidence that no vendor signed are a contradiction; what could not be had is open and decides nothing', async () => {
    expect(await evidence(relayed(['cube-header-forged']))).toBe('fail REPORT_SIGNATURE');
    expect(await evidence(relayed(['cube-header-forged'], 'tdx'))).toBe('fail QUOTE_SIGNATURE');
    // A vTPM’s quotes alone are anybody’s: no hardware is behind them.
    const made = agentWith().attestation(domainWith('snp-vtpm'), { reportData: Buffer.from(NONCE.subarray(0, 64)), nonce: Buffer.from(NONCE.subarray(64)), toJson: true });
    const { sevSnpAttestation: _report, ...alone }: Record<string, unknown> = JSON.parse(made.toString());
    const report = JSON.stringify({ attestation_raw_base64: Buffer.from(JSON.stringify(alone)).toString('base64') });
    expect(await evidence([{ name: 'X-Attestation-Report', value: report }])).toBe('fail NO_TEE_EVIDENCE');
    const checks = (await cube.judgeRelayed?.(relayed([], 'tdx'), context({ tdxCollateral: () => Promise.resolve({ collateral: {}, problem: { code: 'COLLATERAL_UNREACHABLE', detail: '' } }) }))) ?? [];
    expect(checks).toMatchObject([{ outcome: 'unknown', code: 'COLLATERAL_UNREACHABLE', required: false }]);
  });

  it.each([['no JSON', '{'], ['base64 that is none', '{"attestation_raw_base64":"###"}'], ['other bytes', `{"attestation_raw_base64":"${'QUJD'.repeat(40)}"}`]])('with %s inside are coded', async (_name, value) => {
    expect(await evidence([{ name: 'x-attestation-report', value }])).toMatch(/^fail (JSON_MALFORMED|BASE64_MALFORMED|COCOS_FORM)$/);
  });
});

describe('the policy that the service hands out', () => {
  const claimed = async (text: string | { status: number; text: string }, seen?: string, over: Parameters<typeof asked>[2] = {}) => {
    const claim = typeof text === 'string' ? { status: 200, body: bytes(text) } : { status: text.status, body: bytes(text.text) };
    const kept: string[] = [];
    const firstSeen = (value: string) => {
      kept.push(value);
      return Promise.resolve({ value: seen ?? value, at: NOW - 86_400_000 });
    };
    const appraisal = await cube.appraise({ ...answered(DOMAIN), claim }, context({ firstSeen, ...over }));
    return { told: told(appraisal.checks)['software.claimed'], check: appraisal.checks.find(({ id }) => id === 'software.claimed'), kept, state: stateOf(appraisal.checks) };
  };

  it('is claimed, kept as first seen, and the same however its JSON is written', async () => {
    const text = policyOf('snp-vtpm');
    const first = await claimed(text);
    expect([first.told, first.check?.basis, first.state]).toEqual(['pass', 'claimed', 'limited']);
    const reordered = text.replace(/^\{("pcr_values":.*\}\}),("policy":.*),("root_of_trust".*)\}$/, '{ $3 , $2,\n $1 }');
    expect(reordered).not.toBe(text);
    expect((await claimed(reordered)).kept).toEqual(first.kept);
    expect((await claimed(policyOf('snp-vtpm', { rounded: true }))).kept).not.toEqual(first.kept);
  });

  it('that changed, names nothing, does not fit or is not there is told and never fails by itself', async () => {
    const text = policyOf('snp-vtpm');
    expect((await claimed(text, 'another')).told).toBe('weak CLAIMED_POLICY_CHANGED');
    expect((await claimed(policyOf('snp-vtpm', { changed: true }))).told).toBe('weak CLAIMED_POLICY_MISMATCH');
    expect((await claimed(policyOf('tdx'))).told).toBe('weak CLAIMED_POLICY_MISMATCH');
    expect((await claimed(policyOf('snp-vtpm', { nameless: true }))).told).toBe('weak POLICY_NAMES_NO_SOFTWARE');
    expect((await claimed('')).told).toBe('absent CLAIMED_POLICY_ABSENT');
    expect((await claimed({ status: 403, text: '{"error":"sql: no rows in result set"}' })).told).toBe('absent CLAIMED_POLICY_ABSENT');
    expect((await claimed({ status: 502, text: '' })).told).toBe('unknown SERVICE_ERROR');
    expect((await claimed('{ "platform":"snp","measurements":{} }')).told).toBe('weak POLICY_MALFORMED');
    expect((await claimed(text.replace(/"minimum_tcb":\d+/, '"minimum_tcb":15352208179752600000'))).check?.detail).toContain('rounded');
  });

  it('makes no software known, and is not looked at beside a policy of the user’s own', async () => {
    const beside = await claimed(policyOf('snp-vtpm', { changed: true }), undefined, { references: [imported(policyOf('snp-vtpm'))] });
    expect(beside.told).toBeUndefined();
    const alone = await cube.appraise({ ...answered(DOMAIN), claim: { status: 200, body: bytes(policyOf('snp-vtpm')) } }, context());
    expect(told(alone.checks)['software']).toBe('weak SOFTWARE_NOT_KNOWN');
  });
});
