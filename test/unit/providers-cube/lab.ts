/** The simulated Cube deployment as a service, asked and judged by the code under test. */
import { DEFAULT } from '../../../src/checks/policy';
import type { ReferenceValue } from '../../../src/checks/reference';
import { cubeOf } from '../../../src/providers/cube';
import type { Appraisal, AppraiseContext, FetchedReport, Provider } from '../../../src/providers/types';
import { stateOf } from '../../../src/verdict/state';
import { CubeAgent } from '../../simulator/cube/agent';
import { domainWith } from '../../simulator/cube/domains';
import type { Domain, Platform } from '../../simulator/cube/domains';
import { policyText } from '../../simulator/cube/policy';
import { type FaultName, Switchboard } from '../../simulator/faults';
import { FLAVOUR } from '../../simulator/flavour';
import { amdCrlDates } from '../../simulator/kds';
import { amdCrl, PRODUCTS } from '../../simulator/pki/amd';
import { tdxCollateral } from '../../simulator/tdx/collateral';
import { NO_ENDORSEMENTS } from '../providers/no-endorsements';

export const NOW = Date.UTC(2026, 10, 20, 12);
export const OWN = { dialect: 'cocos', pageOrigin: 'https://cube.example', apiOrigin: 'https://cube.example', name: 'Our Cube' } as const;
export const cube: Provider = cubeOf(OWN);
export const NONCE = Uint8Array.from({ length: 96 }, (_x, i) => (i * 7 + 3) % 256);

const { issued, next, number } = amdCrlDates(NOW, 'current');
const crls = PRODUCTS.map((product) => new Uint8Array(amdCrl({ product, number, thisUpdate: issued, nextUpdate: next })));
const collateral = tdxCollateral({ now: NOW });

export const context = (over: Partial<AppraiseContext> = {}): AppraiseContext => ({
  now: NOW, policy: DEFAULT, anchors: FLAVOUR.anchors, references: [], ...NO_ENDORSEMENTS,
  tdxCollateral: () => Promise.resolve({ collateral }),
  snpCollateral: (_report, sent) => Promise.resolve({ endorsements: { ...sent, crls } }),
  ...over,
});

export const imported = (text: string, over: Partial<ReferenceValue> = {}): ReferenceValue => ({ dialect: 'cocos', role: 'agent', kind: 'cocos-policy', values: { policy: [text] }, properties: {}, source: 'imported', note: 'ours', ...over });
export const policyOf = (platform: Platform, variant: Parameters<typeof policyText>[1] = {}): string => policyText(domainWith(platform), variant);

export const agentWith = (...faults: readonly FaultName[]): CubeAgent => {
  const on = new Switchboard();
  for (const fault of faults) on.set(fault);
  return new CubeAgent(on, () => NOW);
};

/** What the agent answers to our request. */
export function answered(domain: Domain, faults: readonly FaultName[] = []): FetchedReport {
  const evidence = agentWith(...faults).attestation(domain, { reportData: Buffer.from(NONCE.subarray(0, 64)), nonce: Buffer.from(NONCE.subarray(64)) });
  const refused = typeof evidence === 'string';
  return { body: new Uint8Array(refused ? Buffer.from(JSON.stringify({ error: evidence })) : evidence), status: refused ? 400 : 200, contentType: 'application/octet-stream', nonce: NONCE };
}

export interface Read extends Appraisal {
  readonly state: string;
  readonly by: Readonly<Record<string, string>>;
}

export const told = (checks: Appraisal['checks']): Readonly<Record<string, string>> => Object.fromEntries(checks.map((c) => [c.id, `${c.outcome}${c.code === undefined ? '' : ` ${c.code}`}`]));

export async function appraise(report: FetchedReport, over: Partial<AppraiseContext> = {}): Promise<Read> {
  const appraisal = await cube.appraise(report, context(over));
  return { ...appraisal, state: stateOf(appraisal.checks), by: told(appraisal.checks) };
}

export const asked = (platform: Platform, faults: readonly FaultName[] = [], over: Partial<AppraiseContext> = {}): Promise<Read> => appraise(answered(domainWith(platform), faults), over);
