/**
 * NVIDIA's two roots. Device certificates end in the first; the manifests of reference values (RIMs) are signed under
 * the second.
 */
import type { Anchor } from './anchor';

export const NVIDIA_ANCHORS: readonly Anchor[] = [
  {
    vendor: 'nvidia',
    kind: 'nvidia-device',
    subject: 'CN=NVIDIA Device Identity CA, O=NVIDIA',
    spki:
      '3076301006072a8648ce3d020106052b81040022036200' +
      '040e4c14a33bf8a5626658db4129607e4cbf4519c4412716f4d0d917c4978005bdeabeaefd57bc66082d718a4f8b6052e1' +
      '516ee8a7c422b84de857071bb58fd395bea0cfa1c63ee7c80d6bd63901d91cbbd187d3857dc16b5cceaf238ff8c27dbd',
    fingerprint: '102bf659d5419614c9d8e6aecebc80454eb26b1df6a769ac720b9a690b167b48',
    source: 'https://github.com/NVIDIA/nvtrust/blob/main/guest_tools/gpu_verifiers/local_gpu_verifier/src/verifier/certs/verifier_device_root.pem',
  },
  {
    vendor: 'nvidia',
    kind: 'nvidia-rim',
    subject: 'CN=NVIDIA CoRIM signing Root CA, O=NVIDIA, C=US',
    spki:
      '3076301006072a8648ce3d020106052b81040022036200' +
      '04b840b28bdbcd33e230da57d4cf2065747030682d4717b4c2829d7641c1325139b74da831c2be3c779e7e2b6548956608' +
      '0e4ecd94021075c57f15fedeb862c8f906ae8fddc7b12238597dbdf0fa56e78453833f6d0be43af3871a47f057584799',
    fingerprint: '12977b5115acb0381179279fffeb5a8c4d264971ebb32298023a465fa41df5d1',
    source: 'https://github.com/NVIDIA/nvtrust/blob/main/guest_tools/gpu_verifiers/local_gpu_verifier/src/verifier/certs/verifier_RIM_root.pem',
  },
];
