/**
 * The documents Assay judges, by tab. In memory for speed, in the run store so that a worker that died in the middle of
 * an answer finds them again. Writes of one document follow each other; the last state is always the one that is kept.
 */
import type { RunStore } from './attestor';
import type { DocumentState } from './document';
import { packDocument, unpackDocument } from './packed-document';

/** Documents kept per tab, so that going back shows what was found there. */
const KEPT_PER_TAB = 5;

export interface ListedRunStore extends RunStore {
  entries(prefix: string): Promise<readonly (readonly [string, unknown])[]>;
}

/** What was being done ended with the worker that did it. */
function atRest(document: DocumentState): DocumentState {
  const { step: _ended, ...rest } = document;
  return rest;
}

export class DocumentBook {
  readonly #run: ListedRunStore;
  readonly #documents = new Map<string, DocumentState>();
  /** Tab → ids of its documents, the shown one first; empty string when a foreign page is shown. */
  readonly #tabs = new Map<number, readonly string[]>();
  readonly #writes = new Map<string, Promise<void>>();
  readonly #changed: (tabId: number) => void;
  readonly #forgotten: (documentId: string) => void;
  readonly #failed: (error: unknown) => void;

  constructor(run: ListedRunStore, events: { readonly changed: (tabId: number) => void; readonly forgotten: (documentId: string) => void; readonly failed: (error: unknown) => void }) {
    this.#run = run;
    this.#changed = events.changed;
    this.#forgotten = events.forgotten;
    this.#failed = events.failed;
  }

  /** Takes up what an earlier life of the worker left. */
  async load(): Promise<void> {
    for (const [, value] of await this.#run.entries('doc:')) {
      const document = unpackDocument(value);
      if (document !== undefined) this.#documents.set(document.documentId, atRest(document));
    }
    for (const [key, value] of await this.#run.entries('tab:')) {
      if (Array.isArray(value)) this.#tabs.set(Number(key.slice(4)), value.filter((id): id is string => typeof id === 'string'));
    }
  }

  /** The document that is shown in a tab, if Assay judges it. */
  shown(tabId: number): DocumentState | undefined {
    return this.#documents.get(this.#tabs.get(tabId)?.[0] ?? '');
  }

  /** A document by its id, shown or not. */
  byId(documentId: string): DocumentState | undefined {
    return this.#documents.get(documentId);
  }

  /** Every shown document of a page origin. */
  ofOrigin(pageOrigin: string, incognito: boolean): readonly DocumentState[] {
    return this.allShown().filter((d) => d.pageOrigin === pageOrigin && d.incognito === incognito);
  }

  allShown(): readonly DocumentState[] {
    return [...this.#tabs.keys()].flatMap((tabId) => this.shown(tabId) ?? []);
  }

  /** A document came to be shown: a new one, or one that the user went back to. */
  show(fresh: DocumentState): void {
    const known = this.#documents.get(fresh.documentId);
    const ids = [fresh.documentId, ...(this.#tabs.get(fresh.tabId) ?? []).filter((id) => id !== fresh.documentId && id !== '')];
    for (const dropped of ids.slice(KEPT_PER_TAB)) this.#forget(dropped);
    this.#setTab(fresh.tabId, ids.slice(0, KEPT_PER_TAB));
    if (known === undefined || known.pageOrigin !== fresh.pageOrigin || known.tabId !== fresh.tabId) this.#put(fresh);
    else this.#changed(fresh.tabId);
  }

  /** The tab shows a page that is not judged. */
  hide(tabId: number): void {
    const ids = this.#tabs.get(tabId);
    if (ids === undefined || ids[0] === '') return;
    this.#setTab(tabId, ['', ...ids]);
    this.#changed(tabId);
  }

  /** Changes a document in place; nothing happens when it is gone. */
  update(documentId: string, change: (document: DocumentState) => DocumentState): void {
    const document = this.#documents.get(documentId);
    if (document === undefined) return;
    const next = change(document);
    if (next !== document) this.#put(next);
  }

  /** A change that need not survive the worker: how much of an answer has arrived. */
  updateInMemory(documentId: string, change: (document: DocumentState) => DocumentState): void {
    const document = this.#documents.get(documentId);
    if (document === undefined) return;
    this.#documents.set(documentId, change(document));
    this.#changed(document.tabId);
  }

  /** Drops every document whose origin is not kept: what was found there says nothing about what went unseen since. */
  keepOnly(keeps: (pageOrigin: string) => boolean): void {
    for (const [tabId, ids] of this.#tabs) {
      const kept = ids.filter((id) => id === '' || keeps(this.#documents.get(id)?.pageOrigin ?? ''));
      if (kept.length === ids.length) continue;
      for (const id of ids) if (!kept.includes(id)) this.#forget(id);
      this.#setTab(tabId, kept[0] === ids[0] ? kept : ['', ...kept.filter((id) => id !== '')]);
      this.#changed(tabId);
    }
  }

  close(tabId: number): void {
    for (const id of this.#tabs.get(tabId) ?? []) this.#forget(id);
    this.#tabs.delete(tabId);
    this.#write(`tab:${tabId}`, () => this.#run.remove(`tab:${tabId}`));
  }

  #setTab(tabId: number, ids: readonly string[]): void {
    this.#tabs.set(tabId, ids);
    this.#write(`tab:${tabId}`, () => this.#run.set(`tab:${tabId}`, ids));
  }

  #put(document: DocumentState): void {
    this.#documents.set(document.documentId, document);
    const key = `doc:${document.documentId}`;
    this.#write(key, async () => {
      const current = this.#documents.get(document.documentId);
      if (current !== undefined) await this.#run.set(key, packDocument(current));
    });
    this.#changed(document.tabId);
  }

  #forget(documentId: string): void {
    if (!this.#documents.delete(documentId)) return;
    this.#write(`doc:${documentId}`, () => this.#run.remove(`doc:${documentId}`));
    this.#forgotten(documentId);
  }

  #write(key: string, write: () => Promise<void>): void {
    const after = this.#writes.get(key) ?? Promise.resolve();
    const done = after.then(write).catch(this.#failed);
    this.#writes.set(key, done);
    void done.then(() => {
      if (this.#writes.get(key) === done) this.#writes.delete(key);
    });
  }

  /** Settles when everything so far is written. */
  async settled(): Promise<void> {
    await Promise.all(this.#writes.values());
  }
}
