/** Mistakes of other verifiers (the numbers are those of the survey's list) on recordings of real machines and services. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DEFAULT, GENUINE, type Policy } from '../../src/checks/policy';
import { fromHex } from '../../src/encoding/hex';
import { checkTdx, parseQuote, reportDataOf } from '../../src/evidence/tdx';
import { nearai, phala } from '../../src/providers/report';
import { aci } from '../../src/providers/report/aci';
import { readSignature } from '../../src/providers/report/aside';
import type { Provider } from '../../src/providers/types';
import { VENDOR_ANCHORS } from '../../src/roots/anchors';
import { stateOf } from '../../src/verdict/state';
import { FLAVOUR as SIMULATOR } from '../simulator/flavour';
import { headOf } from '../unit/providers/fixture';
import { NO_ENDORSEMENTS } from '../unit/providers/no-endorsements';
import { vector, vectorsPresent } from './shared';
import { collateralOf, quote, realSets, type RealSet } from './tdx-sets';

const file = (name: string): Buffer => readFileSync(vector(`ionet-and-relatives/${name}`));
const text = (name: string): string => file(name).toString('utf8').trim();
const told = (checks: readonly { id: string; outcome: string; code?: string }[]): Record<string, string> => Object.fromEntries(checks.map(({ id, outcome, code }) => [id, code === undefined ? outcome : `${outcome} ${code}`]));

async function appraised(provider: Provider, body: Uint8Array, nonce: Uint8Array, anchors = VENDOR_ANCHORS) {
  const read = await provider.appraise({ body, status: 200, contentType: undefined, nonce }, { now: Date.parse('2026-11-22T00:00:00Z'), policy: GENUINE, anchors, references: [], ...NO_ENDORSEMENTS });
  return { ...read, by: told(read.checks), state: stateOf(read.checks) };
}
const json = (value: unknown): Uint8Array => new Uint8Array(Buffer.from(JSON.stringify(value)));

/** One of NEAR's recorded chats, perhaps with another body. */
function chat(name: string, change: (body: Uint8Array) => Uint8Array = (body) => body) {
  const at = (one: string): Uint8Array => new Uint8Array(file(`nearai-signed-chats/${name}/${one}`));
  const reader = nearai.newReader('sse');
  reader.push(change(at('response.sse')));
  const findings = nearai.judgeAnswer({ head: headOf('sse', [], { requestHashes: [], requestUnseen: true, model: undefined }), form: 'sse', reading: reader.finish('complete'), cut: false, aside: readSignature({ status: 200, body: at('signature.json') }) });
  return { by: told(findings.checks), state: stateOf(findings.checks), signer: findings.signer };
}

describe.skipIf(!vectorsPresent)('recorded chats', () => {
  it('field 2: a signature that NEAR’s service really handed out, and that is another key’s', () => {
    expect(chat('2025-09-llama33-2part-BADSIG')).toMatchObject({ state: 'failed', by: { signature: 'fail SIGNATURE_INVALID' }, signer: undefined });
  });

  it('field 25: signed in their very bytes', () => {
    for (const name of ['2025-10-deepseek-2part', '2026-06-qwen35-3part']) {
      expect(chat(name).by).toMatchObject({ signature: 'pass', 'response.hash': 'pass' });
      // Every event parsed and written anew: the same chat to a reader, and not what was signed.
      const anew = chat(name, (body) => new Uint8Array(Buffer.from(Buffer.from(body).toString('utf8').replace(/^data: (\{.*\})$/gm, (_, event: string) => `data: ${JSON.stringify(JSON.parse(event), undefined, 1).replaceAll('\n', '')}`))));
      expect([name, anew.by['signature'], anew.by['response.hash'] === 'pass', anew.state]).toEqual([name, 'pass', false, expect.stringMatching(/^(failed|incomplete)$/)]);
    }
  });

  it('field 26: both forms of the signed text are read', () => {
    expect(['2025-10-deepseek-2part', '2026-06-qwen35-3part'].map((name) => chat(name).signer?.address)).toEqual(['0xcaaa4842758658a85785ad15367a700c601ffea5', '0x6525e128afcffebf7eed05d485d7be983cdae934']);
  });
});

describe.skipIf(!vectorsPresent)('recorded machines', () => {
  const pair = () => ({ signing_address: '0x34b7bcb4b2b61fcf9fa14715ba8708ac0dbc8be5', signing_algo: 'ecdsa', intel_quote: text('phala-private-ai-verifier/intel_quote.hex'), nvidia_payload: text('phala-private-ai-verifier/nvidia_payload.json') });
  const halfOf = (hex: string): Uint8Array => new Uint8Array(reportDataOf(parseQuote(fromHex(hex))).subarray(32));

  it('field 23: Phala’s genuine quote and genuine GPU are of two requests', async () => {
    const read = await appraised(phala, json(pair()), halfOf(pair().intel_quote));
    expect(read).toMatchObject({ state: 'failed', by: { 'quote.signature': 'pass', 'gpu[0].signature': 'pass', 'gpu[0].nonce': 'fail NONCE_MISMATCH', 'gpu.binding': 'fail GPU_NOT_BOUND_TO_CPU' } });
  });

  it('field 5: a genuine machine’s old answer is not the answer to a new number', async () => {
    for (const provider of [nearai, phala]) {
      const read = await appraised(provider, json({ ...pair(), request_nonce: '77'.repeat(32), nonce: '77'.repeat(32) }), new Uint8Array(32).fill(0x77));
      expect(read).toMatchObject({ state: 'failed', by: { nonce: 'fail NONCE_MISMATCH' } });
      expect(read.signers.map(({ binding }) => binding)).toEqual(['none']);
    }
  });

  it('field 13: the GPU that others called verified is judged in each link, and one bit of it changed is seen', async () => {
    const payload: { evidence_list: readonly { evidence: string; certificate: string }[] } = JSON.parse(pair().nvidia_payload);
    const bent = payload.evidence_list.map((one) => {
      const bytes = Buffer.from(one.evidence, 'base64');
      bytes[200] = (bytes[200] ?? 0) ^ 1;
      return { ...one, evidence: bytes.toString('base64') };
    });
    const read = await appraised(phala, json({ ...pair(), nvidia_payload: JSON.stringify({ ...payload, evidence_list: bent }) }), halfOf(pair().intel_quote));
    expect(read.by['gpu[0].parse']).toBe('pass');
    expect(read.by['gpu[0].signature']).toBe('fail GPU_SIGNATURE');
  });

  it('field 29: the same without its GPU fails, though it calls itself verified', async () => {
    const read = await appraised(phala, json({ ...pair(), nvidia_payload: undefined, verified: true, gpu_attested: true }), halfOf(pair().intel_quote));
    expect(read).toMatchObject({ state: 'failed', by: { gpu: 'fail EVIDENCE_MISSING' } });
  });

  it('field 17: the stub that stands for hardware in ACI’s own repository is refused', async () => {
    const read = await appraised(aci, new Uint8Array(file('aci/aci_report.stub.json')), new Uint8Array(32).fill(0x11));
    expect(read).toMatchObject({ state: 'failed', by: { parse: expect.stringMatching(/^fail /) } });
  });

  it('field 24: genuine evidence does not hold under a simulator’s roots either', async () => {
    const read = await appraised(phala, json(pair()), halfOf(pair().intel_quote), SIMULATOR.anchors);
    expect(read).toMatchObject({ state: 'failed', by: { 'pck.chain': 'fail ROOT_UNTRUSTED', 'gpu[0].chain': 'fail ROOT_UNTRUSTED' } });
  });

  it('field 27: the same quote in base64 gives the same checks', async () => {
    const nonce = halfOf(pair().intel_quote);
    const base64 = Buffer.from(pair().intel_quote, 'hex').toString('base64');
    expect((await appraised(phala, json({ ...pair(), intel_quote: base64 }), nonce)).by).toEqual((await appraised(phala, json(pair()), nonce)).by);
  });
});

describe.skipIf(!vectorsPresent)('real quotes with Intel’s real lists', () => {
  const of = async (set: RealSet, policy: Policy, over: object = {}, now = set.now * 1000) => {
    const { checks } = await checkTdx({ quote: quote(set.quote), collateral: { ...collateralOf(set), ...over }, anchors: VENDOR_ANCHORS, now, policy: policy.tdx });
    return { by: told(checks), state: stateOf(checks) };
  };
  const sets = () => realSets().filter(({ expected }) => expected.ok);

  it('field 7: every machine that Intel calls OutOfDate is refused', async () => {
    const old = sets().filter(({ expected }) => expected.status === 'OutOfDate').slice(0, 12);
    expect(old.length).toBeGreaterThan(3);
    for (const set of old) {
      expect([set.id, (await of(set, GENUINE)).by['tcb']]).toEqual([set.id, 'pass']);
      expect([set.id, (await of(set, DEFAULT)).by['tcb'], (await of(set, DEFAULT)).state]).toEqual([set.id, 'fail TCB_OUT_OF_DATE', 'failed']);
    }
  });

  it('field 12: without the quoting enclave’s identity, or with another one’s, nothing follows', async () => {
    const [set] = sets();
    if (set === undefined) throw new Error('no set');
    expect((await of(set, GENUINE)).by['qe.report']).toBe('pass');
    const missing = await of(set, GENUINE, { qe_identity: undefined, qe_identity_signature: undefined });
    expect([missing.state, missing.by['qe.report'], missing.by['tcb']]).toEqual(['incomplete', expect.stringMatching(/^unknown /), expect.stringMatching(/^unknown /)]);
    const signed = collateralOf(set);
    const foreign = await of(set, GENUINE, { qe_identity: signed.tcb_info, qe_identity_signature: signed.tcb_info_signature });
    expect([foreign.state, foreign.by['tcb']]).toEqual(['failed', expect.stringMatching(/^unknown /)]);
  });

  it('field 18: the lists of its day do not carry it to today', async () => {
    for (const set of sets().slice(0, 5)) {
      const later = await of(set, GENUINE, {}, (set.now + 60 * 86_400) * 1000);
      expect([set.id, later.by['tcbinfo'], later.by['tcb']]).toEqual([set.id, expect.stringMatching(/^unknown TCB_INFO.*EXPIRED$/), expect.stringMatching(/^unknown /)]);
    }
  });
});
