/**
 * From a finished exchange to a verdict: the answer's own checks, the replay memory, and the evidence that binds its key,
 * appraised now. Every answer stands for itself; nothing inherits an older good state.
 */
import { type Check, fail, pass, unknown } from '../checks/check';
import type { Code } from '../checks/codes';
import type { FinishedAnswer, FinishedExchange } from '../observe';
import { type Evidence, joinAnswer } from '../providers/join';
import type { ExchangeHead, SeenConnection } from '../providers/exchange';
import type { AnswerFindings, Appraisal, Provider } from '../providers/types';
import type { StoredAttestation } from '../records/database';
import type { ReplayMemory } from '../records/replay';
import { leadingCheck } from '../verdict/groups';
import { type State, stateOf } from '../verdict/state';
import type { Asked, Attested, Attestor } from './attestor';
import { asideOf } from './aside';
import { judgeWithKeys } from './keys';
import { subjectOf } from './subject';

/** Everything about an answer that a later try needs to judge it again; holds no text and no plain hash beyond its checks. */
export interface OpenAnswer {
  readonly id: string;
  readonly findings: Pick<AnswerFindings, 'checks' | 'signer' | 'signedBy' | 'session'>;
  readonly apiOrigin: string;
  /** What its request was about (`subjectOf`). */
  readonly model: string | undefined;
  readonly startedAt: number;
  readonly endedAt: number;
  /** The connection it came over, where this browser shows its key. */
  readonly connection?: SeenConnection;
  /** Names the signed text without saying it; absent where nothing was signed. */
  readonly signatureTag: string | undefined;
  /** Nobody can read it, so no evidence will ever speak for it. */
  readonly unread: boolean;
}

export interface Judged {
  readonly checks: readonly Check[];
  readonly state: State;
  readonly leading: Code | undefined;
  readonly signer: string | undefined;
  /** The evidence that spoke for the answer, or why there was none. */
  readonly evidence: Attested | undefined;
  /** Set where the signer is in no evidence and asking again was not allowed yet: when it will be, ms since the epoch. */
  readonly askAgainAt: number | undefined;
  readonly open: OpenAnswer;
}

/** Evidence for an answer, and whether a signer that is missing from it could not be asked for yet. */
interface Found {
  readonly attested: Attested;
  readonly askAgainAt?: number;
}

export interface JudgeDoors {
  readonly attestor: Attestor;
  pause(ms: number): Promise<void>;
  appraise(provider: Provider, stored: StoredAttestation): Promise<Appraisal>;
  /** What headers beside an answer relay about evidence, where the service's do. */
  relayed(provider: Provider, head: ExchangeHead): Promise<readonly Check[]>;
  replayFor(incognito: boolean): ReplayMemory;
  /** Kept evidence by its id. */
  attestation(id: string, incognito: boolean): Promise<StoredAttestation | undefined>;
  clock(): Promise<number>;
  /** Names this browser run: exchange ids are unique in it, the replay memory outlives it. */
  runId(): Promise<string>;
  /** How long evidence serves. */
  maxAgeMs(): Promise<number>;
}

const UNREAD: Readonly<Record<'outside' | 'websocket' | 'unrecognised', Code>> = {
  outside: 'ANSWER_NOT_FROM_ATTESTED_PATH',
  websocket: 'NOT_CHECKABLE',
  unrecognised: 'ANSWER_NOT_RECOGNISED',
};

/** As many as one document's list shows. */
const UNSIGNED_KEPT = 50;

export class Judge {
  readonly #doors: JudgeDoors;
  /** Answers whose signature stands apart and could not be had yet; their digests are content, so they live here alone and go with the worker. */
  readonly #unsigned = new Map<string, FinishedAnswer>();

  constructor(doors: JudgeDoors) {
    this.#doors = doors;
  }

  /** Judges a finished exchange. `asked` says where evidence for its page and API is to be had. */
  judge(exchange: FinishedExchange, asked: Asked): Promise<Judged> {
    return this.#judge(exchange, asked, false);
  }

  /** Drops what was kept of an answer to read it anew: its document is gone. */
  drop(id: string): void {
    this.#unsigned.delete(id);
  }

  async #judge(exchange: FinishedExchange, asked: Asked, isRetry: boolean): Promise<Judged> {
    const base = { id: exchange.id, apiOrigin: exchange.apiOrigin, model: subjectOf(exchange.provider, exchange.head), startedAt: exchange.head.startedAt, endedAt: exchange.endedAt, unread: exchange.kind !== 'answer', ...(exchange.head.connection === undefined ? {} : { connection: exchange.head.connection }) };
    if (exchange.kind !== 'answer') {
      const checks = [unknown('answer', UNREAD[exchange.kind], new URL(exchange.head.url).pathname, { basis: 'derived' }), ...(await this.#doors.relayed(exchange.provider, exchange.head))];
      return { ...this.#verdict(checks), signer: undefined, evidence: undefined, askAgainAt: undefined, open: { ...base, findings: { checks }, signatureTag: undefined } };
    }
    const aside = await asideOf(this.#doors, exchange, asked, isRetry);
    this.#unsigned.delete(exchange.id);
    const keyed = await judgeWithKeys(this.#doors, exchange, aside === undefined ? exchange.input : { ...exchange.input, aside }, asked, isRetry);
    if (aside?.kind === 'none' || keyed.open) this.#remember(exchange);
    const found = keyed.findings;
    const replay = await this.#replay(exchange, found);
    const findings: OpenAnswer['findings'] = { checks: [...found.checks, ...replay.checks, ...(await this.#doors.relayed(exchange.provider, exchange.head))], ...(found.signer === undefined ? {} : { signer: found.signer }), ...(found.signedBy === undefined ? {} : { signedBy: found.signedBy }), ...(found.session === undefined ? {} : { session: found.session }) };
    const judged = await this.#joined(exchange.provider, { ...base, findings, signatureTag: replay.tag }, asked, { waited: false });
    return keyed.askAgainAt === undefined ? judged : { ...judged, askAgainAt: keyed.askAgainAt };
  }

  /**
   * Judges an answer again: with the evidence that spoke for it before, appraised now, or where there was none with
   * whatever evidence there is now. `waited`: its signer was in no evidence and could not be asked for at once.
   */
  async again(provider: Provider, open: OpenAnswer, asked: Asked, before: { readonly attestationId: string | undefined; readonly incognito: boolean; readonly waited: boolean }): Promise<Judged> {
    // The signature may be there by now: the answer is read anew with it.
    const unsigned = this.#unsigned.get(open.id);
    if (unsigned !== undefined) return this.#judge(unsigned, asked, true);
    const kept = before.attestationId === undefined ? undefined : await this.#doors.attestation(before.attestationId, before.incognito);
    const speaks = kept !== undefined && (open.findings.signer === undefined || kept.signers.includes(open.findings.signer.address.toLowerCase()));
    return this.#joined(provider, open, asked, { waited: before.waited, ...(speaks ? { known: await this.appraised(provider, kept) } : {}) });
  }

  #remember(exchange: FinishedAnswer): void {
    const [oldest] = this.#unsigned.keys();
    if (oldest !== undefined && this.#unsigned.size >= UNSIGNED_KEPT) this.#unsigned.delete(oldest);
    this.#unsigned.set(exchange.id, exchange);
  }

  async #joined(provider: Provider, open: OpenAnswer, asked: Asked, again: { readonly known?: Attested; readonly waited: boolean }): Promise<Judged> {
    const known = (await this.#sessionOf(provider, open, asked)) ?? again.known;
    const found: Found = known === undefined ? await this.#evidenceFor(open, asked, again.waited) : { attested: known };
    const judged = await this.#judgedBy(provider, open, found);
    return (await this.#afterRenewal(provider, open, asked, judged)) ?? judged;
  }

  /** The service may have renewed its connection's key since its evidence was fetched: before that is called a contradiction, it is asked once more. */
  async #afterRenewal(provider: Provider, open: OpenAnswer, { target }: Asked, { checks, evidence }: Judged): Promise<Judged | undefined> {
    const isOld = evidence?.kind === 'evidence' && evidence.stored.receivedAt < open.startedAt;
    if (target === undefined || !isOld || !checks.some(({ code }) => code === 'CHANNEL_KEY_MISMATCH')) return undefined;
    if (!(await this.#doors.attestor.mayAskForSigner(target)).now) return undefined;
    const fresh = await this.#judgedBy(provider, open, { attested: await this.#doors.attestor.fetch(target, 'signer') });
    // Evidence of another machine says nothing of this answer.
    return fresh.checks.some(({ id, outcome }) => id === 'signer' && outcome === 'pass') ? fresh : undefined;
  }

  async #judgedBy(provider: Provider, open: OpenAnswer, outcome: Found): Promise<Judged> {
    const evidence: Evidence =
      outcome.attested.kind === 'evidence'
        ? { kind: 'evidence', appraisal: outcome.attested.appraisal, receivedAt: outcome.attested.stored.receivedAt, limited: outcome.askAgainAt !== undefined, ...(await this.#ofPage(outcome.attested.stored)) }
        : { kind: 'problem', code: outcome.attested.problem.code, detail: outcome.attested.problem.detail };
    const checks = joinAnswer({ profile: provider.profile, findings: open.findings, evidence, connection: open.connection, startedAt: open.startedAt, endedAt: open.endedAt, ...(provider.speaksFor === undefined ? {} : { speaksFor: provider.speaksFor }) });
    return { ...this.#verdict(checks), signer: open.findings.signer?.address, evidence: outcome.attested, askAgainAt: outcome.askAgainAt, open };
  }

  /** The page's own session that the answer is under: no other evidence is of the same key. */
  async #sessionOf(provider: Provider, { findings }: OpenAnswer, { sessionOf, target }: Asked): Promise<Attested | undefined> {
    const stored = findings.session === undefined ? undefined : await sessionOf?.(findings.session);
    if (stored === undefined) return undefined;
    const page = await this.appraised(provider, stored);
    const kept = target === undefined ? undefined : await this.#doors.attestor.newest(target, await this.#doors.maxAgeMs());
    if (page.kind === 'problem' || kept === undefined) return page;
    const own = await this.#doors.appraise(provider, kept);
    return { ...page, appraisal: provider.session?.confirmed(page.appraisal, own) ?? page.appraisal };
  }

  async #ofPage({ session, receivedAt }: StoredAttestation): Promise<Pick<Extract<Evidence, { kind: 'evidence' }>, 'ofPage'>> {
    return session === undefined ? {} : { ofPage: { key: session.key?.name, attestedAt: receivedAt, maxAgeMs: await this.#doors.maxAgeMs() } };
  }

  #verdict(checks: readonly Check[]): Pick<Judged, 'checks' | 'state' | 'leading'> {
    return { checks, state: stateOf(checks), leading: leadingCheck(checks)?.code };
  }

  async #evidenceFor(open: OpenAnswer, asked: Asked, waited: boolean): Promise<Found> {
    if (asked.target === undefined) return { attested: { kind: 'problem', problem: asked.problem } };
    const { attestor } = this.#doors;
    const { target } = asked;
    const maxAgeMs = await this.#doors.maxAgeMs();
    const signer = open.findings.signer?.address.toLowerCase();
    const kept =
      signer === undefined
        ? await attestor.newest(target, maxAgeMs)
        : await attestor.forSigner(target, signer, { startedAt: open.startedAt, endedAt: open.endedAt, maxAgeMs });
    if (kept !== undefined) return { attested: await this.appraised(target.provider, kept) };
    const other = await attestor.newest(target, maxAgeMs);
    if (other === undefined || signer === undefined) return { attested: await attestor.fetch(target, 'answer') };
    // Evidence is at hand, but it names other signers: the service may have another machine behind the same address.
    const may = await attestor.mayAskForSigner(target);
    // An answer that waited for its turn to ask is judged by what was asked for since then.
    if (!may.now && waited && other.receivedAt > open.endedAt) return { attested: await this.appraised(target.provider, other) };
    if (!may.now) return { attested: await this.appraised(target.provider, other), askAgainAt: may.at };
    return { attested: await attestor.fetch(target, 'signer') };
  }

  /** Kept evidence by its id, judged now; `undefined` where it is kept no more. */
  async kept(provider: Provider, id: string, incognito: boolean): Promise<Attested | undefined> {
    const stored = await this.#doors.attestation(id, incognito);
    return stored === undefined ? undefined : this.appraised(provider, stored);
  }

  /** Kept evidence, judged now. */
  async appraised(provider: Provider, stored: StoredAttestation): Promise<Attested> {
    const appraisal = await this.#doors.appraise(provider, stored);
    return { kind: 'evidence', stored, appraisal, at: await this.#doors.clock() };
  }

  async #replay(exchange: FinishedExchange, findings: AnswerFindings): Promise<{ readonly checks: readonly Check[]; readonly tag: string | undefined }> {
    if (findings.signer === undefined || findings.signedText === undefined) return { checks: [], tag: undefined };
    // The browser serving the same exchange again from its cache is no second network exchange.
    if (exchange.head.fromCache) return { checks: [pass('replay', 'from the browser’s cache', { basis: 'derived' })], tag: undefined };
    const now = await this.#doors.clock();
    const text = { profileId: exchange.provider.profile.id, address: findings.signer.address, signedText: findings.signedText };
    const name = `${await this.#doors.runId()}/${exchange.id}`;
    const { first, tag } = await this.#doors.replayFor(exchange.head.incognito).claim(text, name, now);
    const check =
      first.exchange === name
        ? pass('replay', 'first seen with this answer', { basis: 'derived' })
        : fail('replay', 'SIGNATURE_REPLAYED', `first seen ${new Date(first.at).toISOString()}`, { basis: 'derived' });
    return { checks: [check], tag };
  }
}
