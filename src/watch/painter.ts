/** Carries a tab's new snapshot to where it is seen: open pages of ours, the toolbar, and once per origin a system notice. */
import type { RunStore } from './attestor';
import type { TabSnapshot } from './snapshot';
import { type ToolbarFace, toolbarFace, type Words } from './toolbar';

export interface PainterDoors {
  snapshot(tabId: number): Promise<TabSnapshot>;
  readonly words: Words;
  paint(tabId: number, face: ToolbarFace & { readonly title: string }): Promise<void>;
  notify(tabId: number, title: string, message: string): Promise<void>;
  notificationsWanted(): Promise<boolean>;
  isPrivate(tabId: number): boolean;
  readonly run: RunStore;
  fault(error: unknown): void;
}

export class Painter {
  readonly #doors: PainterDoors;
  readonly #viewers = new Map<number, Set<(snapshot: TabSnapshot) => void>>();
  /** Tabs that changed while their last picture was being made. */
  readonly #dirty = new Set<number>();
  readonly #busy = new Set<number>();

  constructor(doors: PainterDoors) {
    this.#doors = doors;
  }

  /** Something about this tab changed. Many changes in a row become as few pictures as keep up. */
  changed(tabId: number): void {
    this.#dirty.add(tabId);
    if (this.#busy.has(tabId)) return;
    this.#busy.add(tabId);
    void this.#drain(tabId);
  }

  /** A page of ours shows this tab: it gets the picture of now and every later one. */
  view(tabId: number, push: (snapshot: TabSnapshot) => void): () => void {
    const viewers = this.#viewers.get(tabId) ?? new Set();
    viewers.add(push);
    this.#viewers.set(tabId, viewers);
    this.changed(tabId);
    return () => {
      viewers.delete(push);
      if (viewers.size === 0) this.#viewers.delete(tabId);
    };
  }

  async #drain(tabId: number): Promise<void> {
    try {
      while (this.#dirty.delete(tabId)) {
        const snapshot = await this.#doors.snapshot(tabId);
        for (const push of this.#viewers.get(tabId) ?? []) this.#push(push, snapshot);
        await this.#doors.paint(tabId, { ...toolbarFace(snapshot), title: this.#doors.words.tooltip(snapshot) });
        await this.#notice(snapshot);
      }
    } catch (error) {
      this.#doors.fault(error);
    } finally {
      this.#busy.delete(tabId);
    }
  }

  /** A page of ours that is just closing costs the others nothing. */
  #push(push: (snapshot: TabSnapshot) => void, snapshot: TabSnapshot): void {
    try {
      push(snapshot);
    } catch (error) {
      this.#doors.fault(error);
    }
  }

  /** One notice per origin and browser run, for the first `failed`; none for private windows. */
  async #notice(snapshot: TabSnapshot): Promise<void> {
    const notice = this.#doors.words.notice(snapshot);
    const { pageOrigin, tabId } = snapshot;
    if (notice === undefined || pageOrigin === undefined || this.#doors.isPrivate(tabId)) return;
    const key = `noticed:${pageOrigin}`;
    if ((await this.#doors.run.get(key)) !== undefined || !(await this.#doors.notificationsWanted())) return;
    await this.#doors.run.set(key, true);
    await this.#doors.notify(tabId, notice.title, notice.message);
  }
}
