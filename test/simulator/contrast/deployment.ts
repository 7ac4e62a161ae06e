/** Deployments of Contrast as data: their workloads with the policies that pin them, their manifests as text, exactly as the Coordinator keeps them. */
import { sha256, sha384 } from '../pki/keys.ts';
import { derivedP384 } from '../pki/p384.ts';
import { chipIdOf, GENOA } from '../sevsnp/machine.ts';
import type { SnpMachine } from '../sevsnp/machine.ts';

export interface Workload {
  /** As Kubernetes names it. */
  readonly id: string;
  /** DNS names in its mesh certificate; the first is the common name. */
  readonly names: readonly string[];
  readonly coordinator?: true;
}

export interface Deployment {
  /** Keys and policies follow from it. */
  readonly label: string;
  /** Of the Coordinator. */
  readonly version: string;
  readonly workloads: readonly Workload[];
  /** As the manifest names the reference values. */
  readonly platform: string;
  /** Whether somebody holds a key that can set another manifest. */
  readonly updatable: boolean;
}

/** The machine: a Genoa whose firmware is new enough to report what it mitigates. */
export const CONTRAST_MACHINE: SnpMachine = { ...GENOA, mitigations: 0xf };
/** Firmware that Contrast launches its machines with, 48 bytes. */
export const CONTRAST_MEASUREMENT = sha384('assay simulator/contrast firmware');
/** PAGE_SWAP_DISABLE. */
export const CONTRAST_GUEST_POLICY = 1n << 25n;

/** The first release, the one that runs, one that an operator (or somebody in their place) set without telling. */
export type Edition = 'former' | 'current' | 'changed';

/** A policy's text; the digest of its bytes stands in HOSTDATA of the machine that runs under it. */
export const policyText = ({ label }: Deployment, { id, coordinator }: Workload, edition: Edition): string => {
  const release = coordinator === true || edition === 'current' ? 'current' : edition;
  const image = sha256(`assay simulator/${label}/${id}/${release}`).toString('hex');
  return `package agent_policy\n\n# ${label}: ${id}\nallowed_images := {"registry.example/${label}/${id.split('/').at(-1) ?? id}@sha256:${image}"}\n`;
};

export const policyHash = (deployment: Deployment, workload: Workload, edition: Edition): Buffer => sha256(policyText(deployment, workload, edition));

function entries(deployment: Deployment, edition: Edition): Readonly<Record<string, object>> {
  return Object.fromEntries(deployment.workloads.map((workload) => [
    policyHash(deployment, workload, edition).toString('hex'),
    { SANs: [...workload.names, '*'], WorkloadSecretID: workload.id, ...(workload.coordinator === true ? { Role: 'coordinator' } : {}) },
  ]));
}

/** The manifest as its operator wrote it, two spaces deep: its digest is over these bytes, white space and all. */
export function manifestText(deployment: Deployment, edition: Edition = 'current'): string {
  const { tcb } = CONTRAST_MACHINE;
  const lower = edition === 'changed' ? 4 : 0;
  return JSON.stringify({
    Policies: entries(deployment, edition),
    ReferenceValues: {
      snp: [{
        Platform: deployment.platform, ProductName: CONTRAST_MACHINE.product, TrustedMeasurement: CONTRAST_MEASUREMENT.toString('hex'),
        MinimumTCB: { BootloaderVersion: tcb.bl, TEEVersion: tcb.tee, SNPVersion: tcb.snp - lower, MicrocodeVersion: tcb.ucode - lower },
        GuestPolicy: { ABIMinor: 0, ABIMajor: 0, SMT: true, MigrateMA: false, Debug: false, SingleSocket: false, CXLAllowed: false, MemAES256XTS: false, RAPLDis: false, CipherTextHidingDRAM: false, PageSwapDisable: true },
        PlatformInfo: { SMTEnabled: true, TSMEEnabled: false, ECCEnabled: true, RAPLDisabled: false, CiphertextHidingDRAMEnabled: false, AliasCheckComplete: true, TIOEnabled: false },
        MinimumMitigationVector: 15, AllowedChipIDs: [chipIdOf(CONTRAST_MACHINE).toString('hex').toUpperCase()], CPUs: 1,
      }],
    },
    ...(deployment.updatable ? { WorkloadOwnerPubKeys: [derivedP384(`contrast/${deployment.label}/owner`).spki.toString('hex')], SeedshareOwnerPubKeys: [] } : {}),
  }, undefined, 2);
}

export function workloadOf({ workloads }: Deployment, which: (workload: Workload) => boolean): Workload {
  const found = workloads.find(which);
  if (found === undefined) throw new Error('no such workload');
  return found;
}

/** A company's own deployment: a model behind a Coordinator. */
export const OWN_DEPLOYMENT: Deployment = {
  label: 'contrast', version: 'v1.20.0', platform: 'Metal-QEMU-SNP', updatable: true,
  workloads: [
    { id: 'apps/v1/StatefulSet/default/coordinator', names: ['coordinator'], coordinator: true },
    { id: 'apps/v1/Deployment/default/model', names: ['model', 'model.default.svc'] },
  ],
};
