/**
 * Joins what the browser process says of requests with what pages say of bodies, in whatever order the two arrive.
 * Pure: time and timers come in, bytes go to the provider's reader as they come and are not kept. A verdict needs the
 * network's end and the body's; what cannot be told apart is said to be ambiguous, never guessed.
 */
import type { AnswerReading, BodyGap } from '../providers/types';
import { Body } from './body';
import type { BodySource, Ending } from './contract';
import { decide, type Decision } from './decide';
import { candidates, type Group, type Head } from './group';
import type { Responded } from './heads';
import { PROGRESS_MS } from './limits';
import type { BodyAt } from './relays';
import type { TapEnd, TapGap } from './tap-protocol';
import { readerFor } from './whole';

/** What the joiner asks for and tells. */
export interface JoinListener {
  /** Hand this body's bytes over, from the first. */
  take(bodyKey: string): void;
  /** The body is not needed any longer. */
  release(bodyKey: string): void;
  told(result: Joined): void;
  progress(headId: string, bytes: number): void;
}

/** An exchange with all that will be known of it, unless the page reads on. */
export interface Joined {
  readonly responded: Responded;
  readonly form: 'json' | 'sse';
  readonly reading: AnswerReading | BodyGap;
  readonly cut: boolean;
  readonly ending: Ending;
  readonly endedAt: number;
  readonly bodyFrom: BodySource | undefined;
  readonly revision: number;
}

export interface JoinerParts {
  readonly now: () => number;
  readonly setTimer: (ms: number, run: () => void) => () => void;
  readonly listener: JoinListener;
  readonly onFault: (error: unknown) => void;
}

/** An event stream asked for by GET that no reader of bytes took: EventSource, which gives events and loses the bytes. */
const isEventSource = ({ head, form }: Head): boolean => head.method === 'GET' && form === 'sse';

/** Where the network's end went with an earlier worker, a body that the page read to its end says that nothing is missing: a read of a broken connection fails. */
function isCut(ending: Ending, what: Body | BodyGap): boolean {
  if (typeof what !== 'object') return ending !== 'completed';
  return what.cut || !(ending === 'completed' || (ending === 'lost' && what.endSeenAt !== undefined));
}

const groupKey = (url: string, incognito: boolean): string => `${incognito ? 'private' : 'normal'} ${url.split('#')[0] ?? ''}`;

export class Joiner {
  readonly #parts: JoinerParts;
  readonly #groups = new Map<string, Group>();
  readonly #groupOfHead = new Map<string, Group>();
  readonly #groupOfBody = new Map<string, Group>();
  #order = 0;

  constructor(parts: JoinerParts) {
    this.#parts = parts;
  }

  /** A request got its response; `form` says how to read it, or that there is nothing to judge. Again when headers are replaced. */
  head(responded: Responded, form: 'json' | 'sse' | undefined): void {
    const { head } = responded;
    const known = this.#headOf(head.id);
    if (known !== undefined) {
      known.head.responded = responded;
      known.head.head = head;
      known.head.form = form;
      known.head.named.clear();
      this.#work(known.group);
      return;
    }
    const group = this.#group(groupKey(head.url, head.incognito));
    const seenAt = responded.restored ? -Infinity : this.#parts.now();
    group.heads.push({ head, responded, form, seenAt, endSeenAt: undefined, end: undefined, body: undefined, state: 'open', toldAt: 0, acknowledged: false, revision: 0, named: new Map() });
    this.#groupOfHead.set(head.id, group);
    this.#work(group);
  }

  headEnded(id: string, ending: Ending, at: number): void {
    const found = this.#headOf(id);
    if (found === undefined || found.head.end !== undefined) return;
    const knownAt = this.#parts.now();
    found.head.end = { ending, at, knownAt };
    found.head.endSeenAt = found.head.responded.restored ? -Infinity : knownAt;
    this.#work(found.group);
  }

  /** Nothing is to be said of it: its permission is gone, or it was none. */
  headDropped(id: string): void {
    const found = this.#headOf(id);
    if (found === undefined) return;
    this.#removeHead(found.group, found.head);
    this.#work(found.group);
  }

  /** What was told is recorded. */
  acknowledge(id: string): void {
    const found = this.#headOf(id);
    if (found === undefined) return;
    found.head.acknowledged = true;
    this.#work(found.group);
  }

  /** A page reports a body; again when its relay connected anew: then all is handed over from the first byte. */
  bodyStarted(key: string, at: BodyAt): void {
    const known = this.#bodyOf(key);
    if (known !== undefined) {
      known.body.back();
      if (known.body.taken && known.body.reading === undefined) this.#retake(known.group, known.body);
      return;
    }
    const group = this.#group(groupKey(at.url, at.incognito));
    this.#order += 1;
    group.bodies.push(new Body(key, at, { seenAt: this.#parts.now(), order: this.#order, onFault: this.#parts.onFault }));
    this.#groupOfBody.set(key, group);
    this.#work(group);
  }

  bodyBytes(key: string, bytes: Uint8Array): void {
    const found = this.#bodyOf(key);
    if (found === undefined || !found.body.taken) return;
    const { group, body } = found;
    // Read on after it was judged: judged again, from the first byte.
    if (body.reading !== undefined) {
      this.#retake(group, body);
      return;
    }
    body.push(bytes, this.#parts.now());
    this.#tellProgress(group, body);
  }

  bodyEnded(key: string, how: TapEnd): void {
    const found = this.#bodyOf(key);
    if (found === undefined || !found.body.taken) return;
    if (found.body.reading !== undefined) {
      this.#retake(found.group, found.body);
      return;
    }
    found.body.close(how, this.#parts.now());
    this.#work(found.group);
  }

  /** Its bytes cannot be handed over. */
  bodyLost(key: string, why: TapGap): void {
    const found = this.#bodyOf(key);
    if (found === undefined) return;
    found.body.lose(why);
    this.#work(found.group);
  }

  /** Its relay is gone; it may come back with the same body. */
  bodyGone(key: string): void {
    const found = this.#bodyOf(key);
    if (found === undefined) return;
    found.body.gone(this.#parts.now());
    this.#work(found.group);
  }

  #tellProgress(group: Group, body: Body): void {
    const now = this.#parts.now();
    if (now < body.toldAt + PROGRESS_MS) return;
    const heads = candidates(group, body, now).filter(({ form }) => form !== undefined);
    const owner = group.heads.find((head) => head.body === body) ?? (heads.length === 1 ? heads[0] : undefined);
    if (owner === undefined) return;
    body.toldAt = now;
    this.#parts.listener.progress(owner.head.id, body.bytes);
  }

  /** From the first byte again, with a reader of its own; what was told with it is told anew. */
  #retake(group: Group, body: Body): void {
    const owner = group.heads.find((head) => head.body === body);
    const head = owner ?? candidates(group, body, this.#parts.now()).find(({ form }) => form !== undefined);
    if (head?.form === undefined) return;
    if (owner !== undefined) owner.state = 'open';
    for (const each of group.heads) each.named.delete(body);
    const { responded, form } = head;
    body.take(() => readerFor(responded, form));
    this.#parts.listener.take(body.key);
    this.#work(group);
  }

  /** Does what is to be done now, and looks again when the next time has come. */
  #work(group: Group): void {
    const now = this.#parts.now();
    for (;;) {
      let next = Infinity;
      const decision = decide(group, now, (at) => {
        if (at !== undefined && at > now) next = Math.min(next, at);
        return at !== undefined && at <= now;
      });
      if (decision !== undefined) {
        this.#do(group, decision, now);
        continue;
      }
      if (group.heads.length === 0 && group.bodies.length === 0) this.#groups.delete(group.key);
      group.cancelTimer?.();
      group.cancelTimer = next < Infinity ? this.#parts.setTimer(next - now, () => this.#work(group)) : undefined;
      return;
    }
  }

  #do(group: Group, decision: Decision, now: number): void {
    switch (decision.kind) {
      case 'take':
        decision.body.take(() => readerFor(decision.head.responded, decision.form));
        this.#parts.listener.take(decision.body.key);
        break;
      case 'join':
        decision.head.body = decision.body;
        if (decision.head.form === undefined) this.#removeBody(group, decision.body);
        // A late read: told once without its body.
        else decision.head.state = 'open';
        break;
      case 'tell':
        this.#tell(decision.head, now, decision.head.body);
        break;
      case 'tell-unseen':
        this.#tell(decision.head, now, isEventSource(decision.head) ? 'BODY_NOT_COMPARABLE' : 'BODY_NOT_SEEN');
        break;
      case 'end-lost':
        decision.head.end = { ending: 'lost', at: decision.at, knownAt: now };
        decision.head.endSeenAt = -Infinity;
        break;
      case 'ambiguous':
        for (const body of decision.bodies) this.#removeBody(group, body);
        for (const head of decision.heads) this.#tell(head, now, 'BODY_AMBIGUOUS');
        break;
      case 'release':
        this.#removeBody(group, decision.body);
        break;
      case 'remove':
        this.#removeHead(group, decision.head);
        break;
    }
  }

  #tell(head: Head, now: number, what: Body | 'BODY_NOT_SEEN' | 'BODY_NOT_COMPARABLE' | 'BODY_AMBIGUOUS' | undefined): void {
    head.state = what === 'BODY_NOT_SEEN' || what === 'BODY_NOT_COMPARABLE' ? 'unseen' : 'told';
    head.toldAt = now;
    head.acknowledged = false;
    if (head.form === undefined || head.end === undefined || what === undefined) return;
    const { ending, at } = head.end;
    const revision = head.revision;
    head.revision += 1;
    const reading = typeof what === 'string' ? what : what.read();
    this.#parts.listener.told({
      responded: head.responded,
      form: head.form,
      reading,
      cut: isCut(ending, what),
      ending,
      endedAt: at,
      bodyFrom: typeof what === 'object' ? what.source : undefined,
      revision,
    });
  }

  #group(key: string): Group {
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    const group: Group = { key, heads: [], bodies: [], cancelTimer: undefined };
    this.#groups.set(key, group);
    return group;
  }

  #headOf(id: string): { readonly group: Group; readonly head: Head } | undefined {
    const group = this.#groupOfHead.get(id);
    const head = group?.heads.find((each) => each.head.id === id);
    return group === undefined || head === undefined ? undefined : { group, head };
  }

  #bodyOf(key: string): { readonly group: Group; readonly body: Body } | undefined {
    const group = this.#groupOfBody.get(key);
    const body = group?.bodies.find((each) => each.key === key);
    return group === undefined || body === undefined ? undefined : { group, body };
  }

  #removeBody(group: Group, body: Body): void {
    if (!this.#groupOfBody.delete(body.key)) return;
    group.bodies.splice(group.bodies.indexOf(body), 1);
    for (const head of group.heads) head.named.delete(body);
    this.#parts.listener.release(body.key);
  }

  #removeHead(group: Group, head: Head): void {
    if (!this.#groupOfHead.delete(head.head.id)) return;
    group.heads.splice(group.heads.indexOf(head), 1);
    if (head.body !== undefined) this.#removeBody(group, head.body);
  }
}
