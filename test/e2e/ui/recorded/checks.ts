/** Lists of checks as the providers make them: ids, order, details and codes are theirs; only the values are invented. */
import { absent, type Check, fail, pass, unknown, weak } from '../../../../src/checks/check';

export const NONCE = '87ebbef3ceb69d2d6d7edc1b05c42ad9a1b7c02e5f6d8890cc14ab7fe0213377';
export const SIGNER = '0xf52373547caa0eecb0fcd34042d7518e79aa80cc';
export const IMAGE = 'sha256:cf47db862b96b243e077a80ee51afa2c007604bf3c648232d42144947e56c339';
export const REPORT_DATA = `${NONCE}${'00'.repeat(32)}`;
export const MEASURED = '3d8655ee46bc247559f06b501336466fb717c102d8bc8c7915cb4b84b7bc61131a88735636b712bdc9a734f8453f73f7';

/** The machine's checks in the order of CLI.md, all holding. */
export const machineHolds = (): Check[] => [
  pass('evidence', 'TDX quote, 5006 bytes', { basis: 'derived' }),
  pass('parse', 'version 4, TDX 1.5'),
  pass('pck.chain', 'Intel SGX Root CA'),
  pass('pck.revocation', 'list of 2026-11-18'),
  pass('tcbinfo', 'list 19 of 2026-11-12'),
  pass('qeidentity', 'TD_QE of 2026-11-12'),
  pass('qe.report', 'UpToDate'),
  pass('qe.binding', ''),
  pass('quote.signature', ''),
  pass('tdx.module', 'TDX_03, 1.5.16'),
  pass('tcb', 'UpToDate, 2026-02-11'),
  pass('policy.debug', 'off'),
  pass('policy.attributes', 'SEPT_VE_DISABLE'),
  pass('policy.xfam', '00000000000618e7'),
  pass('policy.servicetd', 'none'),
  pass('nonce', 'report_data', { expected: NONCE, actual: REPORT_DATA }),
];

export const with_ = (checks: readonly Check[], ...changed: readonly Check[]): Check[] => checks.map((c) => changed.find((n) => n.id === c.id) ?? c);

export const gpuOpen = (): Check => absent('gpu', 'assay', 'VERIFIER_NOT_BUILT', 'evidence of 8 GPU, kept unverified');

/** What io.net's agent gives today. */
export const ionetEvidence = (machine: readonly Check[] = machineHolds()): Check[] => [
  ...machine,
  gpuOpen(),
  weak('software', 'SOFTWARE_NOT_KNOWN', 'mrTd rtmr0 rtmr1 rtmr2 rtmr3 mrConfigId'),
  weak('image', 'IMAGE_ONLY_CLAIMED', IMAGE, { basis: 'claimed', actual: IMAGE }),
  weak('key.binding', 'SIGNER_NOT_BOUND', 'report_data holds our number alone', { actual: SIGNER }),
  absent('channel', 'service', 'CHANNEL_NOT_BOUND', 'the gateway opens the connection'),
];

const HASH = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const OTHER = '9f86d081884c7d650b1dc1e2c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';

export const answerHolds = (signerBasis: 'claimed' | 'page' = 'claimed'): Check[] => [
  pass('format', 'event stream', { basis: 'page' }),
  pass('coverage', '214 lines', { basis: 'page' }),
  pass('signature', 'EIP-191', { basis: 'page', actual: SIGNER }),
  pass('response.hash', 'data lines', { basis: 'page', expected: HASH, actual: HASH }),
  unknown('request.hash', 'REQUEST_HASH_MISMATCH', 'pydantic', { basis: 'derived', required: false }),
  pass('replay', 'not seen before', { basis: 'derived' }),
  pass('signer', signerBasis === 'claimed' ? 'none' : 'address-nonce', { basis: signerBasis, expected: SIGNER, actual: SIGNER }),
  pass('evidence.time', '35 s before the answer', { basis: 'derived' }),
];

export const altered = (): Check[] =>
  with_(answerHolds(), fail('response.hash', 'RESPONSE_HASH_MISMATCH', 'data lines', { basis: 'page', expected: HASH, actual: OTHER }));

export const unsigned = (): Check[] => [
  pass('format', 'event stream', { basis: 'page' }),
  fail('signature', 'ANSWER_UNSIGNED', 'no signature event', { basis: 'page' }),
  unknown('response.hash', 'ANSWER_UNSIGNED', 'nothing signed to compare with', { basis: 'page' }),
  unknown('signer', 'ANSWER_UNSIGNED', 'no valid signature to compare', { basis: 'derived' }),
];

/** A service as it could be: everything bound, software known, the way seen. */
export const verifiedEvidence = (): Check[] => [
  ...machineHolds(),
  pass('software', 'mrTd rtmr0 rtmr1 rtmr2 rtmr3', { source: 'imported 2026-11-03T09:12:00.000Z: compose of release 4.2' }),
  pass('key.binding', 'sha256(address,spki)-nonce', { actual: SIGNER, source: 'imported 2026-11-03T09:12:00.000Z: compose of release 4.2' }),
  pass('channel', 'the connection’s key is in the evidence', { basis: 'hardware' }),
];

export const noEvidence = (code: 'LOGIN_NEEDED' | 'RATE_LIMITED' | 'ATTESTATION_TIMEOUT' | 'MODEL_NOT_KNOWN', detail: string): Check[] => [unknown('evidence', code, detail, { basis: 'derived' })];
