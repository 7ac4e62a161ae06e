/** The way there: the key this browser saw against the key that evidence names, in the outermost machine and no other. */
import { describe, expect, it } from 'vitest';
import { withChannel } from '../../../src/providers/channel';
import { nearai } from '../../../src/providers/report';
import { joinAnswer } from '../../../src/providers/join';
import type { ChannelKey } from '../../../src/providers/types';
import { absent, type Check, fail, pass, weak } from '../../../src/checks/check';
import { sha256Bytes } from '../../../src/signatures/digests';
import { stateOf } from '../../../src/verdict/state';
import { appraise, attestation, ecdsaKey, type Key, known, NONCE, NOW } from './lab';

const SPKI = '33'.repeat(32);
const OTHER = '44'.repeat(32);
const HOST = 'cloud-api.near.ai';
const seen = (key: string, host = HOST) => ({ keys: [key], host });

const withSpki = (key: Key, spki: string, rest: Parameters<typeof attestation>[0] = {}) =>
  attestation({ key, reportData: Buffer.concat([sha256Bytes(Buffer.concat([key.bytes, Buffer.from(spki, 'hex')])), NONCE]), ...rest, over: { tls_cert_fingerprint: spki, ...rest.over } });

describe('one machine’s channel', () => {
  const gone = absent('channel', 'browser', 'CHANNEL_NOT_BOUND', '');
  const decided = (binding: Check, key: string, named: readonly ChannelKey[] = [{ spkiSha256: SPKI }], host = HOST): string | undefined => {
    const found = withChannel({ checks: [binding, gone], channelKeys: named }, seen(key, host)).find(({ id }) => id === 'channel');
    return found === undefined ? undefined : `${found.outcome} ${found.code ?? ''}`.trim();
  };

  it('holds where the keys are equal and known software put them there', () => {
    expect(decided(pass('key.binding', ''), SPKI)).toBe('pass');
    expect(decided(weak('key.binding', 'BOUND_BY_UNKNOWN_SOFTWARE', ''), SPKI)).toBe('weak BOUND_BY_UNKNOWN_SOFTWARE');
    expect(decided(fail('key.binding', 'REPORT_DATA_MISMATCH', ''), SPKI)).toBe('unknown REPORT_DATA_MISMATCH');
  });

  it('is CHANNEL_KEY_MISMATCH where they differ', () => {
    expect(decided(pass('key.binding', ''), OTHER)).toBe('fail CHANNEL_KEY_MISMATCH');
    expect(decided(weak('key.binding', 'BOUND_BY_UNKNOWN_SOFTWARE', ''), OTHER)).toBe('fail CHANNEL_KEY_MISMATCH');
    expect(decided(pass('key.binding', ''), SPKI, [{ spkiSha256: OTHER, host: HOST }])).toBe('fail CHANNEL_KEY_MISMATCH');
  });

  it('counts every connection that carried the question, and names the one that differs', () => {
    const [, found] = withChannel({ checks: [pass('key.binding', ''), gone], channelKeys: [{ spkiSha256: SPKI }] }, { keys: [OTHER, SPKI], host: HOST });
    expect(found).toMatchObject({ outcome: 'fail', code: 'CHANNEL_KEY_MISMATCH', actual: OTHER });
  });

  it('is the service’s gap where it names keys of other hosts alone; a host is a host in any case of letters', () => {
    expect(decided(pass('key.binding', ''), SPKI, [{ spkiSha256: SPKI, host: HOST }], 'elsewhere.example')).toBe('absent CHANNEL_NOT_BOUND');
    expect(decided(pass('key.binding', ''), SPKI, [{ spkiSha256: SPKI, host: HOST.toUpperCase() }])).toBe('pass');
  });

  it('stays as it is where nothing was seen, or nothing is named', () => {
    const checks = [pass('key.binding', ''), gone];
    expect(withChannel({ checks, channelKeys: [{ spkiSha256: SPKI }] }, undefined)).toBe(checks);
    expect(withChannel({ checks }, seen(SPKI))).toBe(checks);
  });
});

describe('a report’s channel', () => {
  it('is named by bound evidence alone', async () => {
    expect((await appraise(withSpki(ecdsaKey(7), SPKI))).channelKeys).toEqual([{ spkiSha256: SPKI }]);
    expect((await appraise(attestation({ over: { tls_cert_fingerprint: SPKI } }))).channelKeys).toBeUndefined();
    expect((await appraise(withSpki(ecdsaKey(7), SPKI, { over: { tls_cert_fingerprint: OTHER } }))).channelKeys).toBeUndefined();
    expect((await appraise(withSpki(ecdsaKey(7), SPKI, { quote: { tamper: [[700, 1]] } }))).channelKeys).toBeUndefined();
  });

  it('behind a gateway is the gateway’s, whatever the model’s machine names', async () => {
    const [gatewayKey, modelKey] = [ecdsaKey(1), ecdsaKey(2)];
    const report = { gateway_attestation: withSpki(gatewayKey, SPKI, { gpus: 0 }), model_attestations: [withSpki(modelKey, OTHER, { over: { model_name: 'a' } })] };
    const first = await appraise(report);
    const appraisal = await appraise(report, { references: [known(first), known(first, 'imported', { verifiesModel: true }, 'gateway')] });
    const answer = (key: Key, connection?: ReturnType<typeof seen>) => {
      const findings = { checks: [pass('signature', 'EIP-191', { basis: 'derived' })], signer: { address: key.text, algorithm: 'ecdsa' as const }, signedBy: { requestedModel: 'a' } };
      const checks = joinAnswer({ profile: nearai.profile, speaksFor: nearai.speaksFor, findings, evidence: { kind: 'evidence', appraisal, receivedAt: NOW, limited: false }, startedAt: NOW + 1, endedAt: NOW + 2, connection });
      return { state: stateOf(checks), channel: checks.filter(({ id }) => id.startsWith('channel')).map(({ id, outcome, code }) => `${id} ${outcome} ${code ?? ''}`.trim()) };
    };
    expect(answer(modelKey)).toEqual({ state: 'limited', channel: ['channel.gateway absent CHANNEL_NOT_BOUND'] });
    expect(answer(modelKey, seen(SPKI))).toEqual({ state: 'verified', channel: ['channel.gateway pass'] });
    expect(answer(modelKey, seen(OTHER))).toEqual({ state: 'failed', channel: ['channel.gateway fail CHANNEL_KEY_MISMATCH'] });
    expect(answer(gatewayKey, seen(SPKI))).toEqual({ state: 'verified', channel: ['channel pass'] });
    expect(answer(gatewayKey, seen(OTHER)).state).toBe('failed');
  });

  it('behind a chat service ends there, and that one names no key', async () => {
    const report = {
      chat_api_gateway_attestation: attestation({ gpus: 0, reportData: Buffer.concat([Buffer.alloc(32), NONCE]), over: { signing_address: undefined, signing_algo: undefined } }),
      cloud_api_gateway_attestation: withSpki(ecdsaKey(1), SPKI, { gpus: 0 }), model_attestations: [attestation({ key: ecdsaKey(2), over: { model_name: 'a' } })],
    };
    for (const machine of (await appraise(report)).machines ?? []) {
      expect([machine.place, machine.channelKeys]).toEqual([machine.place, undefined]);
      expect(machine.checks.filter(({ id }) => id.startsWith('channel')).map(({ id }) => id)).toEqual([machine.place === 'front' ? 'channel' : 'channel.front']);
    }
  });

  it('of a keyset counts for its host alone', () => {
    expect(withChannel({ checks: [pass('key.binding', ''), absent('channel', 'browser', 'CHANNEL_NOT_BOUND', '')], channelKeys: [{ spkiSha256: SPKI, host: HOST }, { spkiSha256: OTHER, host: 'b.example' }] }, seen(OTHER)).map(({ outcome }) => outcome)).toEqual(['pass', 'fail']);
  });
});
