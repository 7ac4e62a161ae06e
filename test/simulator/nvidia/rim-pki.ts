/** Who signs the simulator's manifests: CoRIM root, product CA, L3, and a signer that is renewed each half-year, as NVIDIA renews its own. */
import { issue } from '../pki/nvidia.ts';
import type { Authority } from '../pki/nvidia.ts';
import { derivedP384 } from '../pki/p384.ts';

export const RIM_ROOT_NAME = 'NVIDIA CoRIM signing Root CA';

export const rimRoot: Authority = issue({
  commonName: RIM_ROOT_NAME, key: derivedP384('nvidia rim root'), notBefore: Date.UTC(2023, 2, 16, 15, 37, 34), notAfter: Date.UTC(2053, 2, 8, 15, 37, 34), role: 'authority',
});

/** As manifests name it: `GH100`, `GB100`, `LS10`. */
export type Product = string;

interface Signers {
  readonly ca: Authority;
  readonly l3: Authority;
}

const signers = new Map<Product, Signers>();

/** The two authorities between a product's signer and the root. */
export function rimAuthorities(product: Product): Signers {
  const known = signers.get(product);
  if (known !== undefined) return known;
  const ca = issue({ commonName: `NVIDIA Reference Value ${product} CA`, key: derivedP384(`nvidia rim ca/${product}`), issuer: rimRoot, notBefore: Date.UTC(2023, 4, 11), notAfter: Date.UTC(2048, 4, 11), role: 'authority', ocsp: true });
  const l3 = issue({ commonName: `NVIDIA Reference Value L3 ${product} 002`, key: derivedP384(`nvidia rim l3/${product}`), issuer: ca, notBefore: Date.UTC(2023, 9, 31), notAfter: Date.UTC(2048, 3, 30), role: 'authority', pathLength: 0, ocsp: true });
  const made = { ca, l3 };
  signers.set(product, made);
  return made;
}

/** When the signer of now was made: the half-year of a year ago. [year, month from 0] */
function period(now: number): readonly [year: number, month: number] {
  const date = new Date(now);
  return [date.getUTCFullYear() - 1, date.getUTCMonth() < 6 ? 0 : 6];
}

const issued = new Map<string, Authority>();

/** Serves for two years. `expired`: the one made two years before, whose time was up a year ago. */
export function rimSigner(product: Product, now: number, age: 'current' | 'expired' = 'current'): Authority {
  const [thisYear, month] = period(now);
  const year = thisYear - (age === 'expired' ? 2 : 0);
  const key = `${product}/${year}/${month}`;
  const known = issued.get(key) ?? issue({
    commonName: 'HCC RIM L4 Signer', key: derivedP384(`nvidia rim signer/${key}`), issuer: rimAuthorities(product).l3,
    notBefore: Date.UTC(year, month, 1), notAfter: Date.UTC(year + 2, month, 1) - 1000, role: 'leaf', ocsp: true,
  });
  issued.set(key, known);
  return known;
}

/** Signer first, root last: four. */
export const rimChain = (product: Product, now: number, age: 'current' | 'expired' = 'current'): readonly Authority[] => {
  const { ca, l3 } = rimAuthorities(product);
  return [rimSigner(product, now, age), l3, ca, rimRoot];
};

const debugRoot = issue({ commonName: 'NVIDIA CoRIM L1 Root CA Debug Only', key: derivedP384('nvidia debug rim root'), notBefore: Date.UTC(2023, 2, 16), notAfter: Date.UTC(2053, 2, 8), role: 'authority' });
const debugSigner = issue({ commonName: 'HCC RIM Debug Signer', key: derivedP384('nvidia debug rim signer'), issuer: debugRoot, notBefore: Date.UTC(2023, 2, 16), notAfter: Date.UTC(2053, 2, 8), role: 'leaf' });

/** What NVIDIA's developers sign with among themselves: nobody else may believe it. */
export const DEBUG_CHAIN: readonly Authority[] = [debugSigner, debugRoot];
