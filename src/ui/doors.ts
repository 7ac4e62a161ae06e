/**
 * Everything the surfaces need from outside, as small interfaces. `src/platform/doors.ts` fills them with the browser;
 * the gallery in test/e2e/ui fills them with recorded answers, so every surface also runs as a plain web page.
 */
import type { Settings } from '../records/settings';
import type { BackgroundClient } from '../watch/protocol';
import type { EvidenceView } from '../watch/snapshot';
import type { FilesToCheck } from './model/files';

/** Texts. `getMessage` is the browser's: placeholders are numbered `$1`…`$9` in the locale file; an unknown key gives `''`. */
export interface I18n {
  getMessage(key: string, substitutions?: readonly string[]): string;
  /** BCP 47 tag of the language that is shown: formats dates, numbers and plurals. */
  readonly locale: string;
  readonly direction: 'ltr' | 'rtl';
}

export interface Permissions {
  /**
   * Asks the browser for exact origins (`https://host`); the implementation makes match patterns of them.
   * The browser counts it as part of a click only when nothing was awaited before: callers make it their first statement,
   * and the implementation must call the browser without awaiting anything first. `false` when the user says no.
   */
  request(origins: readonly string[]): Promise<boolean>;
  /** Gives origins back, but for what others still `need`. `false` when the browser would not. */
  remove(origins: readonly string[], need?: readonly string[]): Promise<boolean>;
  /** Calls back after anything was granted or withdrawn, until the returned function is called. */
  onChange(callback: () => void): () => void;
}

export const EVIDENCE_SECTIONS = ['machine', 'software', 'key', 'answer', 'downloads'] as const;
export type EvidenceSection = (typeof EVIDENCE_SECTIONS)[number];
export const OPTIONS_SECTIONS = ['services', 'keys', 'strict', 'notice', 'references', 'look', 'kept'] as const;
export type OptionsSection = (typeof OPTIONS_SECTIONS)[number];

/** One of our own pages. */
export type PageTarget =
  | { readonly page: 'evidence'; readonly attestationId: string; readonly section?: EvidenceSection }
  | { readonly page: 'options'; readonly section?: OptionsSection }
  /** Downloaded files: the evidence page without any evidence. */
  | { readonly page: 'files' }
  | { readonly page: 'welcome' };

/** A file to hand to the user. */
export interface SavedFile {
  /** Plain file name, letters, digits, dots and hyphens only. */
  readonly name: string;
  readonly type: 'application/json' | 'application/octet-stream';
  readonly content: Uint8Array | string;
}

/** What `src/platform/doors.ts` exports as `doors(): Doors`. */
export interface Doors {
  readonly client: BackgroundClient;
  readonly i18n: I18n;
  readonly permissions: Permissions;
  /** Opens one of our pages in a tab (an open options or evidence tab of the same target may be focused instead). */
  openPage(target: PageTarget): Promise<void>;
  /** Puts text on the clipboard. Rejects when the browser refuses. */
  copy(text: string): Promise<void>;
  /** Hands a file to the user. Rejects when it could not be written; resolves when the user only cancelled. */
  save(file: SavedFile): Promise<void>;
  /** Judges downloaded files in this page; the view is of the evidence page's form. Never rejects for anything that the files hold. */
  checkFiles(files: FilesToCheck, settings: Settings): Promise<EvidenceView>;
  /** Ms since the epoch; for "3 minutes ago". The same clock as the background's where a flavour moves it. */
  now(): number;
  /** The tab the popup was opened over; `undefined` where there is none. */
  currentTab(): Promise<number | undefined>;
  /** Loads a tab anew (after a grant only what is loaded anew can be judged). */
  reloadTab(tabId: number): Promise<void>;
  /** Closes the popup; does nothing on pages. */
  close(): void;
}

/** Path of one of our pages from the extension's root, query and fragment included. */
export function pathOf(target: PageTarget): string {
  if (target.page === 'welcome') return '/welcome.html';
  if (target.page === 'files') return '/evidence.html';
  const fragment = target.section === undefined ? '' : `#${target.section}`;
  return target.page === 'options' ? `/options.html${fragment}` : `/evidence.html?id=${encodeURIComponent(target.attestationId)}${fragment}`;
}
