/** TCB info and QE identity as links: verified text, read, matched with the evidence, judged by date. */
import { byClock, contradiction, isoTime, restsOn, undetermined } from '../findings';
import type { Clock, Fault } from '../findings';
import type { PckChain } from './pck-chain';
import { readQeIdentity } from './qe-identity';
import type { QeIdentity } from './qe-identity';
import { judgeCrlDates, judgeSerial } from './revocation';
import type { CrlReading } from './revocation';
import { judgeSignerDates } from './signed-json';
import type { SignedKind, SignedReading } from './signed-json';
import { readTcbInfo } from './tcb-info';
import type { TcbInfo } from './tcb-info';
import { asCoded } from '../../checks/error';
import { dateFault } from '../../x509/chain';

/** One endorsement: its content when it is genuine and about this evidence, and everything that is wrong with it. */
export interface Endorsement<T> {
  readonly value?: T;
  readonly faults: readonly Fault[];
}

/** What a signer is held against. */
export interface SignerGround {
  /** The key of the evidence's own root, where that is an anchor (SubjectPublicKeyInfo, hex): what is said about evidence comes from under the same root. */
  readonly rootKey: string | undefined;
  /** The revocation list of the signer's root, verified under that root's key. */
  readonly rootCrl: CrlReading | undefined;
  readonly clock: Clock;
}

/** TCB info of this TEE, FMSPC and PCE id. */
export function judgeTcbInfo(reading: SignedReading, tee: TcbInfo['tee'], chain: PckChain | undefined, ground: SignerGround): Endorsement<TcbInfo> {
  return judge('TCB_INFO', reading, (text) => readTcbInfo(text, tee), (info) => platformFaults(info, chain), ground);
}

/** Identity of the quoting enclave of this TEE. */
export function judgeQeIdentity(reading: SignedReading, tee: TcbInfo['tee'], ground: SignerGround): Endorsement<QeIdentity> {
  return judge('QE_IDENTITY', reading, (text) => readQeIdentity(text, tee), () => [], ground);
}

function platformFaults(info: TcbInfo, chain: PckChain | undefined): readonly Fault[] {
  if (chain === undefined) return [];
  const { fmspc, pceId } = chain.platform;
  return [
    ...(info.fmspc === fmspc ? [] : [contradiction('FMSPC_MISMATCH', 'the TCB info is for another platform', { expected: fmspc, actual: info.fmspc })]),
    ...(info.pceId === pceId ? [] : [contradiction('PCEID_MISMATCH', 'the TCB info is for another PCE', { expected: pceId, actual: info.pceId })]),
  ];
}

interface Dated {
  readonly issueDate: number;
  readonly nextUpdate: number;
}

function judge<T extends Dated>(kind: SignedKind, reading: SignedReading, read: (text: string) => T, match: (value: T) => readonly Fault[], { rootKey, rootCrl, clock }: SignerGround): Endorsement<T> {
  const { text, signer, root } = reading;
  const otherRoot = root === undefined || rootKey === undefined || root.spkiHex === rootKey ? [] : [contradiction(`${kind}_CHAIN`, 'another root than the evidence’s', { expected: rootKey, actual: root.spkiHex })];
  const revoked = signer === undefined ? [] : judgeSerial('TCB_SIGNER_REVOKED', signer, rootCrl?.crl);
  const before = [...reading.faults, ...otherRoot, ...revoked];
  if (text === undefined || signer === undefined || root === undefined || before.length > 0) return { faults: before };
  try {
    const value = read(text);
    const mismatches = match(value);
    const dates = byClock(clock, (now) => [...judgeSignerDates(signer, root, now), ...judgeDates(kind, value, now)]);
    return { ...(mismatches.length === 0 ? { value } : {}), faults: [...mismatches, ...dates, ...revocationGap(rootCrl, clock)] };
  } catch (error) {
    const { code, detail } = asCoded(error);
    return { faults: [contradiction(code, detail)] };
  }
}

/** Why it cannot be said now that the signer is not revoked. */
function revocationGap(rootCrl: CrlReading | undefined, clock: Clock): readonly Fault[] {
  const dates = rootCrl?.crl === undefined ? [] : byClock(clock, (now) => judgeCrlDates('ROOT_CRL', rootCrl.crl, now));
  return restsOn(rootCrl?.faults ?? [], dates);
}

function judgeDates(kind: SignedKind, { issueDate, nextUpdate }: Dated, now: number): readonly Fault[] {
  const fault = dateFault(issueDate, nextUpdate, now);
  return fault === undefined ? [] : [undetermined(`${kind}_${fault}`, `issued ${isoTime(issueDate)}, next update ${isoTime(nextUpdate)}`)];
}
