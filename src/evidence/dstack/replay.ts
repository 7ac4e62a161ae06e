/**
 * What the four run-time registers must hold if the log is true. Register 3 is replayed from names and payloads alone:
 * a digest beside them proves nothing about them, and newer software leaves it empty. Payloads of registers 0 to 2 are
 * not bound to their digests by any rule known here, so nothing is read from them.
 */
import { sha384 } from '@noble/hashes/sha2.js';
import { concatBytes, equalBytes, utf8Bytes } from '../../encoding/bytes';
import { toHex } from '../../encoding/hex';
import { type LogEvent, RUNTIME_EVENT } from './event-log';

export const REGISTER_BYTES = 48;

/** How dstack has digested its own events: bytes with colons; canonical JSON, in the two forms its source has had. */
export const DIGEST_FORMS = ['v1', 'v2', 'v2-name'] as const;
export type DigestForm = (typeof DIGEST_FORMS)[number];

const RUNTIME_TYPE = Uint8Array.of(0x01, 0x00, 0x00, 0x08);

/** The digest of one of dstack's own events: 48 bytes. Keys of the JSON forms stand in canonical order (RFC 8785). */
export function runtimeDigest({ name, payload }: Pick<LogEvent, 'name' | 'payload'>, form: DigestForm): Uint8Array {
  switch (form) {
    case 'v1':
      return sha384(concatBytes(RUNTIME_TYPE, utf8Bytes(':'), utf8Bytes(name), utf8Bytes(':'), payload));
    case 'v2':
      return sha384(utf8Bytes(JSON.stringify({ event: name, event_type: RUNTIME_EVENT, payload: toHex(payload), version: 2 })));
    case 'v2-name':
      return sha384(utf8Bytes(JSON.stringify({ name, payload: toHex(payload), type: RUNTIME_EVENT })));
  }
}

/** Extends zeros with each digest in order; shorter digests are padded with zeros behind, as the hardware's call does. */
export function extend(digests: readonly Uint8Array[]): Uint8Array {
  let register: Uint8Array = new Uint8Array(REGISTER_BYTES);
  for (const digest of digests) {
    const whole = new Uint8Array(REGISTER_BYTES);
    whole.set(digest);
    register = sha384(concatBytes(register, whole));
  }
  return register;
}

/** One of registers 0 to 2, from the digests in the log. */
export const replayFirmware = (events: readonly LogEvent[], register: 0 | 1 | 2): Uint8Array =>
  extend(events.filter((event) => event.register === register).map(({ digest }) => digest));

/** The form under which register 3 replays to `expected`; `undefined` where none does. Events that name a version 2 use its forms. */
export function replayRuntime(events: readonly LogEvent[], expected: Uint8Array): DigestForm | undefined {
  const own = events.filter((event) => event.register === 3);
  return DIGEST_FORMS.find((form) => {
    const digests = own.map((event) => runtimeDigest(event, event.version === 2 && form === 'v1' ? 'v2' : event.version === 1 ? 'v1' : form));
    return equalBytes(extend(digests), expected);
  });
}
