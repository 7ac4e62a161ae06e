/** Is it genuine? Every link from the quote to Intel's root, each judged on its own, so that no fault hides another. */
import { sha256 } from '@noble/hashes/sha2.js';
import { judgeQeIdentity, judgeTcbInfo } from './endorsements';
import type { Endorsement } from './endorsements';
import { byClock, contradiction, restsOn } from '../findings';
import type { Clock, Fault } from '../findings';
import type { Quote } from './parse';
import { isAnchor, judgePckChain, judgePckDates, tryPckChain } from './pck-chain';
import type { PckChain } from './pck-chain';
import { compareQe } from './qe-identity';
import type { QeIdentity } from './qe-identity';
import { judgeCrlDates, judgeSerial, readVerifiedCrl } from './revocation';
import type { CrlReading } from './revocation';
import { readSignedJson } from './signed-json';
import type { SignedReading } from './signed-json';
import type { TcbInfo } from './tcb-info';
import type { CollateralProblem, EndorsementKind, Problem, TdxInput } from './types';
import { asCoded } from '../../checks/error';
import { concatBytes, equalBytes, isAllZero } from '../../encoding/bytes';
import { toHex } from '../../encoding/hex';
import { KeyMemo } from '../../x509/memo';
import { importP256, p256KeyOf, verifyP256 } from '../../x509/signature';

export interface Verified {
  readonly chain?: PckChain;
  readonly rootCrl: CrlReading;
  readonly pckCrl: CrlReading;
  readonly tcbReading: SignedReading;
  readonly tcbInfo: Endorsement<TcbInfo>;
  readonly qeIdentity: Endorsement<QeIdentity>;
  /** What is wrong with each link; an empty list means that it holds. */
  readonly faults: {
    /** Names, signatures and anchor; dates apart, because what is out of date is still authentic. */
    readonly chain: readonly Fault[];
    readonly chainDates: readonly Fault[];
    readonly revocation: readonly Fault[];
    readonly qeReport: readonly Fault[];
    readonly qeBinding: readonly Fault[];
    readonly quoteSignature: readonly Fault[];
  };
  /** What keeps the fields of the quote from being signed under an anchor at all, whatever dates and Intel's lists say. */
  readonly authenticity: readonly Fault[];
  /** All that the fields of the quote rest on, dates and lists included: a check over them only holds where this is empty. */
  readonly ground: readonly Fault[];
}

/** Verifies all links of one quote against the collateral, the anchors and the time given. */
export async function verifyQuote(quote: Quote, input: TdxInput, clock: Clock): Promise<Verified> {
  const { chain, faults: chainReading } = tryPckChain(quote);
  const { collateral, anchors, collateralProblem: problem } = input;
  const pending = Promise.all([
    chain === undefined ? chainReading : judgePckChain(chain, anchors),
    crlOf('ROOT_CRL', collateral.root_ca_crl, chain, chainReading, reasonFor('root-crl', problem)),
    crlOf('PCK_CRL', collateral.pck_crl, chain, chainReading, reasonFor('pck-crl', problem)),
    readSignedJson('TCB_INFO', { chain: collateral.tcb_info_issuer_chain, text: collateral.tcb_info, signature: collateral.tcb_info_signature }, anchors, reasonFor('tcb-info', problem)),
    readSignedJson('QE_IDENTITY', { chain: collateral.qe_identity_issuer_chain, text: collateral.qe_identity, signature: collateral.qe_identity_signature }, anchors, reasonFor('qe-identity', problem)),
    judgeQeSignature(quote, chain, chainReading),
    judgeQuoteSignature(quote),
  ]);
  // Hashed here while the signatures are being verified on other threads.
  const binding = judgeQeBinding(quote);
  const [chainFaults, rootCrl, pckCrl, tcbReading, qeReading, qeSignature, quoteSignature] = await pending;
  const rootKey = chain !== undefined && isAnchor(chain.root, anchors) ? chain.root.spkiHex : undefined;
  const [tcbRootCrl, qeRootCrl] = await Promise.all([tcbReading, qeReading].map((reading) => signerCrlOf(reading, chain, rootCrl, input)));
  const tcbInfo = judgeTcbInfo(tcbReading, quote.tee, chain, { rootKey, rootCrl: tcbRootCrl, clock });
  const qeIdentity = judgeQeIdentity(qeReading, quote.tee, { rootKey, rootCrl: qeRootCrl, clock });

  const chainDates = chain === undefined ? [] : byClock(clock, (now) => judgePckDates(chain, now));
  const revoked = chain === undefined ? [] : [...judgeSerial('PCK_CA_REVOKED', chain.ca, rootCrl.crl), ...judgeSerial('PCK_REVOKED', chain.leaf, pckCrl.crl)];
  const revocation = [...revoked, ...judgeLists(rootCrl, pckCrl, clock), ...restsOn(chainFaults)];
  const otherQe = qeIdentity.value === undefined ? [] : compareQe(quote.qeReport, qeIdentity.value);
  // Each link rests on the ones below it. That a list is missing leaves open whose key signed, not whether it did.
  const qeReport = [...qeSignature, ...otherQe, ...restsOn(chainFaults, revoked, qeIdentity.faults)];
  const qeBinding = [...binding, ...restsOn(chainFaults, revoked, qeSignature, otherQe)];
  const signature = [...quoteSignature, ...restsOn(chainFaults, revoked, qeSignature, otherQe, binding)];
  return {
    ...(chain === undefined ? {} : { chain }),
    rootCrl,
    pckCrl,
    tcbReading,
    tcbInfo,
    qeIdentity,
    faults: { chain: chainFaults, chainDates, revocation, qeReport, qeBinding, quoteSignature: signature },
    authenticity: [...chainFaults, ...qeSignature, ...binding, ...quoteSignature],
    ground: [...chainFaults, ...chainDates, ...revocation, ...qeReport, ...qeBinding, ...signature],
  };
}

/** Why this item is missing: its own reason where the getter told each, else the one for all. */
const reasonFor = (item: EndorsementKind, problem: CollateralProblem | undefined): Problem | undefined => (problem?.items === undefined ? problem : problem.items[item]);

/** The root list that may speak of the signer of a statement: signed by the very root the signer stands under, which need not be the one in the quote. */
async function signerCrlOf({ root }: SignedReading, chain: PckChain | undefined, rootCrl: CrlReading, { collateral, collateralProblem }: TdxInput): Promise<CrlReading> {
  if (root === undefined) return { faults: [] };
  if (chain !== undefined && chain.root.spkiHex === root.spkiHex) return rootCrl;
  return readVerifiedCrl('ROOT_CRL', collateral.root_ca_crl, root, reasonFor('root-crl', collateralProblem));
}

async function crlOf(kind: 'ROOT_CRL' | 'PCK_CRL', hex: string | undefined, chain: PckChain | undefined, chainFaults: readonly Fault[], problem: Problem | undefined): Promise<CrlReading> {
  if (chain === undefined) return { faults: restsOn(chainFaults) };
  return readVerifiedCrl(kind, hex, kind === 'ROOT_CRL' ? chain.root : chain.ca, problem);
}

function judgeLists(root: CrlReading, pck: CrlReading, clock: Clock): readonly Fault[] {
  const dates = root.crl === undefined && pck.crl === undefined ? [] : byClock(clock, (now) => [...judgeCrlDates('ROOT_CRL', root.crl, now), ...judgeCrlDates('PCK_CRL', pck.crl, now)]);
  return [...root.faults, ...pck.faults, ...dates];
}

async function judgeQeSignature(quote: Quote, chain: PckChain | undefined, chainFaults: readonly Fault[]): Promise<readonly Fault[]> {
  if (chain === undefined) return restsOn(chainFaults);
  try {
    const key = await p256KeyOf(chain.leaf.spkiHex, 'QE_REPORT_SIGNATURE');
    if (await verifyP256(key, quote.qeReportSignature, quote.qeReport.raw)) return [];
    return [contradiction('QE_REPORT_SIGNATURE', 'the PCK key did not sign this report of the quoting enclave')];
  } catch (error) {
    const { code, detail } = asCoded(error);
    return [contradiction(code, detail)];
  }
}

function judgeQeBinding(quote: Quote): readonly Fault[] {
  const expected = sha256(concatBytes(quote.attestationKey, quote.qeAuthData));
  const { reportData } = quote.qeReport;
  if (equalBytes(reportData.subarray(0, 32), expected) && isAllZero(reportData.subarray(32))) return [];
  return [contradiction('QE_REPORT_DATA', 'the quoting enclave reports another attestation key', { expected: toHex(expected) + '00'.repeat(32), actual: toHex(reportData) })];
}

/** Forgets attestation keys; benchmarks measure the cold case with it. */
export function forgetAttestationKeys(): void {
  attestationKeys.clear();
}

/** A machine keeps its attestation key over many quotes. Apart from the certificates' keys: whoever sends quotes can fill it. */
const attestationKeys = new KeyMemo(16);

async function judgeQuoteSignature({ attestationKey, signature, signedBytes }: Quote): Promise<readonly Fault[]> {
  try {
    const key = await attestationKeys.get(toHex(attestationKey), () => importP256(concatBytes(Uint8Array.of(4), attestationKey), 'AK_INVALID'));
    if (await verifyP256(key, signature, signedBytes)) return [];
    return [contradiction('QUOTE_SIGNATURE', 'the attestation key did not sign this quote')];
  } catch (error) {
    const { code, detail } = asCoded(error);
    return [contradiction(code, detail)];
  }
}
