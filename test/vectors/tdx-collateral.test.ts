import { describe, expect, it } from 'vitest';
import { DEFAULT } from '../../src/checks/policy';
import type { Getter } from '../../src/checks/getter';
import { intelCollateral } from '../../src/collateral/intel-pcs';
import { checkTdx, parseQuote, platformOf } from '../../src/evidence/tdx/index';
import { VENDOR_ANCHORS } from '../../src/roots/anchors';
import { stateOf } from '../../src/verdict/state';
import { MemoryStore } from '../unit/collateral/fake-intel';
import { vectorsPresent } from './shared';
import { captured, capturedMeta, quote, realSets } from './tdx-sets';

const CAPTURED = [
  '0003_api.trustedservices.intel.com_tdx_certification_v4_tcb',
  '0004_api.trustedservices.intel.com_tdx_certification_v4_qe_identity',
  '0005_api.trustedservices.intel.com_sgx_certification_v4_pckcrl',
  '0006_certificates.trustedservices.intel.com_intelsgxrootca.der',
];
const NOW = Date.UTC(2026, 5, 29, 3);

/** Answers with what Intel's servers sent on 2026-06-29, headers and all. */
const replay: Getter = (url) => {
  const name = CAPTURED.find((one) => capturedMeta(`${one}.json`).url === url);
  if (name === undefined) return Promise.resolve({ status: 404, header: () => undefined, body: new Uint8Array() });
  const { status, headers } = capturedMeta(`${name}.json`);
  const lower = new Map(Object.entries(headers).map(([key, values]) => [key.toLowerCase(), values[0]]));
  return Promise.resolve({ status, header: (key) => lower.get(key.toLowerCase()), body: captured(`${name}.body`) });
};

describe.skipIf(!vectorsPresent)('Intel’s own answers of 2026-06-29', () => {
  it('come through the source whole, and a real quote is judged with them', async () => {
    const set = realSets().find((one) => one.expected.ok && one.expected.fmspc === '90c06f000000' && one.now > Date.UTC(2026, 4, 1) / 1000 && one.expected.septVeDisable === true);
    if (set === undefined) throw new Error('no such set');
    const bytes = quote(set.quote);
    const { collateral, problem } = await intelCollateral({ get: replay, store: new MemoryStore(), now: NOW, anchors: VENDOR_ANCHORS })(platformOf(parseQuote(bytes)));
    expect(problem).toBeUndefined();
    const { checks, facts } = await checkTdx({ quote: bytes, collateral, anchors: VENDOR_ANCHORS, now: NOW, policy: DEFAULT.tdx });
    expect(checks.filter((check) => check.outcome !== 'pass' && check.id !== 'tcb')).toEqual([]);
    expect(facts?.collateral).toEqual([
      { kind: 'root-crl', issued: expect.stringMatching(/^2026-/), next: expect.stringMatching(/^2027-/) },
      { kind: 'pck-crl', issued: expect.stringMatching(/^2026-06-/), next: expect.stringMatching(/^2026-07-/) },
      { kind: 'tcb-info', issued: '2026-06-29T01:42:47Z', next: '2026-07-29T01:42:47Z', number: 19 },
      { kind: 'qe-identity', issued: expect.stringMatching(/^2026-06-/), next: expect.stringMatching(/^2026-07-/), number: 19 },
    ]);
  });

  it('kept then, they leave the question open a month later when nothing newer can be had', async () => {
    const store = new MemoryStore();
    const bytes = quote(realSets().find((one) => one.expected.fmspc === '90c06f000000')?.quote ?? '');
    const platform = platformOf(parseQuote(bytes));
    await intelCollateral({ get: replay, store, now: NOW, anchors: VENDOR_ANCHORS })(platform);
    const later = NOW + 40 * 86_400_000;
    const nothing: Getter = () => Promise.resolve({ status: 503, header: () => undefined, body: new Uint8Array() });
    const { collateral, problem } = await intelCollateral({ get: nothing, store, now: later, anchors: VENDOR_ANCHORS })(platform);
    expect(problem?.code).toBe('COLLATERAL_UNREACHABLE');
    const { checks } = await checkTdx({ quote: bytes, collateral, anchors: VENDOR_ANCHORS, now: later, policy: DEFAULT.tdx, ...(problem === undefined ? {} : { collateralProblem: problem }) });
    expect(stateOf(checks)).toBe('incomplete');
  });
});
