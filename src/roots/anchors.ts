import { AMD_ANCHORS } from './amd';
import type { Anchor } from './anchor';
import { AWS_ANCHORS } from './aws';
import { NVIDIA_ANCHORS } from './nvidia';

export type { Anchor };

/** Every anchor of a shipped build, and its only ones (DESIGN law 6). */
export const VENDOR_ANCHORS: readonly Anchor[] = [
  {
    vendor: 'intel',
    kind: 'sgx',
    subject: 'CN=Intel SGX Root CA, O=Intel Corporation, L=Santa Clara, ST=CA, C=US',
    spki:
      '3059301306072a8648ce3d020106082a8648ce3d03010703420004' +
      '0ba9c4c0c0c86193a3fe23d6b02cda10a8bbd4e88e48b4458561a36e705525f5' +
      '67918e2edc88e40d860bd0cc4ee26aacc988e505a953558c453f6b0904ae7394',
    fingerprint: '44a0196b2b99f889b8e149e95b807a350e7424964399e885a7cbb8ccfab674d3',
    source: 'https://certificates.trustedservices.intel.com/Intel_SGX_Provisioning_Certification_RootCA.pem',
  },
  ...AMD_ANCHORS,
  ...AWS_ANCHORS,
  ...NVIDIA_ANCHORS,
];
