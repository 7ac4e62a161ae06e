/**
 * The workspaces ("domains") of the simulated Cube deployment. A real deployment has one agent for all of them; here each
 * has its own machine, so that every kind of evidence can be had without a switch.
 */
import { GENOA, MILAN, TURIN } from '../sevsnp/machine.ts';
import type { SnpMachine } from '../sevsnp/machine.ts';

export type Platform = 'snp-vtpm' | 'tdx' | 'snp' | 'azure';

export interface Domain {
  readonly id: string;
  readonly name: string;
  readonly platform: Platform;
  /** Absent for TDX. */
  readonly machine?: SnpMachine;
}

export const DOMAINS: readonly Domain[] = [
  { id: '8d1f4f5e-2f0c-4a57-9d0b-0c6c1d2ab001', name: 'SEV-SNP with vTPM (Genoa)', platform: 'snp-vtpm', machine: GENOA },
  { id: '8d1f4f5e-2f0c-4a57-9d0b-0c6c1d2ab002', name: 'Intel TDX', platform: 'tdx' },
  { id: '8d1f4f5e-2f0c-4a57-9d0b-0c6c1d2ab003', name: 'SEV-SNP alone (Milan)', platform: 'snp', machine: MILAN },
  { id: '8d1f4f5e-2f0c-4a57-9d0b-0c6c1d2ab004', name: 'SEV-SNP alone (Turin)', platform: 'snp', machine: TURIN },
  { id: '8d1f4f5e-2f0c-4a57-9d0b-0c6c1d2ab005', name: 'Azure (SEV-SNP, key not bound)', platform: 'azure', machine: MILAN },
];

export const domainOf = (id: string): Domain | undefined => DOMAINS.find((domain) => domain.id === id);

/** By platform, for tests; the first of its kind. */
export function domainWith(platform: Platform): Domain {
  const found = DOMAINS.find((domain) => domain.platform === platform);
  if (found === undefined) throw new Error(`no domain with ${platform}`);
  return found;
}
