/** Real machines of others, put into reports of this dialect: what each proves, and where a pair does not belong together. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { GENUINE } from '../../src/checks/policy';
import { fromHex } from '../../src/encoding/hex';
import { parseQuote, reportDataOf } from '../../src/evidence/tdx';
import { appraiseReport } from '../../src/providers/report/appraise';
import { PHALA } from '../../src/providers/report/dialect';
import { readKey } from '../../src/providers/report/key';
import { readBinding } from '../../src/providers/shared/bindings';
import { VENDOR_ANCHORS } from '../../src/roots/anchors';
import { NO_ENDORSEMENTS } from '../unit/providers/no-endorsements';
import { vector, vectorsPresent } from './shared';

const file = (name: string): Buffer => readFileSync(vector(`ionet-and-relatives/${name}`));
const text = (name: string): string => file(name).toString('utf8').trim();

async function judged(report: Record<string, unknown>, nonce: string): Promise<Record<string, string>> {
  const { checks } = await appraiseReport(
    { body: new TextEncoder().encode(JSON.stringify(report)), status: 200, contentType: undefined, nonce: fromHex(nonce) }, PHALA,
    { now: Date.parse('2026-11-22T00:00:00Z'), policy: GENUINE, anchors: VENDOR_ANCHORS, references: [], ...NO_ENDORSEMENTS },
  );
  return Object.fromEntries(checks.map(({ id, outcome, code }) => [id, code === undefined ? outcome : `${outcome} ${code}`]));
}

const HOLDS = { parse: 'pass', 'pck.chain': 'pass', 'quote.signature': 'pass', 'gpu[0].chain': 'pass', 'gpu[0].signature': 'pass' };

describe.skipIf(!vectorsPresent)('Phala’s pair', () => {
  const ADDRESS = '0x34b7bcb4b2b61fcf9fa14715ba8708ac0dbc8be5';
  const quote = (): string => text('phala-private-ai-verifier/intel_quote.hex');
  const reportData = (): Uint8Array => reportDataOf(parseQuote(fromHex(quote())));
  const report = () => ({ signing_address: ADDRESS, signing_algo: 'ecdsa', intel_quote: quote(), nvidia_payload: text('phala-private-ai-verifier/nvidia_payload.json') });

  it('mistake 23: each part is genuine, and they are of two requests: GPU_NOT_BOUND_TO_CPU', async () => {
    const nonce = Buffer.from(reportData().subarray(32)).toString('hex');
    expect(nonce).toMatch(/^4345591a/);
    expect(await judged(report(), nonce)).toMatchObject({ ...HOLDS, 'gpu[0].nonce': 'fail NONCE_MISMATCH', 'gpu.binding': 'fail GPU_NOT_BOUND_TO_CPU' });
  });

  it('the quote binds the address and its number; another address or number it does not', () => {
    const bound = (address: string, nonce: Uint8Array) => readBinding({ reportData: reportData(), nonce, address: readKey(address, 'ecdsa').text });
    const nonce = reportData().subarray(32);
    expect(bound(ADDRESS, nonce)).toMatchObject({ layout: 'address-nonce', fresh: true });
    expect(bound(`0x${'11'.repeat(20)}`, nonce)).toMatchObject({ layout: 'none', otherAddress: ADDRESS });
    expect(bound(ADDRESS, new Uint8Array(32).fill(1))).toMatchObject({ layout: 'none', fresh: false });
  });
});

describe.skipIf(!vectorsPresent)('SecretVM’s pair', () => {
  it('meets in one number, and the swapped pairs do not', async () => {
    const quote = text('secretvm/cpu_quote.txt');
    const nonce = Buffer.from(reportDataOf(parseQuote(fromHex(quote))).subarray(32)).toString('hex');
    const own = await judged({ intel_quote: quote, nvidia_payload: text('secretvm/gpu_attest.txt') }, nonce);
    expect(own).toMatchObject({ ...HOLDS, 'gpu[0].nonce': 'pass' });
    // Without endorsements it stays open whether the quote holds; that the numbers differ would be told all the same.
    expect(own['gpu.binding']).toMatch(/^unknown /);
    expect((await judged({ intel_quote: quote, nvidia_payload: text('phala-private-ai-verifier/nvidia_payload.json') }, nonce))['gpu.binding']).toBe('fail GPU_NOT_BOUND_TO_CPU');
  });
});

describe.skipIf(!vectorsPresent)('a machine of 2024', () => {
  it('GPU evidence in its old encoding is read; report_data that nobody can explain binds no key', async () => {
    const payload = text('private-ml-sdk-e2e/nvidia_payload.json');
    const { nonce }: { nonce: string } = JSON.parse(payload);
    const read = await judged({ signing_address: `0x${'11'.repeat(20)}`, intel_quote: file('private-ml-sdk-e2e/intel_quote.bin').toString('base64'), nvidia_payload: payload }, nonce);
    expect(read).toMatchObject({ ...HOLDS, 'gpu[0].nonce': 'pass', nonce: 'fail NONCE_MISMATCH', 'key.binding': 'weak SIGNER_NOT_BOUND', 'gpu.binding': 'fail GPU_NOT_BOUND_TO_CPU' });
  });
});

describe.skipIf(!vectorsPresent)('a dstack machine with its information', () => {
  it('replays inside a report, and its report_data of ones is no answer to anybody', async () => {
    const { quote, event_log }: { quote: string; event_log: string } = JSON.parse(text('dstack-vllm-proxy/SAMPLE_DSTACK_QUOTE.json'));
    const read = await judged({ signing_address: `0x${'11'.repeat(20)}`, intel_quote: quote, event_log, info: JSON.parse(text('dstack-vllm-proxy/SAMPLE_DSTACK_INFO.json')) }, '22'.repeat(32));
    expect(read).toMatchObject({ nonce: 'fail NONCE_MISMATCH', gpu: 'fail EVIDENCE_MISSING' });
    for (const id of ['eventlog', 'eventlog.order', 'compose']) expect(read[id]).toMatch(/^unknown /);
  });
});
