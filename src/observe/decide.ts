/**
 * The next thing to do in a group, decided from its state alone. Content first, then what only one head is left for,
 * then order where it makes no difference; everything else is ambiguous. Which heads are left is narrowed by hints (the
 * document, the status, the order in time), each where it leaves some.
 */
import type { Body } from './body';
import { candidates, isNamed, settlesAt, waitingBodies, type Group, type Head } from './group';
import { GRACE_MS, LATE_READ_MS, LOST_END_MS, ORPHAN_MS, RESTORE_GRACE_MS, SETTLE_MS, SKEW_MS } from './limits';
import { interchangeable, sameReading } from './match';

export type Decision =
  | { readonly kind: 'take'; readonly body: Body; readonly head: Head; readonly form: 'json' | 'sse' }
  | { readonly kind: 'join'; readonly head: Head; readonly body: Body }
  /** Told with what its body gave. */
  | { readonly kind: 'tell'; readonly head: Head }
  | { readonly kind: 'tell-unseen'; readonly head: Head }
  /** The network's end went with an earlier worker: the body's own stands for it. */
  | { readonly kind: 'end-lost'; readonly head: Head; readonly at: number }
  | { readonly kind: 'ambiguous'; readonly heads: readonly Head[]; readonly bodies: readonly Body[] }
  | { readonly kind: 'release'; readonly body: Body }
  | { readonly kind: 'remove'; readonly head: Head };

/** True when the time has come; otherwise the joiner looks again then. `undefined` waits for an event. */
export type Due = (at: number | undefined) => boolean;

/** One decision, or nothing to do before the next event or the earliest time that was asked for through `due`. */
export function decide(group: Group, now: number, due: Due): Decision | undefined {
  const waiting = waitingBodies(group).map((body) => ({ body, heads: candidates(group, body, now) }));
  // A body read to its end drops the heads that go on for longer: that is a time to look again.
  for (const { body, heads } of waiting) if (heads.length > 1 && body.endSeenAt !== undefined) due(body.endSeenAt + SKEW_MS + 1);
  return take(waiting) ?? byContent(waiting, due) ?? byExclusion(waiting, due) ?? together(waiting, due) ?? endLost(group, waiting, due) ?? tell(group, waiting, due) ?? leave(group, waiting, due);
}

interface Waiting {
  readonly body: Body;
  readonly heads: readonly Head[];
}

const isSettled = ({ body, heads }: Waiting, due: Due): boolean => due(settlesAt(body, heads));

/** Bytes are asked for as soon as there is something to judge them by. */
function take(waiting: readonly Waiting[]): Decision | undefined {
  for (const { body, heads } of waiting) {
    if (body.taken || body.reading !== undefined || body.goneAt !== undefined) continue;
    const head = heads.find(({ form }) => form !== undefined);
    if (head?.form !== undefined) return { kind: 'take', body, head, form: head.form };
  }
  return undefined;
}

function byContent(waiting: readonly Waiting[], due: Due): Decision | undefined {
  for (const one of waiting) {
    if (one.heads.length === 0 || !isSettled(one, due)) continue;
    const head = one.heads.find((candidate) => isNamed(candidate, one.body));
    if (head !== undefined) return { kind: 'join', head, body: one.body };
  }
  return undefined;
}

/** A body that only one head is left for. A better head may still be on its way, so this waits a little. */
function byExclusion(waiting: readonly Waiting[], due: Due): Decision | undefined {
  for (const one of waiting) {
    const [head, ...others] = one.heads;
    if (head?.end === undefined || others.length > 0) continue;
    const rivals = waiting.filter(({ heads }) => heads.length === 1 && heads[0] === head);
    if (!rivals.every((rival) => isSettled(rival, due))) continue;
    if (!due(Math.max(head.end.knownAt, ...rivals.map(({ body }) => body.seenAt)) + SETTLE_MS)) continue;
    if (rivals.every((rival) => rival === one || readAlike(rival.body, one.body))) return { kind: 'join', head, body: one.body };
    return { kind: 'ambiguous', heads: [head], bodies: rivals.map(({ body }) => body) };
  }
  return undefined;
}

function readAlike(a: Body, b: Body): boolean {
  const [first, second] = [a.read(), b.read()];
  return typeof first === 'object' && typeof second === 'object' ? sameReading(first, second) : first === second;
}

/** Evidence belongs to the number it was asked with, an agreement to the key that was sent: taken for each other's, both would fail. */
const isPart = ({ responded }: Head): boolean => responded.as.kind === 'session';

/** Several heads for several bodies, and no content that ties them: by order where that makes no difference. */
function together(waiting: readonly Waiting[], due: Due): Decision | undefined {
  for (const component of components(waiting)) {
    const { heads, members } = component;
    if (heads.length < 2 || !heads.some(({ form }) => form !== undefined)) continue;
    if (!members.every((member) => isSettled(member, due))) continue;
    const ends = heads.map(({ end }) => end?.knownAt ?? Infinity);
    const latest = Math.max(...ends, ...members.map(({ body }) => body.seenAt)) + SETTLE_MS;
    if (latest === Infinity || !due(latest)) continue;
    const [first] = heads;
    const [member] = members;
    if (first === undefined || member === undefined) continue;
    const alike = heads.length === members.length && heads.every((head) => head.form === first.form && !isPart(head) && interchangeable(head.head, first.head));
    if (alike && members.every(({ heads: own }, i) => own.some((head) => head === heads[i]))) return { kind: 'join', head: first, body: member.body };
    return { kind: 'ambiguous', heads, bodies: members.map(({ body }) => body) };
  }
  return undefined;
}

interface Component {
  readonly heads: readonly Head[];
  readonly members: readonly Waiting[];
}

/** What hangs together through possible pairs; heads and bodies each in the order in which they came. */
function components(waiting: readonly Waiting[]): Component[] {
  const found: Component[] = [];
  const left = new Set(waiting.filter(({ heads }) => heads.length > 0));
  for (const start of left) {
    left.delete(start);
    const members = [start];
    const heads = new Set(start.heads);
    for (let grew = true; grew; ) {
      grew = false;
      for (const other of left) {
        if (!other.heads.some((head) => heads.has(head))) continue;
        left.delete(other);
        members.push(other);
        for (const head of other.heads) heads.add(head);
        grew = true;
      }
    }
    found.push({
      heads: [...heads].sort((a, b) => a.seenAt - b.seenAt || a.head.headersAt - b.head.headersAt),
      members: members.sort((a, b) => a.body.order - b.body.order),
    });
  }
  return found;
}

/** A worker may die between the network's end and its writing down: what it left has no end, and would be arriving for ever. */
function endLost({ heads }: Group, waiting: readonly Waiting[], due: Due): Decision | undefined {
  for (const head of heads) {
    if (!head.responded.restored || head.form === undefined || head.end !== undefined || head.state !== 'open') continue;
    const own = waiting.filter(({ heads: possible }) => possible.includes(head));
    const body = head.body ?? (own.length === 1 && own[0]?.heads.length === 1 ? own[0].body : undefined);
    if (body === undefined) continue;
    // A body whose reading is over tells that by itself; one that was given up in silence only stays still.
    const over = body.settlesAt([], false);
    if (due(over === undefined ? body.lastAt + LOST_END_MS : over + RESTORE_GRACE_MS)) return { kind: 'end-lost', head, at: body.lastAt };
  }
  return undefined;
}

function tell({ heads }: Group, waiting: readonly Waiting[], due: Due): Decision | undefined {
  for (const head of heads) {
    if (head.form === undefined || head.end === undefined || head.state !== 'open') continue;
    if (head.body !== undefined) {
      if (due(settlesAt(head.body, [head]))) return { kind: 'tell', head };
    } else if (!waiting.some(({ heads: own }) => own.includes(head)) && due(head.end.knownAt + (head.responded.restored ? RESTORE_GRACE_MS : GRACE_MS))) {
      return { kind: 'tell-unseen', head };
    }
  }
  return undefined;
}

/** What nothing more is expected of. */
function leave({ heads }: Group, waiting: readonly Waiting[], due: Due): Decision | undefined {
  for (const { body, heads: own } of waiting) {
    const unwanted = own.length > 0 && own.every(({ form }) => form === undefined);
    if (unwanted ? due(body.seenAt + SETTLE_MS) : own.length === 0 && due(body.seenAt + ORPHAN_MS)) return { kind: 'release', body };
  }
  for (const head of heads) {
    if (head.form === undefined) {
      if (head.end !== undefined && due(head.end.knownAt + ORPHAN_MS)) return { kind: 'remove', head };
    } else if (head.acknowledged && (isFinal(head) || due(head.toldAt + LATE_READ_MS))) return { kind: 'remove', head };
  }
  return undefined;
}

/** True when nothing that may still come can change what was told. */
function isFinal({ state, body, end }: Head): boolean {
  // Of an end that was not heard of nobody knows that nothing follows.
  const mayGoOn = end?.ending === 'completed' || end?.ending === 'lost';
  return state === 'told' && (body === undefined || body.final || !mayGoOn);
}
