/** Judges kept evidence with the endorsements, reference values, policy and clock of now: evidence is cached, verdicts are not. */
import type { Check } from '../checks/check';
import type { Policy } from '../checks/policy';
import { type ReferenceValue, referencesFor } from '../checks/reference';
import type { ExchangeHead } from '../providers/exchange';
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
  /** What was first seen under this name, `value` itself the first time; a private window's is kept apart. */
  firstSeen(name: string, value: string, incognito: boolean): Promise<{ readonly value: string; readonly at: number }>;
  readonly anchors: readonly Anchor[];
  /** Why the machine's clock cannot be right, if so (DESIGN law 4): every finding about dates is then open, in both directions. */
  clockBehind(now: number): Promise<string | undefined>;
}

export interface Appraiser {
  readonly evidence: (provider: Provider, stored: StoredAttestation) => Promise<Appraisal>;
  /** What headers beside an answer relay about evidence, where the service's do. */
  readonly relayed: (provider: Provider, head: Pick<ExchangeHead, 'url' | 'headers' | 'incognito'>) => Promise<readonly Check[]>;
}

export function appraiserOf(doors: AppraiserDoors): Appraiser {
  const contextFor = async (apiOrigin: string, incognito: boolean): Promise<AppraiseContext> => {
    const now = await doors.clock();
    const behind = await doors.clockBehind(now);
    return {
      now,
      policy: await doors.policy(now),
      anchors: doors.anchors,
      references: referencesFor(await doors.references(), apiOrigin),
      ...(await doors.sources(now, incognito)),
      ...(behind === undefined ? {} : { clockBehind: { detail: behind } }),
    };
  };
  return {
    evidence: async (provider, stored) => {
      const incognito = stored.key.startsWith(PRIVATE_PREFIX);
      const context = await contextFor(stored.apiOrigin, incognito);
      return provider.appraise(stored, { ...context, firstSeen: (value) => doors.firstSeen(stored.key, value, incognito) });
    },
    relayed: async (provider, { url, headers, incognito }) => (provider.judgeRelayed === undefined ? [] : provider.judgeRelayed(headers, await contextFor(new URL(url).origin, incognito))),
  };
}
