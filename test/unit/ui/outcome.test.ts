import { describe, expect, it } from 'vitest';
import { absent, type Check, fail, pass, unknown, weak } from '../../../src/checks/check';
import { GROUPS, groupOf } from '../../../src/verdict/groups';
import { drawnKind, groupKind, groupWord, kindOf, wordOf } from '../../../src/ui/model/outcome';
import { randomLists } from './random';

const quote = pass('quote.signature', '');

describe('the outcome of one check', () => {
  it('is a bead only for a pass that is no claim', () => {
    expect(kindOf(pass('tcb', ''))).toBe('pass');
    expect(kindOf(pass('signer', '', { basis: 'claimed' }))).toBe('claimed');
    expect(wordOf(pass('signer', '', { basis: 'claimed' }))).toBe('outcome_claimed');
  });

  it('is half a bead for what holds with a gap, and nothing of the kind where nothing holds', () => {
    expect(kindOf(weak('tcb', 'TCB_CONFIGURATION_NEEDED', ''))).toBe('weak');
    expect(kindOf(weak('key.binding', 'SIGNER_NOT_BOUND', ''))).toBe('absent');
    expect(kindOf(weak('channel', 'CHANNEL_NOT_BOUND', ''))).toBe('absent');
    expect(kindOf(weak('image', 'IMAGE_ONLY_CLAIMED', '', { basis: 'claimed' }))).toBe('claimed');
  });

  it('says of software nobody named that it is not known, not that it holds', () => {
    expect(wordOf(weak('software', 'SOFTWARE_NOT_KNOWN', ''))).toBe('outcome_notknown');
  });

  it('says whose doing it is that something is not there', () => {
    expect(wordOf(absent('channel', 'browser', 'CHANNEL_NOT_BOUND', ''))).toBe('outcome_absent_browser');
    expect(wordOf(absent('gpu', 'assay', 'VERIFIER_NOT_BUILT', ''))).toBe('outcome_absent_assay');
    expect(wordOf(absent('evidence', 'service', 'CPU_EVIDENCE_ABSENT', ''))).toBe('outcome_absent_service');
  });

  it('stays a contradiction when it contradicts a mere claim', () => {
    expect(kindOf(fail('image', 'IMAGE_MISMATCH', '', { basis: 'claimed' }))).toBe('fail');
  });

  it('is quiet about an open question that nothing depends on', () => {
    const open = unknown('request.hash', 'REQUEST_HASH_MISMATCH', '', { required: false });
    expect(drawnKind(open)).toBe('absent');
    expect(wordOf(open)).toBe('outcome_notasked');
    expect(drawnKind(unknown('tcb', 'COLLATERAL_UNREACHABLE', ''))).toBe('unknown');
  });
});

describe('the outcome of a group', () => {
  it('is nothing without checks', () => {
    expect(groupKind('machine', [])).toBeUndefined();
  });

  it('is the worst of its checks', () => {
    expect(groupKind('machine', [quote, fail('tcb', 'TCB_OUT_OF_DATE', ''), unknown('pck.revocation', 'PCK_CRL_MISSING', '')])).toBe('fail');
    expect(groupKind('machine', [quote, unknown('tcb', 'COLLATERAL_UNREACHABLE', '')])).toBe('unknown');
  });

  it('is partly where something is missing beside what holds', () => {
    expect(groupKind('machine', [quote, absent('gpu', 'assay', 'VERIFIER_NOT_BUILT', '')])).toBe('partly');
    expect(groupKind('software', [pass('software', ''), pass('image', '', { basis: 'claimed' })])).toBe('partly');
  });

  it('is no more than claimed where only claims stand beside gaps', () => {
    expect(groupKind('software', [weak('software', 'SOFTWARE_NOT_KNOWN', ''), weak('image', 'IMAGE_ONLY_CLAIMED', '', { basis: 'claimed' })])).toBe('claimed');
  });

  it('is no bead without the check that carries it', () => {
    expect(groupKind('machine', [pass('parse', '')])).toBe('partly');
    expect(groupKind('machine', [quote, pass('parse', '')])).toBe('pass');
    expect(groupKind('key', [pass('key.binding', '', { basis: 'derived' })])).toBe('partly');
    expect(groupKind('answer', [pass('format', '', { basis: 'page' })])).toBe('partly');
    expect(groupKind('answer', [pass('signature', '', { basis: 'page' })])).toBe('pass');
  });

  it('is not moved by what nothing depends on', () => {
    expect(groupKind('answer', [pass('signature', ''), unknown('request.hash', 'REQUEST_NOT_SEEN', '', { required: false })])).toBe('pass');
    expect(groupKind('answer', [unknown('request.hash', 'REQUEST_NOT_SEEN', '', { required: false })])).toBe('unknown');
  });

  it('takes its word from the check that decided it', () => {
    const gpu = absent('gpu', 'assay', 'VERIFIER_NOT_BUILT', '');
    expect(groupWord('absent', [gpu])).toBe('outcome_absent_assay');
    expect(groupWord('partly', [quote, gpu])).toBe('outcome_partly');
    expect(groupWord('weak', [weak('software', 'SOFTWARE_NOT_KNOWN', '')])).toBe('outcome_notknown');
  });
});

describe('in 3,000 random lists of checks', () => {
  const lists = randomLists(3_000, 1);
  const proven = (check: Check): boolean => check.outcome === 'pass' && check.basis !== 'claimed';

  it('a claim is never a bead', () => {
    for (const check of lists.flat()) if (check.basis === 'claimed') expect(drawnKind(check)).not.toBe('pass');
  });

  it('a group is a bead only when everything in it that counts was proven', () => {
    let beads = 0;
    for (const checks of lists) {
      for (const group of GROUPS) {
        const own = checks.filter((c) => groupOf(c) === group);
        if (groupKind(group, own) !== 'pass') continue;
        beads++;
        expect(own.some(proven)).toBe(true);
        expect(own.filter((c) => c.required || c.outcome !== 'unknown').every(proven)).toBe(true);
      }
    }
    expect(beads).toBeGreaterThan(100);
  });

  it('a contradiction is never hidden in its group', () => {
    for (const checks of lists) for (const check of checks) if (check.outcome === 'fail') expect(groupKind(groupOf(check), checks.filter((c) => groupOf(c) === groupOf(check)))).toBe('fail');
  });
});
