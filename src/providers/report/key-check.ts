/** The check `key.binding` of this dialect, which promises to bind keys: evidence of another key is a contradiction. */
import { absent, type Check, fail, pass, unknown, weak } from '../../checks/check';
import { bindingCheck } from '../shared/binding-checks';
import type { BindingReading } from '../shared/bindings';
import type { SoftwareMatch } from '../shared/software';
import type { Part } from './attestation';
import { isSameKey, type SigningKey } from './key';

/** `keyless`: a machine that signs no answers and names no key; what it cannot bind is no broken promise. */
export function keyCheck(key: Part<SigningKey>, keyless: boolean, reading: BindingReading, match: SoftwareMatch, unproven: Check | undefined): Check {
  if (key.kind === 'absent' && keyless) return absent('key.binding', 'service', 'SIGNER_NOT_BOUND', 'this machine signs nothing');
  if (key.kind === 'absent') return fail('key.binding', 'EVIDENCE_MISSING', 'the attestation names no signing_address', { basis: 'derived' });
  if (key.kind === 'bad') return fail('key.binding', key.code, key.why, { basis: 'derived' });
  const { text } = key.value;
  // Something stands where the key's place is, and it is neither this key nor nothing.
  if (reading.fresh && reading.layout === 'none' && reading.unexplained && reading.otherAddress === undefined) {
    return fail('key.binding', 'REPORT_DATA_MISMATCH', 'the evidence holds something else than this key', { expected: text });
  }
  return bindingCheck(text, reading, match, unproven);
}

const id = 'key.encryption';

/**
 * The key that clients encrypt to belongs to the signing key, or the report contradicts itself. Whoever encrypts to it
 * writes to the holder of the signing key and to nobody else; it is worth what that key's binding is worth.
 */
export function encryptionChecks(key: Part<SigningKey>, encryptionKey: string | undefined, binding: Check): readonly Check[] {
  if (encryptionKey === undefined || key.kind !== 'there') return [];
  const values = { expected: key.value.text, actual: encryptionKey.slice(0, 160) };
  if (!isSameKey(key.value, encryptionKey)) return [fail(id, 'REPORT_DATA_MISMATCH', 'another key than signs', values)];
  return [boundTogether('the same key as signs', values.actual, binding)];
}

/** A key that clients encrypt to, put into evidence by the same software as the signing key: no better bound than that one, and no worse. */
export function boundTogether(detail: string, actual: string, binding: Check): Check {
  if (binding.outcome === 'pass') return pass(id, detail, { actual });
  const code = binding.code ?? 'SIGNER_NOT_BOUND';
  return (binding.outcome === 'weak' ? weak : unknown)(id, code, detail, { actual });
}
