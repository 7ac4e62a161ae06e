/** TPMS_ATTEST of kind TPM_ST_ATTEST_QUOTE (TPM 2.0 Part 2, 10.12.8): what a quote says, to the last byte. */
import { CodedError } from '../../checks/error';
import { ByteReader } from '../../encoding/bytes';
import { hashById } from './algorithms';
import type { TpmHash } from './algorithms';
import { tpm2b } from './public-key';

export interface QuoteInfo {
  /** The caller's qualifying data: the nonce. */
  readonly extraData: Uint8Array;
  readonly clock: bigint;
  readonly resetCount: number;
  readonly restartCount: number;
  readonly bank: TpmHash;
  /** Selected registers, ascending. */
  readonly selection: readonly number[];
  readonly pcrDigest: Uint8Array;
}

const MAGIC = 0xff54_4347;
const QUOTE = 0x8018;
const MAX_SELECT = 4;

function refuse(detail: string): never {
  throw new CodedError('VTPM_QUOTE_MALFORMED', detail);
}

/** Reads one quote over one bank and nothing after it. Raises `VTPM_QUOTE_MALFORMED`. */
export function readQuoteInfo(bytes: Uint8Array): QuoteInfo {
  const reader = new ByteReader(bytes, 'VTPM_QUOTE_MALFORMED');
  // The magic is what a restricted key's TPM never signs on anyone's behalf.
  if (reader.u32be() !== MAGIC) refuse('no TPM_GENERATED_VALUE');
  if (reader.u16be() !== QUOTE) refuse('no quote');
  tpm2b(reader);
  const extraData = tpm2b(reader);
  const clock = (BigInt(reader.u32be()) << 32n) | BigInt(reader.u32be());
  const resetCount = reader.u32be();
  const restartCount = reader.u32be();
  if (reader.u8() > 1) refuse('the clock’s safe flag');
  reader.skip(8);
  const count = reader.u32be();
  if (count !== 1) refuse(`${count} banks in one quote`);
  const bank = hashById(reader.u16be()) ?? refuse('an unknown bank');
  const select = reader.u8();
  if (select === 0 || select > MAX_SELECT) refuse(`a selection of ${select} octets`);
  const selection = registersIn(reader.take(select));
  const pcrDigest = tpm2b(reader);
  if (reader.remaining > 0) refuse(`${reader.remaining} bytes after the quote`);
  return { extraData, clock, resetCount, restartCount, bank, selection, pcrDigest };
}

const registersIn = (bitmap: Uint8Array): readonly number[] =>
  [...bitmap].flatMap((octet, i) => [0, 1, 2, 3, 4, 5, 6, 7].filter((bit) => ((octet >> bit) & 1) === 1).map((bit) => 8 * i + bit));
