/** Intel's endorsements for one quote: from a file in dcap-qvl's field names, and what the file lacks from Intel. */
import type { Code } from '../checks/codes';
import { asCoded } from '../checks/error';
import { parseJson } from '../encoding/json';
import { intelCollateral } from '../collateral/intel-pcs';
import { parseQuote, platformOf, type QuotePlatform } from '../evidence/tdx';
import type { TdxCollateral } from '../evidence/tdx/types';
import type { Anchor } from '../roots/anchors';
import { asUsage, type Context } from './context';
import { usageFault } from './fault';
import { readText } from './files';
import { memoryStore } from './memory-store';

/** What is signed and dated together: a group that the file names at all is taken from the file. */
const GROUPS: readonly (readonly (keyof TdxCollateral)[])[] = [
  ['pck_crl', 'pck_crl_issuer_chain'],
  ['root_ca_crl'],
  ['tcb_info', 'tcb_info_issuer_chain', 'tcb_info_signature'],
  ['qe_identity', 'qe_identity_issuer_chain', 'qe_identity_signature'],
];
const FIELDS: readonly (keyof TdxCollateral)[] = GROUPS.flat();
const MAX_LENGTH = 8 * 1024 * 1024;

/**
 * The endorsements of a collateral file. Keys beyond CLI.md's (newer dcap-qvl writes some) are left alone; null is
 * absent; a value that is no text is present and garbage, which the verifier says.
 */
export function readCollateral(text: string): TdxCollateral {
  const given = parseJson(text, { maxLength: MAX_LENGTH });
  if (!(given instanceof Map)) throw usageFault('the collateral is not a JSON object', 'JSON_MALFORMED');
  const fields: Partial<Record<keyof TdxCollateral, string>> = {};
  for (const name of FIELDS) {
    const value = given.get(name);
    if (value !== undefined && value !== null) fields[name] = typeof value === 'string' ? value : '(not text)';
  }
  return fields;
}

export interface CollateralFound {
  readonly collateral: TdxCollateral;
  readonly problem?: { readonly code: Code; readonly detail: string };
}

/** The file's endorsements and, unless offline, Intel's own for what the file does not name. */
export async function collateralFor(quote: Uint8Array, path: string | undefined, anchors: readonly Anchor[], context: Context): Promise<CollateralFound> {
  const given = path === undefined ? {} : asUsage(path, readCollateral, await readText(path));
  const lacking = GROUPS.filter((group) => group.every((name) => given[name] === undefined));
  if (lacking.length === 0 || context.get === undefined) return { collateral: given };
  const platform = platformIn(quote);
  if (platform === undefined) return { collateral: given };
  context.progress(`asking Intel about platform ${platform.fmspc}`);
  const fetched = await intelCollateral({ get: context.get, store: memoryStore(), now: context.now, anchors })(platform);
  const filled: Partial<Record<keyof TdxCollateral, string>> = { ...given };
  for (const name of lacking.flat()) {
    const value = fetched.collateral[name];
    if (value !== undefined) filled[name] = value;
  }
  return { collateral: filled, ...(fetched.problem === undefined ? {} : { problem: fetched.problem }) };
}

/** `undefined` for quotes that do not say where they come from: the verifier says why. */
function platformIn(quote: Uint8Array): QuotePlatform | undefined {
  try {
    return platformOf(parseQuote(quote));
  } catch (error) {
    asCoded(error);
    return undefined;
  }
}
