/** AMD's endorsements for a report: what the provider sent is used, the rest comes from AMD and is kept. */
import { CodedError } from '../../checks/error';
import type { Code } from '../../checks/codes';
import { pemBlocks } from '../../encoding/pem';
import { utf8Text } from '../../encoding/bytes';
import { judgeChain } from '../../evidence/sevsnp/chain';
import { splitReport } from '../../evidence/sevsnp/container';
import { parseReport } from '../../evidence/sevsnp/report';
import type { SnpReport } from '../../evidence/sevsnp/report';
import type { SnpEndorsements } from '../../evidence/sevsnp/types';
import { issuerNamed } from '../../evidence/sevsnp/vek';
import type { VekIssuer } from '../../evidence/sevsnp/vek';
import type { Anchor } from '../../roots/anchors';
import { readCertificate } from '../../x509/certificate';
import type { Certificate } from '../../x509/certificate';
import { currentCrl } from './crl';
import { askKds } from './request';
import type { KdsDoors } from './request';
import { chainUrl } from './urls';
import { vcekFor } from './vcek';

export type { KdsDoors } from './request';
export { KDS_ORIGIN } from './urls';

interface Problem {
  readonly code: Code;
  readonly detail: string;
}

/** In the field names of `SnpInput`, to be spread into it. */
export interface SnpCollateral {
  readonly endorsements: SnpEndorsements;
  readonly vekProblem?: Problem;
  readonly crlProblem?: Problem;
}

/** Hands out AMD's endorsements for a report; never raises: what could not be had is absent and its problem says why. */
export type SnpCollateralSource = (report: Uint8Array, sent: SnpEndorsements) => Promise<SnpCollateral>;

const MAX_CHAIN_BYTES = 64 * 1024;

/** A source over AMD's service; equal questions that run at the same time are asked once. */
export function amdKds(doors: KdsDoors, anchors: readonly Anchor[]): SnpCollateralSource {
  const flights = new Map<string, Promise<Uint8Array>>();
  const once = (key: string, ask: () => Promise<Uint8Array>): Promise<Uint8Array> => {
    const running = flights.get(key) ?? ask().finally(() => flights.delete(key));
    flights.set(key, running);
    return running;
  };
  return async (bytes, sent) => {
    const split = splitReport(bytes);
    const report = attempt(() => parseReport(split.report));
    // Malformed: nothing to ask for, and the verifier says what is wrong.
    if (report instanceof CodedError) return { endorsements: sent };
    const own = sent.vek ?? split.table.vcek ?? split.table.vlek;
    const vek = own ?? (await settle(once(`vek ${report.signingKey} ${report.chipId.join()} ${report.reportedTcbBytes.join()}`, () => vcekFor(doors, anchors, report))));
    if (vek instanceof CodedError) return { endorsements: sent, vekProblem: problemOf(vek), crlProblem: problemOf(vek) };
    return withKey({ doors, anchors, once, now: doors.now() }, report, { ...sent, vek });
  };
}

interface Asking {
  readonly doors: KdsDoors;
  readonly anchors: readonly Anchor[];
  readonly once: (key: string, ask: () => Promise<Uint8Array>) => Promise<Uint8Array>;
  readonly now: number;
}

async function withKey(asking: Asking, report: SnpReport, sent: SnpEndorsements & { readonly vek: Uint8Array }): Promise<SnpCollateral> {
  const certificate = attempt(() => readCertificate(sent.vek, 'VEK_PARSE'));
  const issuer = certificate instanceof CodedError ? undefined : issuerNamed(certificate.issuer.commonName);
  if (certificate instanceof CodedError || issuer === undefined || (report.product !== undefined && report.product !== issuer.product)) return { endorsements: sent };
  const intermediates = await intermediatesFor(asking, certificate, issuer, sent.intermediates ?? []);
  const crl = await settle(asking.once(`crl ${issuer.product} ${issuer.kind}`, () => currentCrl(asking.doors, asking.anchors, issuer)));
  // AMD's own list stands before one that came along, which serves where AMD cannot be reached and sent nothing newer before.
  if (!(crl instanceof CodedError)) return { endorsements: { ...sent, intermediates, crls: [crl] } };
  return { endorsements: { ...sent, intermediates, ...(crl.code === 'COLLATERAL_ROLLED_BACK' ? { crls: [] } : {}) }, crlProblem: problemOf(crl) };
}

/** What was sent, and AMD's own chain where neither a pinned nor a sent intermediate signed this key. */
async function intermediatesFor(asking: Asking, vek: Certificate, issuer: VekIssuer, sent: readonly Uint8Array[]): Promise<readonly Uint8Array[]> {
  const { faults } = await judgeChain(vek, sent, asking.anchors, { now: asking.now });
  if (!faults.some((fault) => fault.code === 'VEK_CHAIN_SIGNATURE' || fault.code === 'ASK_MISSING')) return sent;
  const pem = await settle(asking.once(`chain ${issuer.product} ${issuer.kind}`, () => chainPem(asking.doors, issuer)));
  if (pem instanceof CodedError) return sent;
  const blocks = attempt(() => pemBlocks(utf8Text(pem)));
  return blocks instanceof CodedError ? sent : [...sent, ...blocks];
}

async function chainPem(doors: KdsDoors, { product, kind }: VekIssuer): Promise<Uint8Array> {
  const pem = await askKds(doors, chainUrl(product, kind), MAX_CHAIN_BYTES);
  if (pem === undefined) throw new CodedError('COLLATERAL_UNREACHABLE', `kdsintf.amd.com: no chain for ${product}`);
  return pem;
}

const problemOf = ({ code, detail }: CodedError): Problem => ({ code, detail });

function attempt<T>(read: () => T): T | CodedError {
  try {
    return read();
  } catch (error) {
    if (error instanceof CodedError) return error;
    throw error;
  }
}

/** The value, or the coded reason why there is none; a bug of ours passes through. */
async function settle<T>(promise: Promise<T>): Promise<T | CodedError> {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof CodedError) return error;
    throw error;
  }
}
