/**
 * Which body may belong to which head, and which certainly does. Nothing the page sees ties the two together, so the
 * content decides where it can; the order of events is only a hint (browser-facts 1 and 3).
 */
import type { ExchangeHead } from '../providers/exchange';
import type { AnswerReading } from '../providers/types';
import type { BodySource } from './contract';
import { DOCUMENT_SKEW_MS, SKEW_MS } from './limits';

export interface HeadSide {
  readonly head: ExchangeHead;
  /** When its headers were heard of here; −∞ when it was taken up from the store. */
  readonly seenAt: number;
  /** When its end was heard of here, or nothing while it runs. */
  readonly endSeenAt: number | undefined;
}

export interface BodySide {
  readonly source: BodySource;
  readonly incognito: boolean;
  readonly type: string;
  readonly status: number;
  /** When its document's relay began, ms since the epoch; 0 where that cannot be right. */
  readonly since: number;
  readonly seenAt: number;
  /** When the page read it to its clean end. */
  readonly endSeenAt: number | undefined;
  /** When its relay went, unless it came back. */
  readonly goneAt: number | undefined;
}

/** Lower-case media type without parameters; '' when there is none. */
const essence = (type: string): string => (type.split(';')[0] ?? '').trim().toLowerCase();

function typeOfHead({ headers }: ExchangeHead): string {
  const values = headers.filter(({ name }) => name.toLowerCase() === 'content-type').map(({ value }) => (typeof value === 'string' ? value : ''));
  return essence(values.join(', '));
}

/** Requests of a document name its tab; those of its service worker name only the origin. Frames are no guide: Chromium names the parent's. */
function sameAsker(head: ExchangeHead, source: BodySource): boolean {
  if (head.tabId >= 0) {
    if (head.tabId !== source.tabId) return false;
    return head.initiator === undefined || head.initiator === 'null' || source.origin === 'null' || head.initiator === source.origin;
  }
  return head.initiator === source.origin;
}

/** True when this body may be this head's. Same URL and same kind of window are given. A document that is gone asks for nothing more (but to a clock that is set back in that moment). */
export const mayBelong = ({ head }: HeadSide, body: BodySide): boolean =>
  sameAsker(head, body.source) && typeOfHead(head) === essence(body.type) && (body.goneAt === undefined || head.startedAt <= body.goneAt);

/**
 * Asked since this document's relay runs, and answered with this status. A hint: clocks are set, the status is the page's
 * word, and a service worker hands on what it likes.
 */
export const likely = ({ head }: HeadSide, { since, status }: BodySide): boolean => head.startedAt >= since - DOCUMENT_SKEW_MS && (head.tabId < 0 || head.status === status);

/** A page cannot read before the headers came, nor read to the end while the network still brings more. A hint: the two ways are not in step. */
export const inTime = ({ seenAt, endSeenAt }: HeadSide, body: BodySide, now: number): boolean =>
  body.seenAt >= seenAt - SKEW_MS && (body.endSeenAt === undefined || (endSeenAt ?? now) <= body.endSeenAt + SKEW_MS);

/** Numbers that a request makes up for itself alone and that its answer repeats; keys that many requests share tie nothing. */
const isOwn = (rule: string): boolean => rule.endsWith('-nonce');

/** True when a header carries a digest of this body, or the body a digest or the own number of this head's request. */
export function names({ headers, requestHashes }: ExchangeHead, reading: AnswerReading): boolean {
  if (reading.responseHashes.some(({ rule, sha256 }) => isOwn(rule) && requestHashes.some((sent) => sent.rule === rule && sent.sha256 === sha256))) return true;
  const inHeaders = headers.some(({ value }) => {
    if (typeof value !== 'string' || value.length < 64) return false;
    const text = value.toLowerCase();
    return reading.responseHashes.some(({ sha256 }) => text.includes(sha256));
  });
  if (inHeaders) return true;
  const signed = reading.statement?.text.toLowerCase();
  return signed !== undefined && requestHashes.some(({ sha256 }) => signed.includes(sha256));
}

/** True when it makes no difference to any check which of the two heads a body is joined to. */
export const interchangeable = (a: ExchangeHead, b: ExchangeHead): boolean =>
  a.method === b.method && a.status === b.status && a.fromCache === b.fromCache && a.model === b.model && a.initiator === b.initiator &&
  a.tabId === b.tabId && a.connection?.keys.join() === b.connection?.keys.join();

/** True when two bodies read the same: a body that two taps report is still one. */
export const sameReading = (a: AnswerReading, b: AnswerReading): boolean =>
  a.length === b.length &&
  a.complete === b.complete &&
  a.responseHashes.length > 0 &&
  a.responseHashes.length === b.responseHashes.length &&
  a.responseHashes.every(({ sha256 }, i) => sha256 === b.responseHashes[i]?.sha256) &&
  a.findings.length === b.findings.length &&
  a.findings.every(({ id, outcome, code, detail }, i) => {
    const other = b.findings[i];
    return other !== undefined && id === other.id && outcome === other.outcome && code === other.code && detail === other.detail;
  });
