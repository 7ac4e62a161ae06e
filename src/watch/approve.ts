/** Approving on sight: what one piece of evidence shows of its software becomes a reference value of that source, for the service it was seen at and no other. */
import { CodedError } from '../checks/error';
import type { ReferenceValue } from '../checks/reference';
import type { Appraisal, Provider } from '../providers/types';
import type { StoredAttestation } from '../records/database';
import type { ReferenceStore, StoredReferenceValue } from '../records/references';
import type { RequestOf } from './protocol';

export interface ApproveDoors {
  clock(): Promise<number>;
  /** The evidence and whose it is; `undefined` where either is no longer known. */
  evidence(attestationId: string): Promise<{ readonly stored: StoredAttestation; readonly provider: Provider } | undefined>;
  appraise(provider: Provider, stored: StoredAttestation): Promise<Pick<Appraisal, 'software'>>;
  readonly references: Pick<ReferenceStore, 'add'>;
}

/** Judged anew first: only what holds now can be approved. Raises `NOT_KEPT` where the evidence, or software of this kind and place in it, is not there. */
export async function approveOnSight(doors: ApproveDoors, { attestationId, kind, place }: RequestOf<'reference.approve'>): Promise<StoredReferenceValue> {
  const kept = await doors.evidence(attestationId);
  if (kept === undefined) throw new CodedError('NOT_KEPT', attestationId);
  const software = (await doors.appraise(kept.provider, kept.stored)).software.find((s) => s.kind === kind && s.place === place);
  if (software === undefined) throw new CodedError('NOT_KEPT', attestationId);
  const values = Object.fromEntries(Object.entries(software.values).map(([name, value]) => [name, [value]]));
  const value: ReferenceValue = { dialect: software.dialect, role: software.role, kind: software.kind, values, properties: {}, source: 'approved', note: '', apiOrigin: kept.stored.apiOrigin };
  const [added] = await doors.references.add([value], await doors.clock());
  if (added === undefined) throw new CodedError('STORAGE_FAILED', 'reference value');
  return added;
}
