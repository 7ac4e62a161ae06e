/**
 * How services tie a fresh number and a signing key into the 64 bytes of report_data, as data: each layout says what the
 * two halves must hold. The strongest that holds is reported, so a service that begins to bind its key is seen to.
 */
import { concatBytes, equalBytes, isAllZero } from '../../encoding/bytes';
import { fromHex, toHex } from '../../encoding/hex';
import { sha256Bytes } from '../../signatures/digests';
import type { BindingLayout } from '../types';

export const REPORT_DATA_BYTES = 64;
export const NONCE_BYTES = 32;
const HALF = 32;
const ADDRESS_BYTES = 20;

export interface BindingInput {
  /** 64 bytes out of evidence whose signature was checked elsewhere. */
  readonly reportData: Uint8Array;
  /** The number we made, 32 bytes. */
  readonly nonce: Uint8Array;
  /** The key the service reports beside the evidence: `0x` + 40 hex. */
  readonly address?: string;
  /** SHA-256 of the DER public key of the service's connection, 32 bytes, where the service reports one. */
  readonly spkiSha256?: Uint8Array;
}

interface LayoutRule {
  readonly layout: BindingLayout;
  /** What report_data must be; `undefined` where the report lacks a part of it. */
  readonly expected: (input: BindingInput) => Uint8Array | undefined;
}

const ZERO_HALF = new Uint8Array(HALF);

/** Address bytes, zeros behind them. */
function padded(address: string): Uint8Array {
  const half = new Uint8Array(HALF);
  half.set(fromHex(address.slice(2)));
  return half;
}

/** Strongest first. */
export const LAYOUTS: readonly LayoutRule[] = [
  {
    layout: 'sha256(address,spki)-nonce',
    expected: ({ address, spkiSha256, nonce }) =>
      address === undefined || spkiSha256 === undefined ? undefined : concatBytes(sha256Bytes(concatBytes(fromHex(address.slice(2)), spkiSha256)), nonce),
  },
  { layout: 'address-nonce', expected: ({ address, nonce }) => (address === undefined ? undefined : concatBytes(padded(address), nonce)) },
  { layout: 'nonce-address', expected: ({ address, nonce }) => (address === undefined ? undefined : concatBytes(nonce, padded(address))) },
  { layout: 'none', expected: ({ nonce }) => concatBytes(nonce, ZERO_HALF) },
];

export interface BindingReading {
  /** The strongest layout that holds; `none` where the key is in none. */
  readonly layout: BindingLayout;
  /** Our number fills one half of report_data exactly. */
  readonly fresh: boolean;
  /** The other half holds an address, and it is not the reported one: lower-case `0x…`. */
  readonly otherAddress?: string;
  /** The half beside the number holds something no layout explains. */
  readonly unexplained: boolean;
}

/** Reads report_data against all layouts. Lengths are the caller's to check: 64 and 32 bytes. */
export function readBinding(input: BindingInput): BindingReading {
  // Services fill with zeros: a number of zeros stands in every such quote, whoever asked for it.
  if (isAllZero(input.nonce)) return { layout: 'none', fresh: false, unexplained: false };
  const holding = LAYOUTS.find(({ expected }) => {
    const bytes = expected(input);
    return bytes !== undefined && equalBytes(bytes, input.reportData);
  });
  if (holding !== undefined) return { layout: holding.layout, fresh: true, unexplained: false };
  const halves = [input.reportData.subarray(0, HALF), input.reportData.subarray(HALF)] as const;
  const at = halves.findIndex((half) => equalBytes(half, input.nonce));
  if (at < 0) return { layout: 'none', fresh: false, unexplained: false };
  const beside = halves[at === 0 ? 1 : 0];
  const otherAddress = addressIn(beside);
  return { layout: 'none', fresh: true, unexplained: !isAllZero(beside), ...(otherAddress === undefined ? {} : { otherAddress }) };
}

/** An address with its twelve zeros; a digest ends in twelve zeros once in 2^96. */
function addressIn(half: Uint8Array): string | undefined {
  if (!isAllZero(half.subarray(ADDRESS_BYTES)) || isAllZero(half)) return undefined;
  return `0x${toHex(half.subarray(0, ADDRESS_BYTES))}`;
}
