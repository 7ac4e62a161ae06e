/** Judges kept evidence with the endorsements, reference values, policy and clock of now: evidence is cached, verdicts are not. */
import type { Policy } from '../checks/policy';
import type { ReferenceValue } from '../checks/reference';
import type { AppraiseContext, Appraisal, Provider } from '../providers/types';
import type { StoredAttestation } from '../records/database';
import { PRIVATE_PREFIX } from '../records/private';
import type { Anchor } from '../roots/anchors';

export type CollateralSources = Pick<AppraiseContext, 'tdxCollateral' | 'snpCollateral' | 'rims' | 'ocsp' | 'secondOpinion'>;

export interface AppraiserDoors {
  clock(): Promise<number>;
  policy(now: number): Promise<Policy>;
  references(): Promise<readonly ReferenceValue[]>;
  /** Where the vendors' endorsements come from; a private window's are kept apart. */
  sources(now: number, incognito: boolean): CollateralSources | Promise<CollateralSources>;
  readonly anchors: readonly Anchor[];
  /** Why the machine's clock cannot be right, if so (DESIGN law 4): every finding about dates is then open, in both directions. */
  clockBehind(now: number): Promise<string | undefined>;
}

export function appraiserOf(doors: AppraiserDoors): (provider: Provider, stored: StoredAttestation) => Promise<Appraisal> {
  return async (provider, stored) => {
    const now = await doors.clock();
    const behind = await doors.clockBehind(now);
    return provider.appraise(stored, {
      now,
      policy: await doors.policy(now),
      anchors: doors.anchors,
      references: await doors.references(),
      ...(await doors.sources(now, stored.key.startsWith(PRIVATE_PREFIX))),
      ...(behind === undefined ? {} : { clockBehind: { detail: behind } }),
    });
  };
}
