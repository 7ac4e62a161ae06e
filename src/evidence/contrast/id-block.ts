/**
 * The ID key that Contrast launches with. Its signature over the ID block is a constant (r = 2, s = 1), and the key is
 * the one that this signature fits: so its digest follows from measurement and guest policy, and everybody can compute it.
 */
import { p384 } from '@noble/curves/nist.js';
import { sha384 } from '@noble/hashes/sha2.js';
import { BoundedMap } from '../../encoding/bounded-map';
import { concatBytes } from '../../encoding/bytes';
import { fromHex, toHex } from '../../encoding/hex';

const R = 2n;
const S = 1n;
const ID_KEY_BYTES = 0x404;
const CURVE_P384 = 2;
const GUEST_SVN = 2;

export interface IdBlock {
  /** 48 bytes. */
  readonly measurement: Uint8Array;
  /** 16 bytes each. */
  readonly familyId: Uint8Array;
  readonly imageId: Uint8Array;
  readonly guestSvn: number;
  readonly policy: bigint;
}

/** ID_BLOCK (AMD 56860, 96 bytes). */
export function encodeIdBlock({ measurement, familyId, imageId, guestSvn, policy }: IdBlock): Uint8Array<ArrayBuffer> {
  const tail = new Uint8Array(16);
  const view = new DataView(tail.buffer);
  view.setUint32(0, 1, true);
  view.setUint32(4, guestSvn, true);
  view.setBigUint64(8, policy, true);
  return concatBytes(measurement, familyId, imageId, tail);
}

const known = new BoundedMap<string>(64, 64 * 1024);

/** SHA-384 over the ID key (lower-case hex) that fits the constant signature over this block. */
export function idKeyDigest(block: Uint8Array): string {
  return known.getOrMake(toHex(block), () => toHex(sha384(encodeIdKey(recoverKey(block)))));
}

const { Point } = p384;
const { Fn } = Point;
const INVERSE = Fn.inv(R);
type CurvePoint = typeof Point.BASE;
type AffinePoint = ReturnType<CurvePoint['toAffine']>;

/** s·r⁻¹ times the two points whose x is r: the same for every block, made when first wanted. */
let fixedHalves: readonly [CurvePoint, CurvePoint] | undefined;

function halves(): readonly [CurvePoint, CurvePoint] {
  if (fixedHalves === undefined) {
    const half = Point.fromHex(`02${R.toString(16).padStart(96, '0')}`).multiplyUnsafe(Fn.mul(S, INVERSE));
    fixedHalves = [half, half.negate()];
  }
  return fixedHalves;
}

/** Both keys that fit (Q = r⁻¹(s·R − z·G)); the smaller by x, then y. Nothing here is secret. */
function recoverKey(block: Uint8Array): AffinePoint {
  const z = Fn.create(BigInt(`0x${toHex(sha384(block))}`));
  const factor = Fn.mul(z, INVERSE);
  // The base point has its multiples at hand; a digest of zero has none.
  const zG = factor === 0n ? Point.ZERO : Point.BASE.multiply(factor);
  const [first, second] = halves().map((half) => half.subtract(zG).toAffine());
  if (first === undefined || second === undefined) throw new TypeError('two points have one x');
  return first.x < second.x || (first.x === second.x && first.y <= second.y) ? first : second;
}

/** The curve's number, then x and y little-endian in 72 bytes each, zeros behind. */
function encodeIdKey({ x, y }: AffinePoint): Uint8Array {
  const key = new Uint8Array(ID_KEY_BYTES);
  key[0] = CURVE_P384;
  key.set(littleEndian(x), 4);
  key.set(littleEndian(y), 4 + 72);
  return key;
}

const littleEndian = (value: bigint): Uint8Array => fromHex(value.toString(16).padStart(96, '0')).reverse();

/** Family and image id that Contrast's versions launch with: none, or one and two. */
const FORMS: readonly (readonly [number, number])[] = [[0, 0], [1, 2]];

/** The digests that ID_KEY_DIGEST may be for this measurement (hex) and guest policy. */
export function contrastIdKeyDigests(measurement: string, policy: bigint): readonly string[] {
  const id = (first: number): Uint8Array => Uint8Array.from({ length: 16 }, (_, i) => (i === 0 ? first : 0));
  return FORMS.map(([family, image]) => idKeyDigest(encodeIdBlock({ measurement: fromHex(measurement), familyId: id(family), imageId: id(image), guestSvn: GUEST_SVN, policy })));
}
