/** Every cap and waiting time of the watching side, with its reason. A page is hostile: nothing it can cause is unbounded. */

const KIB = 1024;
const MIB = 1024 * KIB;

/** Above this a body is not judged (`BODY_TOO_LARGE`); the longest answers seen are some hundred kilobytes. */
export const BODY_MAX_BYTES = 64 * MIB;
/** What one document's relay holds over all bodies that are not judged yet; a page may fetch many at once. */
export const RELAY_MAX_BYTES = 128 * MIB;
/** Bodies one relay holds at the same time; more are reported as too large at once. */
export const RELAY_MAX_BODIES = 64;
/** Largest piece that crosses from the page to the isolated world: one copy, short enough not to be felt. */
export const TAP_PIECE_BYTES = 256 * KIB;
/** Raw bytes in one message to the background: base64 in batches of this size was the fastest way tried. */
export const MESSAGE_BYTES = 64 * KIB;
/** Messages a relay may have under way for one body before the background takes more: keeps both ends' memory small. */
export const WINDOW_MESSAGES = 16;
/** Longest URL that is reported; browsers carry more, chat services do not. */
export const URL_MAX_CHARS = 8 * KIB;
/** Longest content type that is reported; longer ones are cut, and then match no head. */
export const TYPE_MAX_CHARS = 256;
/** Longest Authorization value that is kept: tokens with many claims reach some kilobytes. */
export const LOGIN_MAX_CHARS = 16 * KIB;
/** API origins whose login one relay keeps. */
export const LOGINS_MAX = 32;
/** API origins the tap may be told about; own domains are added by hand. */
export const ORIGINS_MAX = 256;
/** Malformed messages after which a connection is cut: our relay never sends one. */
export const MALFORMED_MAX = 8;
/** Bodies the background knows of at the same time for one connection. */
export const CONNECTION_MAX_BODIES = 2 * RELAY_MAX_BODIES;
/** Connections at the same time; each granted document has one. */
export const CONNECTIONS_MAX = 512;
/** Largest answer to a request through the page, whatever the caller would take: one message, base64. */
export const PAGE_ANSWER_MAX_BYTES = 16 * MIB;
/** Below the 30 s after which a worker may be gone. */
export const PAGE_ANSWER_TIMEOUT_MS = 25_000;
/** How long after its answer a request of ours may still be shown by the browser. */
export const OWN_LATE_MS = 10_000;
/** How long a request through the page waits for a sleeping relay to connect. */
export const RELAY_WAKE_MS = 1_500;

/** Requests under way at the same time; beyond it the oldest is given up as `lost`. A chat page has a handful. */
export const HEADS_MAX = 256;
/** Firefox cuts the request body it shows at exactly this size: at or above it the body counts as unseen. */
export const REQUEST_BODY_CUT_BYTES = 16 * MIB;
/** A request that the browser said nothing about for so long is `lost`: its last event went with a worker. */
export const HEAD_SILENT_MS = 60 * 60_000;

/** Network events and tap messages take different ways and arrive in either order within milliseconds (Firefox): before a body is joined by exclusion, wait so long for a better head. */
export const SETTLE_MS = 250;
/** After the network's end, so long for the tap's last messages; a tap never ends on a cancel. */
export const GRACE_MS = 1_000;
/** After a restart the relays must first connect again. */
export const RESTORE_GRACE_MS = 3_000;
/** Taken up after a restart, and the network's end was not heard of: its last event may have gone with the worker. No more bytes for so long count as that end; should the page read on, it is judged again. */
export const LOST_END_MS = 60_000;
/** The network is done and the page reads no further: judged as it stands, and again should the page read on. */
export const STALL_MS = 3_000;
/** A body that is first read so long after its end still counts; until then the head waits, already reported. */
export const LATE_READ_MS = 60_000;
/** A body for which no request shows up in this time has none (made up by a service worker, from a memory cache). */
export const ORPHAN_MS = 10_000;
/** How far apart the two ways may be before an order in time says that a body is not this head's. */
export const SKEW_MS = 1_000;
/** A frame made a moment ago may ask before its relay runs, and browsers round the clocks that they show. */
export const DOCUMENT_SKEW_MS = 500;
/** Shortest time between two `progress` events of one exchange. */
export const PROGRESS_MS = 250;
