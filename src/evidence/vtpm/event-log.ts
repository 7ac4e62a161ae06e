/**
 * The TCG boot event log (PC Client Platform Firmware Profile): what was measured, in order. It is nobody's word by
 * itself; replayed into the values of quoted registers it explains them.
 */
import { CodedError } from '../../checks/error';
import { ByteReader, concatBytes, equalBytes, utf8Bytes } from '../../encoding/bytes';
import { hashById } from './algorithms';
import type { TpmHash } from './algorithms';

export interface BootEvent {
  readonly pcr: number;
  readonly type: number;
  /** By bank name. */
  readonly digests: ReadonlyMap<TpmHash['name'], Uint8Array>;
  readonly data: Uint8Array;
}

export interface EventLog {
  readonly format: 'sha1' | 'crypto-agile';
  /** Banks that the log has digests for. */
  readonly banks: readonly TpmHash[];
  /** Without the header of a crypto-agile log. */
  readonly events: readonly BootEvent[];
}

const EV_NO_ACTION = 3;
const SPEC_ID = utf8Bytes('Spec ID Event03\0');
const STARTUP_LOCALITY = utf8Bytes('StartupLocality\0');
const MAX_LOG = 4 * 1024 * 1024;
const MAX_EVENTS = 8192;
const MAX_PCR = 31;
const NO_PCR = 0xffff_ffff;
const SHA1_ID = 4;

function refuse(detail: string): never {
  throw new CodedError('EVENT_LOG_MALFORMED', detail);
}

const beginsWith = (bytes: Uint8Array, first: Uint8Array): boolean => equalBytes(bytes.subarray(0, first.length), first);

interface Digest {
  readonly id: number;
  readonly bytes: number;
  /** Absent for an algorithm that is not read here. */
  readonly hash?: TpmHash;
}

/** Reads a log in either format; zeros may follow the last event. Raises `EVENT_LOG_MALFORMED`. */
export function readEventLog(bytes: Uint8Array): EventLog {
  if (bytes.length > MAX_LOG) refuse(`${bytes.length} bytes`);
  const reader = new ByteReader(bytes, 'EVENT_LOG_MALFORMED');
  const end = bytes.findLastIndex((byte) => byte !== 0) + 1;
  const sha1 = hashById(SHA1_ID) ?? refuse('no SHA-1');
  const first = readOldEvent(reader, sha1);
  if (first.type !== EV_NO_ACTION || !beginsWith(first.data, SPEC_ID)) {
    return { format: 'sha1', banks: [sha1], events: [first, ...readEvents(reader, end, () => readOldEvent(reader, sha1))] };
  }
  const declared = readSpecId(first.data);
  return { format: 'crypto-agile', banks: declared.flatMap(({ hash }) => hash ?? []), events: readEvents(reader, end, () => readAgileEvent(reader, declared)) };
}

function readEvents(reader: ByteReader, end: number, read: () => BootEvent): readonly BootEvent[] {
  const events: BootEvent[] = [];
  while (reader.offset < end) {
    if (events.length === MAX_EVENTS) refuse(`more than ${MAX_EVENTS} events`);
    events.push(read());
  }
  return events;
}

function readRegister(reader: ByteReader): number {
  const pcr = reader.u32le();
  // Firmware writes 0xffffffff where an event extends none.
  return pcr <= MAX_PCR || pcr === NO_PCR ? pcr : refuse(`register ${pcr}`);
}

/** TCG_PCClientPCREvent: one SHA-1 digest. */
function readOldEvent(reader: ByteReader, sha1: TpmHash): BootEvent {
  const pcr = readRegister(reader);
  const type = reader.u32le();
  const digest = reader.take(sha1.bytes);
  return { pcr, type, digests: new Map([[sha1.name, digest]]), data: reader.take(reader.u32le()) };
}

/** TCG_PCR_EVENT2: one digest for each declared algorithm. */
function readAgileEvent(reader: ByteReader, declared: readonly Digest[]): BootEvent {
  const pcr = readRegister(reader);
  const type = reader.u32le();
  const count = reader.u32le();
  if (count > declared.length) refuse(`${count} digests`);
  const digests = new Map<TpmHash['name'], Uint8Array>();
  const seen = new Set<number>();
  for (let i = 0; i < count; i += 1) {
    const id = reader.u16le();
    const algorithm = declared.find((one) => one.id === id) ?? refuse(`digest of undeclared algorithm 0x${id.toString(16)}`);
    if (seen.has(id)) refuse(`two digests of algorithm 0x${id.toString(16)}`);
    seen.add(id);
    const digest = reader.take(algorithm.bytes);
    if (algorithm.hash !== undefined) digests.set(algorithm.hash.name, digest);
  }
  return { pcr, type, digests, data: reader.take(reader.u32le()) };
}

/** TCG_EfiSpecIDEvent: which digests every event carries. */
function readSpecId(data: Uint8Array): readonly Digest[] {
  const reader = new ByteReader(data, 'EVENT_LOG_MALFORMED');
  reader.skip(24);
  const count = reader.u32le();
  if (count === 0 || count > 16) refuse(`${count} algorithms`);
  const declared: Digest[] = [];
  for (let i = 0; i < count; i += 1) {
    const id = reader.u16le();
    const bytes = reader.u16le();
    const hash = hashById(id);
    if (declared.some((one) => one.id === id) || bytes === 0 || bytes > 128 || (hash !== undefined && hash.bytes !== bytes)) refuse(`algorithm 0x${id.toString(16)} of ${bytes} bytes`);
    declared.push({ id, bytes, ...(hash === undefined ? {} : { hash }) });
  }
  reader.skip(reader.u8());
  if (reader.remaining > 0) refuse('bytes after the algorithms');
  return declared;
}

/**
 * What the registers of a bank hold after these events: register → value, ascending. Only registers that an event
 * extends are named. Raises `EVENT_LOG_MALFORMED` for an event without a digest for the bank.
 */
export function replay({ events }: EventLog, bank: TpmHash): ReadonlyMap<number, Uint8Array> {
  const registers = new Map<number, Uint8Array>();
  let locality = 0;
  for (const { pcr, type, digests, data } of events) {
    if (type === EV_NO_ACTION) {
      if (pcr === 0 && beginsWith(data, STARTUP_LOCALITY)) locality = data[STARTUP_LOCALITY.length] ?? 0;
      continue;
    }
    if (pcr === NO_PCR) continue;
    const digest = digests.get(bank.name) ?? refuse(`an event without a ${bank.name} digest`);
    registers.set(pcr, bank.digest(concatBytes(registers.get(pcr) ?? startOf(pcr, bank, locality), digest)));
  }
  return new Map([...registers].sort(([a], [b]) => a - b));
}

/** Registers begin at zero; the locality that started the TPM stands in the last byte of register 0. */
function startOf(pcr: number, bank: TpmHash, locality: number): Uint8Array {
  const start = new Uint8Array(bank.bytes);
  if (pcr === 0) start[bank.bytes - 1] = locality;
  return start;
}
