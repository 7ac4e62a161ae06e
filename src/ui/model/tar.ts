/** Several files as one (POSIX ustar): what every system unpacks without a further program. */

export interface TarEntry {
  /** Path with `/`, ASCII, at most 100 characters. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

const BLOCK = 512;
const NAME = 100;
const utf8 = new TextEncoder();

/** Octal digits and a NUL, as wide as the field. */
const octal = (value: number, width: number): string => `${value.toString(8).padStart(width - 1, '0')}\0`;

function header({ name, bytes }: TarEntry, seconds: number): Uint8Array {
  if (!/^[\x21-\x7e]+$/.test(name) || name.length > NAME) throw new RangeError(`no name for a file in an archive: ${name}`);
  const block = new Uint8Array(BLOCK);
  const put = (offset: number, text: string): void => block.set(utf8.encode(text), offset);
  put(0, name);
  put(100, octal(0o644, 8));
  put(108, octal(0, 8));
  put(116, octal(0, 8));
  put(124, octal(bytes.length, 12));
  put(136, octal(seconds, 12));
  // The checksum is taken with spaces in its own place.
  put(148, ' '.repeat(8));
  put(156, '0');
  put(257, 'ustar\u000000');
  put(148, `${octal(block.reduce((sum, octet) => sum + octet, 0), 7)} `);
  return block;
}

/** `at`: ms since the epoch, the time of every file. Two empty blocks end it. */
export function tarOf(entries: readonly TarEntry[], at: number): Uint8Array {
  const seconds = Math.max(0, Math.floor(at / 1_000));
  const padded = (length: number): number => Math.ceil(length / BLOCK) * BLOCK;
  const size = entries.reduce((sum, { bytes }) => sum + BLOCK + padded(bytes.length), 0) + 2 * BLOCK;
  const archive = new Uint8Array(size);
  let offset = 0;
  for (const entry of entries) {
    archive.set(header(entry, seconds), offset);
    archive.set(entry.bytes, offset + BLOCK);
    offset += BLOCK + padded(entry.bytes.length);
  }
  return archive;
}
