import { describe, expect, it } from 'vitest';
import { pass, weak } from '../../../src/checks/check';
import { joinAnswer } from '../../../src/providers/join';
import { profile } from '../../../src/providers/ionet/profile';
import type { Appraisal, BindingLayout } from '../../../src/providers/types';
import { stateOf } from '../../../src/verdict/state';
import { BODY, goodHeaders, goodStream, judgeJson, judgeSse, KEY, key } from './fixture';

const [STARTED, ENDED] = [1_000_000, 1_010_000];
const appraisal = (address: string, binding: BindingLayout = 'none'): Appraisal => ({ checks: [pass('parse', ''), weak('key.binding', 'SIGNER_NOT_BOUND', '')], signers: [{ address, algorithm: 'ecdsa', binding }], software: [], parts: [] });
const findings = judgeJson(BODY, goodHeaders());

const join = (over: { address?: string; binding?: BindingLayout; receivedAt?: number; limited?: boolean; bindsKeys?: boolean; of?: typeof findings } = {}) =>
  joinAnswer({
    profile: { ...profile, bindsKeys: over.bindsKeys ?? false },
    findings: over.of ?? findings,
    evidence: { kind: 'evidence', appraisal: appraisal(over.address ?? KEY.address, over.binding), receivedAt: over.receivedAt ?? STARTED - 5_000, limited: over.limited ?? false },
    startedAt: STARTED, endedAt: ENDED,
  });
const find = (checks: readonly { id: string }[], id: string) => checks.find((c) => c.id === id);

describe('an answer and its evidence', () => {
  it('are all there: the evidence’s checks, the answer’s own, signer and time', () => {
    const ids = join().map(({ id }) => id);
    expect(ids).toEqual(['parse', 'key.binding', 'format', 'coverage', 'signature', 'response.hash', 'request.hash', 'signer', 'evidence.time']);
    expect(stateOf(join())).toBe('limited');
  });

  it('the signer is claimed where nothing binds it, hardware where evidence does, the page’s word in a stream', () => {
    expect(find(join(), 'signer')).toMatchObject({ outcome: 'pass', basis: 'claimed' });
    expect(find(join({ binding: 'address-nonce' }), 'signer')).toMatchObject({ outcome: 'pass', basis: 'hardware' });
    expect(find(join({ binding: 'address-nonce', of: judgeSse(goodStream()) }), 'signer')).toMatchObject({ outcome: 'pass', basis: 'page' });
  });

  it('compares addresses in any case', () => {
    expect(find(join({ address: `0x${KEY.address.slice(2).toUpperCase()}` }), 'signer')).toMatchObject({ outcome: 'pass' });
  });

  it('a signer no evidence reports: open where keys are not bound, failed where they are, and the other evidence says nothing', () => {
    const other = key(9).address;
    expect(find(join({ address: other }), 'signer')).toMatchObject({ outcome: 'unknown', code: 'SIGNER_NOT_REPORTED' });
    expect(find(join({ address: other }), 'parse')).toBeUndefined();
    expect(stateOf(join({ address: other }))).toBe('incomplete');
    expect(find(join({ address: other, bindsKeys: true }), 'signer')).toMatchObject({ outcome: 'fail', code: 'SIGNER_MISMATCH' });
    expect(find(join({ address: other, bindsKeys: true, limited: true }), 'signer')).toMatchObject({ outcome: 'unknown', code: 'REATTEST_LIMITED' });
  });

  it('evidence that came late is weak and names the delay', () => {
    expect(find(join({ receivedAt: ENDED + 60_000 }), 'evidence.time')).toMatchObject({ outcome: 'pass' });
    expect(find(join({ receivedAt: ENDED + 61_000 }), 'evidence.time')).toMatchObject({ outcome: 'weak', code: 'EVIDENCE_LATE', detail: '61 s after the answer' });
  });

  it('mistake 4: without evidence the signer is open, never passed', () => {
    const checks = joinAnswer({ profile, findings, evidence: { kind: 'problem', code: 'LOGIN_NEEDED', detail: '' }, startedAt: STARTED, endedAt: ENDED });
    expect(find(checks, 'signer')).toMatchObject({ outcome: 'unknown', code: 'LOGIN_NEEDED', required: true });
    expect(find(checks, 'evidence')).toMatchObject({ outcome: 'unknown', code: 'LOGIN_NEEDED' });
    expect(stateOf(checks)).toBe('incomplete');
  });

  it('good evidence does not make an unsigned answer better', () => {
    const unsigned = judgeJson(BODY, []);
    const checks = join({ of: unsigned });
    expect(find(checks, 'signer')).toMatchObject({ outcome: 'unknown', code: 'ANSWER_UNSIGNED' });
    expect(stateOf(checks)).toBe('failed');
  });
});
