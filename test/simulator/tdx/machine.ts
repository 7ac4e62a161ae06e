/**
 * Simulated machines and the software of their TDs. A machine is a PCK leaf with its SVNs plus a quoting enclave;
 * which one answers decides what the TCB evaluation finds, so a fault needs no change of collateral.
 */
import type { PckFacts } from '../pki/intel.ts';
import { sha384 } from '../pki/keys.ts';

/** Sapphire Rapids' FMSPC as cloud providers show it. */
export const FMSPC = '90c06f000000';

export interface Machine extends PckFacts {
  /** ISVSVN of the TD quoting enclave. */
  readonly qeSvn: number;
  /** TEE_TCB_SVN: module ISVSVN, module major version, SEAM loader …, 16 bytes. */
  readonly teeTcbSvn: readonly number[];
}

const svns = (...first: readonly number[]): readonly number[] => [...first, ...Array.from({ length: 16 - first.length }, () => 0)];

/** Meets the newest TCB level, TDX module 1.x included. */
export const UP_TO_DATE: Machine = {
  label: 'up to date', fmspc: FMSPC, components: svns(3, 3, 2, 2, 4, 1, 0, 5), pceSvn: 13, qeSvn: 4, teeTcbSvn: svns(6, 1, 3),
};

/** An older microcode and TDX module: OutOfDate with advisories. */
export const OUT_OF_DATE: Machine = { ...UP_TO_DATE, label: 'out of date', components: svns(2, 2, 2, 2, 3, 1, 0, 5), teeTcbSvn: svns(4, 1, 2) };

/** In every respect current, and its PCK certificate is on the PCK CRL. */
export const REVOKED: Machine = { ...UP_TO_DATE, label: 'revoked' };

export const MACHINES: readonly Machine[] = [UP_TO_DATE, OUT_OF_DATE, REVOKED];

/** Measurements of the simulated agent's TD, 48 bytes each. */
export const MEASUREMENTS = {
  mrSeam: sha384('assay simulator/tdx module 1.5'),
  mrTd: sha384('assay simulator/firmware'),
  rtmr0: sha384('assay simulator/firmware configuration'),
  rtmr1: sha384('assay simulator/kernel'),
  rtmr2: sha384('assay simulator/initrd and command line'),
  rtmr3: Buffer.alloc(48),
} as const;
