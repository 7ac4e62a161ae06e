/** Addresses of AMD's Key Distribution Service. Asking for a certificate tells AMD which chip is asked about. */
import { toHex } from '../../encoding/hex';
import type { SnpReport } from '../../evidence/sevsnp/report';
import type { SnpProduct } from '../../evidence/sevsnp/product';
import type { VekKind } from '../../evidence/sevsnp/vek';

export const KDS_ORIGIN = 'https://kdsintf.amd.com';

const service = (kind: VekKind): string => kind.toLowerCase();

/** The chip's certificate for the TCB it reports; Turin's chip ids have 8 bytes and an FMC version. SVNs are decimal. */
export function vcekUrl(product: SnpProduct, report: Pick<SnpReport, 'chipId' | 'reportedTcb' | 'tcbLayout'>): string {
  const { fmc, bl, tee, snp, ucode } = report.reportedTcb;
  const chip = toHex(report.tcbLayout === 'fmc' ? report.chipId.subarray(0, 8) : report.chipId);
  return `${KDS_ORIGIN}/vcek/v1/${product}/${chip}?${fmc === undefined ? '' : `fmcSPL=${fmc}&`}blSPL=${bl}&teeSPL=${tee}&snpSPL=${snp}&ucodeSPL=${ucode}`;
}

/** DER, signed by the product line's root. */
export const crlUrl = (product: SnpProduct, kind: VekKind): string => `${KDS_ORIGIN}/${service(kind)}/v1/${product}/crl`;

/** PEM: the intermediate, then the root. */
export const chainUrl = (product: SnpProduct, kind: VekKind): string => `${KDS_ORIGIN}/${service(kind)}/v1/${product}/cert_chain`;
