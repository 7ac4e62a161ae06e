import type { Anchor } from './anchor';

/** AWS Nitro Enclaves Root-G1, valid until 2049. The published digest of the zip file is another number. */
export const AWS_ANCHORS: readonly Anchor[] = [
  {
    vendor: 'aws',
    kind: 'nitro',
    subject: 'C=US, O=Amazon, OU=AWS, CN=aws.nitro-enclaves',
    spki:
      '3076301006072a8648ce3d020106052b8104002203620004' +
      'fc0254eba608c1f36870e29ada90be46383292736e894bfff672d989444b5051e534a4b1f6dbe3c0bc581a32b7b17607' +
      '0ede12d69a3fea211b66e752cf7dd1dd095f6f1370f4170843d9dc100121e4cf63012809664487c9796284304dc53ff4',
    fingerprint: '641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b',
    source: 'https://aws-nitro-enclaves.amazonaws.com/AWS_NitroEnclaves_Root-G1.zip',
  },
];
