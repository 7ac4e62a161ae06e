/** The four endorsements Intel publishes for a machine: where each is fetched, and how it proves that it is Intel's. */
import { CodedError } from '../checks/error';
import type { Code } from '../checks/codes';
import { utf8Text } from '../encoding/bytes';
import { toHex } from '../encoding/hex';
import { parseJson } from '../encoding/json';
import { sliceExactly } from '../encoding/json-slice';
import type { QuotePlatform } from '../evidence/tdx/index';
import type { Fault } from '../evidence/findings';
import { isAnchor } from '../evidence/tdx/pck-chain';
import { readQeIdentity } from '../evidence/tdx/qe-identity';
import { readVerifiedCrl } from '../evidence/tdx/revocation';
import { readSignedJson } from '../evidence/tdx/signed-json';
import type { SignedKind } from '../evidence/tdx/signed-json';
import { readTcbInfo } from '../evidence/tdx/tcb-info';
import type { EndorsementKind, TdxCollateral } from '../evidence/tdx/types';
import type { Anchor } from '../roots/anchors';
import { issuerFault, maySignCrls, namesMatch } from '../x509/chain';
import { readPemCertificates } from '../x509/certificate';
import type { Certificate } from '../x509/certificate';
import { readHexCrl } from '../x509/crl';
import type { Crl } from '../x509/crl';
import { isSignedBy } from '../x509/signature';

/** `early` lists carry TCB recoveries before they are enforced; the two never replace each other. */
export type Channel = 'standard' | 'early';

/** What an item says about itself, once its signature holds. */
export interface VerifiedItem {
  readonly fields: TdxCollateral;
  /** Who signed it: items are only compared with others of the same issuer. */
  readonly issuer: string;
  /** issueDate or thisUpdate, and nextUpdate or the signer’s end: ms since the epoch. */
  readonly issued: number;
  readonly expires: number;
  /** cRLNumber or tcbEvaluationDataNumber: a lower one is older, whatever the dates. */
  readonly number?: bigint;
}

export interface Item {
  readonly name: EndorsementKind;
  /** Where it is kept: one key per subject and channel. */
  readonly key: string;
  readonly url: string;
  readonly maxBytes: number;
  /** Asked for again after so long (ms) even where the kept one promises to hold for weeks: a revocation must not wait for the end of the list before it. */
  readonly askEvery?: number;
  /** The response header that carries the issuer chain (percent-encoded PEM), where there is one. */
  readonly chainHeader?: string;
  /** Raises the coded error of whatever is wrong: nothing that is not Intel's gets past it. Dates are not judged. */
  verify(body: Uint8Array, chain: string, anchors: readonly Anchor[]): Promise<VerifiedItem>;
}

const PCS = 'https://api.trustedservices.intel.com';
const CERTIFICATES = 'https://certificates.trustedservices.intel.com';
const DAY = 86_400_000;

/** The items for one platform. Addresses are made of these constants and of values with a closed form, never of free text from evidence: a malformed FMSPC gives none. */
export function itemsFor(platform: QuotePlatform, channel: Channel): readonly Item[] | undefined {
  const tee = platform.tee === 'tdx' ? 'tdx' : 'sgx';
  const ca = platform.ca === 'platform' ? 'platform' : 'processor';
  const fmspc = platform.fmspc.toLowerCase();
  if (fmspc.length !== 12 || !/^[0-9a-f]{12}$/.test(fmspc)) return undefined;
  const early = channel === 'early' ? 'update=early' : '';
  return [
    { name: 'root-crl', key: 'intel/root-crl', url: `${CERTIFICATES}/IntelSGXRootCA.der`, maxBytes: 256 * 1024, askEvery: DAY, verify: verifyRootCrl },
    {
      name: 'pck-crl',
      key: `intel/pck-crl/${ca}`,
      url: `${PCS}/sgx/certification/v4/pckcrl?ca=${ca}&encoding=der`,
      maxBytes: 1024 * 1024,
      askEvery: DAY,
      chainHeader: 'SGX-PCK-CRL-Issuer-Chain',
      verify: (body, chain, anchors) => verifyPckCrl(body, chain, anchors, ca),
    },
    {
      name: 'tcb-info',
      key: `intel/tcb-info/${channel}/${tee}/${fmspc}`,
      url: `${PCS}/${tee}/certification/v4/tcb?fmspc=${fmspc}${early === '' ? '' : `&${early}`}`,
      maxBytes: 1024 * 1024,
      chainHeader: 'TCB-Info-Issuer-Chain',
      verify: (body, chain, anchors) => verifyTcbInfo(body, chain, anchors, tee, fmspc),
    },
    {
      name: 'qe-identity',
      key: `intel/qe-identity/${channel}/${tee}`,
      url: `${PCS}/${tee}/certification/v4/qe/identity${early === '' ? '' : `?${early}`}`,
      maxBytes: 256 * 1024,
      chainHeader: 'SGX-Enclave-Identity-Issuer-Chain',
      verify: (body, chain, anchors) => verifyQeIdentity(body, chain, anchors, tee),
    },
  ];
}

async function verifyRootCrl(body: Uint8Array, _chain: string, anchors: readonly Anchor[]): Promise<VerifiedItem> {
  const hex = toHex(body);
  const crl = readHexCrl(hex, 'ROOT_CRL_PARSE');
  const roots = anchors.filter((anchor) => anchor.kind === 'sgx');
  const signed = await Promise.all(roots.map((anchor) => isSignedBy(crl, anchor.spki)));
  if (!signed.includes(true)) throw new CodedError('ROOT_CRL_SIGNATURE', 'no vendor anchor signed this list');
  return fromCrl({ root_ca_crl: hex }, crl);
}

async function verifyPckCrl(body: Uint8Array, chain: string, anchors: readonly Anchor[], ca: QuotePlatform['ca']): Promise<VerifiedItem> {
  const certificates = readPemCertificates(chain, 'PCK_CRL_ISSUER');
  const [issuer, root] = certificates;
  if (issuer === undefined || root === undefined || certificates.length !== 2) throw new CodedError('PCK_CRL_ISSUER', `an issuer chain of ${certificates.length}`);
  const name = ca === 'platform' ? 'Intel SGX PCK Platform CA' : 'Intel SGX PCK Processor CA';
  const linked = namesMatch(issuer, root) && issuerFault(issuer, 0) === undefined && maySignCrls(issuer) && (await isSignedBy(issuer, root.spkiHex));
  if (issuer.subject.commonName !== name || !isAnchor(root, anchors) || !linked) throw new CodedError('PCK_CRL_ISSUER', `the issuer chain is ${issuer.subject.text} < ${root.subject.text}`);
  const hex = toHex(body);
  const { crl, faults } = await readVerifiedCrl('PCK_CRL', hex, issuer);
  if (crl === undefined) throw faultError(faults, 'PCK_CRL_SIGNATURE');
  return fromCrl({ pck_crl: hex, pck_crl_issuer_chain: chain }, crl);
}

const fromCrl = (fields: TdxCollateral, crl: Crl): VerifiedItem => ({
  fields,
  issuer: crl.issuer.text,
  issued: crl.thisUpdate,
  expires: crl.nextUpdate,
  ...(crl.number === undefined ? {} : { number: crl.number }),
});

async function verifyTcbInfo(body: Uint8Array, chain: string, anchors: readonly Anchor[], tee: QuotePlatform['tee'], fmspc: string): Promise<VerifiedItem> {
  const { text, signature, signer } = await verifyJson('TCB_INFO', 'tcbInfo', body, chain, anchors);
  const info = readTcbInfo(text, tee);
  if (info.fmspc !== fmspc) throw new CodedError('FMSPC_MISMATCH', `asked for ${fmspc}, got ${info.fmspc}`);
  const fields = { tcb_info_issuer_chain: chain, tcb_info: text, tcb_info_signature: signature };
  return { fields, ...lifeOf(info, signer) };
}

async function verifyQeIdentity(body: Uint8Array, chain: string, anchors: readonly Anchor[], tee: QuotePlatform['tee']): Promise<VerifiedItem> {
  const { text, signature, signer } = await verifyJson('QE_IDENTITY', 'enclaveIdentity', body, chain, anchors);
  const identity = readQeIdentity(text, tee);
  const fields = { qe_identity_issuer_chain: chain, qe_identity: text, qe_identity_signature: signature };
  return { fields, ...lifeOf(identity, signer) };
}

interface Statement {
  readonly issueDate: number;
  readonly nextUpdate: number;
  readonly evaluationDataNumber: number;
}

/** A statement lasts no longer than its signer. */
const lifeOf = ({ issueDate, nextUpdate, evaluationDataNumber }: Statement, signer: Certificate): Omit<VerifiedItem, 'fields'> => ({
  issuer: signer.issuer.text,
  issued: issueDate,
  expires: Math.min(nextUpdate, signer.notAfter),
  number: BigInt(evaluationDataNumber),
});

/** `{"<key>": <signed text>, "signature": "<hex>"}`, exactly these two keys; the text is sliced, never written anew. */
async function verifyJson(kind: SignedKind, key: string, body: Uint8Array, chain: string, anchors: readonly Anchor[]): Promise<{ text: string; signature: string; signer: Certificate }> {
  const code = `${kind}_PARSE` as const;
  const slice = sliceExactly(utf8Text(body, code), [key, 'signature'], { code });
  const signature = parseJson(slice('signature'), { code });
  if (typeof signature !== 'string') throw new CodedError(code, 'the signature is no string');
  const given = slice(key);
  const { text, signer, faults } = await readSignedJson(kind, { chain, text: given, signature }, anchors);
  if (text === undefined || signer === undefined) throw faultError(faults, `${kind}_SIGNATURE`);
  return { text, signature, signer };
}

const faultError = ([fault]: readonly Fault[], code: Code): CodedError => new CodedError(fault?.code ?? code, fault?.detail ?? '');
