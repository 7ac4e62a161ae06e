/** The simulated TPM in the eyes of the product's verifier and of tpm2-tools; and a real (software) TPM in the product's. */
import { describe, expect, it } from 'vitest';
import { readCocos } from '../../../src/evidence/cocos';
import { checkVtpm } from '../../../src/evidence/vtpm';
import { checkAkBinding } from '../../../src/evidence/vtpm/binding';
import type { VtpmInput } from '../../../src/evidence/vtpm/types';
import { stateOf } from '../../../src/verdict/state';
import { labelled } from '../../simulator/pki/keys';
import { boundReportData, vtpmAttestation } from '../../simulator/vtpm/attestation';
import { BANKS, bootEvents, eventLog, KERNEL, OTHER_KERNEL, registers } from '../../simulator/vtpm/boot';
import { attestationKey, BANK_ID, quote } from '../../simulator/vtpm/tpm';
import type { Ak, Bank, Quote } from '../../simulator/vtpm/tpm';
import { checkedByTools, hasTools, hasTpm, quotedByRealTpm, replayedByTools } from './tools';

const NONCE = labelled('some nonce', 32);
const EVENTS = bootEvents();
const KINDS = ['rsa', 'ecc'] as const;

const quoted = (ak: Ak, bank: Bank, nonce: Uint8Array = NONCE): Quote => quote({ ak, bank, nonce, registers: registers(EVENTS, bank) });
const given = ({ attest, signature, bank, registers: pcrs }: Quote): VtpmInput['quotes'][number] => ({ attest, signature, hash: BANK_ID[bank], pcrs });

function inputOf(ak: Ak, over: Partial<VtpmInput> = {}): VtpmInput {
  return { akPublic: ak.publicArea, quotes: (['sha256', 'sha384'] as const).map((bank) => given(quoted(ak, bank))), eventLog: eventLog(EVENTS), nonce: NONCE, ...over };
}

const codes = async (input: VtpmInput): Promise<Readonly<Record<string, string>>> =>
  Object.fromEntries((await checkVtpm(input)).checks.filter(({ outcome }) => outcome !== 'pass').map(({ id, outcome, code }) => [id, `${outcome} ${code}`]));

const expected = (bank: Bank, kernel: string): VtpmInput['expectedPcrs'] =>
  new Map([[bank, new Map([...registers(bootEvents(kernel), bank)].filter(([index]) => index < 10).map(([index, value]) => [index, value.toString('hex')]))]]);

describe('a good TPM', () => {
  it.each(KINDS)('is verified with its log and its expected registers (%s)', async (kind) => {
    for (const bank of ['sha256', 'sha384'] as const) {
      const { checks, facts } = await checkVtpm(inputOf(attestationKey({ kind }), { expectedPcrs: expected(bank, KERNEL) ?? new Map() }));
      expect(checks.map(({ id, outcome }) => `${id} ${outcome}`)).toEqual(['ak pass', 'quote[0].signature pass', 'quote[0].nonce pass', 'quote[1].signature pass', 'quote[1].nonce pass', 'pcr pass', 'eventlog pass']);
      expect(stateOf(checks)).toBe('verified');
      expect(facts?.key).toBe(kind === 'rsa' ? 'RSA' : 'P-256');
      expect(facts?.events).toHaveLength(EVENTS.length);
    }
  });
  it.each(KINDS)('comes back whole out of go-tpm-tools’ protobuf, and its key is bound by Cocos’s rule (%s)', async (kind) => {
    const ak = attestationKey({ kind });
    const quotes = (['sha1', 'sha256', 'sha384'] as const).map((bank) => quoted(ak, bank));
    const read = readCocos(vtpmAttestation({ akPublic: ak.publicArea, quotes, eventLog: eventLog(EVENTS) }));
    if (read.kind !== 'vtpm') throw new Error(read.kind);
    expect(stateOf((await checkVtpm({ ...read.vtpm, nonce: NONCE })).checks)).toBe('verified');
    expect(read.vtpm.quotes.map(({ hash, pcrs }) => [hash, pcrs.size])).toEqual([[4, 24], [11, 24], [12, 24]]);
    const requested = labelled('requested', 64);
    expect(checkAkBinding({ akPublic: read.vtpm.akPublic, requested, reportData: boundReportData(requested, ak.publicArea) }).outcome).toBe('pass');
    expect(checkAkBinding({ akPublic: read.vtpm.akPublic, requested, reportData: boundReportData(requested, attestationKey({ label: 'azure ak' }).publicArea) })).toMatchObject({ outcome: 'fail', code: 'AK_NOT_BOUND' });
  });
});

describe('a bad TPM', () => {
  const ak = attestationKey();
  const one = quoted(ak, 'sha256');
  const changed = (at: number): Quote => ({ ...one, attest: Buffer.from(one.attest).fill((one.attest.at(at) ?? 0) ^ 1, at, at + 1) });
  it.each([
    ['quotes for another request', { quotes: [given(quoted(ak, 'sha256', labelled('another nonce', 32)))] }, { 'quote[0].nonce': 'fail NONCE_MISMATCH' }],
    ['quotes with another key', { quotes: [given(quoted(attestationKey({ label: 'azure ak' }), 'sha256'))] }, { 'quote[0].signature': 'fail VTPM_QUOTE_SIGNATURE' }],
    ['quotes that were changed', { quotes: [given(changed(one.attest.length - 65))] }, { 'quote[0].signature': 'fail VTPM_QUOTE_SIGNATURE' }],
    ['a log of another boot', { eventLog: eventLog(bootEvents(OTHER_KERNEL)) }, { eventlog: 'fail EVENT_LOG_MISMATCH' }],
    ['values that were not quoted', { quotes: [given({ ...one, registers: registers(bootEvents(OTHER_KERNEL), 'sha256') })] }, { pcr: 'fail PCR_DIGEST' }],
    ['another kernel than expected', { expectedPcrs: expected('sha256', OTHER_KERNEL) ?? new Map() }, { pcr: 'fail PCR_MISMATCH' }],
    ['SHA-1 registers alone', { quotes: [given(quoted(ak, 'sha1'))], eventLog: eventLog(EVENTS, 'sha1') }, { pcr: 'fail VTPM_HASH' }],
  ] as const)('with %s is found', async (_, over, found) => {
    expect(await codes(inputOf(ak, over))).toMatchObject(found);
  });
  it('with a key that signs whatever it is handed is found', async () => {
    expect(await codes(inputOf(attestationKey({ restricted: false })))).toMatchObject({ ak: 'fail AK_ATTRIBUTES' });
  });
  it('whose old log agrees with its SHA-1 registers is still no proof, and the log itself passes', async () => {
    const { checks } = await checkVtpm(inputOf(ak, { quotes: [given(quoted(ak, 'sha1'))], eventLog: eventLog(EVENTS, 'sha1') }));
    expect(checks.find(({ id }) => id === 'eventlog')?.outcome).toBe('pass');
    expect(stateOf(checks)).toBe('failed');
  });
});

// Skipped where Debian's tpm2-tools are not installed: nothing here installs them.
describe.skipIf(!hasTools)('the simulated TPM in the eyes of tpm2-tools', () => {
  it.each(KINDS.flatMap((kind) => BANKS.map((bank) => [kind, bank] as const)))('makes quotes that tpm2_checkquote accepts (%s, %s), and no changed ones', (kind, bank) => {
    const ak = attestationKey({ kind });
    const made = quoted(ak, bank);
    expect(checkedByTools(ak.publicArea, made, NONCE)).toBe('');
    expect(checkedByTools(ak.publicArea, made, labelled('another nonce', 32))).not.toBe('');
    expect(checkedByTools(attestationKey({ kind, label: 'azure ak' }).publicArea, made, NONCE)).not.toBe('');
    expect(checkedByTools(ak.publicArea, { ...made, registers: registers(bootEvents(OTHER_KERNEL), bank) }, NONCE)).not.toBe('');
  });
  it.each(['agile', 'sha1'] as const)('keeps a log that tpm2_eventlog replays to the same registers (%s)', (form) => {
    const replayed = replayedByTools(eventLog(EVENTS, form));
    expect(Object.keys(replayed)).toEqual(form === 'agile' ? BANKS : ['sha1']);
    for (const bank of form === 'agile' ? BANKS : (['sha1'] as const)) {
      const values = registers(EVENTS, bank);
      expect(Object.keys(replayed[bank] ?? {}).length).toBeGreaterThan(7);
      for (const [index, value] of Object.entries(replayed[bank] ?? {})) expect(value).toBe(values.get(Number(index))?.toString('hex'));
    }
  });
});

// Skipped where Debian's swtpm is not installed.
describe.skipIf(!hasTpm)('a real TPM (swtpm) that measured the same boot', () => {
  it.each(KINDS)('is verified by the product, against the simulated log and registers (%s)', async (kind) => {
    const { akPublic, quotes } = await quotedByRealTpm(EVENTS, kind, ['sha256', 'sha384'], NONCE);
    const { checks } = await checkVtpm({ akPublic, quotes: quotes.map(given), eventLog: eventLog(EVENTS), nonce: NONCE, expectedPcrs: expected('sha384', KERNEL) ?? new Map() });
    expect(checks.filter(({ outcome }) => outcome !== 'pass')).toEqual([]);
    for (const { bank, registers: values } of quotes) expect([...values].map(([index, value]) => [index, value.toString('hex')])).toEqual([...registers(EVENTS, bank)].map(([index, value]) => [index, value.toString('hex')]));
    const forged = await checkVtpm({ akPublic, quotes: quotes.map(given), eventLog: eventLog(bootEvents(OTHER_KERNEL)), nonce: labelled('another nonce', 32) });
    expect(forged.checks.filter(({ outcome }) => outcome === 'fail').map(({ code }) => code)).toEqual(['NONCE_MISMATCH', 'NONCE_MISMATCH', 'EVENT_LOG_MISMATCH']);
  });
});
