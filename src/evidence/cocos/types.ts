/** What an agent of Cocos hands out, taken apart: evidence of one machine, nothing of it verified yet. */
import type { VtpmQuote } from '../vtpm/types';

/** An AMD SEV-SNP report with the certificates that came along. */
export interface CocosSnp {
  /** The 1184 bytes that AMD's firmware signed (a certificate table may follow where it came raw). */
  readonly report: Uint8Array;
  /** The endorsement key's certificate (VCEK or VLEK), DER. */
  readonly vek?: Uint8Array;
  /** Whatever else came, DER: told apart by the verifier through names and signatures, never by the field it came in. */
  readonly intermediates: readonly Uint8Array[];
}

export interface CocosVtpm {
  /** TPMT_PUBLIC exactly as it came. */
  readonly akPublic: Uint8Array;
  readonly quotes: readonly VtpmQuote[];
  readonly eventLog?: Uint8Array;
}

/** How the evidence was written down. */
export type CocosForm = 'raw' | 'protobuf' | 'JSON' | 'in a token';

export type CocosEvidence =
  | {
      readonly kind: 'tdx';
      readonly form: CocosForm;
      readonly quote: Uint8Array;
      /** What a JSON form keeps apart as bytes behind the quote: no part of it. */
      readonly extraBytes: Uint8Array;
    }
  | { readonly kind: 'snp'; readonly form: CocosForm; readonly snp: CocosSnp }
  /** A vTPM's quotes; without `snp` nothing says whose vTPM. */
  | { readonly kind: 'vtpm'; readonly form: CocosForm; readonly vtpm: CocosVtpm; readonly snp?: CocosSnp };
