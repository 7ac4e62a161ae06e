import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkVtpm } from '../../src/evidence/vtpm';
import { checkAkBinding } from '../../src/evidence/vtpm/binding';
import { readEventLog, replay } from '../../src/evidence/vtpm/event-log';
import type { VtpmInput, VtpmResult } from '../../src/evidence/vtpm/types';
import { attestation } from '../unit/evidence-vtpm/protobuf';
import type { Attestation } from '../unit/evidence-vtpm/protobuf';
import { vector, vectorsPresent } from './shared';

const bytes = (path: string): Uint8Array => new Uint8Array(readFileSync(vector(path)));
const load = (path: string): Attestation => attestation(bytes(`cube-and-cocos/${path}`));
const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));
const request = (): { data: Uint8Array; nonce: Uint8Array } => {
  const { report_data, nonce } = JSON.parse(readFileSync(vector('cube-and-cocos/synth/request.json'), 'utf8')) as { report_data: string; nonce: string };
  const read = (text: string): Uint8Array => (/^[0-9a-f]+$/.test(text) ? hex(text) : new Uint8Array(Buffer.from(text, 'base64')));
  return { data: read(report_data), nonce: read(nonce) };
};
const summary = ({ checks }: VtpmResult): Record<string, string> => Object.fromEntries(checks.map((check) => [check.id, check.code === undefined ? check.outcome : `${check.outcome} ${check.code}`]));
const policyPcrs = (path: string): VtpmInput['expectedPcrs'] => {
  const { pcr_values } = JSON.parse(readFileSync(vector(path), 'utf8')) as { pcr_values: Record<string, Record<string, string> | null> };
  return new Map(Object.entries(pcr_values).map(([bank, values]) => [bank, new Map(Object.entries(values ?? {}).map(([index, value]) => [Number(index), value]))]));
};

describe.skipIf(!vectorsPresent)('recorded vTPM evidence', () => {
  it('COCONUT-SVSM: two quotes and a crypto-agile log, all good, bound to nothing', async () => {
    const evidence = load('cocos/vtpm-svsm-attestation-61c3afce.pb');
    const nonce = hex('6b4a6e492a6299df233805b240fd664f2c94220a911b7a973d735998865584ac');
    const result = await checkVtpm({ ...evidence, nonce });
    expect(summary(result)).toEqual({ ak: 'pass', 'quote[0].signature': 'pass', 'quote[0].nonce': 'pass', 'quote[1].signature': 'pass', 'quote[1].nonce': 'pass', pcr: 'pass', eventlog: 'pass' });
    expect(result.facts?.quotes.map(({ bank }) => bank)).toEqual(['sha256', 'sha384']);
    expect(result.facts?.events).toHaveLength(28);
    expect(checkAkBinding({ akPublic: evidence.akPublic, requested: new Uint8Array(64), reportData: evidence.reportData })).toMatchObject({ outcome: 'fail', code: 'NO_TEE_EVIDENCE' });
    expect(summary(await checkVtpm({ ...evidence, nonce: nonce.with(0, 0) }))).toMatchObject({ 'quote[0].nonce': 'fail NONCE_MISMATCH', 'quote[1].nonce': 'fail NONCE_MISMATCH' });
    expect(summary(await checkVtpm(evidence))['quote[0].nonce']).toBe('weak NO_REPORT_DATA_EXPECTED');
  });

  it.each([['attestation_policy.json', ['1', '4', '9']], ['docs-onprem-snp-pcr.json', ['1', '9']]])('COCONUT-SVSM against %s', async (policy, differing) => {
    const evidence = load('cocos/vtpm-svsm-attestation-61c3afce.pb');
    const expected = policyPcrs(`cube-and-cocos/cocos-policies/${policy}`);
    expect(summary(await checkVtpm({ ...evidence, ...(expected === undefined ? {} : { expectedPcrs: expected }) })).pcr).toBe('fail PCR_MISMATCH');
    for (const [index, value] of expected?.get('sha256') ?? []) {
      const one = await checkVtpm({ ...evidence, expectedPcrs: new Map([['sha256', new Map([[index, value]])]]) });
      expect([index, summary(one).pcr]).toEqual([index, differing.includes(`${index}`) ? 'fail PCR_MISMATCH' : 'pass']);
    }
  });

  it('a physical TPM with SHA-1 alone: the quote holds, nothing rests on it, and its log does not lead to PCR 5, 8, 9', async () => {
    const evidence = load('cocos/quote-ubuntu-sha1.pb');
    const { checks } = await checkVtpm({ ...evidence, nonce: hex('ea03ef139abac44b48fdfe2e8a2e7a7f') });
    const by = Object.fromEntries(checks.map((check) => [check.id, check]));
    expect(by['quote[0].signature']?.outcome).toBe('pass');
    expect(by['quote[0].nonce']?.outcome).toBe('pass');
    expect(by['pcr']).toMatchObject({ outcome: 'fail', code: 'VTPM_HASH' });
    expect(by['eventlog']).toMatchObject({ outcome: 'fail', code: 'EVENT_LOG_MISMATCH', detail: 'sha1 5, sha1 8, sha1 9' });
  });

  it.each([['gce-cos-85-no-nonce.pb', ''], ['gce-cos-85-nonce9009.pb', '9009']])('Google’s %s: three quotes', async (file, nonce) => {
    const evidence = load(`gce-vtpm/${file}`);
    const found = summary(await checkVtpm({ ...evidence, nonce: hex(nonce) }));
    for (const i of [0, 1, 2]) expect([found[`quote[${i}].signature`], found[`quote[${i}].nonce`]]).toEqual(['pass', 'pass']);
    expect([found['ak'], found['pcr']]).toEqual(['pass', 'pass']);
    if (nonce === '') expect(found['eventlog']).toBe('pass');
  });

  it('reads a raw log of a Google SEV-SNP machine', () => {
    const log = readEventLog(bytes('cube-and-cocos/gce-vtpm/eventlog-ubuntu-2404-amd-sevsnp.bin'));
    expect(log.format).toBe('crypto-agile');
    expect(log.events.length).toBeGreaterThan(20);
    for (const bank of log.banks) expect(replay(log, bank).get(0)).toHaveLength(bank.bytes);
  });

  it.each([
    ['good', 'pass', 'pass', 'pass'],
    ['bad-nonce', 'fail NONCE_MISMATCH', 'pass', 'pass'],
    ['bad-binding', 'pass', 'fail', 'pass'],
    ['replayed-report-data', 'pass', 'fail', 'pass'],
  ])('Cocos’s binding, synthetic: snpvtpm-%s', async (name, nonce, binding, pcr) => {
    const evidence = load(`synth/snpvtpm-${name}.pb`);
    const sent = request();
    const found = summary(await checkVtpm({ ...evidence, nonce: sent.nonce }));
    expect([found['quote[0].nonce'], found['pcr'], found['eventlog']]).toEqual([nonce, pcr, 'pass']);
    const check = checkAkBinding({ akPublic: evidence.akPublic, requested: sent.data, reportData: evidence.reportData });
    expect([check.outcome, check.code]).toEqual(binding === 'pass' ? ['pass', undefined] : ['fail', 'AK_NOT_BOUND']);
  });

  it('recorded halves put together are not bound', () => {
    const evidence = load('derived/snpvtpm-unbound.pb');
    expect(evidence.reportData).toHaveLength(64);
    expect(checkAkBinding({ akPublic: evidence.akPublic, requested: request().data, reportData: evidence.reportData })).toMatchObject({ code: 'AK_NOT_BOUND' });
  });

  it.each([['policy-match.json', 'pass'], ['policy-pcr9-mismatch.json', 'fail PCR_MISMATCH']])('the synthetic evidence against %s', async (policy, expected) => {
    const expectedPcrs = policyPcrs(`cube-and-cocos/synth/${policy}`);
    expect(summary(await checkVtpm({ ...load('synth/snpvtpm-good.pb'), ...(expectedPcrs === undefined ? {} : { expectedPcrs }) })).pcr).toBe(expected);
  });

  it.each(['trustee-evidence-v0.json', 'trustee-evidence-v1.json', 'trustee-evidence-v2.json', 'trustee-evidence-genoa.json', 'attrs-live-evidence.json', 'attrs-evidence-v1.json', 'attrs-milan-v3-attestation.json'])('Azure’s quotes verify with the key that the paravisor named: %s', async (file) => {
    const evidence = azure(`amd-sev-snp/azure/${file}`);
    const found = summary(await checkVtpm(evidence));
    expect([found['ak'], found['quote[0].signature'], found['pcr']]).toEqual(['pass', 'pass', 'pass']);
    const moved = evidence.quotes.map((quote) => ({ ...quote, pcrs: new Map([...quote.pcrs].map(([index, value]): [number, Uint8Array] => [index, index === 7 ? value.with(0, (value[0] ?? 0) ^ 1) : value])) }));
    expect(summary(await checkVtpm({ ...evidence, quotes: moved })).pcr).toBe('fail PCR_DIGEST');
  });
});

/** An Azure evidence file: the AK is a JWK in the paravisor's data, the signature bare RSASSA with SHA-256. */
function azure(path: string): VtpmInput {
  const outer = JSON.parse(readFileSync(vector(path), 'utf8')) as Record<string, unknown>;
  const file = (outer['evidence'] ?? outer) as Record<string, unknown>;
  const quote = (file['tpm_quote'] ?? file['quote']) as { signature: string | number[]; message: string | number[]; pcrs: (string | number[])[] };
  const raw = (value: unknown): Uint8Array => (typeof value === 'string' ? (/^[0-9a-f]+$/i.test(value) ? hex(value) : new Uint8Array(Buffer.from(value, 'base64url'))) : Uint8Array.from(value as number[]));
  const report = Buffer.from(raw(file['hcl_report'] ?? file['report']));
  const size = report.readUInt32LE(0x4d0);
  const { keys } = JSON.parse(report.subarray(0x4d4, 0x4d4 + size).toString()) as { keys: { kid: string; n: string }[] };
  const modulus = Buffer.from(keys.find(({ kid }) => kid === 'HCLAkPub')?.n ?? '', 'base64url');
  const sized = (value: Uint8Array): Buffer => Buffer.concat([Buffer.of(value.length >> 8, value.length & 255), value]);
  const akPublic = new Uint8Array(Buffer.concat([Buffer.from('0001000b00050072000000100014000b080000000000', 'hex'), sized(modulus)]));
  const pcrs = quote.pcrs.map(raw);
  return { akPublic, quotes: [{ attest: raw(quote.message), signature: new Uint8Array(Buffer.concat([Buffer.from('0014000b', 'hex'), sized(raw(quote.signature))])), hash: 0x0b, pcrs: new Map(pcrs.map((value, index) => [index, value])) }] };
}
