/** All heads and bodies of one URL in one kind of window: what may have to be told apart. */
import type { ExchangeHead } from '../providers/exchange';
import type { Body, HeadEnd } from './body';
import type { Ending } from './contract';
import type { Responded } from './heads';
import { inTime, likely, mayBelong, names, type HeadSide } from './match';

export interface Head extends HeadSide {
  head: ExchangeHead;
  responded: Responded;
  /** How its answer is to be read; `undefined` when there is nothing to judge, and its body only has to go somewhere. */
  form: 'json' | 'sse' | undefined;
  readonly seenAt: number;
  endSeenAt: number | undefined;
  end: { readonly ending: Ending; readonly at: number; /** When it was heard of, also after a restart. */ readonly knownAt: number } | undefined;
  body: Body | undefined;
  /** `unseen`: told without a body, a late read may still bring one. `told`: told with its body, or as ambiguous. */
  state: 'open' | 'unseen' | 'told';
  toldAt: number;
  acknowledged: boolean;
  revision: number;
  /** Which bodies it names; each pair is compared once. */
  readonly named: Map<Body, boolean>;
}

export interface Group {
  readonly key: string;
  readonly heads: Head[];
  readonly bodies: Body[];
  cancelTimer: (() => void) | undefined;
}

/** Bodies that no head has yet. */
export const waitingBodies = ({ heads, bodies }: Group): Body[] => bodies.filter((body) => !heads.some((head) => head.body === body));

const orAll = <T>(preferred: T[], all: T[]): T[] => (preferred.length > 0 ? preferred : all);

/** Heads this body may belong to: those of its document with its status before others, those still open before those already given up, those in time before others. */
export function candidates({ heads }: Group, body: Body, now: number): Head[] {
  const possible = heads.filter((head) => head.body === undefined && head.state !== 'told' && mayBelong(head, body));
  const near = orAll(possible.filter((head) => likely(head, body)), possible);
  const open = orAll(near.filter(({ state }) => state === 'open'), near);
  return orAll(open.filter((head) => inTime(head, body, now)), open);
}

export const endsOf = (heads: readonly Head[]): HeadEnd[] => heads.flatMap(({ end }) => (end === undefined ? [] : [{ completed: end.ending === 'completed', seenAt: end.knownAt }]));

/** When nothing more of the body is to be expected, given the heads it may belong to. */
export const settlesAt = (body: Body, heads: readonly Head[]): number | undefined => body.settlesAt(endsOf(heads), heads.every(({ end }) => end !== undefined));

/** True when the content ties the two together. Reads the body to its end: only for settled ones. */
export function isNamed(head: Head, body: Body): boolean {
  const known = head.named.get(body);
  if (known !== undefined) return known;
  const reading = body.read();
  const named = typeof reading === 'object' && names(head.head, reading);
  head.named.set(body, named);
  return named;
}
