import { describe, expect, it } from 'vitest';
import { appraisePolicy } from '../../../src/evidence/tdx/appraise';
import { parseQuote } from '../../../src/evidence/tdx/index';
import { adviseRelaunch, converge, firstTdxComponent, matchLevel, moduleIdentityFor } from '../../../src/evidence/tdx/tcb';
import { readTcbInfo } from '../../../src/evidence/tdx/tcb-info';
import { DEFAULT } from '../../../src/checks/policy';
import { readQeIdentity } from '../../../src/evidence/tdx/qe-identity';
import { qeIdentity, tcbInfo } from '../../simulator/tdx/collateral.ts';
import { FMSPC, UP_TO_DATE } from '../../simulator/tdx/machine.ts';
import { NOW, quoteOf } from './simulated';

const svns = (...first: number[]) => Uint8Array.from({ length: 16 }, (_, i) => first[i] ?? 0);
const text = tcbInfo('tdx', FMSPC, { now: NOW });
const info = readTcbInfo(text, 'tdx');
const edited = (edit: (value: Record<string, unknown>) => void): string => {
  const value = JSON.parse(text) as Record<string, unknown>;
  edit(value);
  return JSON.stringify(value);
};

describe('convergence, as Intel’s QVL does it', () => {
  it.each([
    ['UpToDate', ['UpToDate', 'UpToDate'], 'UpToDate'],
    ['SWHardeningNeeded', ['UpToDate'], 'SWHardeningNeeded'],
    ['UpToDate', ['OutOfDate', 'UpToDate'], 'OutOfDate'],
    ['SWHardeningNeeded', ['UpToDate', 'OutOfDate'], 'OutOfDate'],
    ['ConfigurationNeeded', ['OutOfDate'], 'OutOfDateConfigurationNeeded'],
    ['ConfigurationAndSWHardeningNeeded', ['OutOfDate'], 'OutOfDateConfigurationNeeded'],
    ['OutOfDate', ['OutOfDate'], 'OutOfDate'],
    ['OutOfDateConfigurationNeeded', ['OutOfDate'], 'OutOfDateConfigurationNeeded'],
    ['UpToDate', ['Revoked', 'OutOfDate'], 'Revoked'],
    ['OutOfDate', ['Revoked'], 'Revoked'],
    ['Revoked', ['UpToDate'], 'Revoked'],
    ['Revoked', ['OutOfDate'], 'Revoked'],
  ] as const)('%s with %j is %s', (platform, components, expected) => expect(converge(platform, components)).toBe(expected));

  it.each([
    ['OutOfDate', 'UpToDate', 'TDRelaunchAdvised'],
    ['OutOfDate', 'SWHardeningNeeded', 'TDRelaunchAdvised'],
    ['OutOfDate', 'ConfigurationNeeded', 'TDRelaunchAdvisedConfigurationNeeded'],
    ['OutOfDateConfigurationNeeded', 'UpToDate', 'TDRelaunchAdvisedConfigurationNeeded'],
    ['OutOfDate', 'OutOfDate', 'OutOfDate'],
    ['OutOfDate', 'Revoked', 'OutOfDate'],
    ['UpToDate', 'OutOfDate', 'UpToDate'],
    ['Revoked', 'UpToDate', 'Revoked'],
  ] as const)('launched %s, now %s: %s', (launch, current, expected) => expect(adviseRelaunch(launch, current)).toBe(expected));
});

describe('levels', () => {
  const platform = { fmspc: FMSPC, pceId: '0000', pceSvn: 13, components: UP_TO_DATE.components };

  it('compare the module’s own components only when the module says no version', () => {
    expect([firstTdxComponent(svns(6, 1)), firstTdxComponent(svns(6, 0))]).toEqual([2, 0]);
    expect(matchLevel(platform, svns(0, 1, 3), info).status).toBe('UpToDate');
    expect(matchLevel(platform, svns(5, 0, 3), info).status).toBe('UpToDate');
    expect(matchLevel(platform, svns(4, 0, 3), info).status).toBe('OutOfDate');
    expect(() => matchLevel(platform, svns(3, 0, 3), info)).toThrow(expect.objectContaining({ code: 'TCB_NOT_SUPPORTED' }));
  });

  it('need every SGX component and the PCE SVN', () => {
    const lowered = (index: number) => ({ ...platform, components: UP_TO_DATE.components.map((svn, i) => (i === index ? svn - 1 : svn)) });
    expect(matchLevel(lowered(0), svns(6, 1, 3), info).status).toBe('OutOfDate');
    expect(() => matchLevel(lowered(7), svns(6, 1, 3), info)).toThrow(expect.objectContaining({ code: 'TCB_NOT_SUPPORTED' }));
    expect(matchLevel({ ...platform, pceSvn: 12 }, svns(6, 1, 3), info).tcbDate).toBe(Date.UTC(2018, 0, 4));
    expect(() => matchLevel({ ...platform, pceSvn: 4 }, svns(6, 1, 3), info)).toThrow(expect.objectContaining({ code: 'TCB_NOT_SUPPORTED' }));
    expect(() => matchLevel({ ...platform, components: [] }, svns(6, 1, 3), info)).toThrow(expect.objectContaining({ code: 'TCB_NOT_SUPPORTED' }));
  });

  it('are taken highest first, in whatever order the text has them', () => {
    const reversed = readTcbInfo(edited((value) => {
      (value['tcbLevels'] as unknown[]).reverse();
      for (const identity of value['tdxModuleIdentities'] as { tcbLevels: unknown[] }[]) identity.tcbLevels.reverse();
    }), 'tdx');
    expect(reversed.levels).toEqual(info.levels);
    expect(reversed.moduleIdentities).toEqual(info.moduleIdentities);
    expect(matchLevel(platform, svns(6, 1, 3), reversed).status).toBe('UpToDate');
    const [sgx, pce, tdx] = [0, 1, 2].map((raise) => readTcbInfo(edited((value) => {
      const levels = value['tcbLevels'] as { tcb: { sgxtcbcomponents: { svn: number }[]; pcesvn: number; tdxtcbcomponents: { svn: number }[] }; tcbStatus: string }[];
      const copy = structuredClone(levels[0]);
      if (copy === undefined) throw new Error('no level');
      copy.tcbStatus = 'SWHardeningNeeded';
      if (raise === 0) for (const component of copy.tcb.sgxtcbcomponents.slice(7, 8)) component.svn += 1;
      if (raise === 1) copy.tcb.pcesvn += 1;
      if (raise === 2) for (const component of copy.tcb.tdxtcbcomponents.slice(2, 3)) component.svn += 1;
      levels.push(copy);
    }), 'tdx'));
    for (const grown of [sgx, pce, tdx]) expect(grown?.levels.map((level) => level.status).slice(0, 2)).toEqual(['SWHardeningNeeded', 'UpToDate']);
  });

  it('of a quoting enclave too', () => {
    const levels = (...numbers: readonly number[]) => JSON.stringify({ ...(JSON.parse(qeIdentity('tdx', { now: NOW })) as object), tcbLevels: numbers.map((isvsvn) => ({ tcb: { isvsvn }, tcbDate: '2026-01-01T00:00:00Z', tcbStatus: 'UpToDate' })) });
    expect(readQeIdentity(levels(1, 9, 4), 'tdx').levels.map((level) => level.isvSvn)).toEqual([9, 4, 1]);
  });

  it('a module version that Intel does not list is not Intel’s module', () => {
    expect(moduleIdentityFor(svns(6, 3), info).levels).toHaveLength(1);
    expect(moduleIdentityFor(svns(6, 0), info).levels).toBeUndefined();
    expect(() => moduleIdentityFor(svns(6, 2), info)).toThrow(expect.objectContaining({ code: 'TDX_MODULE_MISMATCH' }));
  });
});

describe('TCB info is read strictly even though Intel signed it', () => {
  it.each([
    ['15 components', edited((value) => { const [level] = value['tcbLevels'] as { tcb: { sgxtcbcomponents: unknown[] } }[]; level?.tcb.sgxtcbcomponents.pop(); })],
    ['an unknown status', text.replace('"UpToDate"', '"Fine"')],
    ['a fractional SVN', text.replace('"pcesvn":13', '"pcesvn":13.5')],
    ['an SVN above a byte', text.replace('"svn":3', '"svn":300')],
    ['a short FMSPC', text.replace(FMSPC, '90c06f')],
    ['a doubled key', text.replace('"version":3', '"version":3,"version":3')],
    ['a doubled module identity', text.replace('TDX_01', 'tdx_03')],
    ['no levels', edited((value) => { delete value['tcbLevels']; })],
    ['a date that does not exist', text.replace(/"issueDate":"[^"]+"/, '"issueDate":"2026-02-30T00:00:00Z"')],
    ['another version', text.replace('"version":3', '"version":4')],
    ['deep nesting', `{"id":"TDX","version":3,"x":${'['.repeat(40)}${']'.repeat(40)}}`],
    ['no JSON', 'null'],
  ])('%s', (_, broken) => {
    expect(() => readTcbInfo(broken, 'tdx')).toThrow(expect.objectContaining({ code: 'TCB_INFO_PARSE' }));
  });

  it('for the other TEE it is no TCB info', () => {
    expect(() => readTcbInfo(text, 'sgx')).toThrow(expect.objectContaining({ code: 'TCB_INFO_TEE' }));
    expect(() => readTcbInfo('{"id":"TD_QE","version":2}', 'tdx')).toThrow(expect.objectContaining({ code: 'TCB_INFO_TEE' }));
  });
});

describe('TD attributes', () => {
  const ATTRIBUTES = 168;
  const attributesCheck = (bit: number) => {
    const quote = quoteOf({ tamper: [[ATTRIBUTES + (bit >> 3), 1 << (bit & 7)]] });
    return appraisePolicy(parseQuote(quote), [], DEFAULT.tdx).find((check) => check.id === 'policy.attributes');
  };

  it.each([1, 2, 3, 4, 5, 6, 7])('TUD bit %i makes the TD untrusted', (bit) => expect(attributesCheck(bit)).toMatchObject({ outcome: 'fail', code: 'TD_ATTRIBUTES' }));
  it.each([8, 15, 17, 26, 32, 61])('bit %i is reserved', (bit) => expect(attributesCheck(bit)).toMatchObject({ outcome: 'fail', code: 'TD_ATTRIBUTES' }));
  it.each([16, 27, 29, 30, 31, 62, 63])('bit %i is a feature', (bit) => expect(attributesCheck(bit)).toMatchObject({ outcome: 'pass' }));
});
