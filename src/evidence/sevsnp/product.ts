/** Which of AMD's product lines a processor belongs to: each has certificate authorities of its own. */

export const SNP_PRODUCTS = ['Milan', 'Genoa', 'Turin'] as const;
export type SnpProduct = (typeof SNP_PRODUCTS)[number];

export interface CpuId {
  readonly family: number;
  readonly model: number;
  readonly stepping: number;
}

/** Inclusive model ranges; Bergamo and Siena are endorsed by Genoa's authorities. */
const RANGES: readonly { readonly family: number; readonly from: number; readonly to: number; readonly product: SnpProduct }[] = [
  { family: 0x19, from: 0x00, to: 0x0f, product: 'Milan' },
  { family: 0x19, from: 0x10, to: 0x1f, product: 'Genoa' },
  { family: 0x19, from: 0xa0, to: 0xaf, product: 'Genoa' },
  { family: 0x1a, from: 0x00, to: 0x11, product: 'Turin' },
];

/** The product line of a CPUID family and model; `undefined` for one that no published authority endorses. */
export const productOf = ({ family, model }: CpuId): SnpProduct | undefined =>
  RANGES.find((range) => range.family === family && model >= range.from && model <= range.to)?.product;

/** The product line named in a certificate (`Milan-B0`, `Genoa`), by the part before the stepping. */
export function productNamed(name: string): SnpProduct | undefined {
  const [line] = name.split('-', 1);
  return SNP_PRODUCTS.find((product) => product === line);
}
