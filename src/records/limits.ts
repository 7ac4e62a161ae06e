/** How much is kept, and for how long. One file, so that the promise in docs/limitations can be checked against it. */
const DAY = 86_400_000;

/** A signed text seen again within this time by another exchange is a replay. */
export const REPLAY_KEPT_MS = 30 * DAY;
/** Evidence is kept for the evidence page and for exports. */
export const ATTESTATION_KEPT_MS = 30 * DAY;
/** Older answers leave the record first. */
export const ANSWERS_KEPT = 100_000;
export const ATTESTATIONS_KEPT = 500;
export const REFERENCES_KEPT = 1_000;
/** Collateral items are a few kB each, a few per machine type. */
export const COLLATERAL_KEPT = 500;
/**
 * How many of them may be of one kind, by what their keys begin with: a page can name ever new things to ask about, and a
 * service ever new machines, and neither must crowd out what others signed. All other kinds share what is left.
 */
export const COLLATERAL_SHARES = { 'first-seen/': 64, 'nvidia-ocsp/': 160, 'nvidia-rim/': 60, 'amd-kds/': 100 } as const;

/** Evidence of private windows, in the browser run's memory (10 MB in all): so many pieces that we ask for, and as many that pages do. */
export const PRIVATE_ATTESTATIONS_KEPT = 8;
/** How many characters those of either may take there together, packed: a deployment's policies alone can be megabytes. One that is larger by itself is not kept. */
export const PRIVATE_ATTESTATIONS_CHARS = 4_000_000;
/** Signed texts of private windows, in the browser run's memory only. */
export const PRIVATE_REPLAY_KEPT = 2_000;
