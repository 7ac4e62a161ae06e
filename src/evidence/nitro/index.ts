/** AWS Nitro Enclaves attestation documents, judged whole: parse, verify (is it AWS's word?), appraise (is it what we want?). */
import { fail, pass } from '../../checks/check';
import type { Check } from '../../checks/check';
import { CodedError, asCoded } from '../../checks/error';
import { equalBytes, isAllZero } from '../../encoding/bytes';
import { toHex } from '../../encoding/hex';
import { fingerprintOf } from '../../x509/certificate';
import type { Certificate } from '../../x509/certificate';
import { CLOCK_SKEW_MS } from '../../x509/chain';
import { verifyP384 } from '../../x509/p384';
import { byClock, checkOf, contradiction, isoTime, restsOn } from '../findings';
import type { Clock, Fault } from '../findings';
import { chainDateFaults, chainFaults, readChain } from './chain';
import { parseDocument } from './document';
import type { NitroDocument } from './document';
import type { NitroCertificateFact, NitroClaims, NitroInput, NitroResult } from './types';

/** An enclave's certificate, and so a document, lives this long. */
const LIFETIME_MS = 3 * 3_600_000;

/** The registers that hold the enclave image: zero when the enclave was started in debug mode. */
const IMAGE_PCR = 0;

/** Judges one document. Never raises on bad input: it becomes a check, `parse` alone where the document itself is malformed. */
export async function checkNitro(input: NitroInput): Promise<NitroResult> {
  const statement = attempt(() => parseDocument(input.document));
  if (statement instanceof CodedError) return { checks: [fail('parse', statement.code, statement.detail, { basis: 'derived' })] };
  const clock: Clock = input.clockBehind === undefined ? { now: input.now } : { now: input.now, behind: input.clockBehind.detail };
  const chain = attempt(() => readChain(statement));
  const certificates = chain instanceof CodedError ? [] : chain;
  const chainProblems = chain instanceof CodedError ? [contradiction(chain.code, chain.detail)] : await chainFaults(chain, input.anchors);
  const signature = await signatureFaults(statement, certificates.at(-1));
  const authenticity = [...chainProblems, ...signature];
  return {
    checks: [
      pass('parse', `document of ${statement.moduleId}`, { basis: 'derived' }),
      checkOf('chain', [...chainProblems, ...chainDateFaults(certificates, clock)], certificates.map(({ subject }) => subject.commonName ?? '').join(' > ')),
      checkOf('signature', [...signature, ...restsOn(chainProblems)], 'ECDSA P-384 with SHA-384'),
      ...appraise(statement, certificates.at(-1), input, clock).map((check) => settled(check, restsOn(authenticity))),
    ],
    claims: claimsOf(statement),
    ...(certificates.length === 0 ? {} : { certificates: certificates.map(factOf) }),
  };
}

function attempt<T>(read: () => T): T | CodedError {
  try {
    return read();
  } catch (error) {
    return asCoded(error);
  }
}

/** A contradiction is told in any case; that a value is as wanted only when it is AWS's word. */
const settled = (check: Check, open: readonly Fault[]): Check => (check.outcome === 'fail' || open.length === 0 ? check : checkOf(check.id, open, check.detail));

async function signatureFaults({ signedBytes, signature }: NitroDocument, leaf: Certificate | undefined): Promise<readonly Fault[]> {
  if (leaf === undefined) return [contradiction('NITRO_KEY', 'no readable certificate')];
  try {
    return (await verifyP384(leaf.spkiHex, signature, signedBytes, 'NITRO_KEY')) ? [] : [contradiction('NITRO_SIGNATURE', `signature of ${signature.length} bytes`)];
  } catch (error) {
    const { code, detail } = asCoded(error);
    return [contradiction(code, detail)];
  }
}

function appraise(statement: NitroDocument, leaf: Certificate | undefined, { policy, nonce, userData }: NitroInput, clock: Clock): readonly Check[] {
  const values = [...statement.pcrs.values()];
  const debug = isDebug(statement);
  return [
    checkOf('timestamp', byClock(clock, (now) => timestampFaults(statement.timestamp, leaf, now)), isoTime(statement.timestamp)),
    // A debug enclave still measures its instance: registers that are all zero measure nothing at all.
    values.every(isAllZero) ? fail('pcrs', 'NITRO_PCRS_ZERO', `${values.length} registers`) : pass('pcrs', `${values.length} registers`),
    debug && !policy.allowDebug ? fail('policy.debug', 'DEBUG_ENABLED', 'PCR0 is zero') : pass('policy.debug', debug ? 'debug' : 'no debug'),
    ...(nonce === undefined ? [] : [compared('nonce', 'NONCE_MISMATCH', statement.nonce, nonce)]),
    ...(userData === undefined ? [] : [compared('userdata', 'NITRO_USER_DATA', statement.userData, userData)]),
  ];
}

const isDebug = ({ pcrs }: NitroDocument): boolean => isAllZero(pcrs.get(IMAGE_PCR) ?? new Uint8Array());

/** The document was made while its certificate was valid, and not longer ago than a document lives. */
function timestampFaults(timestamp: number, leaf: Certificate | undefined, now: number): readonly Fault[] {
  const outside = leaf !== undefined && (timestamp < leaf.notBefore - CLOCK_SKEW_MS || timestamp > leaf.notAfter + CLOCK_SKEW_MS);
  const far = Math.abs(now - timestamp) > LIFETIME_MS + CLOCK_SKEW_MS;
  return outside || far ? [contradiction('NITRO_TIMESTAMP', outside ? 'outside the certificate’s period' : 'more than three hours away', { actual: isoTime(timestamp) })] : [];
}

function compared(id: string, code: 'NONCE_MISMATCH' | 'NITRO_USER_DATA', actual: Uint8Array | undefined, expected: Uint8Array): Check {
  const values = { expected: toHex(expected), actual: actual === undefined ? 'none' : toHex(actual) };
  return actual !== undefined && equalBytes(actual, expected) ? pass(id, `${expected.length} bytes`, values) : fail(id, code, id, values);
}

function claimsOf(statement: NitroDocument): NitroClaims {
  const { moduleId, timestamp, pcrs, nonce, userData, publicKey } = statement;
  return {
    moduleId,
    timestamp: isoTime(timestamp),
    debug: isDebug(statement),
    pcrs: Object.fromEntries([...pcrs].map(([index, value]) => [`${index}`, toHex(value)])),
    ...(nonce === undefined ? {} : { nonce: toHex(nonce) }),
    ...(userData === undefined ? {} : { userData: toHex(userData) }),
    ...(publicKey === undefined ? {} : { publicKey: toHex(publicKey) }),
  };
}

const factOf = (certificate: Certificate): NitroCertificateFact => ({
  subject: certificate.subject.text,
  issuer: certificate.issuer.text,
  serial: certificate.serial,
  notBefore: isoTime(certificate.notBefore),
  notAfter: isoTime(certificate.notAfter),
  fingerprint: fingerprintOf(certificate),
});
