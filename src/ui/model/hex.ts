/** Long hexadecimal values in groups that can be compared by eye. */

export interface HexValue {
  /** `0x`, `sha256:` or nothing; copied along, not grouped. */
  readonly prefix: string;
  /** Groups of eight characters (four bytes); the last may be shorter. */
  readonly groups: readonly string[];
  readonly bytes: number;
}

const HEX = /^(0x|sha256:|sha384:)?([0-9a-fA-F]{16,})$/;
const GROUP = 8;

/** A value of at least eight bytes in hex; `undefined` for anything else, which is shown as it is. */
export function hexOf(value: string): HexValue | undefined {
  const [, prefix = '', digits] = HEX.exec(value) ?? [];
  if (digits === undefined || digits.length % 2 !== 0) return undefined;
  return { prefix, groups: digits.match(new RegExp(`.{1,${GROUP}}`, 'g')) ?? [], bytes: digits.length / 2 };
}

/** For each group of `value`, whether it differs from the one at its place in `other`. Letter case is no difference. */
export const differing = (value: HexValue, other: HexValue): readonly boolean[] =>
  value.groups.map((group, i) => group.toLowerCase() !== other.groups[i]?.toLowerCase());
