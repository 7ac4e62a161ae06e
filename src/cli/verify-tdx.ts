/** `assay verify tdx`: one TDX or SGX quote, bare. */
import { type Check, fail, pass, unknown, weak } from '../checks/check';
import { asCoded } from '../checks/error';
import type { TdxRegister } from '../checks/policy';
import { TDX_REGISTERS } from '../checks/policy';
import { equalBytes } from '../encoding/bytes';
import { fromBase64 } from '../encoding/base64';
import { fromHex, isHex, toHex } from '../encoding/hex';
import { checkTdx, looksLikeQuote, parseQuote, reportDataOf } from '../evidence/tdx';
import type { TdxClaims } from '../evidence/tdx/types';
import { unprovenCheck } from '../providers/shared/binding-checks';
import { matchSoftware, measuredSoftwareCheck } from '../providers/shared/software';
import type { Arguments } from './arguments';
import { anchorsFor, type Context } from './context';
import { usageFault } from './fault';
import type { Findings } from './result';
import { collateralFor } from './tdx-collateral';

const REPORT_DATA_BYTES = 64;

/**
 * The quote in a file: raw, or as hex or base64 text. Text is only taken for hex where it is hex throughout, and for
 * base64 only where a quote comes out; `undefined` when no reading of the bytes begins like a quote.
 */
export function quoteIn(file: Uint8Array): Uint8Array | undefined {
  if (looksLikeQuote(file)) return file;
  const decoded = decodedText(file);
  return decoded !== undefined && looksLikeQuote(decoded) ? decoded : undefined;
}

/** The bytes that a text of hex or base64 stands for; `undefined` for anything else. */
export function decodedText(file: Uint8Array): Uint8Array | undefined {
  if (file.some((byte) => byte > 0x7e)) return undefined;
  const text = new TextDecoder().decode(file).replace(/\s+/g, '').replace(/^0x/i, '');
  if (text === '') return undefined;
  if (isHex(text)) return fromHex(text);
  try {
    return fromBase64(text);
  } catch (error) {
    asCoded(error);
    return undefined;
  }
}

/** `--report-data`: 64 bytes of hex, with or without 0x. */
export function readReportData(text: string): Uint8Array {
  const digits = text.replace(/^0x/i, '');
  if (!isHex(digits, REPORT_DATA_BYTES)) throw usageFault(`--report-data is not ${REPORT_DATA_BYTES} bytes of hex`);
  return fromHex(digits);
}

export async function verifyTdx(file: Uint8Array, { options }: Arguments, context: Context): Promise<Findings> {
  const given = options.get('report-data')?.[0];
  const expected = given === undefined ? undefined : readReportData(given);
  const quote = quoteIn(file) ?? decodedText(file) ?? file;
  const anchors = anchorsFor(context, 'intel', 'sgx');
  const found = await collateralFor(quote, options.get('collateral')?.[0], anchors, context);
  const { checks, claims } = await checkTdx({
    quote, collateral: found.collateral, anchors, now: context.now, policy: context.policy.tdx,
    ...(found.problem === undefined ? {} : { collateralProblem: found.problem }),
  });
  const more = claims === undefined ? [] : [reportDataCheck(reportDataOf(parseQuote(quote)), expected, unprovenCheck(checks)), ...softwareChecks(claims, checks, context)];
  return { checks: [...checks, ...more], claims: { ...claims }, subject: claims?.tee === 'sgx' ? 'SGX quote' : 'TDX quote' };
}

/** A bare quote proves nothing about now or about anyone unless the caller says what it must hold. */
function reportDataCheck(actual: Uint8Array, expected: Uint8Array | undefined, unproven: Check | undefined): Check {
  if (expected === undefined) return weak('reportdata', 'NO_REPORT_DATA_EXPECTED', 'no --report-data to compare with', { actual: toHex(actual) });
  const values = { expected: toHex(expected), actual: toHex(actual) };
  if (!equalBytes(actual, expected)) return fail('reportdata', 'REPORT_DATA_MISMATCH', '', values);
  if (unproven !== undefined) return unknown('reportdata', unproven.code ?? 'QUOTE_SIGNATURE', 'the quote itself does not hold', values);
  return pass('reportdata', 'as expected', values);
}

/** Only where reference values were given: a bare quote has no dialect, so whoever names the file says that it is meant. */
function softwareChecks(claims: TdxClaims, checks: readonly Check[], context: Context): readonly Check[] {
  if (context.references.length === 0) return [];
  const references = context.references.filter(({ kind }) => kind === 'tdx-registers');
  const first = references[0];
  if (first === undefined) throw usageFault('--reference: no value of kind tdx-registers, which is what a quote is compared with', 'REFERENCE_MALFORMED');
  const unproven = unprovenCheck(checks);
  if (unproven !== undefined) return [unknown('software', unproven.code ?? 'QUOTE_SIGNATURE', 'the quote itself does not hold')];
  const { dialect, role } = first;
  const identity = { kind: 'tdx-registers', dialect, role, values: registersOf(claims), basis: 'hardware' } as const;
  return [measuredSoftwareCheck('software', identity, matchSoftware(identity, references.map((r) => ({ ...r, dialect, role }))))];
}

function registersOf(claims: TdxClaims): Readonly<Partial<Record<TdxRegister, string>>> {
  return Object.fromEntries(TDX_REGISTERS.flatMap((register) => (claims[register] === undefined ? [] : [[register, claims[register]]])));
}
