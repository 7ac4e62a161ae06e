/**
 * The SPDM 1.1 transcript of one attestation: GET_MEASUREMENTS request, then MEASUREMENTS response. Bytes in, fields out;
 * everything but the request's own nonce is unauthenticated until the signature holds.
 */
import { CodedError } from '../../checks/error';
import { ByteReader, isAllZero } from '../../encoding/bytes';

const SPDM_1_1 = 0x11;
const GET_MEASUREMENTS = 0xe0;
const MEASUREMENTS = 0x60;
/** Request parameter 1, bit 0: a signature is asked for. */
const SIGNATURE_REQUESTED = 0x01;
/** Request parameter 2: all measurement blocks. */
const ALL_BLOCKS = 0xff;
const NONCE_BYTES = 32;
const SIGNATURE_BYTES = 96;
/** Measurement specification 1, bit 0: DMTF. */
const DMTF = 0x01;
const BLOCK_HEADER = 4;
const DIGEST_BYTES = 48;
/** The longest real transcript is 4277 bytes; the format's own limits lie far above. */
const MAX_TRANSCRIPT = 64 * 1024;

export interface Transcript {
  /** The nonce in the request, 32 bytes: the verifier's, if the evidence is fresh. */
  readonly nonce: Uint8Array;
  /** Block index (from 1) → SHA-384 value, 48 bytes. */
  readonly blocks: ReadonlyMap<number, Uint8Array>;
  /** Opaque data, still encoded. */
  readonly opaque: Uint8Array;
  /** Everything under the signature: request and response up to it. */
  readonly signed: Uint8Array;
  /** ECDSA P-384 over SHA-384, r‖s big-endian, 96 bytes. */
  readonly signature: Uint8Array;
  /** Bytes after the signature. Zeros are seen in the field and mean nothing. */
  readonly trailing: Uint8Array;
}

/** Reads a transcript. Raises `SPDM_PARSE`; bytes after the signature are left to the caller to judge. */
export function readTranscript(bytes: Uint8Array): Transcript {
  if (bytes.length > MAX_TRANSCRIPT) refuse(`${bytes.length} bytes`);
  const reader = new ByteReader(bytes, 'SPDM_PARSE');
  expect(reader.u8(), SPDM_1_1, 'request version');
  expect(reader.u8(), GET_MEASUREMENTS, 'request code');
  expect(reader.u8(), SIGNATURE_REQUESTED, 'request parameter 1');
  expect(reader.u8(), ALL_BLOCKS, 'request parameter 2');
  const nonce = reader.take(NONCE_BYTES);
  expect(reader.u8(), 0, 'slot');

  expect(reader.u8(), SPDM_1_1, 'response version');
  expect(reader.u8(), MEASUREMENTS, 'response code');
  expect(reader.u8(), 0, 'response parameter 1');
  expect(reader.u8(), 0, 'response parameter 2');
  const count = reader.u8();
  const length = reader.u16le() + 0x10000 * reader.u8();
  const blocks = readBlocks(reader.take(length), count);
  reader.skip(NONCE_BYTES); // the responder's own random number
  const opaque = reader.take(reader.u16le());
  const signed = bytes.subarray(0, reader.offset);
  const signature = reader.take(SIGNATURE_BYTES);
  return { nonce, blocks, opaque, signed, signature, trailing: reader.rest() };
}

/** Why what follows the signature cannot be overlooked; `undefined` for nothing and for zeros. */
export const trailingProblem = ({ trailing }: Transcript): string | undefined => (isAllZero(trailing) ? undefined : `${trailing.length} bytes after the signature`);

function readBlocks(record: Uint8Array, count: number): ReadonlyMap<number, Uint8Array> {
  if (count === 0) refuse('no measurement blocks');
  const reader = new ByteReader(record, 'SPDM_PARSE');
  const blocks = new Map<number, Uint8Array>();
  for (let i = 0; i < count; i += 1) {
    const index = reader.u8();
    if (index === 0 || blocks.has(index)) refuse(`measurement block index ${index}${index === 0 ? '' : ' twice'}`);
    expect(reader.u8(), DMTF, `specification of block ${index}`);
    expect(reader.u16le(), BLOCK_HEADER - 1 + DIGEST_BYTES, `size of block ${index}`);
    reader.skip(1); // what kind of thing was measured; says nothing about the value
    expect(reader.u16le(), DIGEST_BYTES, `value size of block ${index}`);
    blocks.set(index, reader.take(DIGEST_BYTES));
  }
  if (reader.remaining !== 0) refuse(`${reader.remaining} bytes after the last measurement block`);
  return blocks;
}

function expect(actual: number, wanted: number, what: string): void {
  if (actual !== wanted) refuse(`${what} 0x${actual.toString(16)} where 0x${wanted.toString(16)} belongs`);
}

function refuse(detail: string): never {
  throw new CodedError('SPDM_PARSE', detail);
}
