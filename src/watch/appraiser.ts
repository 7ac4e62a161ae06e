/** Judges kept evidence with the endorsements, reference values, policy and clock of now: evidence is cached, verdicts are not. */
import { type Check, unknown } from '../checks/check';
import type { Policy } from '../checks/policy';
import type { ReferenceValue } from '../checks/reference';
import type { Appraisal, Provider, TdxCollateralSource } from '../providers/types';
import type { StoredAttestation } from '../records/database';
import type { Anchor } from '../roots/anchors';

export interface AppraiserDoors {
  clock(): Promise<number>;
  policy(now: number): Promise<Policy>;
  references(): Promise<readonly ReferenceValue[]>;
  collateral(now: number): TdxCollateralSource;
  readonly anchors: readonly Anchor[];
  /** Why the machine's clock cannot be right, if so (DESIGN law 4). */
  clockBehind(now: number): Promise<string | undefined>;
}

const DATE_CODE = /_(EXPIRED|NOT_YET_VALID|STALE)$/;

/** With a clock that cannot be right, every finding about dates is open, in both directions. */
function withoutDates(checks: readonly Check[], why: string): readonly Check[] {
  const open = checks.map((c) => (c.outcome === 'fail' && c.code !== undefined && DATE_CODE.test(c.code) ? { ...c, outcome: 'unknown' as const, code: 'CLOCK_BEHIND' as const } : c));
  return [...open, unknown('clock', 'CLOCK_BEHIND', why, { basis: 'derived' })];
}

export function appraiserOf(doors: AppraiserDoors): (provider: Provider, stored: StoredAttestation) => Promise<Appraisal> {
  return async (provider, stored) => {
    const now = await doors.clock();
    const appraisal = await provider.appraise(stored, {
      now,
      policy: await doors.policy(now),
      anchors: doors.anchors,
      references: await doors.references(),
      tdxCollateral: doors.collateral(now),
    });
    const behind = await doors.clockBehind(now);
    return behind === undefined ? appraisal : { ...appraisal, checks: withoutDates(appraisal.checks, behind) };
  };
}
