/** Does this certificate belong to this report? Key kind, product line, TCB and chip must all agree. */
import { equalBytes, isAllZero } from '../../encoding/bytes';
import { toHex } from '../../encoding/hex';
import { contradiction } from '../findings';
import type { Fault } from '../findings';
import { isChipMasked } from './report';
import type { SnpReport } from './report';
import { decodeTcb, describeTcb } from './tcb';
import type { VekExtensions, VekIssuer } from './vek';

/** Contradictions between the report, the certificate's extensions and what the issuer's name claims. */
export const bindingFaults = (report: SnpReport, vek: VekExtensions, issuer: VekIssuer | undefined): readonly Fault[] => [
  ...kindFaults(report, vek, issuer),
  ...productFaults(report, vek, issuer),
  ...tcbFaults(report, vek),
  ...chipFaults(report, vek),
];

/** A chip's key carries the chip's id, a provider's key the provider's name, and never the other. */
function kindFaults(report: SnpReport, vek: VekExtensions, issuer: VekIssuer | undefined): readonly Fault[] {
  const kind = vek.hwId !== undefined && vek.cspId === undefined ? 'VCEK' : vek.cspId !== undefined && vek.hwId === undefined ? 'VLEK' : undefined;
  if (kind === undefined) return [contradiction('VEK_EXTENSIONS', vek.hwId === undefined ? 'neither hwID nor cspID' : 'both hwID and cspID')];
  if (kind === report.signingKey && (issuer === undefined || issuer.kind === kind)) return [];
  return [contradiction('VEK_KIND', 'signing key', { expected: report.signingKey, actual: issuer === undefined || issuer.kind === kind ? kind : `${kind} issued as ${issuer.kind}` })];
}

/** The processor in the report, the name in the certificate and its issuer must be of one product line; version 2 reports name no processor. */
function productFaults(report: SnpReport, vek: VekExtensions, issuer: VekIssuer | undefined): readonly Fault[] {
  const named = [report.product, vek.product, issuer?.product].filter((product) => product !== undefined);
  const agree = vek.product !== undefined && named.every((product) => product === vek.product) && vek.tcbLayout === report.tcbLayout && (vek.product === 'Turin') === (vek.tcbLayout === 'fmc');
  if (agree) return [];
  return [contradiction('VEK_PRODUCT', `issuer ${issuer?.product ?? 'unknown'}`, { expected: report.product ?? `${report.tcbLayout} TCB layout`, actual: vek.productName })];
}

function tcbFaults(report: SnpReport, vek: VekExtensions): readonly Fault[] {
  if (equalBytes(report.reportedTcbBytes, vek.tcbBytes)) return [];
  const certified = decodeTcb(vek.tcbBytes, vek.tcbLayout);
  return [contradiction('VEK_TCB', `${toHex(vek.tcbBytes)}, reported ${toHex(report.reportedTcbBytes)}`, { expected: describeTcb(certified), actual: describeTcb(report.reportedTcb) })];
}

/** A masked CHIP_ID contradicts nothing; it leaves a gap that the check names. */
function chipFaults(report: SnpReport, { hwId }: VekExtensions): readonly Fault[] {
  if (hwId === undefined || isChipMasked(report)) return [];
  if (equalBytes(report.chipId.subarray(0, hwId.length), hwId) && isAllZero(report.chipId.subarray(hwId.length))) return [];
  return [contradiction('VEK_CHIP_ID', 'chip', { expected: toHex(hwId), actual: toHex(report.chipId) })];
}
