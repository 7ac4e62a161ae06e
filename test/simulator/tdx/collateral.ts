/**
 * Endorsements like Intel's Provisioning Certification Service hands them out: TCB info and QE identity signed over
 * their exact bytes, root CRL and PCK CRL, with the issuer chains. Everything depends on `now` and the options alone.
 */
import { crl } from '../pki/certificate.ts';
import { pckCertificate, PLATFORM_NAME, platformCa, root, ROOT_NAME, tcbSigner } from '../pki/intel.ts';
import { labelled, signRaw } from '../pki/keys.ts';
import { FMSPC, OUT_OF_DATE, REVOKED, UP_TO_DATE } from './machine.ts';
import type { Machine } from './machine.ts';
import { QE_MRSIGNER } from './quote.ts';

const DAY = 86_400_000;

export interface CollateralOptions {
  /** Ms since the epoch. */
  readonly now: number;
  /** `stale`: past its nextUpdate. `rolled-back`: in date, but older than what was published before. */
  readonly age?: 'current' | 'stale' | 'rolled-back';
  /** Machines whose PCK certificate the PCK CRL lists. */
  readonly revoked?: readonly Machine[];
  /** Publishes a TCB recovery: even the up-to-date machine is OutOfDate by it. */
  readonly raised?: boolean;
}

export interface Dates {
  readonly issued: number;
  readonly next: number;
  /** tcbEvaluationDataNumber. */
  readonly number: number;
}

/** When Intel would have issued what it serves at `now`: renewed on the hour, good for 30 days. */
export function dates(options: CollateralOptions): Dates {
  const hour = Math.floor(options.now / 3_600_000) * 3_600_000;
  const age = options.age ?? 'current';
  const back = { current: 0, stale: 40, 'rolled-back': 20 }[age] * DAY;
  return { issued: hour - back, next: hour - back + 30 * DAY, number: (age === 'current' ? 19 : 18) + (options.raised === true ? 1 : 0) };
}

const isoSeconds = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

const MODULE = { mrsigner: '00'.repeat(48), attributes: '00'.repeat(8), attributesMask: 'FF'.repeat(8) };
const OLD_ADVISORIES = ['INTEL-SA-01036', 'INTEL-SA-01079', 'INTEL-SA-01099', 'INTEL-SA-01103', 'INTEL-SA-01111'];

const SGX_CATEGORIES: readonly Readonly<Record<string, string>>[] = [
  { category: 'BIOS', type: 'Early Microcode Update' }, { category: 'OS/VMM', type: 'SGX Late Microcode Update' }, { category: 'OS/VMM', type: 'TXT SINIT' },
  { category: 'BIOS' }, { category: 'BIOS' }, { category: 'BIOS' }, {}, { category: 'OS/VMM', type: 'SEAMLDR ACM' },
];
const TDX_CATEGORIES: readonly Readonly<Record<string, string>>[] = [
  { category: 'OS/VMM', type: 'TDX Module' }, { category: 'OS/VMM', type: 'TDX Module' }, { category: 'OS/VMM', type: 'TDX Late Microcode Update' },
];

const components = (svns: readonly number[], categories: readonly Readonly<Record<string, string>>[]): unknown[] => svns.map((svn, index) => ({ svn, ...categories[index] }));

interface Level {
  readonly sgx: readonly number[];
  readonly tdx: readonly number[];
  readonly pceSvn: number;
  readonly date: string;
  readonly status: string;
  readonly advisories?: readonly string[];
}

function levels(raised: boolean): readonly Level[] {
  const current: Level = { sgx: UP_TO_DATE.components, tdx: [5, 0, 3, ...Array.from({ length: 13 }, () => 0)], pceSvn: 13, date: '2025-05-14T00:00:00Z', status: 'UpToDate' };
  const old: Level = { sgx: OUT_OF_DATE.components, tdx: [4, 0, 2, ...Array.from({ length: 13 }, () => 0)], pceSvn: 13, date: '2024-03-13T00:00:00Z', status: 'OutOfDate', advisories: OLD_ADVISORIES };
  const oldest: Level = { ...old, pceSvn: 5, date: '2018-01-04T00:00:00Z', advisories: ['INTEL-SA-00837', ...OLD_ADVISORIES] };
  if (!raised) return [current, old, oldest];
  const newer: Level = { ...current, sgx: current.sgx.map((svn, index) => (index < 2 ? svn + 1 : svn)), date: '2026-05-13T00:00:00Z' };
  return [newer, { ...current, status: 'OutOfDate', advisories: ['INTEL-SA-01312'] }, old, oldest];
}

/** The `tcbInfo` object as its signed text. */
export function tcbInfo(tee: 'tdx' | 'sgx', fmspc: string, options: CollateralOptions): string {
  const { issued, next, number } = dates(options);
  const modules = [
    { id: 'TDX_03', ...MODULE, tcbLevels: [{ tcb: { isvsvn: 3 }, tcbDate: '2025-05-14T00:00:00Z', tcbStatus: 'UpToDate' }] },
    { id: 'TDX_01', ...MODULE, tcbLevels: [
      { tcb: { isvsvn: 6 }, tcbDate: '2025-05-14T00:00:00Z', tcbStatus: 'UpToDate' },
      { tcb: { isvsvn: 4 }, tcbDate: '2024-03-13T00:00:00Z', tcbStatus: 'OutOfDate', advisoryIDs: ['INTEL-SA-01036', 'INTEL-SA-01099'] },
      { tcb: { isvsvn: 2 }, tcbDate: '2023-08-09T00:00:00Z', tcbStatus: 'OutOfDate', advisoryIDs: ['INTEL-SA-01036', 'INTEL-SA-01099'] },
    ] },
  ];
  return JSON.stringify({
    id: tee === 'tdx' ? 'TDX' : 'SGX', version: 3, issueDate: isoSeconds(issued), nextUpdate: isoSeconds(next), fmspc, pceId: '0000', tcbType: 0, tcbEvaluationDataNumber: number,
    ...(tee === 'tdx' ? { tdxModule: MODULE, tdxModuleIdentities: modules } : {}),
    tcbLevels: levels(options.raised === true).map((level) => ({
      tcb: { sgxtcbcomponents: components(level.sgx, SGX_CATEGORIES), pcesvn: level.pceSvn, ...(tee === 'tdx' ? { tdxtcbcomponents: components(level.tdx, TDX_CATEGORIES) } : {}) },
      tcbDate: level.date, tcbStatus: level.status, ...(level.advisories === undefined ? {} : { advisoryIDs: level.advisories }),
    })),
  });
}

/** The `enclaveIdentity` object as its signed text. */
export function qeIdentity(tee: 'tdx' | 'sgx', options: CollateralOptions): string {
  const { issued, next, number } = dates(options);
  const own = tee === 'tdx'
    ? { id: 'TD_QE', mrsigner: QE_MRSIGNER.toString('hex').toUpperCase(), isvprodid: 2, isvsvn: 4 }
    : { id: 'QE', mrsigner: '8C4F5775D796503E96137F77C68A829A0056AC8DED70140B081B094490C57BFF', isvprodid: 1, isvsvn: 8 };
  return JSON.stringify({
    id: own.id, version: 2, issueDate: isoSeconds(issued), nextUpdate: isoSeconds(next), tcbEvaluationDataNumber: number,
    miscselect: '00000000', miscselectMask: 'FFFFFFFF', attributes: `11${'00'.repeat(15)}`, attributesMask: `FBFFFFFFFFFFFFFF${'00'.repeat(8)}`,
    mrsigner: own.mrsigner, isvprodid: own.isvprodid, tcbLevels: [{ tcb: { isvsvn: own.isvsvn }, tcbDate: '2025-05-14T00:00:00Z', tcbStatus: 'UpToDate' }],
  });
}

/** Raw r‖s over the text's UTF-8 bytes, lower-case hex. */
export const tcbSignature = (text: string, now: number): string => signRaw(tcbSigner(now).key, Buffer.from(text)).toString('hex');

/** TCB signer and root, PEM. */
export const tcbChain = (now: number): string => tcbSigner(now).pem + root.pem;

/** PCK Platform CA and root, PEM. */
export const pckCrlChain = (): string => platformCa.pem + root.pem;

/** DER. The revoked machine is on it, among others nobody knows. */
export function pckCrl(options: CollateralOptions): Buffer {
  const { issued, next } = dates(options);
  const strangers = Array.from({ length: 24 }, (_, index) => { const serial = Buffer.from(labelled(`revoked stranger/${index}`, 20)); serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40; return serial; });
  const listed = [REVOKED, ...(options.revoked ?? [])].map((machine) => pckCertificate(machine, options.now).serial);
  return crl({ issuer: PLATFORM_NAME, issuerKey: platformCa.key, number: Math.floor(issued / 3_600_000), thisUpdate: issued, nextUpdate: next, revoked: [...strangers, ...listed] });
}

/** DER; good for a year, and empty as Intel's usually is. */
export function rootCrl(options: CollateralOptions): Buffer {
  const { issued, next } = dates(options);
  const longer = options.age === 'stale' ? 0 : 335 * DAY;
  return crl({ issuer: ROOT_NAME, issuerKey: root.key, number: Math.floor(issued / 3_600_000), thisUpdate: issued, nextUpdate: next + longer, revoked: [] });
}

/** In the field names of dcap-qvl (CLI.md `--collateral`): chains PEM, CRLs and signatures hex, the JSON as signed. */
export interface TdxCollateral {
  readonly pck_crl_issuer_chain: string;
  readonly root_ca_crl: string;
  readonly pck_crl: string;
  readonly tcb_info_issuer_chain: string;
  readonly tcb_info: string;
  readonly tcb_info_signature: string;
  readonly qe_identity_issuer_chain: string;
  readonly qe_identity: string;
  readonly qe_identity_signature: string;
}

/** All of it for the simulated platform. */
export function tdxCollateral(options: CollateralOptions): TdxCollateral {
  const info = tcbInfo('tdx', FMSPC, options);
  const identity = qeIdentity('tdx', options);
  const { now } = options;
  return {
    pck_crl_issuer_chain: pckCrlChain(), root_ca_crl: rootCrl(options).toString('hex'), pck_crl: pckCrl(options).toString('hex'),
    tcb_info_issuer_chain: tcbChain(now), tcb_info: info, tcb_info_signature: tcbSignature(info, now),
    qe_identity_issuer_chain: tcbChain(now), qe_identity: identity, qe_identity_signature: tcbSignature(identity, now),
  };
}
