/** Which hardware vendor a check speaks of: the actor is named in texts. */
export interface Vendor {
  readonly name: string;
  /** Where its endorsements come from. */
  readonly host: string;
}

const INTEL: Vendor = { name: 'Intel', host: 'api.trustedservices.intel.com' };
const NVIDIA: Vendor = { name: 'NVIDIA', host: 'rim.attestation.nvidia.com' };
const AMD: Vendor = { name: 'AMD', host: 'kdsintf.amd.com' };

/** By the check's id as CLI.md names them. */
export function vendorOf(checkId: string): Vendor {
  if (/^(gpu|switch|list)(\[|\.|$)/.test(checkId)) return NVIDIA;
  return /^(snp|vek|report)(\.|$)/.test(checkId) ? AMD : INTEL;
}
