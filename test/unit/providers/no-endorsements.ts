/** Sources that have nothing, and say so: for tests in which no endorsement decides. */
import type { AppraiseContext } from '../../../src/providers/types';

export const NO_ENDORSEMENTS: Pick<AppraiseContext, 'tdxCollateral' | 'snpCollateral' | 'rims' | 'ocsp'> = {
  tdxCollateral: () => Promise.resolve({ collateral: {} }),
  snpCollateral: (_report, sent) => Promise.resolve({ endorsements: sent, vekProblem: { code: 'COLLATERAL_UNREACHABLE', detail: 'nobody is asked' } }),
  rims: () => Promise.resolve({ candidates: [], problem: { code: 'COLLATERAL_UNREACHABLE', detail: 'nobody is asked' } }),
  ocsp: () => Promise.resolve({ candidates: [], problem: { code: 'COLLATERAL_UNREACHABLE', detail: 'nobody is asked' } }),
};
