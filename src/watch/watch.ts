/**
 * The heart: documents, evidence, answers and the toolbar, driven by events. Holds no browser API; all comes in as doors.
 * Each event is small and may be the last one before the worker dies, so what must survive is written at once.
 */
import { unknown } from '../checks/check';
import type { ExchangeEvent, FinishedExchange, FinishedSession, RequestedExchange } from '../observe';
import type { ExchangeHead } from '../providers/exchange';
import type { CredentialWay, Provider } from '../providers/types';
import type { StoredAnswer } from '../records/database';
import { Asking, type AskingDoors } from './asking';
import type { Asked, Attested, Attestor, Problem, Reason } from './attestor';
import { type DocumentState, newDocument, nextNumber, withAnswer, withAttestation, withoutAnswer, withStep } from './document';
import type { DocumentBook } from './documents';
import type { ExchangeHomes } from './exchange-homes';
import type { Judge, Judged } from './judge';
import type { OpenAnswers } from './open-answers';
import type { SessionPlace } from './sessions';
import type { AnswerView } from './snapshot';
import { nameOf, subjectOf } from './subject';
import { evidenceAttestation, problemAttestation } from './views';

export interface WatchDoors extends AskingDoors {
  readonly book: DocumentBook;
  readonly open: OpenAnswers;
  readonly homes: ExchangeHomes;
  readonly attestor: Attestor;
  readonly judge: Judge;
  maxAgeMs(): Promise<number>;
  /** Puts a judged answer on record; never called for private windows. */
  record(answer: StoredAnswer): Promise<void>;
  /** Calls `Watch.retry` for this document at about this time, even if the worker has died until then. */
  retryAt(document: DocumentState, at: number): void;
  /** A fault of ours: to be made visible, never swallowed. */
  fault(error: unknown): void;
}

export interface ShownDocument {
  readonly tabId: number;
  readonly documentId: string;
  readonly origin: string;
  readonly incognito: boolean;
}

export class Watch {
  readonly #doors: WatchDoors;
  readonly #asking: Asking;
  /** Exchanges that are being judged. */
  readonly #judging = new Map<string, { readonly revision: number; readonly done: Promise<void> }>();

  /** Parts of pages' sessions that are being taken in. */
  #sessions: Promise<void> = Promise.resolve();

  constructor(doors: WatchDoors) {
    this.#doors = doors;
    this.#asking = new Asking(doors);
  }

  /** A main-frame document began (or came back from the browser's cache). */
  async onDocument(shown: ShownDocument): Promise<void> {
    const { access, book } = this.#doors;
    const provider = access.providerOfPage(shown.origin);
    if (provider === undefined || !access.granted(shown.origin)) return book.hide(shown.tabId);
    const openedAt = await this.#doors.clock();
    book.show(newDocument({ ...shown, pageOrigin: shown.origin, profileId: provider.profile.id, openedAt }));
    await this.#attestOnOpen(shown.documentId, shown.tabId);
  }

  /** The tab shows this origin now; documents announce themselves, so only leaving is news. */
  onPage(tabId: number, origin: string | undefined): void {
    const shown = this.#doors.book.shown(tabId);
    if (shown !== undefined && shown.pageOrigin !== origin) this.#doors.book.hide(tabId);
  }

  onExchange(event: ExchangeEvent): Promise<void> {
    switch (event.kind) {
      case 'requested':
        return this.#onRequested(event.request);
      case 'started':
        return event.as === 'answer' ? this.#onStarted(event) : Promise.resolve();
      case 'progress':
        return this.#onProgress(event.id, event.bytes);
      case 'dropped':
        return this.#onDropped(event.id);
      case 'login-seen':
        return this.#onLogin(event.tabId, event.pageOrigin);
      case 'session':
        // One after the other: what is shown of a session never goes back to an earlier part of it.
        this.#sessions = this.#sessions.then(() => this.#onSession(event.session).catch((error: unknown) => this.#doors.fault(error)));
        return this.#sessions;
      case 'finished':
        return this.#onFinished(event.exchange);
    }
  }

  /** The user asked for fresh evidence: it is fetched whatever the cache holds, then every open answer is judged again. */
  async recheck(tabId: number): Promise<void> {
    const document = this.#doors.book.shown(tabId);
    if (document === undefined) return;
    await this.#attest(document, this.#asking.apiOf(document), 'recheck');
  }

  /** The time has come to ask again after a transient error. */
  async retry(documentId: string): Promise<void> {
    const document = this.#doors.book.allShown().find((d) => d.documentId === documentId);
    if (document === undefined) return;
    const waits = document.answers.find((a) => a.leading === 'REATTEST_LIMITED');
    const open = waits === undefined ? undefined : (await this.#doors.open.of(documentId)).find((a) => a.id === waits.id);
    if (open !== undefined) return this.#attest(document, open.apiOrigin, 'signer', open.model);
    if (document.attestation?.nextTryAt !== undefined) await this.#attest(document, this.#asking.apiOf(document), 'answer');
  }

  /** Policy, reference values or ways changed: what is shown is judged anew with the evidence at hand. */
  async reconsider(): Promise<void> {
    for (const document of this.#doors.book.allShown()) {
      const asked = await this.#asking.asked(document, this.#asking.apiOf(document));
      if (asked.target !== undefined && document.attestation !== undefined) {
        const kept = await this.#doors.attestor.newest(asked.target, await this.#doors.maxAgeMs());
        if (kept !== undefined) this.#showEvidence(document, await this.#doors.judge.appraised(asked.target.provider, kept), asked.target.way);
        else if ((document.attestation.id === '' || document.attestation.ofPage === true) && this.#asking.ready(asked.target)) await this.#attest(document, this.#asking.apiOf(document), 'answer');
      }
      if (asked.target === undefined) await this.#appraiseAgain(document, asked);
      await this.#judgeAgain(document.documentId, () => true);
    }
  }

  /** Ends what is under way for a tab; what was known before stands. */
  async stop(tabId: number): Promise<void> {
    const document = this.#doors.book.shown(tabId);
    if (document === undefined) return;
    const asked = await this.#asking.asked(document, this.#asking.apiOf(document));
    if (asked.target !== undefined) this.#doors.attestor.cancel(asked.target);
    this.#doors.book.update(document.documentId, (d) => withStep(d, undefined));
  }

  /** True when the service wants a login and the user has not yet said that Assay may ask through this page. */
  consentNeeded(document: DocumentState): Promise<boolean> {
    return this.#asking.consentNeeded(document);
  }

  // --- evidence

  /** A granted page that opens is attested once per cache time, if its way needs nothing that is not there yet. */
  async #attestOnOpen(documentId: string, tabId: number): Promise<void> {
    const document = this.#doors.book.shown(tabId);
    if (document?.documentId !== documentId) return;
    const asked = await this.#asking.asked(document, this.#asking.apiOf(document));
    if (asked.target === undefined || !this.#asking.ready(asked.target)) return;
    const kept = await this.#doors.attestor.newest(asked.target, await this.#doors.maxAgeMs());
    if (kept === undefined) await this.#attest(document, this.#asking.apiOf(document), 'open');
    else this.#showEvidence(document, await this.#doors.judge.appraised(asked.target.provider, kept), asked.target.way);
  }

  /** Asks for evidence, shows it, and judges again what was open for want of it. */
  async #attest(document: DocumentState, apiOrigin: string, reason: Reason, named?: string): Promise<void> {
    const { documentId } = document;
    const asked = await this.#asking.asked(document, apiOrigin, named);
    if (asked.target === undefined) {
      // Nothing can be asked: what the page itself was shown is judged anew.
      if (await this.#appraiseAgain(document, asked)) return this.#judgeAgain(documentId, () => true);
      return this.#showProblem(document, asked.problem, 'none');
    }
    this.#doors.book.update(documentId, (d) => withStep(d, 'asking-service'));
    try {
      const attested = await this.#doors.attestor.fetch(asked.target, reason);
      this.#showEvidence(document, attested, asked.target.way);
      if (attested.kind === 'evidence' || reason === 'recheck') await this.#judgeAgain(documentId, (answer) => answer.state === 'incomplete');
    } finally {
      // Also when a fault of ours ends it: "checking" would else stand for ever.
      this.#doors.book.update(documentId, (d) => withStep(d, undefined));
    }
  }

  /** Evidence of the page's own session, judged now; false where none is shown. */
  async #appraiseAgain(document: DocumentState, { sessionOf }: Asked): Promise<boolean> {
    const provider = this.#doors.access.providerById(document.profileId);
    const { attestation } = document;
    if (sessionOf === undefined || provider === undefined || attestation?.ofPage !== true) return false;
    const kept = await this.#doors.judge.kept(provider, attestation.id, document.incognito);
    if (kept !== undefined) this.#showEvidence(document, kept, 'page');
    return kept !== undefined;
  }

  /**
   * The page asked for evidence, or agreed a key. Its evidence is shown where we can ask for none ourselves, before any
   * answer comes; answers that came before their session was known are judged again.
   */
  async #onSession(session: FinishedSession): Promise<void> {
    try {
      const documents = (await this.#homesOf(session.id, session.head)).filter(({ profileId }) => profileId === session.provider.profile.id);
      await this.#takeSession(session, documents).catch((error: unknown) => this.#showUnkept(session, documents, error));
    } finally {
      // Whatever became of it, nobody needs its bytes again.
      session.acknowledge();
      await this.#doors.homes.forget(session.id);
    }
  }

  async #takeSession(session: FinishedSession, documents: readonly DocumentState[]): Promise<void> {
    const { provider, apiOrigin } = session;
    const [first] = documents;
    const place: SessionPlace | undefined = first === undefined ? undefined : { provider, apiOrigin, pageOrigin: first.pageOrigin, incognito: first.incognito };
    const stored = place === undefined ? undefined : await this.#doors.sessions.take(place, session);
    for (const document of stored === undefined ? [] : documents) {
      const asked = await this.#asking.asked(document, apiOrigin);
      if (stored !== undefined && asked.target === undefined && asked.sessionOf !== undefined) this.#showEvidence(document, await this.#doors.judge.appraised(provider, stored), 'page');
      await this.#judgeAgain(document.documentId, (answer) => answer.state === 'incomplete');
    }
  }

  /** A session that could not be kept was seen all the same: that it was not would be another finding. */
  async #showUnkept({ apiOrigin }: FinishedSession, documents: readonly DocumentState[], error: unknown): Promise<void> {
    this.#doors.fault(error);
    const at = await this.#doors.clock();
    for (const document of documents) {
      const { target } = await this.#asking.asked(document, apiOrigin);
      if (target === undefined) this.#showProblem(document, { code: 'STORAGE_FAILED', detail: error instanceof Error ? error.message : '', at }, 'none');
    }
  }

  #showEvidence(document: DocumentState, attested: Attested, way: CredentialWay): void {
    if (attested.kind === 'problem') return this.#showProblem(document, attested.problem, way);
    const view = evidenceAttestation(attested.stored, attested.appraisal, attested.at);
    this.#doors.book.update(document.documentId, (d) => withAttestation(d, view));
  }

  #showProblem(document: DocumentState, problem: Problem, way: CredentialWay): void {
    // The user's own Stop is no finding.
    if (problem.code === 'CANCELLED') return;
    this.#doors.book.update(document.documentId, (d) => withAttestation(d, problemAttestation(problem, way)));
    if (problem.nextTryAt !== undefined) this.#doors.retryAt(document, problem.nextTryAt);
  }

  async #onLogin(tabId: number, pageOrigin: string): Promise<void> {
    const document = this.#doors.book.shown(tabId);
    if (document === undefined || document.pageOrigin !== pageOrigin || (document.attestation !== undefined && document.attestation.id !== '')) return;
    await this.#attestOnOpen(document.documentId, tabId);
  }

  // --- answers

  /** The documents an exchange belongs to: its tab's, or for a worker every open document of its origin. */
  #documentsOf(of: { readonly tabId: number; readonly initiator: string | undefined; readonly incognito: boolean }): readonly DocumentState[] {
    const { book } = this.#doors;
    if (of.tabId < 0) return of.initiator === undefined ? [] : book.ofOrigin(of.initiator, of.incognito);
    const shown = book.shown(of.tabId);
    return shown === undefined ? [] : [shown];
  }

  /** The documents of an exchange, as they were when it began; those that are gone are left out. */
  async #homesOf(exchangeId: string, of: { readonly tabId: number; readonly initiator: string | undefined; readonly incognito: boolean }): Promise<readonly DocumentState[]> {
    const ids = await this.#doors.homes.settle(exchangeId, this.#documentsOf(of).map((d) => d.documentId));
    return ids.flatMap((id) => this.#doors.book.byId(id) ?? []);
  }

  async #eachWith(exchangeId: string, change: (documentId: string) => void): Promise<void> {
    for (const documentId of (await this.#doors.homes.of(exchangeId)) ?? []) change(documentId);
  }

  #onProgress(exchangeId: string, length: number): Promise<void> {
    return this.#eachWith(exchangeId, (documentId) =>
      this.#doors.book.updateInMemory(documentId, (d) => {
        const answer = d.answers.find((a) => a.id === exchangeId);
        return answer === undefined ? d : withAnswer(d, { ...answer, length });
      }),
    );
  }

  async #onDropped(exchangeId: string): Promise<void> {
    await this.#eachWith(exchangeId, (documentId) => this.#doors.book.update(documentId, (d) => withoutAnswer(d, exchangeId)));
    await this.#doors.homes.forget(exchangeId);
  }

  async #onRequested(request: RequestedExchange): Promise<void> {
    // A page that attests is opening, and evidence of ours is asked for then.
    if (request.provider.session?.partOf(request) !== undefined) return;
    for (const document of await this.#homesOf(request.id, request)) {
      const subject = subjectOf(request.provider, request);
      // Where addresses name what is asked about, one that names nothing is no chat: a page's other calls must not make us ask each time.
      if (subject === undefined && request.provider.subjectOf !== undefined) continue;
      // Before anything else: the login that this request carries may be heard of only after it.
      if (subject !== undefined) await this.#asking.remember(document, request.apiOrigin, subject);
      const asked = await this.#asking.asked(document, request.apiOrigin, subject);
      if (asked.target === undefined || !this.#asking.ready(asked.target)) continue;
      // Evidence that is at hand when the answer ends makes the verdict come with it.
      if ((await this.#doors.attestor.newest(asked.target, await this.#doors.maxAgeMs())) === undefined) await this.#attest(document, request.apiOrigin, 'answer', subject);
    }
  }

  async #onStarted({ provider, apiOrigin, head }: { readonly provider: Provider; readonly apiOrigin: string; readonly head: ExchangeHead }): Promise<void> {
    const { id } = head;
    const subject = subjectOf(provider, head);
    // What a person reads is the name that the request gave, though evidence may be asked about something else.
    const model = nameOf(head.model);
    for (const { documentId, ...document } of await this.#homesOf(id, head)) {
      if (subject !== undefined) await this.#asking.remember(document, apiOrigin, subject);
      this.#doors.book.update(documentId, (d) =>
        d.answers.some((a) => a.id === id)
          ? d
          : withAnswer(d, { id, number: nextNumber(d), startedAt: head.startedAt, state: 'arriving', checks: [], fromWorker: head.tabId < 0, stoppedByPage: false, ...(model === undefined ? {} : { model }) }),
      );
    }
  }

  /** One verdict of an exchange after the other; an older reading never comes after a newer one. */
  #onFinished(exchange: FinishedExchange): Promise<void> {
    const before = this.#judging.get(exchange.id);
    if (before !== undefined && before.revision > exchange.revision) return Promise.resolve();
    const done = (before?.done ?? Promise.resolve()).then(() => this.#finish(exchange));
    this.#judging.set(exchange.id, { revision: exchange.revision, done });
    return done.finally(() => {
      if (this.#judging.get(exchange.id)?.done === done) this.#judging.delete(exchange.id);
    });
  }

  async #finish(exchange: FinishedExchange): Promise<void> {
    await this.#onStarted(exchange);
    for (const document of await this.#homesOf(exchange.id, exchange.head)) {
      try {
        await this.#judgeFor(document, exchange);
      } catch (error) {
        this.#doors.fault(error);
        await this.#showFault(document, exchange, error);
      }
    }
    exchange.acknowledge();
    await this.#doors.homes.forget(exchange.id);
  }

  async #judgeFor(document: DocumentState, exchange: FinishedExchange): Promise<void> {
    const asked = await this.#asking.asked(document, exchange.apiOrigin, subjectOf(exchange.provider, exchange.head));
    const judged = await this.#doors.judge.judge(exchange, asked);
    await this.#doors.open.remember(document.documentId, judged.open);
    const length = exchange.kind === 'answer' && typeof exchange.input.reading === 'object' ? exchange.input.reading.length : undefined;
    await this.#showAnswer(document, judged, asked, { stoppedByPage: exchange.ending === 'aborted', ...(length === undefined ? {} : { length }) });
    await this.#record(document, judged);
    // Its session may have been told of while it was judged: who looked for open answers then did not find this one.
    const { session } = judged.open.findings;
    const isOfSession = judged.evidence?.kind === 'evidence' && judged.evidence.stored.session !== undefined;
    if (session !== undefined && !isOfSession && (await asked.sessionOf?.(session)) !== undefined) await this.#judgeAgain(document.documentId, ({ id }) => id === judged.open.id);
  }

  /** A fault of ours (storage blocked or full) is a finding too: this answer could not be judged. */
  async #showFault(document: DocumentState, exchange: FinishedExchange, error: unknown): Promise<void> {
    const judgedAt = await this.#doors.clock();
    const checks = [unknown('answer', 'STORAGE_FAILED', error instanceof Error ? error.name : '', { basis: 'derived' })];
    this.#doors.book.update(document.documentId, (d) => {
      const before = d.answers.find((a) => a.id === exchange.id);
      return before === undefined ? d : withAnswer(d, { ...before, judgedAt, state: 'incomplete', checks, leading: 'STORAGE_FAILED' });
    });
  }

  async #showAnswer(document: DocumentState, judged: Judged, asked: Asked, also: Partial<AnswerView>): Promise<void> {
    const judgedAt = await this.#doors.clock();
    this.#doors.book.update(document.documentId, (d) => {
      const before = d.answers.find((a) => a.id === judged.open.id);
      if (before === undefined) return d;
      const { leading: _old, attestationId: _other, ...kept } = before;
      const evidence = judged.evidence?.kind === 'evidence' ? { attestationId: judged.evidence.stored.id } : {};
      const answer: AnswerView = {
        ...kept, ...also, ...evidence, judgedAt, state: judged.state, checks: judged.checks,
        ...(judged.leading === undefined ? {} : { leading: judged.leading }),
        ...(judged.signer === undefined ? {} : { signer: judged.signer }),
      };
      return withAnswer(d, answer);
    });
    if (judged.evidence !== undefined && !isBeside(document, judged.evidence, asked)) this.#showEvidence(document, judged.evidence, asked.target?.way ?? 'none');
    if (judged.askAgainAt !== undefined) this.#doors.retryAt(document, judged.askAgainAt);
  }

  async #judgeAgain(documentId: string, which: (answer: AnswerView) => boolean): Promise<void> {
    const document = this.#doors.book.byId(documentId);
    const provider = document === undefined ? undefined : this.#doors.access.providerById(document.profileId);
    if (document === undefined || provider === undefined) return;
    for (const open of await this.#doors.open.of(documentId)) {
      const answer = document.answers.find((a) => a.id === open.id);
      if (answer === undefined || !which(answer) || open.unread) continue;
      const asked = await this.#asking.asked(document, open.apiOrigin, open.model);
      const judged = await this.#doors.judge.again(provider, open, asked, { attestationId: answer.attestationId, incognito: document.incognito, waited: answer.leading === 'REATTEST_LIMITED' });
      // A signature that came meanwhile belongs to what is known of the answer.
      if (judged.open !== open) await this.#doors.open.remember(documentId, judged.open);
      // That there is no evidence now takes nothing from a verdict that was made with some.
      if (judged.evidence?.kind === 'problem' && answer.attestationId !== undefined) continue;
      await this.#showAnswer(document, judged, asked, {});
      await this.#record(document, judged);
    }
  }

  /** Puts the verdict on record, in the place of an earlier one of the same answer. What cannot be written takes nothing from the verdict. */
  async #record(document: DocumentState, { open, state, checks, evidence }: Judged): Promise<void> {
    if (document.incognito) return;
    try {
      await this.#doors.record({
        id: `${document.documentId}/${open.id}`,
        at: open.endedAt,
        profileId: document.profileId,
        pageOrigin: document.pageOrigin,
        model: open.model,
        state,
        codes: [...new Set(checks.flatMap((c) => (c.code === undefined ? [] : [c.code])))],
        attestationId: evidence?.kind === 'evidence' ? evidence.stored.id : undefined,
        signatureTag: open.signatureTag,
      });
    } catch (error) {
      this.#doors.fault(error);
    }
  }
}

/** What stays out of view: the page's evidence beside ours, and, beside the page's, that an answer is of no session that was seen. */
function isBeside({ attestation }: DocumentState, evidence: Attested, asked: Asked): boolean {
  if (evidence.kind === 'evidence') return asked.target !== undefined && evidence.stored.session !== undefined;
  return asked.sessionOf !== undefined && asked.target === undefined && attestation?.ofPage === true;
}
