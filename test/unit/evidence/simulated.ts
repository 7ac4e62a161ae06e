/** One simulated machine and Intel as the generators of test/simulator write them, judged by the code under test. */
import { DEFAULT } from '../../../src/checks/policy';
import type { TdxPolicy } from '../../../src/checks/policy';
import { checkTdx } from '../../../src/evidence/tdx/index';
import type { TdxCollateral, TdxInput, TdxResult } from '../../../src/evidence/tdx/types';
import { stateOf } from '../../../src/verdict/state';
import { FLAVOUR } from '../../simulator/flavour.ts';
import { tdxCollateral } from '../../simulator/tdx/collateral.ts';
import type { CollateralOptions } from '../../simulator/tdx/collateral.ts';
import { tdxQuote } from '../../simulator/tdx/quote.ts';
import type { QuoteOptions } from '../../simulator/tdx/quote.ts';

export const NOW = Date.UTC(2026, 10, 22, 12);
export const DAY = 86_400_000;
export const ANCHORS = FLAVOUR.anchors;
export const REPORT_DATA = Uint8Array.from({ length: 64 }, (_, i) => i);

export const quoteOf = (options: Partial<QuoteOptions> = {}): Uint8Array => tdxQuote({ reportData: REPORT_DATA, now: NOW, ...options });
export const collateralOf = (options: Partial<CollateralOptions> = {}): TdxCollateral => tdxCollateral({ now: NOW, ...options });

/** The checks over what a TD's quote says, all open with this code: nothing in a quote holds when what it rests on does not. */
export const fieldsOpen = (code: string): Record<string, string> =>
  Object.fromEntries(['tdx.module', 'tcb', 'policy.debug', 'policy.attributes', 'policy.xfam', 'policy.servicetd'].map((id) => [id, `unknown ${code}`]));
/** And the quote's own links with them. */
export const linksOpen = (code: string): Record<string, string> => ({ ...fieldsOpen(code), 'qe.report': `unknown ${code}`, 'qe.binding': `unknown ${code}`, 'quote.signature': `unknown ${code}` });

export interface Situation {
  readonly quote?: Partial<QuoteOptions>;
  readonly bytes?: Uint8Array;
  readonly endorsed?: Partial<CollateralOptions>;
  readonly collateral?: TdxCollateral;
  readonly policy?: Partial<TdxPolicy>;
  readonly input?: Partial<TdxInput>;
}

export async function judge({ quote, bytes, endorsed, collateral, policy, input }: Situation = {}): Promise<TdxResult & { state: string; codes: Record<string, string> }> {
  const result = await checkTdx({
    quote: bytes ?? quoteOf(quote),
    collateral: collateral ?? collateralOf(endorsed),
    anchors: ANCHORS,
    now: NOW,
    policy: { ...DEFAULT.tdx, ...policy },
    ...input,
  });
  const codes = Object.fromEntries(result.checks.filter((check) => check.outcome !== 'pass').map((check) => [check.id, `${check.outcome} ${check.code ?? ''}`]));
  return { ...result, state: stateOf(result.checks), codes };
}
