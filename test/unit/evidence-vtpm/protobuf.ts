/** Just enough protobuf to open the recorded attestations: fields by number, in order. */
import type { VtpmQuote } from '../../../src/evidence/vtpm/types';

type Fields = ReadonlyMap<number, readonly (bigint | Uint8Array)[]>;

export function fields(bytes: Uint8Array): Fields {
  const found = new Map<number, (bigint | Uint8Array)[]>();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const octet = bytes[at] ?? Number.NaN;
      at += 1;
      value |= BigInt(octet & 0x7f) << shift;
      if (octet < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    let value: bigint | Uint8Array = varint();
    if ((tag & 7) === 2) {
      const end = at + Number(value);
      value = bytes.subarray(at, end);
      at = end;
    }
    found.set(tag >> 3, [...(found.get(tag >> 3) ?? []), value]);
  }
  return found;
}

const bytesAt = (of: Fields, id: number): Uint8Array => {
  const value = of.get(id)?.[0];
  return value instanceof Uint8Array ? value : new Uint8Array();
};
const allAt = (of: Fields, id: number): Uint8Array[] => (of.get(id) ?? []).filter((value) => value instanceof Uint8Array);
const numberAt = (of: Fields, id: number): number => Number(of.get(id)?.[0] ?? 0n);

export interface Attestation {
  readonly akPublic: Uint8Array;
  readonly quotes: VtpmQuote[];
  readonly eventLog?: Uint8Array;
  /** The SEV-SNP report's REPORT_DATA, where there is a report. */
  readonly reportData?: Uint8Array;
}

/** go-tpm-tools' attest.Attestation. */
export function attestation(bytes: Uint8Array): Attestation {
  const top = fields(bytes);
  const log = bytesAt(top, 3);
  const snp = top.has(8) ? fields(bytesAt(fields(bytesAt(top, 8)), 1)) : undefined;
  return {
    akPublic: bytesAt(top, 1),
    quotes: allAt(top, 2).map((quote): VtpmQuote => {
      const parts = fields(quote);
      const pcrs = fields(bytesAt(parts, 3));
      return {
        attest: bytesAt(parts, 1),
        signature: bytesAt(parts, 2),
        hash: numberAt(pcrs, 1),
        pcrs: new Map(allAt(pcrs, 2).map((entry) => [numberAt(fields(entry), 1), bytesAt(fields(entry), 2)])),
      };
    }),
    ...(log.length === 0 ? {} : { eventLog: log }),
    ...(snp === undefined ? {} : { reportData: bytesAt(snp, 11) }),
  };
}
