/** TCB info and QE identity as Intel signs them: the exact text of a JSON value, a P-256 signature, and the signer's chain. */
import { contradiction, isoTime, undetermined } from '../findings';
import type { Fault } from '../findings';
import { isAnchor } from './pck-chain';
import type { TdxInput } from './types';
import { BoundedMap } from '../../encoding/bounded-map';
import { utf8Bytes } from '../../encoding/bytes';
import { fromHex } from '../../encoding/hex';
import { asCoded } from '../../checks/error';
import type { Anchor } from '../../roots/anchors';
import { dateFault, issuerFault, leafFault, namesMatch } from '../../x509/chain';
import { readPemCertificates } from '../../x509/certificate';
import type { Certificate } from '../../x509/certificate';
import { isSignedBy, p256KeyOf, verifyP256 } from '../../x509/signature';

export type SignedKind = 'TCB_INFO' | 'QE_IDENTITY';

/** The three parts in which such a statement travels. */
export interface SignedJson {
  /** PEM: TCB signer, then root. */
  readonly chain: string | undefined;
  /** The exact signed text. */
  readonly text: string | undefined;
  /** r‖s, hex. */
  readonly signature: string | undefined;
}

export interface SignedReading {
  /** Present only when Intel signed exactly this text. */
  readonly text?: string;
  /** Present when the chain could be read, for facts and revocation. */
  readonly signer?: Certificate;
  readonly root?: Certificate;
  readonly faults: readonly Fault[];
}

const SIGNER_NAME = 'Intel SGX TCB Signing';
const ROOT_NAME = 'Intel SGX Root CA';

/** Verifies such a statement against the anchors, at no particular time. Missing parts are an open question, broken ones a contradiction. */
export async function readSignedJson(kind: SignedKind, given: SignedJson, anchors: readonly Anchor[], problem?: TdxInput['collateralProblem']): Promise<SignedReading> {
  const { chain: pem, text, signature } = given;
  if (pem === undefined || text === undefined || signature === undefined) {
    return { faults: [undetermined(problem?.code ?? `${kind}_MISSING`, problem?.detail ?? 'not given')] };
  }
  const chain = readSignerChain(kind, pem);
  if ('fault' in chain) return { faults: [chain.fault] };
  const { signer, root } = chain;
  const [chainFaults, signed] = await Promise.all([judgeSignerChain(kind, signer, root, anchors), isSigned(text, signature, signer)]);
  const faults = [...chainFaults];
  if (!signed) faults.push(contradiction(`${kind}_SIGNATURE`, 'the signature does not hold over this text'));
  return { ...(faults.length === 0 ? { text } : {}), signer, root, faults };
}

function readSignerChain(kind: SignedKind, pem: string): { signer: Certificate; root: Certificate } | { fault: Fault } {
  try {
    const certificates = readPemCertificates(pem, `${kind}_CHAIN`);
    const [signer, root] = certificates;
    if (signer === undefined || root === undefined || certificates.length !== 2) {
      return { fault: contradiction(`${kind}_CHAIN_LENGTH`, `${certificates.length} certificates, 2 belong there`) };
    }
    return { signer, root };
  } catch (error) {
    const { code, detail } = asCoded(error);
    return { fault: contradiction(code, detail) };
  }
}

async function judgeSignerChain(kind: SignedKind, signer: Certificate, root: Certificate, anchors: readonly Anchor[]): Promise<readonly Fault[]> {
  const [signerSigned, rootSigned] = await Promise.all([isSignedBy(signer, root.spkiHex), isSignedBy(root, root.spkiHex)]);
  const wrong = [
    signer.subject.commonName === SIGNER_NAME && root.subject.commonName === ROOT_NAME ? undefined : `names: ${signer.subject.text} < ${root.subject.text}`,
    namesMatch(signer, root) && namesMatch(root, root) ? undefined : 'an issuer is not the subject of the next certificate',
    isAnchor(root, anchors) ? undefined : 'the root key is no vendor anchor',
    signerSigned && rootSigned ? undefined : 'a signature does not hold',
    issuerFault(root, 0),
    leafFault(signer),
  ].filter((fault) => fault !== undefined);
  return wrong.length === 0 ? [] : [contradiction(`${kind}_CHAIN`, wrong.join('; '))];
}

/** What was verified: text, signature and key together, so a result is a fact about bytes. */
const verified = new BoundedMap<Map<string, Promise<boolean>>>(32, 512 * 1024);
const MAX_PER_TEXT = 8;

function isSigned(text: string, signature: string, signer: Certificate): Promise<boolean> {
  const results = verified.getOrMake(text, () => new Map<string, Promise<boolean>>());
  const id = `${signature}|${signer.spkiHex}`;
  const remembered = results.get(id);
  if (remembered !== undefined) return remembered;
  const result = verify(text, signature, signer);
  if (results.size < MAX_PER_TEXT && signature.length <= 256) {
    results.set(id, result);
    // A fault of the platform is no fact about the bytes: it must not be remembered.
    result.catch(() => results.delete(id));
  }
  return result;
}

async function verify(text: string, signature: string, signer: Certificate): Promise<boolean> {
  try {
    const raw = fromHex(signature);
    if (raw.length !== 64) return false;
    return await verifyP256(await p256KeyOf(signer.spkiHex, 'CERTIFICATE_MALFORMED'), raw, utf8Bytes(text));
  } catch (error) {
    asCoded(error);
    return false;
  }
}

/** Forgets what was verified; benchmarks measure the cold case with it. */
export function forgetSignedJson(): void {
  verified.clear();
}

/** The signer is an endorsement: outside its dates the question is open. */
export function judgeSignerDates(signer: Certificate, root: Certificate, now: number): readonly Fault[] {
  const named = [['ROOT', root], ['TCB_SIGNER', signer]] as const;
  return named.flatMap(([name, certificate]) => {
    const fault = dateFault(certificate.notBefore, certificate.notAfter, now);
    return fault === undefined ? [] : [undetermined(`${name}_${fault}`, `${certificate.subject.commonName ?? ''} is valid from ${isoTime(certificate.notBefore)} to ${isoTime(certificate.notAfter)}`)];
  });
}
