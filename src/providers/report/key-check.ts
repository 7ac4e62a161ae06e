/** The check `key.binding` of this dialect, which promises to bind keys: evidence of another key is a contradiction. */
import { absent, type Check, fail } from '../../checks/check';
import { bindingCheck } from '../shared/binding-checks';
import type { BindingReading } from '../shared/bindings';
import type { SoftwareMatch } from '../shared/software';
import type { Part } from './attestation';
import type { SigningKey } from './key';

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
