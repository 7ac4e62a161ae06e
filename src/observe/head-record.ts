/** The growing record of one request, as it is kept in `storage.session`: plain JSON values, no content, no bodies. */
import type { HashCandidate } from '../providers/exchange';

export interface StoredHeader {
  readonly name: string;
  /** Text as it came, or base64 of the bytes where the value is not UTF-8. */
  readonly text?: string;
  readonly bytes?: string;
}

export interface HeadRecord {
  readonly version: 1;
  /** The browser's request id. */
  readonly id: string;
  readonly url: string;
  readonly method: string;
  readonly tabId: number;
  readonly initiator: string | null;
  readonly incognito: boolean;
  readonly startedAt: number;
  readonly requestHashes: readonly HashCandidate[];
  readonly requestUnseen: boolean;
  readonly model: string | null;
  /** Absent until the first response headers. */
  readonly response?: {
    readonly at: number;
    readonly status: number;
    readonly headers: readonly StoredHeader[];
    readonly fromCache: boolean;
  };
  readonly end?: { readonly at: number; readonly how: 'completed' | 'aborted' | 'error' | 'lost' };
}
