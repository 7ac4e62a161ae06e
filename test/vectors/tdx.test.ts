import { describe, expect, it } from 'vitest';
import { GENUINE } from '../../src/checks/policy';
import { checkTdx } from '../../src/evidence/tdx/index';
import type { TdxCollateral, TdxResult } from '../../src/evidence/tdx/types';
import { VENDOR_ANCHORS } from '../../src/roots/anchors';
import { stateOf } from '../../src/verdict/state';
import { vectorsPresent } from './shared';
import { collateralOf, mutate, mutations, quote, realSets } from './tdx-sets';
import type { Expected } from './tdx-sets';

const judge = (bytes: Uint8Array, collateral: TdxCollateral, now: number): Promise<TdxResult> =>
  checkTdx({ quote: bytes, collateral, anchors: VENDOR_ANCHORS, now: now * 1000, policy: GENUINE.tdx });

const codes = (result: TdxResult) => result.checks.map((check) => check.code).filter((code) => code !== undefined);

/** CLI.md: an endorsement outside its dates leaves the question open (2), everything else that is wrong is a contradiction (1). */
const stateFor = (code: string) => (/^(ROOT_CRL|PCK_CRL|TCB_INFO|QE_IDENTITY|TCB_SIGNER)_(EXPIRED|NOT_YET_VALID)$/.test(code) ? 'incomplete' : 'failed');

function expectRefusal(result: TdxResult, error: string): void {
  expect(stateOf(result.checks)).toBe(stateFor(error));
  if (!error.startsWith('MALFORMED')) expect(codes(result)).toContain(error);
}

const sets = vectorsPresent ? realSets() : [];

describe.skipIf(!vectorsPresent)('every recorded quote with Intel’s own collateral', () => {
  it('are all there', () => expect(sets).toHaveLength(272));

  it.each(sets.map((set) => [set.id, set] as const))('%s', async (_, set) => {
    const { expected } = set;
    const result = await judge(quote(set.quote), collateralOf(set), set.now);
    if (!expected.ok) {
      expectRefusal(result, expected.error ?? '');
      return;
    }
    expect(result.checks.filter((check) => check.outcome !== 'pass')).toEqual([]);
    expect(stateOf(result.checks)).toBe('verified');
    expect(answerOf(result)).toEqual(wanted(expected));
  });
});

const answerOf = ({ claims }: TdxResult) => ({
  status: claims?.tcb?.status,
  platform: claims?.tcb?.platform,
  module: claims?.tcb?.module,
  qe: claims?.tcb?.qe,
  launch: claims?.tcb?.launch,
  current: claims?.tcb?.current,
  advisories: claims?.tcb?.advisoryIds,
  tcbDate: claims?.tcb?.tcbDate,
  eval: claims?.tcb?.evaluationDataNumber,
  fmspc: claims?.fmspc,
  debug: claims?.debug,
  tdattr: claims?.tdAttributes,
  septVeDisable: claims?.septVeDisable,
});

const wanted = (expected: Expected) => ({ ...answerOf({ checks: [] }), ...expected, ok: undefined, module: expected.module ?? undefined });

const cases = vectorsPresent ? mutations() : [];

describe.skipIf(!vectorsPresent)('every mutation', () => {
  it('are all there', () => expect(cases).toHaveLength(170));

  it.each(cases.map((mutation) => [mutation.id, mutation] as const))('%s', async (id, mutation) => {
    const set = sets.find((candidate) => candidate.id === mutation.base);
    if (set === undefined) throw new Error(`no base set ${mutation.base}`);
    const input = mutate(mutation.op, { quote: quote(set.quote), collateral: collateralOf(set) });
    const result = await judge(input.quote, input.collateral, mutation.now);
    const { expected } = mutation;
    if (id.endsWith('/append-junk')) {
      expectRefusal(result, 'TRAILING_BYTES');
      expect(codes(result)).toEqual(['TRAILING_BYTES']);
      expect(result.claims?.tcb?.status).toBe(expected.status);
    } else if (expected.ok) {
      expect(result.checks.filter((check) => check.outcome !== 'pass')).toEqual([]);
      expect(result.claims).toMatchObject({ tcb: { status: expected.status }, debug: expected.debug });
      expect(result.claims?.septVeDisable).toBe(expected.septVeDisable);
    } else {
      expectRefusal(result, expected.error ?? '');
    }
  });
});
