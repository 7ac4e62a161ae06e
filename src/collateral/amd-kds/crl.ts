/** AMD's revocation lists: asked for once a day, checked before they are kept, never replaced by older ones (DESIGN law 4). */
import { CodedError } from '../../checks/error';
import { utf8Bytes } from '../../encoding/bytes';
import { toHex } from '../../encoding/hex';
import { commonNameOf } from '../../evidence/sevsnp/chain';
import type { SnpProduct } from '../../evidence/sevsnp/product';
import type { VekKind } from '../../evidence/sevsnp/vek';
import type { Anchor } from '../../roots/anchors';
import { dateFault } from '../../x509/chain';
import { readHexCrl } from '../../x509/crl';
import type { Crl } from '../../x509/crl';
import { isPssSignedBy } from '../../x509/rsa-pss';
import { askKds } from './request';
import type { KdsDoors } from './request';
import { crlUrl } from './urls';

const MAX_BYTES = 1024 * 1024;
const ASK_AGAIN_MS = 24 * 3_600_000;

interface Kept {
  readonly der: Uint8Array;
  readonly crl: Crl;
}

/** Of which list of AMD's: each product line has one for chip keys and one for providers' keys. */
export interface CrlOf {
  readonly product: SnpProduct;
  readonly kind: VekKind;
}

/**
 * The newest list known, as DER. Raises `RATE_LIMITED`, `COLLATERAL_UNREACHABLE`, `COLLATERAL_ROLLED_BACK` or what the
 * getter raises when none that is in date can be had.
 */
export async function currentCrl(doors: KdsDoors, anchors: readonly Anchor[], of: CrlOf): Promise<Uint8Array> {
  const key = `amd-kds/crl/${of.product}/${of.kind}`;
  const roots = anchors.filter((anchor) => anchor.kind === 'ark' && commonNameOf(anchor) === `ARK-${of.product}`);
  const kept = await readKept(doors, key, roots);
  const inDate = kept !== undefined && dateFault(kept.crl.thisUpdate, kept.crl.nextUpdate, doors.now()) === undefined;
  if (inDate && (await askedLately(doors, key))) return kept.der;
  try {
    const fetched = await fetchCrl(doors, roots, of);
    if (kept !== undefined && isOlder(fetched.crl, kept.crl)) throw new CodedError('COLLATERAL_ROLLED_BACK', `list of ${new Date(fetched.crl.thisUpdate).toISOString()}, one of ${new Date(kept.crl.thisUpdate).toISOString()} is known`);
    await doors.store.put(key, fetched.der);
    await doors.store.put(`${key}/asked`, utf8Bytes(`${doors.now()}`));
    return fetched.der;
  } catch (error) {
    if (error instanceof CodedError && inDate) return kept.der;
    throw error;
  }
}

/** The stored list, verified again; anything else under the key counts for nothing. */
async function readKept({ store }: KdsDoors, key: string, roots: readonly Anchor[]): Promise<Kept | undefined> {
  const der = await store.get(key);
  if (der === undefined) return undefined;
  try {
    return { der, crl: await verified(der, roots) };
  } catch (error) {
    if (error instanceof CodedError) return undefined;
    throw error;
  }
}

async function askedLately({ store, now }: KdsDoors, key: string): Promise<boolean> {
  const asked = await store.get(`${key}/asked`);
  const age = now() - Number(new TextDecoder().decode(asked ?? new Uint8Array()) || Number.NaN);
  return age >= 0 && age < ASK_AGAIN_MS;
}

async function fetchCrl(doors: KdsDoors, roots: readonly Anchor[], { product, kind }: CrlOf): Promise<Kept> {
  const der = await askKds(doors, crlUrl(product, kind), MAX_BYTES);
  if (der === undefined) throw new CodedError('COLLATERAL_UNREACHABLE', `kdsintf.amd.com: no ${kind} list for ${product}`);
  return { der, crl: await verified(der, roots) };
}

/** Raises `COLLATERAL_UNREACHABLE` for what is no list of these roots: a stranger's answer in AMD's place proves nothing about the chip. */
async function verified(der: Uint8Array, roots: readonly Anchor[]): Promise<Crl> {
  const crl = readHexCrl(toHex(der), 'COLLATERAL_UNREACHABLE');
  for (const root of roots) {
    if (crl.issuer.commonName === commonNameOf(root) && (await isPssSignedBy(crl, root.spki))) return crl;
  }
  throw new CodedError('COLLATERAL_UNREACHABLE', `a list that AMD did not sign (${crl.issuer.text})`);
}

function isOlder(a: Crl, than: Crl): boolean {
  if (a.number !== undefined && than.number !== undefined && a.number !== than.number) return a.number < than.number;
  return a.thisUpdate < than.thisUpdate;
}
