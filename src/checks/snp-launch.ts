/**
 * The values of kind `snp-launch`: what identifies a SEV-SNP machine's software. The launch measurement is the firmware's
 * and what it was given; beside a vTPM the kernel and all behind it are in the TPM's registers.
 */

/** Bytes of what the report itself holds. */
const IN_REPORT: Readonly<Record<string, number>> = { measurement: 48, hostData: 32, idKeyDigest: 48, authorKeyDigest: 48 };
/** Bytes of a register, by bank. SHA-1 is none: nothing rests on it. */
const BANKS: Readonly<Record<string, number>> = { sha256: 32, sha384: 48, sha512: 64 };
const REGISTERS = 24;

/** In the order of preference: one bank says what all do. */
export const PCR_BANKS: readonly string[] = Object.keys(BANKS);

/** `sha256 pcr 4`. */
export const pcrName = (bank: string, index: number): string => `${bank} pcr ${index}`;
export const isPcrName = (name: string): boolean => name.includes(' pcr ');

/** Every name, with the bytes of its value. */
export const SNP_LAUNCH_BYTES: Readonly<Record<string, number>> = {
  ...IN_REPORT,
  ...Object.fromEntries(Object.entries(BANKS).flatMap(([bank, bytes]) => Array.from({ length: REGISTERS }, (_, index) => [pcrName(bank, index), bytes]))),
};

/** Registers that the boot loader, the kernel and what it starts are measured into: without one of them nothing but firmware is named. */
export const BOOT_PCRS: readonly number[] = [4, 8, 9, 11];
/** Registers that are written while a machine starts. Not 10, which grows while it runs, and none that a running system may write anew. */
export const START_PCRS: readonly number[] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14];
