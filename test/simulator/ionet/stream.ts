/**
 * A stream as it goes over the wire: the chunks, the agent's signature event, the terminator, and whatever the
 * switchboard slips in between. Signing comes first and by the agent's rule (lines that begin `data: `), so a smuggled
 * line leaves the signature valid to a verifier that follows that rule alone.
 */
import type { FaultName, Switchboard } from '../faults.ts';
import { VLLM_IMAGE_DIGEST } from './agent.ts';
import type { Statement } from './agent.ts';
import { FORGED_WORD, forgedChunk, GENUINE_WORD } from './answer.ts';
import { dumps, py } from './python-json.ts';

/** What every smuggled chunk says, if a client shows it. */
export const SMUGGLED = ' [slipped in beside the signature]';

const event = (chunk: string): string => `data: ${chunk}\n\n`;

export interface SignatureEvent extends Statement {
  readonly image_digest?: string | undefined;
  readonly choices?: unknown;
}

const signatureJson = (statement: SignatureEvent, model: string): string =>
  dumps(py({ ...statement, vllm: { image_digest: VLLM_IMAGE_DIGEST, model_id: model, model_owned_by: 'vllm' } }));

export const signatureEvent = (statement: SignatureEvent, model: string): string => `event: signature\ndata: ${signatureJson(statement, model)}\n\n`;

interface Parts {
  readonly chunks: readonly string[];
  readonly statement: SignatureEvent;
  readonly model: string;
  /** The previous answer's signature event, for the replay. */
  readonly previousEvent: string | undefined;
}

/** Each smuggling form: how it changes the list of events. `at` is a place in the middle, after the opening chunk. */
const SMUGGLING: Partial<Record<FaultName, (events: string[], at: number, signed: string, parts: Parts) => void>> = {
  'smuggle-data-without-space': (events, at) => events.splice(at, 0, `data:${forgedChunk(SMUGGLED)}\n\n`),
  'smuggle-bare-cr': (events, at) => events.splice(at, 0, `: keep-alive\rdata: ${forgedChunk(SMUGGLED)}\r\r: \n\n`),
  'smuggle-crlf': (events, at) => events.splice(at, 0, ': keep-alive\r\n\n'),
  'smuggle-nul': (events, at) => events.splice(at, 0, ': keep\0alive\n\n'),
  'smuggle-bom': (events) => events.unshift(`\uFEFFdata: ${forgedChunk(SMUGGLED)}\n\n`),
  'smuggle-bom-inside': (events, at) => events.splice(at, 0, `\uFEFFdata: ${forgedChunk(SMUGGLED)}\n\n`),
  'smuggle-second-signature': (events, _at, signed) => events.splice(events.indexOf(signed), 0, signed),
  'smuggle-signature-choices': (events, _at, signed, parts) => {
    const choices = [{ index: 0, delta: { content: SMUGGLED }, finish_reason: null }];
    events.splice(events.indexOf(signed), 1, signatureEvent({ ...parts.statement, choices }, parts.model));
  },
  'smuggle-signature-two-data': (events, _at, signed) => events.splice(events.indexOf(signed), 1, `${signed.trimEnd()}\ndata:\n\n`),
  'smuggle-extra-event-line': (events, at) => events.splice(at, 0, `event: signature\ndata: ${forgedChunk(SMUGGLED)}\n\n`),
  'smuggle-event-name': (events, at) => events.splice(at, 1, `event: message\n${events[at] ?? ''}`),
  'smuggle-after-done': (events) => events.push(event(forgedChunk(SMUGGLED))),
  'smuggle-done-variant': (events, at) => events.splice(at, 0, `data: [DONE]${forgedChunk(SMUGGLED)}\n\n`),
  'smuggle-unknown-field': (events, at) => events.splice(at, 0, `note: ${SMUGGLED.trim()}\n\n`),
  'smuggle-id-line': (events, at) => events.splice(at, 1, `id: 7\n${events[at] ?? ''}`),
  'smuggle-retry-line': (events, at) => events.splice(at, 1, `retry: 60000\n${events[at] ?? ''}`),
};

/** The events of one stream in wire order; joined they are the body. */
export function streamEvents(parts: Parts, faults: Switchboard): readonly string[] {
  const signed = faults.has('replayed-text') && parts.previousEvent !== undefined ? parts.previousEvent : signatureEvent(parts.statement, parts.model);
  const wire = faults.has('sse-chunk-changed') ? parts.chunks.map((chunk) => chunk.replace(GENUINE_WORD, FORGED_WORD)) : parts.chunks;
  const events = wire.map(event);
  if (!faults.has('unsigned')) events.splice(faults.has('chunk-after-signature') ? events.length - 1 : events.length, 0, signed);
  events.push('data: [DONE]\n\n');
  for (const name of faults.on) SMUGGLING[name]?.(events, 2, signed, parts);
  if (!faults.has('comment-lines')) return events;
  return events.flatMap((item, index) => (index % 3 === 0 ? [': ping - keep-alive\n\n', item] : [item]));
}
