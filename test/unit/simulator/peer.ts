/** Somebody else's verifier (@phala/dcap-qvl, dev dependency) with the simulator's root in place of Intel's. */
import { QuoteVerifier } from '@phala/dcap-qvl';
import { root } from '../../simulator/pki/intel';
import type { TdxCollateral } from '../../simulator/tdx/collateral';

export interface PeerVerdict {
  readonly status: string;
  readonly advisories: readonly string[];
}

/** Throws what dcap-qvl throws. `now` in ms. */
export function peerVerify(quote: Uint8Array, collateral: TdxCollateral, now: number): PeerVerdict {
  const report = QuoteVerifier.newWithRootCa(root.der).verify(Buffer.from(quote), collateral, Math.floor(now / 1000));
  return { status: report.status, advisories: report.advisory_ids };
}
