/** The key service inside the deployment: agrees a secret with whoever sends a public key, signs the agreement with its mesh key, and keeps it for an hour. */
import { p384 } from '@noble/curves/nist.js';
import type { Coordinator } from '../contrast/coordinator.ts';
import { meshOf } from '../contrast/mesh.ts';
import type { Member } from '../contrast/mesh.ts';
import { workloadOf } from '../contrast/deployment.ts';
import type { Switchboard } from '../faults.ts';
import { integer, sequence } from '../pki/der.ts';
import { derivedP384 } from '../pki/p384.ts';
import type { P384Key } from '../pki/p384.ts';
import { sha256 } from '../pki/keys.ts';
import { SECRET_SERVICE } from './deployment.ts';
import { agree } from './hpke.ts';
import type { Secret } from './sealing.ts';

const LIFETIME = 60 * 60_000;
const MOST = 1000;

/** ECDSA P-384 with SHA-256 over both halves, as SEQUENCE { r, s }. */
function signed(key: P384Key, publicKey: Uint8Array, encapsulatedKey: Uint8Array): Buffer {
  const raw = p384.sign(sha256(publicKey, encapsulatedKey), key.secret, { prehash: false, lowS: false });
  return sequence(integer(raw.subarray(0, 48)), integer(raw.subarray(48)));
}

export interface Agreement {
  readonly EncapsulatedKey: string;
  readonly Signature: string;
  readonly MeshCert: string;
}

export class Secrets {
  readonly #coordinator: Coordinator;
  readonly #faults: Switchboard;
  readonly #now: () => number;
  readonly #kept = new Map<string, Secret & { readonly until: number }>();

  constructor(coordinator: Coordinator, faults: Switchboard, now: () => number) {
    this.#coordinator = coordinator;
    this.#faults = faults;
    this.#now = now;
  }

  /** Who signs: the key service, as the mesh in force knows it. */
  #member(): Member {
    const { deployment, mesh } = this.#coordinator;
    const { names } = workloadOf(deployment, (workload) => workload.names.includes(SECRET_SERVICE) !== this.#faults.has('privatemode-secret-of-workload') && workload.coordinator !== true);
    const issuer = this.#faults.has('privatemode-secret-foreign') ? meshOf(`${deployment.label} stranger`) : mesh;
    return issuer.issue(names, this.#now());
  }

  /** `undefined` for what is no public key. */
  exchange(publicKey: Uint8Array): Agreement | undefined {
    let agreed: ReturnType<typeof agree>;
    try {
      agreed = agree(publicKey);
    } catch (error) {
      if (error instanceof Error) return undefined;
      throw error;
    }
    const id = sha256(publicKey).toString('base64');
    if (this.#kept.size >= MOST) this.#kept.clear();
    this.#kept.set(id, { id, data: agreed.secret, until: this.#now() + LIFETIME });
    const { key, certificate } = this.#member();
    const signature = signed(this.#faults.has('privatemode-secret-signature') ? derivedP384('privatemode/nobody') : key, publicKey, agreed.encapsulatedKey);
    return { EncapsulatedKey: Buffer.from(agreed.encapsulatedKey).toString('base64'), Signature: signature.toString('base64'), MeshCert: certificate.toString('base64') };
  }

  find(id: string): Secret | undefined {
    const found = this.#kept.get(id);
    return found === undefined || found.until < this.#now() ? undefined : found;
  }
}
