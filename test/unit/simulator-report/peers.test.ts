/** What others' code says of the simulated machines' bytes, and what real recordings say of the rules they are made by. */
import { createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { composeHash, configId, extended, runtimeDigest } from '../../simulator/report/dstack';
import type { LogEvent } from '../../simulator/report/dstack';
import { startSimulator } from '../../simulator/server';
import type { Simulator } from '../../simulator/server';
import { tdxCollateral } from '../../simulator/tdx/collateral';
import { vector, vectorsPresent } from '../../vectors/shared';
import { digest, extended as extendedByTests } from '../evidence-dstack/machine';
import { recovered } from '../simulator/oracle';
import { peerVerify } from '../simulator/peer';
import { get, MODEL, NEAR, REDPILL } from './wire';

let simulator: Simulator;
beforeAll(async () => { simulator = await startSimulator({ pace: 0 }); });
afterAll(async () => { await simulator.close(); });
afterEach(() => { simulator.reset(); simulator.setClock(0); });

interface Machine {
  readonly intel_quote: string;
  readonly event_log: string;
  readonly signing_address: string;
  readonly info: { readonly compose_hash: string; readonly tcb_info: { readonly app_compose: string } };
}

const NONCE = 'a5'.repeat(32);
const RTMR0 = 48 + 328;

async function machine(): Promise<Machine> {
  const { body } = await get(simulator, `${REDPILL.api}/v1/attestation/report?model=${encodeURIComponent(MODEL)}&nonce=${NONCE}`);
  return JSON.parse(body.toString()) as Machine;
}
const judged = async (): Promise<string> => peerVerify(Buffer.from((await machine()).intel_quote, 'hex'), tdxCollateral({ now: Date.now() }), Date.now()).status;

describe('quotes in the eyes of @phala/dcap-qvl', () => {
  it('are good with the registers of a dstack machine', async () => {
    expect(await judged()).toBe('UpToDate');
  });
  it('are old, in debug mode or forged where the switchboard says so', async () => {
    simulator.fault('report-tcb-old');
    expect(await judged()).toBe('OutOfDate');
    simulator.reset();
    simulator.fault('report-debug-td');
    await expect(judged()).rejects.toThrow(/[Dd]ebug/);
    simulator.reset();
    simulator.fault('report-quote-tampered');
    await expect(judged()).rejects.toThrow();
  });
});

describe('event logs', () => {
  it('replay to the quote’s registers by the tests’ own rules, and the text is what was measured', async () => {
    const { intel_quote: quote, event_log: log, info } = await machine();
    const events = JSON.parse(log) as LogEvent[];
    const registers = [0, 1, 2, 3].map((imr) => extendedByTests(events.filter((event) => event.imr === imr).map((event) => (imr === 3 ? digest({ ...event, event_payload: event.event_payload }, 'v1') : Buffer.from(event.digest, 'hex')))));
    expect(Buffer.concat(registers).toString('hex')).toBe(Buffer.from(quote, 'hex').subarray(RTMR0, RTMR0 + 192).toString('hex'));
    expect(composeHash(info.tcb_info.app_compose)).toBe(info.compose_hash);
  });
});

describe('signatures', () => {
  const signed = async (algorithm: string): Promise<Record<'text' | 'signature' | 'signing_address', string>> => {
    const answer = await get(simulator, `${NEAR.api}/v1/chat/completions`, undefined, { body: JSON.stringify({ model: MODEL, messages: [] }) });
    const { id } = JSON.parse(answer.body.toString()) as { readonly id: string };
    simulator.setClock(1000);
    return JSON.parse((await get(simulator, `${NEAR.api}/v1/signature/${id}?model=${encodeURIComponent(MODEL)}&signing_algo=${algorithm}`)).body.toString()) as Record<'text' | 'signature' | 'signing_address', string>;
  };
  it('by ECDSA recover to the address, which is the one in the quote', async () => {
    const { text, signature, signing_address: address } = await signed('ecdsa');
    expect(recovered(signature.slice(2), text)).toBe(address);
    expect(address).toMatch(/^0x[0-9a-f]{40}$/);
    expect((await machine()).signing_address).toBe(address);
    expect(Buffer.from((await machine()).intel_quote, 'hex').subarray(568, 588).toString('hex')).toBe(address.slice(2));
  });
  it('by Ed25519 hold in node:crypto', async () => {
    const { text, signature, signing_address: address } = await signed('ed25519');
    const key = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(address, 'hex').toString('base64url') } });
    expect(verify(null, Buffer.from(text), key, Buffer.from(signature, 'hex'))).toBe(true);
    expect(verify(null, Buffer.from(`${text} `), key, Buffer.from(signature, 'hex'))).toBe(false);
  });
});

describe.skipIf(!vectorsPresent)('the rules, held against a recorded machine', () => {
  // Inside functions: the body of a skipped suite runs all the same.
  const read = (name: string): unknown => JSON.parse(readFileSync(vector(`ionet-and-relatives/dstack-vllm-proxy/${name}`), 'utf8'));
  function machineOf(): { readonly quote: Buffer; readonly events: readonly LogEvent[] } {
    const { quote, event_log: log } = read('SAMPLE_DSTACK_QUOTE.json') as { readonly quote: string; readonly event_log: string | readonly LogEvent[] };
    return { quote: Buffer.from(quote, 'hex'), events: typeof log === 'string' ? (JSON.parse(log) as readonly LogEvent[]) : log };
  }

  it('digest its events to what it wrote, and extend them to its registers', () => {
    const { quote, events } = machineOf();
    for (const { imr, event, event_payload: payload, digest: written } of events) if (imr === 3) expect(runtimeDigest(event, payload).toString('hex')).toBe(written);
    expect(Buffer.concat([...extended(events)]).toString('hex')).toBe(quote.subarray(RTMR0, RTMR0 + 192).toString('hex'));
  });
  it('give its MRCONFIGID from its application’s text', () => {
    const { tcb_info: tcb } = read('SAMPLE_DSTACK_INFO.json') as Machine['info'];
    expect(configId(tcb.app_compose, 1).toString('hex')).toBe(machineOf().quote.subarray(232, 280).toString('hex'));
  });
  it('name its events in the order that the simulated machines have', async () => {
    const names = (list: readonly LogEvent[]): readonly string[] => list.filter(({ imr }) => imr === 3).map(({ event }) => event).filter((event) => event !== 'mr-kms' && event !== 'storage-fs');
    expect(names(JSON.parse((await machine()).event_log) as LogEvent[])).toEqual(names(machineOf().events));
  });
});
