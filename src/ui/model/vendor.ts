/** Which hardware vendor a check speaks of: the actor is named in texts. */
import type { Check } from '../../checks/check';
import { placedId } from '../../verdict/groups';

export interface Vendor {
  readonly name: string;
  /** Where its endorsements come from. */
  readonly host: string;
}

const INTEL: Vendor = { name: 'Intel', host: 'api.trustedservices.intel.com' };
const NVIDIA: Vendor = { name: 'NVIDIA', host: 'rim.attestation.nvidia.com' };
const AMD: Vendor = { name: 'AMD', host: 'kdsintf.amd.com' };

/** Who made the processor that these checks are about, as the checks themselves show it. */
export const processorVendor = (checks: readonly Pick<Check, 'id'>[]): 'AMD' | 'Intel' => (checks.some(({ id }) => /^(vek\.|report\.signature$)/.test(placedId(id).base)) ? 'AMD' : 'Intel');

/** By the check's id as CLI.md names them; `processor` decides for what every processor's evidence has (`tcb`, `parse`). */
export function vendorOf(id: string, processor: 'AMD' | 'Intel' = 'Intel'): Vendor {
  const checkId = placedId(id).base;
  if (/^(gpu|switch)\[\d+\]\.revocation$/.test(checkId)) return { ...NVIDIA, host: 'ocsp.ndis.nvidia.com' };
  if (/^(gpu|switch|list)(\[|\.|$)/.test(checkId)) return NVIDIA;
  if (/^(snp|vek|report)(\.|$)|^policy\.(guest|platform|vmpl)$/.test(checkId)) return AMD;
  return processor === 'AMD' ? AMD : INTEL;
}
