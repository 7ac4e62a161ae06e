/**
 * What a dstack machine measured of itself, held against the registers of its quote. Everything here is said by the
 * image that started: it is worth as much as the image is known (MRTD, RTMR0 to 2 against reference values).
 */
import { absent, type Check, fail, pass, unknown, weak } from '../../checks/check';
import { asCoded } from '../../checks/error';
import { equalBytes } from '../../encoding/bytes';
import { toHex } from '../../encoding/hex';
import type { JsonValue } from '../../encoding/json';
import { type BootEvents, readBootEvents } from './boot-events';
import { composeHashOf, imagesOf, type ImagesReading } from './compose';
import { type LogEvent, readEventLog } from './event-log';
import { type ConfigReading, readConfigId } from './mr-config';
import { extend, replayFirmware, replayRuntime, runtimeDigest } from './replay';

export type { BootEvents } from './boot-events';
export { composeHashOf } from './compose';
export type { ImageUse } from './images';

export interface DstackInput {
  /** Of the quote, 48 bytes each. */
  readonly rtmr: readonly [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  readonly mrConfigId: Uint8Array;
  /** As it came: a list or the JSON text of one. */
  readonly eventLog?: JsonValue;
  /** True where the service promises the log: then it is `fail` without one. */
  readonly logPromised: boolean;
  /** The application's text, exactly as it came. */
  readonly appCompose?: string;
  /** Hashes that the report states of it, lower-case hex: claims to be contradicted. */
  readonly statedHashes?: readonly string[];
  /** The check that keeps the quote from being believed. */
  readonly unproven?: Check | undefined;
}

export interface DstackFacts {
  readonly boot?: BootEvents;
  /** Measured, lower-case hex; from the log, or from MRCONFIGID where there is no log. */
  readonly composeHash?: string;
  readonly images?: ImagesReading;
}

export interface DstackResult {
  /** `eventlog eventlog.order compose compose.config compose.images`, as far as there is something to say. */
  readonly checks: readonly Check[];
  readonly facts: DstackFacts;
}

/** Never raises on bad input. */
export function checkDstack(input: DstackInput): DstackResult {
  const log = judgeLog(input);
  const composeHash = log.boot?.composeHash ?? hashInConfig(input);
  const text = input.appCompose;
  const images = text === undefined || composeHash === undefined || composeHashOf(text) !== composeHash ? undefined : imagesOf(text);
  const proven = input.unproven === undefined;
  return {
    checks: [
      ...log.checks,
      open(input, composeCheck(input, composeHash)),
      ...(composeHash === undefined ? [] : [open(input, configCheck(readConfigId(input.mrConfigId, { composeHash, ...log.boot })))]),
      ...(images === undefined ? [] : [open(input, imagesCheck(images))]),
    ],
    facts: proven ? { ...(log.boot === undefined ? {} : { boot: log.boot }), ...(composeHash === undefined ? {} : { composeHash }), ...(images === undefined ? {} : { images }) } : {},
  };
}

/** Contradictions are told in any case; that something holds only where the quote itself does. */
function open({ unproven }: DstackInput, check: Check): Check {
  if (unproven === undefined || check.outcome === 'fail' || check.outcome === 'absent') return check;
  return unknown(check.id, unproven.code ?? 'QUOTE_SIGNATURE', 'the evidence itself does not hold', { required: check.required });
}

interface LogFindings {
  readonly checks: readonly Check[];
  readonly boot?: BootEvents;
}

function judgeLog(input: DstackInput): LogFindings {
  if (input.eventLog === undefined || input.eventLog === null || input.eventLog === '') {
    return { checks: [input.logPromised ? fail('eventlog', 'EVENT_LOG_NOT_GIVEN', 'the report has no event log', { basis: 'derived' }) : absent('eventlog', 'service', 'EVENT_LOG_NOT_GIVEN', '')] };
  }
  let events: readonly LogEvent[];
  try {
    events = readEventLog(input.eventLog);
  } catch (error) {
    const { code, detail } = asCoded(error);
    return { checks: [fail('eventlog', code, detail, { basis: 'derived' })] };
  }
  const replayed = open(input, replayCheck(events, input.rtmr));
  if (replayed.outcome === 'fail') return { checks: [replayed] };
  try {
    const boot = readBootEvents(events);
    return { checks: [replayed, open(input, pass('eventlog.order', 'each of dstack’s own events once, before system-ready'))], boot };
  } catch (error) {
    const { code, detail } = asCoded(error);
    return { checks: [replayed, fail('eventlog.order', code, detail)] };
  }
}

function replayCheck(events: readonly LogEvent[], rtmr: DstackInput['rtmr']): Check {
  for (const register of [0, 1, 2] as const) {
    const replayed = replayFirmware(events, register);
    if (!equalBytes(replayed, rtmr[register])) return fail('eventlog', 'EVENT_LOG_MISMATCH', `RTMR${register}`, { expected: toHex(rtmr[register]), actual: toHex(replayed) });
  }
  const form = replayRuntime(events, rtmr[3]);
  if (form === undefined) {
    const own = events.filter(({ register }) => register === 3).map((event) => runtimeDigest(event, 'v1'));
    return fail('eventlog', 'EVENT_LOG_MISMATCH', 'RTMR3, from names and payloads', { expected: toHex(rtmr[3]), actual: toHex(extend(own)) });
  }
  return pass('eventlog', `RTMR0 to 3 from ${events.length} events, RTMR3 from names and payloads (${form})`);
}

/** Version 1 of MRCONFIGID holds the hash itself. */
function hashInConfig({ mrConfigId, eventLog }: DstackInput): string | undefined {
  const stated = toHex(mrConfigId.subarray(1, 33));
  const none = eventLog === undefined || eventLog === null || eventLog === '';
  return none && mrConfigId[0] === 1 && readConfigId(mrConfigId, { composeHash: stated }).kind === 'names' ? stated : undefined;
}

function composeCheck({ appCompose, statedHashes = [] }: DstackInput, measured: string | undefined): Check {
  if (measured === undefined) return unknown('compose', 'COMPOSE_NOT_MEASURED', 'nothing measured to compare with');
  const stated = statedHashes.find((hash) => hash !== measured);
  if (stated !== undefined) return fail('compose', 'COMPOSE_MISMATCH', 'the report states another hash', { expected: measured, actual: stated });
  if (appCompose === undefined) return pass('compose', 'measured hash alone, the text was not given', { actual: measured });
  const actual = composeHashOf(appCompose);
  if (actual !== measured) return fail('compose', 'COMPOSE_MISMATCH', 'the text is not what was measured', { expected: measured, actual });
  return pass('compose', `the text that was measured, ${appCompose.length} characters`, { expected: measured, actual });
}

/** Not required: RTMR3 binds the text as well, to the same image. A contradiction is one all the same. */
function configCheck(reading: ConfigReading): Check {
  switch (reading.kind) {
    case 'names':
      return pass('compose.config', `MRCONFIGID version ${reading.version}`, { required: false });
    case 'differs':
      return fail('compose.config', 'MR_CONFIG_MISMATCH', `MRCONFIGID version ${reading.version} names another application`);
    case 'unset':
      return unknown('compose.config', 'MR_CONFIG_NOT_SET', 'MRCONFIGID is all zero', { required: false });
    case 'open':
      return unknown('compose.config', 'MR_CONFIG_NOT_COMPARED', reading.why, { required: false });
  }
}

function imagesCheck(reading: ImagesReading): Check {
  if (reading.kind === 'unread') return weak('compose.images', 'IMAGE_NOT_PINNED', reading.why);
  const loose = reading.images.filter(({ digest }) => digest === undefined);
  if (loose.length > 0) return weak('compose.images', 'IMAGE_NOT_PINNED', loose.map(({ service, image }) => `${service} ${image}`.trim()).join(', ').slice(0, 500));
  return pass('compose.images', reading.images.map(({ service, digest }) => `${service} ${digest ?? ''}`).join(', ').slice(0, 1000));
}
