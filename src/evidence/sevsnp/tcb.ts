/** TCB_VERSION: eight bytes of security version numbers, laid out in one of two ways. Compared part by part, never as one integer. */

/** `fmc` (from Turin on) begins with the FMC version; `classic` has none. */
export type TcbLayout = 'classic' | 'fmc';

export interface SnpTcb {
  readonly fmc?: number;
  readonly bl: number;
  readonly tee: number;
  readonly snp: number;
  readonly ucode: number;
}

export const TCB_PARTS = ['fmc', 'bl', 'tee', 'snp', 'ucode'] as const;
export type TcbPart = (typeof TCB_PARTS)[number];

/** Where each part stands; the other bytes are reserved. */
const OFFSETS: Readonly<Record<TcbLayout, Readonly<Partial<Record<TcbPart, number>>>>> = {
  classic: { bl: 0, tee: 1, snp: 6, ucode: 7 },
  fmc: { fmc: 0, bl: 1, tee: 2, snp: 3, ucode: 7 },
};

/** Decodes eight bytes (AMD 56860, TCB_VERSION). Reserved bytes are looked at where the report is compared with its certificate. */
export function decodeTcb(bytes: Uint8Array, layout: TcbLayout): SnpTcb {
  const at = (part: TcbPart): number => bytes[OFFSETS[layout][part] ?? -1] ?? 0;
  const common = { bl: at('bl'), tee: at('tee'), snp: at('snp'), ucode: at('ucode') };
  return layout === 'fmc' ? { fmc: at('fmc'), ...common } : common;
}

/** The inverse of `decodeTcb`, reserved bytes zero. */
export function encodeTcb(tcb: SnpTcb, layout: TcbLayout): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8);
  for (const part of TCB_PARTS) {
    const offset = OFFSETS[layout][part];
    if (offset !== undefined) bytes[offset] = tcb[part] ?? 0;
  }
  return bytes;
}

/** The parts of `tcb` that are below those of `least`; a part that `least` does not name is not compared. */
export const partsBelow = (tcb: SnpTcb, least: Partial<SnpTcb>): readonly TcbPart[] =>
  TCB_PARTS.filter((part) => (tcb[part] ?? 0) < (least[part] ?? 0));

/** For details: `bl 4, tee 0, snp 24, ucode 219`. */
export const describeTcb = (tcb: Partial<SnpTcb>): string =>
  TCB_PARTS.filter((part) => tcb[part] !== undefined)
    .map((part) => `${part} ${tcb[part]}`)
    .join(', ');
