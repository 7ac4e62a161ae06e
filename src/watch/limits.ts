/** How often Assay asks, and how long evidence serves (DESIGN 2 and 5). */
export const MINUTE = 60_000;

/** Attestations kept per cache key, one per reported signer: services balance over machines. */
export const SIGNERS_KEPT = 16;
/** Models (or workspaces) of one page and API that are remembered; the one asked about longest ago is forgotten first. */
export const SUBJECTS_KEPT = 32;
/** Keys that the pages of one origin agreed and that are remembered, and pieces of evidence on record for them; a page agrees one an hour. */
export const SESSIONS_KEPT = 16;
/** How large that evidence may be together: real pieces are two or three MB. */
export const SESSIONS_BYTES = 32 * 1024 * 1024;
/** Requests for evidence at the same time; a page that names ever new models waits. */
export const FLIGHTS_MOST = 16;
/** How long evidence waits for what its service claims beside it. */
export const CLAIM_TIMEOUT_MS = 8_000;
/** A signer in no attestation triggers fresh evidence at most this often per cache key … */
export const REATTEST_GAP_MS = 30_000;
/** … and at most so many times an hour. */
export const REATTEST_PER_HOUR = 6;
/** First pause after a transient error; doubles with each further one. */
export const BACKOFF_FIRST_MS = 30_000;
export const BACKOFF_MOST_MS = 15 * MINUTE;
