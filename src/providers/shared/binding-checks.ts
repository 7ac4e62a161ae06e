/** The checks of freshness and of the key's binding, for every dialect that puts both into report_data. */
import { type Check, fail, pass, unknown, weak } from '../../checks/check';
import { toHex } from '../../encoding/hex';
import type { BindingReading } from './bindings';
import { describeSource, isKnown, type SoftwareMatch } from './software';

/** What must hold before a value out of a quote may be believed. */
const FOUNDATION: readonly string[] = ['parse', 'pck.chain', 'pck.revocation', 'qe.report', 'qe.binding', 'quote.signature'];

/** The check that keeps a quote's values from being believed; `undefined` when its signature and chain hold. */
export function unprovenCheck(checks: readonly Check[]): Check | undefined {
  for (const id of FOUNDATION) {
    const found = checks.find((check) => check.id === id);
    if (found === undefined) return unknown(id, 'QUOTE_SIGNATURE', 'not checked');
    // Bytes behind the quote are a fault of their own; the quote in front of them is signed all the same.
    if (found.outcome !== 'pass' && found.outcome !== 'weak' && found.code !== 'TRAILING_BYTES') return found;
  }
  return undefined;
}

/** Is our number in signed evidence? What the report's JSON echoes counts for nothing. */
export function freshnessCheck(reading: BindingReading, nonce: Uint8Array, reportData: Uint8Array, unproven: Check | undefined): Check {
  const values = { expected: toHex(nonce), actual: toHex(reportData) };
  if (!reading.fresh) return fail('nonce', 'NONCE_MISMATCH', 'report_data', values);
  if (unproven !== undefined) return unknown('nonce', unproven.code ?? 'QUOTE_SIGNATURE', 'the evidence itself does not hold', values);
  return pass('nonce', 'report_data', values);
}

/** Is the reported key in signed evidence, and was it put there by software we know? */
export function bindingCheck(address: string, reading: BindingReading, match: SoftwareMatch, unproven: Check | undefined): Check {
  if (reading.otherAddress !== undefined) {
    return fail('key.binding', 'REPORT_DATA_MISMATCH', 'the evidence holds another key', { expected: address, actual: reading.otherAddress });
  }
  if (reading.layout === 'none') {
    return weak('key.binding', 'SIGNER_NOT_BOUND', reading.unexplained ? 'report_data holds more than our number, and not this key' : 'report_data holds our number alone', { actual: address });
  }
  if (unproven !== undefined) return unknown('key.binding', unproven.code ?? 'QUOTE_SIGNATURE', 'the evidence itself does not hold', { actual: address });
  if (match.kind !== 'match') return weak('key.binding', 'BOUND_BY_UNKNOWN_SOFTWARE', reading.layout, { actual: address });
  const parts = { actual: address, source: describeSource(match.value) };
  return isKnown(match) ? pass('key.binding', reading.layout, parts) : weak('key.binding', 'SOFTWARE_APPROVED', reading.layout, parts);
}
