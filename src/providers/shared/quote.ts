/** A TDX quote judged with Intel's endorsements of now. */
import { asCoded } from '../../checks/error';
import { checkTdx, parseQuote, platformOf } from '../../evidence/tdx';
import type { TdxCollateral, TdxResult } from '../../evidence/tdx/types';
import type { AppraiseContext } from '../types';

export type QuoteContext = Pick<AppraiseContext, 'now' | 'policy' | 'anchors' | 'tdxCollateral' | 'clockBehind'>;

/** Endorsements for the machine that a quote names; nothing where it names none (`checkTdx` says what is wrong with it then). */
export async function endorsementsFor(quote: Uint8Array, { tdxCollateral }: Pick<AppraiseContext, 'tdxCollateral'>): ReturnType<AppraiseContext['tdxCollateral']> {
  try {
    return await tdxCollateral(platformOf(parseQuote(quote)));
  } catch (error) {
    asCoded(error);
    return { collateral: {} };
  }
}

/** Never raises on bad input; `collateral` is what was used, for whoever repeats the judgement. */
export async function checkQuote(quote: Uint8Array, context: QuoteContext): Promise<{ readonly result: TdxResult; readonly collateral: TdxCollateral }> {
  const { collateral, problem } = await endorsementsFor(quote, context);
  const result = await checkTdx({
    quote, collateral, anchors: context.anchors, now: context.now, policy: context.policy.tdx,
    ...(problem === undefined ? {} : { collateralProblem: problem }),
    ...(context.clockBehind === undefined ? {} : { clockBehind: context.clockBehind }),
  });
  return { result, collateral };
}
