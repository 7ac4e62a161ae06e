import { describe, expect, it } from 'vitest';
import { DEFAULT, GENUINE } from '../../src/checks/policy';
import type { TdxPolicy } from '../../src/checks/policy';
import { checkTdx, parseQuote, platformOf } from '../../src/evidence/tdx/index';
import type { TdxCollateral } from '../../src/evidence/tdx/types';
import { VENDOR_ANCHORS } from '../../src/roots/anchors';
import { stateOf } from '../../src/verdict/state';
import { vectorsPresent } from './shared';
import { collateralOf, padded, quote, quoteIndex, realSets } from './tdx-sets';

const MISSING = ['ROOT_CRL_MISSING', 'PCK_CRL_MISSING', 'TCB_INFO_MISSING', 'QE_IDENTITY_MISSING'];

async function judge(bytes: Uint8Array, now: number, collateral: TdxCollateral = {}, policy: TdxPolicy = GENUINE.tdx) {
  const result = await checkTdx({ quote: bytes, collateral, anchors: VENDOR_ANCHORS, now, policy });
  const codes = Object.fromEntries(result.checks.filter((check) => check.outcome !== 'pass').map((check) => [check.id, `${check.outcome} ${check.code ?? ''}`]));
  return { ...result, state: stateOf(result.checks), codes };
}

/** Open Enclave's, with a root and a CA that were damaged. */
const DAMAGED = 'f4f27469fc6c36c0';
const AT = Date.UTC(2026, 5, 1);
const setOf = (prefix: string) => {
  const set = realSets().find((candidate) => candidate.quote.startsWith(prefix));
  if (set === undefined) throw new Error(`no set with ${prefix}`);
  return set;
};
const withSet = (prefix: string, policy: TdxPolicy, bytes?: Uint8Array) => {
  const set = setOf(prefix);
  return judge(bytes ?? quote(set.quote), set.now * 1000, collateralOf(set), policy);
};

describe.skipIf(!vectorsPresent)('every real quote by itself', () => {
  const real = vectorsPresent ? Object.entries(quoteIndex()).filter(([id, entry]) => entry.real === true && id !== DAMAGED) : [];

  it('are all there', () => expect(real).toHaveLength(160));

  it.each(real)('%s: its own chain and signatures hold, only Intel’s lists are missing', async (id) => {
    const { checks, state } = await judge(quote(id), AT);
    const outcomes = Object.fromEntries(checks.map((check) => [check.id, check.outcome]));
    expect(outcomes).toMatchObject({ parse: 'pass', 'qe.binding': 'pass', 'quote.signature': 'pass' });
    const failing = checks.filter((check) => check.outcome === 'fail');
    // What is missing, or the chain's dates: whatever rests on either is open.
    for (const check of checks.filter((one) => one.outcome === 'unknown')) expect([...MISSING, ...failing.map(({ code }) => code)]).toContain(check.code);
    for (const check of failing) expect(check.code).toMatch(/^PCK_(NOT_YET_VALID|EXPIRED)$/);
    expect(state).toBe(failing.length > 0 ? 'failed' : 'incomplete');
    expect(platformOf(parseQuote(quote(id))).fmspc).toMatch(/^[0-9a-f]{12}$/);
  });
});

describe.skipIf(!vectorsPresent)('quotes broken on purpose', () => {
  it.each([
    ['6dc7792ab051f0bd', 'quote.signature', 'QUOTE_SIGNATURE'],
    ['6f8e92b8527dfc0c', 'pck.chain', 'PCK_CHAIN_PARSE'],
    ['4e3f9fa7873654dd', 'pck.chain', 'PCK_CHAIN_NAMES'],
    [DAMAGED, 'pck.chain', 'ROOT_UNTRUSTED'],
    ['8cc428aaac34f536', 'pck.chain', 'CERT_TYPE_UNSUPPORTED'],
    ['2f59d4cb7cdda55b', 'pck.chain', 'CERT_TYPE_UNSUPPORTED'],
    ['72a05bf6c003be36', 'pck.chain', 'CERT_TYPE_UNSUPPORTED'],
    ['aa2cafadb32b80c5', 'pck.chain', 'PCK_CHAIN_PARSE'],
    ['c04eb01f016d3474', 'pck.chain', 'PCK_CHAIN_PARSE'],
    ['2a49ce72cda832bf', 'pck.chain', 'PCK_CHAIN_NAMES'],
    ['7d63357da638746b', 'pck.chain', 'PCK_CHAIN_NAMES'],
  ])('%s: %s says %s', async (id, check, code) => {
    const { codes, state } = await judge(quote(id), AT);
    expect(state).toBe('failed');
    expect(codes[check]).toBe(`fail ${code}`);
  });
});

describe.skipIf(!vectorsPresent)('buffers longer than their quote', () => {
  it.each(['phala-tdx_quote-5006.bin', 'oasis-trailing-5006.bin'])('%s: zeros are padding', async (name) => {
    expect((await judge(padded(name), AT)).codes).not.toHaveProperty('parse');
  });

  it('text after the quote is TRAILING_BYTES, and everything else is judged all the same', async () => {
    const { codes, checks, claims } = await judge(padded('google-SPR_E4-4974-text-trailer.bin'), AT);
    expect(codes['parse']).toBe('fail TRAILING_BYTES');
    expect(checks.find((check) => check.id === 'quote.signature')?.outcome).toBe('pass');
    expect(claims?.fmspc).toMatch(/^[0-9a-f]{12}$/);
  });
});

describe.skipIf(!vectorsPresent)('real machines under the default policy', () => {
  it('12b401a8: DEBUG is on', async () => {
    const quoteId = '12b401a88a51edb2';
    const { codes, claims } = await judge(quote(quoteId), AT, {}, DEFAULT.tdx);
    expect(claims?.debug).toBe(true);
    expect(codes['policy.debug']).toBe('fail DEBUG_ENABLED');
  });

  it.each(['7462cb52', '877ccf9a', 'a187b0da', 'f51db4d1'])('%s (Azure SPR): SEPT_VE_DISABLE is off', async (prefix) => {
    const id = Object.keys(quoteIndex()).find((candidate) => candidate.startsWith(prefix)) ?? '';
    const { codes, claims } = await judge(quote(id), AT, {}, DEFAULT.tdx);
    expect(claims).toMatchObject({ septVeDisable: false, tdAttributes: '00'.repeat(8) });
    expect(codes['policy.attributes']).toBe('fail SEPT_VE_DISABLE_OFF');
  });

  it.each(['d0010db6', '586c2be0', '67adfc4a'])('%s: a service TD is bound', async (prefix) => {
    const id = Object.keys(quoteIndex()).find((candidate) => candidate.startsWith(prefix)) ?? '';
    expect((await judge(quote(id), AT, {}, DEFAULT.tdx)).codes['policy.servicetd']).toBe('fail SERVICE_TD');
  });

  it('f8f82dc7 uses PERFMON, 67adfc4a is migratable: neither is a reserved bit', async () => {
    for (const prefix of ['f8f82dc7', '67adfc4a']) {
      const id = Object.keys(quoteIndex()).find((candidate) => candidate.startsWith(prefix)) ?? '';
      expect((await judge(quote(id), AT, {}, DEFAULT.tdx)).codes['policy.attributes']).not.toMatch(/^fail/);
    }
  });

  it('no real TD breaks the XFAM rule', async () => {
    for (const [id, entry] of Object.entries(quoteIndex())) {
      if (entry.tee !== 0x81 || entry.real !== true) continue;
      expect((await judge(quote(id), AT, {}, DEFAULT.tdx)).codes['policy.xfam'], id).not.toMatch(/^fail/);
    }
  });

  it('an UpToDate platform with an old TDX module is out of date', async () => {
    const set = realSets().find((candidate) => candidate.quote.startsWith('063c31a7') && candidate.expected.module === 'OutOfDate' && candidate.expected.platform === 'UpToDate');
    if (set === undefined) throw new Error('no such set');
    const { codes, claims } = await judge(quote(set.quote), set.now * 1000, collateralOf(set), DEFAULT.tdx);
    expect(codes).toEqual({ tcb: 'fail TCB_OUT_OF_DATE' });
    expect(claims?.tcb).toMatchObject({ platform: 'UpToDate', module: 'OutOfDate', status: 'OutOfDate' });
  });

  it('relaunch advised is weak', async () => {
    const set = realSets().find((candidate) => candidate.expected.status === 'TDRelaunchAdvised');
    if (set === undefined) throw new Error('no such set');
    const { codes, state } = await judge(quote(set.quote), set.now * 1000, collateralOf(set), DEFAULT.tdx);
    expect(codes['tcb']).toBe('weak TCB_RELAUNCH_ADVISED');
    expect(state).toBe('limited');
  });

  it('00b2526a: UpToDate once the module’s own components are left to its identity', async () => {
    expect((await withSet('00b2526a', DEFAULT.tdx)).claims?.tcb?.status).toBe('UpToDate');
  });
});
