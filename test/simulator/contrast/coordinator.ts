/**
 * A Contrast Coordinator behind its HTTP API, as of v1.20: keeps manifests and authorities, and binds them with the
 * caller's nonce into what its machine signs. Status codes and words as in its source.
 */
import type { Switchboard } from '../faults.ts';
import { labelled, sha256 } from '../pki/keys.ts';
import { evidenceFor } from './evidence.ts';
import { manifestText, policyHash, policyText, workloadOf } from './deployment.ts';
import type { Deployment, Edition } from './deployment.ts';
import { meshOf } from './mesh.ts';
import type { Mesh } from './mesh.ts';

/** What a request to attest must carry. */
export const NONCE_BYTES = 32;

/** 1.3.9901.2.1 is SEV-SNP's; 1.3.9901.2.3 was for development. */
const TYPES = { snp: [1, 3, 9901, 2, 1], tdx: [1, 3, 9901, 2, 2], insecure: [1, 3, 9901, 2, 3] } as const;

export interface Reply {
  readonly status: number;
  /** JSON. */
  readonly body: string;
}

/** What stands for a history of manifests: each transition is the digest of its manifest's digest and the one before. */
export const transition = (manifests: readonly string[]): Buffer => manifests.reduce<Buffer>((before, manifest) => sha256(sha256(manifest), before), Buffer.alloc(32));

const base64 = (text: string): string => Buffer.from(text).toString('base64');

export class Coordinator {
  readonly deployment: Deployment;
  readonly #faults: Switchboard;
  readonly #now: () => number;

  constructor(deployment: Deployment, faults: Switchboard, now: () => number) {
    this.deployment = deployment;
    this.#faults = faults;
    this.#now = now;
  }

  /** The manifest in force, as its operator would publish it. */
  get manifest(): string {
    return this.#manifests().at(-1) ?? '';
  }

  /** The authorities that the answers name: the deployment's own, or an impostor's. */
  get mesh(): Mesh {
    return meshOf(this.#faults.has('contrast-mesh-ca-swapped') ? `${this.deployment.label} impostor` : this.deployment.label);
  }

  #edition(): Edition {
    return this.#faults.has('contrast-manifest-changed') ? 'changed' : 'current';
  }

  /** Oldest first. */
  #manifests(): readonly string[] {
    return [...(this.#faults.has('contrast-history-of-two') ? ['former' as const] : []), this.#edition()].map((edition) => manifestText(this.deployment, edition));
  }

  #policies(): readonly string[] {
    const on = this.#faults;
    if (on.has('contrast-policies-missing')) return [];
    const own = this.deployment.workloads.map((workload) => policyText(this.deployment, workload, this.#edition()));
    return on.has('contrast-policy-stray') ? [...own, 'package agent_policy\n\n# nobody named this one\n'] : own;
  }

  /** Evidence over nonce, manifests and authorities as they are, whatever the answer will carry. */
  #evidence(nonce: Buffer): Buffer {
    const on = this.#faults;
    const { rootCa, meshCa } = meshOf(this.deployment.label);
    const attested = on.has('contrast-nonce-replayed') ? labelled('somebody else’s contrast nonce', NONCE_BYTES) : nonce;
    const reportData = Buffer.concat([sha256(attested, transition(this.#manifests()), sha256(rootCa), sha256(meshCa)), Buffer.alloc(32)]);
    const asking = workloadOf(this.deployment, ({ coordinator }) => (coordinator === true) !== on.has('contrast-workload-report'));
    return evidenceFor({ reportData, hostData: policyHash(this.deployment, asking, this.#edition()), now: this.#now(), on });
  }

  /** What `/attest` answers to a nonce of 32 bytes, or to any other. */
  attest(nonce: Buffer): Reply {
    const on = this.#faults;
    const version = on.has('contrast-version-unknown') ? 'v2.0.0' : this.deployment.version;
    const error = (status: number, words: string): Reply => ({ status, body: JSON.stringify({ version, error: words }) });
    if (on.has('contrast-not-set')) return error(412, 'no manifest set');
    if (nonce.length !== NONCE_BYTES) return error(400, `invalid nonce length: got ${nonce.length}, expected ${NONCE_BYTES}`);
    const manifests = this.#manifests();
    const sent = on.has('contrast-manifest-swapped') ? [...manifests.slice(0, -1), manifestText(this.deployment, 'former')] : manifests;
    const type = on.has('contrast-insecure') ? TYPES.insecure : on.has('contrast-foreign-quote') ? TYPES.tdx : TYPES.snp;
    const document = {
      version, raw_attestation_doc: this.#evidence(nonce).toString('base64'), manifests: sent.map(base64), policies: this.#policies().map(base64),
      root_ca: base64(this.mesh.rootCa), mesh_ca: base64(this.mesh.meshCa),
      ...(on.has('contrast-type-named') || on.has('contrast-insecure') ? { attestation_type: type } : {}),
    };
    return { status: 200, body: JSON.stringify(document) };
  }
}
