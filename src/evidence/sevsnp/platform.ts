/** PLATFORM_INFO bits that have a name; unknown ones are shown, never refused (real Turin machines set new ones). */
const POSITIONS = { smt: 0, tsme: 1, ecc: 2, raplDisabled: 3, ciphertextHiding: 4, aliasCheck: 5, iommuWriteSafe: 6, tio: 7 } as const;

export type PlatformBit = keyof typeof POSITIONS;

const BITS: readonly PlatformBit[] = ['smt', 'tsme', 'ecc', 'raplDisabled', 'ciphertextHiding', 'aliasCheck', 'iommuWriteSafe', 'tio'];

/** The named bits that are set. */
export const platformBits = (value: bigint): readonly PlatformBit[] => BITS.filter((bit) => ((value >> BigInt(POSITIONS[bit])) & 1n) === 1n);

/** The set bits without a name here. */
export const unnamedPlatformBits = (value: bigint): bigint => (value >> BigInt(BITS.length)) << BigInt(BITS.length);
