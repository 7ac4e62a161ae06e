/**
 * Reference values (RFC 9334): what the user expects the software to be. One JSON format for import, options,
 * approve on sight and `--reference`:
 * `{ dialect, role, kind, values, properties: { collectsOwnGpu?, verifiesModel? }, source, note, apiOrigin? }`.
 */

/** What a service's software is within its dialect. A value never serves another dialect or role. */
export type Role = 'agent' | 'gateway' | 'model' | 'coordinator';

/** What the values are compared with. */
export type ReferenceKind = 'image-digest' | 'tdx-registers' | 'dstack-app' | 'snp-launch' | 'cocos-policy' | 'contrast-manifest';

/**
 * `release`: a digest in a release bundle verified here; `imported`: a file the user brought; both allow `verified`.
 * `approved`: seen first, then accepted by the user; worth `weak`.
 */
export type ReferenceSource = 'release' | 'imported' | 'approved';

export interface ReferenceValue {
  readonly dialect: string;
  readonly role: Role;
  readonly kind: ReferenceKind;
  /**
   * For `image-digest`: `{ digest: ["sha256:…"] }`. For `tdx-registers`: register name → accepted values, lower-case hex.
   * For `dstack-app`: `mrTd rtmr0 rtmr1 rtmr2` of the machine's image and `composeHash` (SHA-256 of the application's text, 64 hex), all five.
   * For `snp-launch`: `measurement`, and what of the names in `checks/snp-launch` tells more, lower-case hex.
   * For `cocos-policy`: `{ policy: [the policy's JSON text] }`; a policy file by itself is read as one.
   * For `contrast-manifest`: `manifest sha256` (64 hex), which decides, and what the manifest says by name; a manifest file by itself is read as one.
   */
  readonly values: Readonly<Record<string, readonly string[]>>;
  readonly properties: { readonly collectsOwnGpu?: boolean; readonly verifiesModel?: boolean };
  readonly source: ReferenceSource;
  readonly note: string;
  /** The one service it is for, by its API's exact https origin; absent: every service of its dialect and role, and for `approved` none. */
  readonly apiOrigin?: string;
  /** When it was imported or approved, ms since the epoch; set by the store, absent in files. */
  readonly addedAt?: number;
}

/** Approved on sight it counts where it was seen and nowhere else; values kept before that was noted count nowhere. */
export const countsNowhere = ({ source, apiOrigin }: Pick<ReferenceValue, 'source' | 'apiOrigin'>): boolean => source === 'approved' && apiOrigin === undefined;

/** Those that count for the service behind this API, or for one that nobody knows: what is for another one says nothing of it. */
export const referencesFor = <T extends Pick<ReferenceValue, 'source' | 'apiOrigin'>>(references: readonly T[], apiOrigin: string | undefined): readonly T[] =>
  references.filter((reference) => (reference.apiOrigin === undefined || reference.apiOrigin === apiOrigin) && !countsNowhere(reference));
