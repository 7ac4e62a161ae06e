/**
 * The messages between our own pages and the background. Requests come from extension pages only (the sender is
 * checked where they arrive) and are parsed all the same: a request that is not of its form is refused, never guessed.
 */
import type { ReferenceKind } from '../checks/reference';
import type { Profile } from '../providers/types';
import type { Settings } from '../records/settings';
import type { EvidenceView, StoredReference, TabSnapshot } from './snapshot';

/** A profile as the welcome and options pages list it. */
export interface ServiceChoice {
  readonly profileId: string;
  readonly name: string;
  readonly uiOrigins: readonly string[];
  readonly apiOrigins: readonly string[];
  /** Where evidence is asked for, and whose key counts, where that is not the API itself. */
  readonly evidenceOrigin?: string;
  readonly best: Profile['best'];
  /** The user picked it, or added it. */
  readonly picked: boolean;
  /** A domain of the user's own. */
  readonly addedByYou: boolean;
  /** The browser allows all its hosts. */
  readonly allowed: boolean;
  /** The profile can be asked with a key the user types in. */
  readonly takesKey: boolean;
  /** A key is stored; the key itself never leaves the background. */
  readonly hasKey: boolean;
}

export interface Kept {
  readonly attestations: number;
  readonly answers: number;
  readonly collateral: number;
  readonly references: number;
}

/** Requests that carry nothing. */
export type NoArguments = Readonly<Record<string, never>>;

interface Exchanges {
  'tab.get': { request: { tabId: number }; response: TabSnapshot };
  'tab.recheck': { request: { tabId: number }; response: null };
  'tab.stop': { request: { tabId: number }; response: null };
  'tab.acknowledge': { request: { tabId: number }; response: null };
  /** The user allows (or no longer allows) asking through pages of this origin. */
  'consent.set': { request: { pageOrigin: string; allow: boolean }; response: null };
  /** `null` when the evidence is no longer kept. */
  'evidence.get': { request: { attestationId: string }; response: EvidenceView | null };
  'reference.list': { request: NoArguments; response: readonly StoredReference[] };
  /** Imports a file's text, for the service behind `apiOrigin` alone where it is given; answers what was added. Malformed text is refused with `REFERENCE_MALFORMED`. */
  'reference.import': { request: { text: string; apiOrigin?: string }; response: readonly StoredReference[] };
  /** Accepts what this evidence shows of one kind (one of `EvidenceView.software`) as approved on sight for its service, of the machine at `place` where there are several. */
  'reference.approve': { request: { attestationId: string; kind: ReferenceKind; place?: string }; response: StoredReference };
  'reference.remove': { request: { id: string }; response: null };
  'settings.get': { request: NoArguments; response: Settings };
  'settings.set': { request: { patch: Partial<Settings> }; response: Settings };
  'services.list': { request: NoArguments; response: readonly ServiceChoice[] };
  /** Stores a key for one API origin; an empty string removes it. */
  'key.set': { request: { profileId: string; apiOrigin: string; key: string }; response: null };
  'records.kept': { request: NoArguments; response: Kept };
  'records.clear': { request: NoArguments; response: null };
}

export type RequestType = keyof Exchanges;
export type RequestOf<T extends RequestType> = Exchanges[T]['request'];
export type ResponseOf<T extends RequestType> = Exchanges[T]['response'];

/** What the pages call; the platform's implementation sends a message, a test gives recorded answers. */
export interface BackgroundClient {
  /** Rejects with a `CodedError` when the background refuses or cannot do it. */
  ask<T extends RequestType>(type: T, request: RequestOf<T>): Promise<ResponseOf<T>>;
  /** Calls back with every new snapshot of the tab until the returned function is called. */
  watchTab(tabId: number, onSnapshot: (snapshot: TabSnapshot) => void): () => void;
}
