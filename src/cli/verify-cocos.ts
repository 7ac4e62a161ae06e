/** `assay verify cocos`: evidence of a Cocos agent (Cube AI) in any of its forms, with a policy where one is given. */
import { fromHex, isHex } from '../encoding/hex';
import { readCocos } from '../evidence/cocos';
import { readCocosPolicy } from '../evidence/cocos/policy-read';
import { checkCocosFiles } from '../providers/cube/files';
import type { CocosContext } from '../providers/cube/evidence';
import type { Arguments } from './arguments';
import { anchorsFor, asUsage, type Context } from './context';
import { usageFault } from './fault';
import { readText } from './files';
import type { Findings } from './result';
import { collateralFor as tdxCollateralFor } from './tdx-collateral';
import { collateralFor as snpCollateralFor, readEndorsements } from './verify-snp';
import { readReportData } from './verify-tdx';

/** A TPM's qualifying data is at most a digest and its algorithm. */
const MAX_NONCE_BYTES = 66;

export async function verifyCocos(file: Uint8Array, { options }: Arguments, context: Context): Promise<Findings> {
  const reportData = options.get('report-data')?.[0];
  const nonce = options.get('nonce')?.[0];
  const policyPath = options.get('cocos-policy')?.[0];
  const foreign = context.references.find(({ kind }) => kind !== 'tdx-registers' && kind !== 'snp-launch' && kind !== 'cocos-policy');
  if (foreign !== undefined) throw usageFault(`--reference: a value of kind ${foreign.kind} is not compared with Cocos’s evidence`, 'REFERENCE_MALFORMED');
  const policy = policyPath === undefined ? policyIn(context) : { name: nameOf(policyPath), text: await readText(policyPath) };
  // Rules that cannot be read are the command's fault, not the evidence's.
  if (policy !== undefined) asUsage(policy.name, readCocosPolicy, policy.text);
  const { checks, claims } = await checkCocosFiles(
    {
      report: file,
      references: context.references,
      ...(policy === undefined ? {} : { policy }),
      ...(reportData === undefined ? {} : { reportData: readReportData(reportData) }),
      ...(nonce === undefined ? {} : { nonce: readNonce(nonce) }),
    },
    await sourcesFor(file, options, context),
  );
  return { checks, claims: { ...claims }, subject: 'Cocos evidence' };
}

const nameOf = (path: string): string => path.split(/[/\\]/).pop() ?? path;

/** A policy among the values of `--reference`. */
function policyIn({ references }: Context): { readonly name: string; readonly text: string } | undefined {
  const texts = references.filter(({ kind }) => kind === 'cocos-policy').flatMap(({ values }) => values['policy'] ?? []);
  if (texts.length > 1) throw usageFault('--reference: more than one policy', 'REFERENCE_MALFORMED');
  const [text] = texts;
  return text === undefined ? undefined : { name: '--reference', text };
}

/** `--nonce`: hex, as many bytes as were sent. */
function readNonce(text: string): Uint8Array {
  const digits = text.replace(/^0x/i, '');
  if (digits === '' || !isHex(digits) || digits.length > 2 * MAX_NONCE_BYTES) throw usageFault(`--nonce is not hex of at most ${MAX_NONCE_BYTES} bytes`);
  return fromHex(digits);
}

/** Vendors' endorsements out of the options; what neither they nor the evidence hold is asked of the vendor, unless offline. */
async function sourcesFor(file: Uint8Array, options: Arguments['options'], context: Context): Promise<CocosContext> {
  const given = await readEndorsements(options);
  const amd = anchorsFor(context, 'amd', 'ark');
  const intel = anchorsFor(context, 'intel', 'sgx');
  return {
    now: context.now,
    policy: context.policy,
    anchors: context.customAnchors.length === 0 ? amd : [...amd, ...intel],
    tdxCollateral: () => tdxCollateralFor(quoteIn(file), options.get('collateral')?.[0], intel, context),
    snpCollateral: (report, sent) => {
      const vek = given.vek ?? sent.vek;
      const merged = { ...(vek === undefined ? {} : { vek }), intermediates: [...(given.intermediates ?? []), ...(sent.intermediates ?? [])], ...(given.crls === undefined ? {} : { crls: given.crls }) };
      return snpCollateralFor(report, merged, amd, context);
    },
  };
}

/** Only asked for evidence that holds a quote. */
function quoteIn(file: Uint8Array): Uint8Array {
  const evidence = readCocos(file);
  return evidence.kind === 'tdx' ? evidence.quote : new Uint8Array();
}
