import { describe, expect, it } from 'vitest';
import { absent, type Check, fail, pass, unknown, weak } from '../../../src/checks/check';
import { stateOf } from '../../../src/verdict/state';
import { gapsOf } from '../../../src/ui/model/gaps';
import { kindOf } from '../../../src/ui/model/outcome';
import { bindingsOf } from '../../../src/ui/model/rail';
import { proofOf } from '../../../src/ui/model/proof';
import { readersOf } from '../../../src/ui/model/readers';
import { answerHolds, ionetEvidence, machineHolds, verifiedEvidence, with_ } from '../../e2e/ui/recorded/checks';
import { randomLists } from './random';

const context = { service: 'io.net', now: 0 };
const readers = (checks: readonly Check[]) => readersOf(checks, 'io.net').map((l) => l.id);
const gaps = (checks: readonly Check[], complete = false) => gapsOf(checks, context, complete).map((l) => l.id);
const proven = [...verifiedEvidence(), ...answerHolds('page')];
const without = (checks: readonly Check[], id: string) => checks.filter((c) => c.id !== id);

describe('a machine', () => {
  it('is proven by the hardware’s signature and nothing less', () => {
    expect(proofOf(proven).machine).toBe(true);
    expect(proofOf(without(proven, 'quote.signature')).machine).toBe(false);
    expect(proofOf(with_(proven, pass('quote.signature', '', { basis: 'derived' }))).machine).toBe(false);
  });
});

describe('who cannot read this chat', () => {
  it('names the inside and the way only when both are proven', () => {
    expect(readers(proven)).toEqual(['inside', 'way']);
  });

  it('does not name the inside when any of its four grounds is missing', () => {
    const unbound = without(proven, 'channel');
    const grounds: readonly (readonly [string, readonly Check[]])[] = [
      ['machine', [...unbound, absent('gpu', 'assay', 'VERIFIER_NOT_BUILT', '')]],
      ['signature of the evidence', without(unbound, 'quote.signature')],
      ['software', with_(unbound, weak('software', 'SOFTWARE_APPROVED', ''))],
      ['key', with_(unbound, weak('key.binding', 'BOUND_BY_UNKNOWN_SOFTWARE', ''))],
      ['answer', without(unbound, 'response.hash')],
      ['any signer', without(unbound, 'signer')],
      ['signer', with_(unbound, pass('signer', '', { basis: 'claimed' }))],
    ];
    for (const [ground, checks] of grounds) expect([ground, readers(checks).includes('inside')]).toEqual([ground, false]);
    expect(readers(unbound)).toEqual(['inside']);
  });

  it('does not name the way without the connection’s key in the evidence and in this browser', () => {
    expect(readers(with_(proven, absent('channel', 'browser', 'CHANNEL_NOT_BOUND', '')))).toEqual(['inside']);
    expect(readers(with_(proven, pass('channel', '', { basis: 'claimed' })))).not.toContain('way');
  });

  it('says of io.net that its gateway reads along', () => {
    expect(readers([...ionetEvidence(), ...answerHolds()])).toEqual(['none_gateway']);
  });

  it('says that a proxy can read where answers are not signed', () => {
    expect(readers([...machineHolds(), pass('software', ''), absent('signature', 'service', 'ANSWER_UNSIGNED', ''), absent('channel', 'service', 'CHANNEL_NOT_BOUND', '')])).toEqual(['none_proxy']);
  });

  it('names unknown software as the reason where only that is missing', () => {
    const checks = with_(without(proven, 'channel'), weak('software', 'SOFTWARE_NOT_KNOWN', ''), weak('key.binding', 'BOUND_BY_UNKNOWN_SOFTWARE', ''));
    expect(readers(checks)).toEqual(['none_software']);
  });

  it('waits while a required check is open, and without checks', () => {
    expect(readers(with_(proven, unknown('tcb', 'COLLATERAL_UNREACHABLE', '')))).toEqual(['open']);
    expect(readers([])).toEqual(['open']);
  });

  it('never names anyone beside a contradiction', () => {
    expect(readers(with_(proven, fail('policy.debug', 'DEBUG_ENABLED', '')))).toEqual(['none_machine']);
    expect(readers([...proven, fail('replay', 'SIGNATURE_REPLAYED', '')]).some((id) => id === 'inside' || id === 'way')).toBe(false);
  });
});

describe('what is not proven', () => {
  it('is told of io.net in this order', () => {
    expect(gaps([...ionetEvidence(), ...answerHolds()])).toEqual(['key', 'software', 'gpu_assay', 'page']);
  });

  it('always names the page, and the model and the chip where everything holds', () => {
    expect(gaps(proven, true)).toEqual(['page', 'model', 'chip']);
  });

  it('names the model and the chip elsewhere only where there is room', () => {
    expect(gaps(with_(proven, absent('channel', 'browser', 'CHANNEL_NOT_BOUND', '')))).toEqual(['way_chrome', 'page', 'model']);
  });

  it('names firmware that could not be checked', () => {
    expect(gaps(with_(proven, unknown('tcb', 'COLLATERAL_UNREACHABLE', '')))).toContain('firmware');
  });

  it('gives every other gap a line with the check’s own name', () => {
    const [first] = gapsOf([...proven, weak('policy.guest', 'VMPL_NOT_ACCEPTED', '')], context, false);
    expect(first?.id).toBe('other:policy.guest');
  });

  it('says until when firmware with holes is accepted, where the check names the day', () => {
    const line = (detail: string) => gapsOf(with_(proven, weak('tcb', 'TCB_ACCEPTED_BY_POLICY', detail)), context, false)[0]?.why;
    expect(line('OutOfDate, until 2026-12-22')).toMatchObject({ key: 'gap_firmware_accepted_why' });
    expect(line('OutOfDate')).toMatchObject({ key: 'gap_firmware_accepted_bare_why' });
  });
});

describe('the lines of the rail', () => {
  it('tie everything together where everything is bound', () => {
    expect(bindingsOf(proofOf(proven))).toEqual(['solid', 'solid', 'solid']);
  });

  it('show the gap in io.net’s design before it is read', () => {
    expect(bindingsOf(proofOf([...ionetEvidence(), ...answerHolds()]))).toEqual(['claim', 'none', 'claim']);
  });

  it('wait for what is not there yet', () => {
    expect(bindingsOf(proofOf([unknown('evidence', 'LOGIN_NEEDED', '')]))).toEqual(['wait', 'wait', 'wait']);
  });

  it('tie nothing to a machine that fails', () => {
    expect(bindingsOf(proofOf(with_(proven, fail('pck.chain', 'ROOT_UNTRUSTED', '')))).slice(0, 2)).toEqual(['none', 'none']);
  });
});

describe('in 3,000 random lists of checks', () => {
  const lists = randomLists(3_000, 2);

  it('no line of the rail is solid without a proof at both of its ends', () => {
    let solid = 0;
    for (const checks of lists) {
      const proof = proofOf(checks);
      bindingsOf(proof).forEach((line, i) => {
        if (line !== 'solid') return;
        solid++;
        const below = proof.of((['software', 'key', 'answer'] as const)[i] ?? 'answer');
        expect(below.some((c) => c.basis !== 'claimed' && (c.outcome === 'pass' || c.outcome === 'weak'))).toBe(true);
        expect(below.some((c) => c.outcome === 'fail' && (i < 2 || c.id === 'signature' || c.id === 'signer'))).toBe(false);
        if (i < 2) expect(proof.evidenceSigned).toBe(true);
      });
    }
    expect(solid).toBeGreaterThan(5);
  });

  it('nobody is ruled out beside a contradiction, an open check, or unsigned evidence', () => {
    for (const checks of lists) {
      const lines = readersOf(checks, 'x');
      expect(lines.length).toBeGreaterThan(0);
      if (!lines.some((l) => l.kind === 'pass')) continue;
      expect(checks.some((c) => c.outcome === 'fail' || (c.outcome === 'unknown' && c.required))).toBe(false);
      expect(proofOf(checks).evidenceSigned).toBe(true);
    }
  });

  it('every state but verified and failed names a gap or an open check beside the page', () => {
    for (const checks of lists) {
      if (stateOf(checks) !== 'limited') continue;
      const lines = gapsOf(checks, context, false).filter((l) => !['page', 'model', 'chip'].includes(l.id));
      expect(lines.length).toBeGreaterThan(0);
    }
  });

  it('no gap is told twice', () => {
    for (const checks of lists) {
      const ids = gapsOf(checks, context, false).map((l) => l.id).filter((id) => !id.startsWith('other:'));
      expect(new Set(ids).size).toBe(ids.length);
    }
  });

  it('verified means that no check leaves a gap', () => {
    for (const checks of lists) if (stateOf(checks) === 'verified') expect(checks.every((c) => kindOf(c) === 'pass' || !c.required)).toBe(true);
  });
});
