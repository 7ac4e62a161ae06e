/** The event log of a dstack machine as it comes: a list, or the JSON text of one. Nothing in it is believed before it replays. */
import { CodedError } from '../../checks/error';
import { fromHex } from '../../encoding/hex';
import { type JsonValue, parseJson } from '../../encoding/json';
import { JsonView } from '../../encoding/json-read';

const CODE = 'EVENT_LOG_MALFORMED';
/** Real logs have about 30 events and 8 kB. */
const MAX_EVENTS = 1024;
const MAX_TEXT = 1024 * 1024;
const MAX_PAYLOAD_BYTES = 64 * 1024;
const MAX_NAME = 256;
/** SHA-384. */
const DIGEST_BYTES = 48;

/** dstack's own kind of event, which its software extends into RTMR3; no number of the TCG's. */
export const RUNTIME_EVENT = 0x08000001;

export interface LogEvent {
  /** Which of the four registers it went into. */
  readonly register: 0 | 1 | 2 | 3;
  readonly type: number;
  /** At most 48 bytes; empty where newer software leaves it out. Of register 3 it is never used: see `replay`. */
  readonly digest: Uint8Array;
  readonly name: string;
  readonly payload: Uint8Array;
  /** Form of the digest, where the log names one (2 and up). */
  readonly version?: number;
}

/** Reads a log. Raises `EVENT_LOG_MALFORMED`. */
export function readEventLog(value: JsonValue): readonly LogEvent[] {
  const list = typeof value === 'string' ? parseJson(value, { code: CODE, maxLength: MAX_TEXT, maxDepth: 8 }) : value;
  const events = new JsonView(list, 'event_log', CODE).items(MAX_EVENTS).map(readEvent);
  if (events.length === 0) throw new CodedError(CODE, 'an empty log');
  return events;
}

const REGISTERS = [0, 1, 2, 3] as const;

function readEvent(view: JsonView): LogEvent {
  const register = REGISTERS[view.get('imr').uint(3)] ?? 0;
  const name = optional(view, 'event');
  if (name.length > MAX_NAME) throw new CodedError(CODE, `an event name of ${name.length} characters`);
  const version = view.get('version');
  return {
    register,
    type: view.get('event_type').uint(0xffff_ffff),
    digest: bytesIn(view, 'digest', DIGEST_BYTES),
    name,
    payload: bytesIn(view, 'event_payload', MAX_PAYLOAD_BYTES),
    ...(version.present && isNumber(version) ? { version: version.uint(255) } : {}),
  };
}

/** Text that may be left out or null: both are empty. */
function optional(view: JsonView, key: string): string {
  const value = view.object().get(key);
  return value === undefined || value === null ? '' : view.get(key).string();
}

/** Some writers name versions in words; only numbers say something here. */
function isNumber(view: JsonView): boolean {
  try {
    view.uint();
    return true;
  } catch (error) {
    if (error instanceof CodedError) return false;
    throw error;
  }
}

function bytesIn(view: JsonView, key: string, max: number): Uint8Array {
  const text = optional(view, key);
  if (text.length > 2 * max) throw new CodedError(CODE, `${key} of ${text.length / 2} bytes, at most ${max} are read`);
  return fromHex(text, CODE);
}
