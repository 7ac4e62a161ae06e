/** The certificate of a chip's key, asked for once per product line, chip and TCB and then kept: AMD re-issues it at every request, the key stays. */
import { CodedError } from '../../checks/error';
import { toHex } from '../../encoding/hex';
import { bindingFaults } from '../../evidence/sevsnp/binding';
import { judgeChain } from '../../evidence/sevsnp/chain';
import type { SnpProduct } from '../../evidence/sevsnp/product';
import { isChipMasked } from '../../evidence/sevsnp/report';
import type { SnpReport } from '../../evidence/sevsnp/report';
import { readVekExtensions } from '../../evidence/sevsnp/vek';
import type { Anchor } from '../../roots/anchors';
import { readCertificate } from '../../x509/certificate';
import { askKds } from './request';
import type { KdsDoors } from './request';
import { vcekUrl } from './urls';

const MAX_BYTES = 16 * 1024;

/**
 * The VCEK of a report, as DER. Raises `VEK_MISSING` when there is none to ask for or AMD knows none,
 * `COLLATERAL_UNREACHABLE` for an answer that is no such certificate, `RATE_LIMITED`, and what the getter raises.
 */
export async function vcekFor(doors: KdsDoors, anchors: readonly Anchor[], report: SnpReport): Promise<Uint8Array> {
  if (report.signingKey !== 'VCEK' || report.chipKeyMasked) throw new CodedError('VEK_MISSING', `signing key ${report.signingKey}: its certificate comes with the evidence`);
  if (isChipMasked(report)) throw new CodedError('VEK_MISSING', 'the chip id is masked: its certificate comes with the evidence');
  for (const product of productsOf(report)) {
    const key = `amd-kds/vcek/${product}/${toHex(report.chipId)}/${toHex(report.reportedTcbBytes)}`;
    const kept = await doors.store.get(key);
    if (kept !== undefined && (await mismatch(kept, anchors, report, doors.now())) === undefined) return kept;
    const fetched = await askKds(doors, vcekUrl(product, report), MAX_BYTES);
    if (fetched === undefined) continue;
    const problem = await mismatch(fetched, anchors, report, doors.now());
    if (problem === undefined) {
      await doors.store.put(key, fetched);
      return fetched;
    }
    // Signed by an intermediate that is not pinned: not kept, and the caller's chain decides.
    if (problem === 'ASK_MISSING' || problem === 'VEK_CHAIN_SIGNATURE') return fetched;
    throw new CodedError('COLLATERAL_UNREACHABLE', `kdsintf.amd.com: not this chip's certificate (${problem})`);
  }
  throw new CodedError('VEK_MISSING', 'AMD knows no such chip and TCB');
}

/** Version 2 reports name no processor: Milan is asked for first, being older. */
function productsOf({ product, tcbLayout }: SnpReport): readonly SnpProduct[] {
  if (product !== undefined) return [product];
  return tcbLayout === 'fmc' ? ['Turin'] : ['Milan', 'Genoa'];
}

/** The code of the first reason why these bytes are not the report's certificate; dates are not looked at. */
async function mismatch(der: Uint8Array, anchors: readonly Anchor[], report: SnpReport, now: number): Promise<string | undefined> {
  try {
    const vek = readCertificate(der, 'VEK_PARSE');
    const extensions = readVekExtensions(vek);
    const chain = await judgeChain(vek, [], anchors, { now });
    return [...bindingFaults(report, extensions, chain.claimed), ...chain.faults][0]?.code;
  } catch (error) {
    if (error instanceof CodedError) return error.code;
    throw error;
  }
}
