/**
 * Mistakes of other verifiers about evidence (the numbers are those of the survey's list), tried on every service that is
 * built. Not here: 8 (a page of Sigstore's that answers 200) and 21 (only a bundle's first subject), since releases are not
 * verified yet; 10 (a key from discovery that is used unverified), since Chutes is not built, and its like elsewhere are
 * `field 4` and `field 30`; 14 of real GPUs, since no recording of one in DEVTOOLS mode is to be had. There is no 20.
 */
import { describe, expect, it } from 'vitest';
import { DEFAULT } from '../../../src/checks/policy';
import { DEFAULT_SETTINGS, policyOf } from '../../../src/records/settings';
import { VENDOR_ANCHORS } from '../../../src/roots/anchors';
import { tdxCollateral } from '../../simulator/tdx/collateral';
import { ask, found, isJson, isReport, json, objectIn, type Read, type Service, SERVICES, TDX_SERVICES } from './services';

const DAY = 86_400_000;
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
/** Nothing in it may look as if something had been established. */
const passes = ({ checks }: Read): readonly string[] => checks.filter(({ outcome }) => outcome === 'pass').map(({ id }) => id);

describe.each(SERVICES)('$name', (service) => {
  it('holds, with the gaps of its design: what the mistakes below are told apart from', async () => {
    expect((await ask(service)).state).toMatch(service.name === 'Venice' ? /^(limited|incomplete)$/ : /^limited$/);
  });

  it('field 1: HTTP 200 is no evidence, whatever stands in it', async () => {
    const said = ['', '{}', '[]', 'null', 'true', '"ok"', 'OK', '{"status":"ok"}', '{"error":"no TEE here"}', '{"error":{"message":"model not found"}}', '<!doctype html><title>Sign in</title>', '{"cpu":{},"gpu":{}}', '{"intel_quote":"","nvidia_payload":"{}"}'];
    for (const body of said) {
      const read = await ask(service, { body: text(body) });
      // A Coordinator's own error is open, as one with another status is; everything else is refused.
      expect([body, read.state, passes(read), read.signers, read.software]).toEqual([body, expect.stringMatching(/^(failed|incomplete)$/), [], [], []]);
      expect([body, read.state === 'failed' || read.checks.some(({ code }) => code === 'SERVICE_ERROR')]).toEqual([body, true]);
    }
  });

  it('field 1: nor is an error in a quote’s place, beside whatever else holds', async () => {
    if (!isReport(service)) return expect((await ask(service, { body: json({ error: 'no confidential computing platform detected' }) })).state).toMatch(/^(failed|incomplete)$/);
    for (const said of ['', 'Error: TDX interface not found', 'no device', null]) {
      const body = text(JSON.stringify(objectIn(service)).replace(/"04000200[0-9a-f]{2000,}"/, JSON.stringify(said)));
      const read = await ask(service, { body });
      expect([said, read.state, read.signers.filter(({ binding }) => binding !== 'none')]).toEqual([said, 'failed', []]);
    }
  });

  it('field 5: evidence for another number is not fresh, whatever stands beside it', async () => {
    const nonce = service.nonce.map((byte) => byte ^ 0xff);
    const hex = Buffer.from(nonce).toString('hex');
    const echoed = isReport(service) ? json({ ...objectIn(service), nonce: hex, request_nonce: hex }) : service.good();
    const read = await ask(service, { body: echoed, report: { nonce } });
    expect(read.state).toBe('failed');
    expect(read.signers.filter(({ binding }) => binding !== 'none')).toEqual([]);
    expect(Object.values(read.by).some((one) => /^fail (NONCE_MISMATCH|REPORT_DATA_MISMATCH|AK_NOT_BOUND)$/.test(one))).toBe(true);
  });

  it('field 9: evidence whose signature does not hold proves nothing else', async () => {
    const read = await ask(service, { body: service.tampered() });
    expect(read.state).toBe('failed');
    expect(read.signers.filter(({ binding }) => binding !== 'none')).toEqual([]);
    expect(read.software.filter(({ basis }) => basis === 'hardware')).toEqual([]);
    for (const id of ['nonce', 'reportdata', 'software', 'key.binding', 'manifest.pin']) expect([id, found(read, id)]).toEqual([id, expect.not.stringMatching(/^pass/)]);
  });

  it('field 16: what a report says of itself changes nothing', async () => {
    const boasts = { verified: true, is_verified: true, isVerified: true, tee_attested: 'asserted', gpu_attested: true, tcb_status: 'UpToDate', 'x-nvidia-overall-att-result': true, mock: false };
    if (!isJson(service)) return expect((await ask(service, { report: { claim: { status: 200, body: json(boasts) } } })).checks.filter(({ outcome, basis }) => outcome === 'pass' && basis === 'claimed')).toEqual([]);
    const [plain, boasting] = [await ask(service), await ask(service, { body: json({ ...boasts, ...objectIn(service) }) })];
    // Where a service's envelope has such a word it is told as its claim, which lifts nothing.
    const { 'evidence.claimed': claim, ...said } = boasting.by;
    expect([claim, boasting.checks.find(({ id }) => id === 'evidence.claimed')?.basis]).toEqual(service.name === 'Venice' ? ['pass', 'claimed'] : [undefined, undefined]);
    // A Coordinator's document holds its own members and no others.
    if (isReport(service)) expect(said).toEqual(plain.by);
    else expect([boasting.state, passes(boasting)]).toEqual(['failed', []]);
    expect((await ask(service, { body: json({ ...boasts, ...JSON.parse(new TextDecoder().decode(service.tampered())) }) })).state).toBe('failed');
  });

  it('field 24: evidence of a simulator is refused where the vendors’ own roots alone are known', async () => {
    const read = await ask(service, { context: { anchors: VENDOR_ANCHORS } });
    expect(read.state).toBe('failed');
    expect(Object.values(read.by).some((one) => /^fail (ROOT_UNTRUSTED|ASK_CHAIN_SIGNATURE|VEK_CHAIN_SIGNATURE)$/.test(one))).toBe(true);
    expect(read.signers.filter(({ binding }) => binding !== 'none')).toEqual([]);
    expect((await ask(service, { context: { anchors: [] } })).state).toBe('failed');
  });
});

describe.each(TDX_SERVICES)('$name', (service) => {
  const at = (options: Parameters<typeof tdxCollateral>[0], more: object = {}): Partial<ReturnType<Service['context']>> => ({ tdxCollateral: () => Promise.resolve({ collateral: { ...tdxCollateral(options), ...more } }) });
  const without = (...fields: readonly string[]) => ({ tdxCollateral: () => Promise.resolve({ collateral: Object.fromEntries(Object.entries(tdxCollateral({ now: service.now })).filter(([name]) => !fields.includes(name))) }) });

  it('field 7: OutOfDate fails unless the user accepted it, and then is a gap', async () => {
    const raised = at({ now: service.now, raised: true });
    const id = service.name.startsWith('Contrast') ? 'evidence.tcb' : 'tcb';
    const seen = async (policy = DEFAULT) => {
      const read = await ask(service, { context: { ...raised, policy } });
      return [read.state, read.by[id] ?? found(read, 'tcb')];
    };
    expect(await seen()).toEqual(['failed', 'fail TCB_OUT_OF_DATE']);
    const accepting = policyOf({ ...DEFAULT_SETTINGS, acceptOutOfDateUntil: service.now + 1 }, service.now);
    expect((await seen(accepting))[1]).toMatch(/^weak /);
    expect(await seen(policyOf({ ...DEFAULT_SETTINGS, acceptOutOfDateUntil: service.now }, service.now))).toEqual(['failed', 'fail TCB_OUT_OF_DATE']);
  });

  it('field 12: without the identity of the quoting enclave nothing is concluded', async () => {
    const read = await ask(service, { context: without('qe_identity', 'qe_identity_signature', 'qe_identity_issuer_chain') });
    expect(read.state).toBe('incomplete');
    for (const id of ['software', 'nonce', 'key.binding', 'reportdata']) expect([id, found(read, id)]).toEqual([id, expect.not.stringMatching(/^pass/)]);
  });

  it('field 18: collateral that has run out is open, though it was good when it was fetched', async () => {
    const kept = at({ now: service.now });
    expect((await ask(service, { context: kept })).state).not.toBe('failed');
    const later = await ask(service, { context: { ...kept, now: service.now + 31 * DAY } });
    expect(later.checks.filter(({ outcome, code, required }) => outcome === 'unknown' && required && /EXPIRED/.test(code ?? ''))).not.toEqual([]);
    expect([found(later, 'tcb'), ['incomplete', 'failed'].includes(later.state)]).toEqual([expect.stringMatching(service.name.startsWith('Contrast') ? /^unknown PCK_CRL_EXPIRED$/ : /^unknown TCB_INFO_EXPIRED$/), true]);
  });
});
