/** Hundreds of checks of GPUs, said once where they agree; and what the evidence page draws of each device. */
import { describe, expect, it } from 'vitest';
import messages from '../../../assets/_locales/en/messages.json';
import { fail, pass, unknown, weak } from '../../../src/checks/check';
import { DEFAULT_SETTINGS } from '../../../src/records/settings';
import { catalogueI18n } from '../../../src/ui/i18n/catalogue';
import { sayWith } from '../../../src/ui/i18n/say';
import { attestedWords, devicesOf, findingsOf, placeOf } from '../../../src/ui/model/devices';
import { evidenceModel } from './lone';
import { answersOf } from '../../../src/ui/model/evidence/device-certificates';
import { gapsOf } from '../../../src/ui/model/gaps';
import { labelOf } from '../../../src/ui/model/labels';
import { popupModel } from '../../../src/ui/model/popup';
import { foldedRows } from '../../../src/ui/model/rows';
import { deviceOf, groupOf } from '../../../src/verdict/groups';
import { VIEWS } from '../../e2e/ui/recorded/evidence';
import { EIGHT_GOOD, gpuChecks, MANY_BAD, ONE_BAD, SERVICE_DOWN } from '../../e2e/ui/recorded/nvidia';
import { CHOICES, NOW, SNAPSHOTS } from '../../e2e/ui/recorded/snapshots';

const say = sayWith(catalogueI18n(messages, 'en'), () => NOW);
const context = { service: 'io.net', now: NOW };
const rows = (checks: Parameters<typeof foldedRows>[0]) => foldedRows(checks, context).map((row) => `${row.kind} ${say(row.label)}`);
const gpus = (name: keyof typeof VIEWS) => {
  const found = evidenceModel(VIEWS[name], DEFAULT_SETTINGS, NOW).gpus;
  if (found === undefined) throw new Error(`${name} has no GPUs`);
  return found;
};
const machine = (name: keyof typeof SNAPSHOTS) => popupModel(SNAPSHOTS[name], CHOICES, NOW).rail.find((row) => row.group === 'machine');

describe('a device', () => {
  it('is known by the prefix of its checks and by nothing that looks like one', () => {
    expect(deviceOf({ id: 'gpu[12].rim.driver' })).toEqual({ kind: 'gpu', index: 12 });
    for (const id of ['gpu', 'gpu.binding', 'quote[0].nonce', 'xgpu[0].chain', 'gpu[].chain', 'gpu[0]chain', 'gpu[12345].chain']) expect([id, deviceOf({ id })]).toEqual([id, undefined]);
  });
  it('belongs to the machine, whatever its checks are called', () => {
    for (const { id } of gpuChecks(3)) expect([id, groupOf({ id })]).toEqual([id, 'machine']);
    expect(groupOf({ id: 'pcr' })).toBe('software');
  });
  it('is named in its label', () => {
    expect(say(labelOf('gpu[3].revocation'))).toBe('GPU 3: Not revoked');
    expect(say(labelOf('switch[0].signature'))).toBe('Switch 0: Genuine switch');
    expect(say(labelOf('quote[1].signature'))).toBe('Start-up report signed by the start-up chip 1');
  });
});

describe('folding', () => {
  it('says eight good GPUs in one row', () => {
    expect(EIGHT_GOOD.checks.length).toBeGreaterThan(70);
    expect(rows(EIGHT_GOOD.checks)).toEqual(['weak GPUs answer the same number as the processor', 'pass GPUs of one kind', 'pass Every GPU counted once', 'pass Switches between the GPUs', 'pass NVIDIA’s second opinion', 'pass 8 of 8 GPUs attested']);
  });
  it('names the one that does not match', () => {
    expect(rows(ONE_BAD.checks).filter((row) => row.includes('GPU 5') || row.includes('attested'))).toEqual(['fail GPU 5: Firmware as NVIDIA lists it', 'pass 7 of 8 GPUs attested']);
  });
  it('says once what is open of all of them, and which checks it stands for', () => {
    const [rims, answers] = foldedRows(SERVICE_DOWN.checks, context).filter((row) => row.kind === 'unknown');
    expect(rims && [say(rims.label), rims.code, rims.covers?.map(say)]).toEqual(['GPUs 0–7', 'COLLATERAL_UNREACHABLE', ['NVIDIA’s reference for the driver', 'NVIDIA’s reference for the VBIOS', 'Firmware as NVIDIA lists it', 'Not revoked']]);
    expect(answers).toBeUndefined();
  });
  it('keeps devices apart whose values differ', () => {
    const checks = [fail('gpu[0].measurements', 'GPU_MEASUREMENT_MISMATCH', 'index 1', { actual: 'aa' }), fail('gpu[1].measurements', 'GPU_MEASUREMENT_MISMATCH', 'index 1', { actual: 'bb' }), fail('gpu[2].measurements', 'GPU_MEASUREMENT_MISMATCH', 'index 1', { actual: 'aa' })];
    expect(findingsOf(devicesOf(checks)).map(({ indices }) => indices)).toEqual([[0, 2], [1]]);
  });
  it('hides no contradiction and no open check, for any mixture', () => {
    for (const { checks } of [EIGHT_GOOD, ONE_BAD, MANY_BAD, SERVICE_DOWN]) {
      const codes = new Set(foldedRows(checks, context).flatMap((row) => row.code ?? []));
      for (const check of checks) if (check.outcome !== 'pass' && (check.required || check.outcome !== 'unknown')) expect(codes).toContain(check.code);
    }
  });
  it('counts no device as attested that has an open or failing check, and passes over what nothing depends on', () => {
    const checks = [...gpuChecks(0), ...gpuChecks(1, unknown('gpu[1].revocation', 'OCSP_UNKNOWN', '')), ...gpuChecks(2, unknown('gpu[2].fwid', 'FWID_ABSENT', '', { required: false })), ...gpuChecks(3, weak('gpu[3].fwid', 'FWID_ABSENT', ''))];
    expect(say(attestedWords('gpu', devicesOf(checks)))).toBe('3 of 4 GPUs attested');
  });
});

describe('the popup', () => {
  it('summarises the machine with its GPUs', () => {
    const row = machine('gpus-good');
    expect(row && say(row.summary)).toBe('TDX, 8 of 8 GPUs');
    expect(row?.checks.length).toBeLessThan(25);
  });
  it('names which GPU is at fault, in the row and below the headline', () => {
    const row = machine('gpus-one-bad');
    expect(row && [row.kind, say(row.summary)]).toEqual(['fail', 'GPU 5 of 8']);
    expect(popupModel(SNAPSHOTS['gpus-one-bad'], CHOICES, NOW).verdict.notes.map(say)).toContain('This is about GPU 5 of 8.');
    expect(popupModel(SNAPSHOTS['gpus-service-down'], CHOICES, NOW).verdict.notes.map(say)).toContain('This is about all 8 GPUs.');
  });
  it('names AMD’s processor', () => {
    expect(machine('cube-limited') && say(machine('cube-limited')?.summary ?? { literal: '' })).toBe('AMD SEV-SNP');
  });
  it('tells the gap of where GPUs sit, once', () => {
    expect(gapsOf(EIGHT_GOOD.checks, context, false).map((line) => line.id)).toEqual(['gpu_where', 'page', 'model']);
  });
  it('tells what several devices leave open in one line', () => {
    const weakFwid = [0, 1, 2].flatMap((index) => gpuChecks(index, weak(`gpu[${index}].fwid`, 'FWID_ABSENT', 'the report carries none')));
    const lines = gapsOf(weakFwid, context, false).filter((line) => line.id.startsWith('other'));
    expect(lines.map((line) => say(line.what))).toEqual(['GPUs 0–2: Firmware id as certified:']);
  });
  it('speaks of NVIDIA where NVIDIA is meant, and says where it was asked', () => {
    const { fault } = popupModel(SNAPSHOTS['gpus-service-down'], CHOICES, NOW);
    expect(fault && [say(fault.happened ?? { literal: '' }), say(fault.todo)]).toEqual(['NVIDIA could not be reached.', 'Try again. Check whether your network blocks rim.attestation.nvidia.com.']);
  });
});

describe('the place of a finding', () => {
  it('is said of devices alone', () => {
    expect(placeOf(pass('tcb', ''), [])).toBeUndefined();
  });
});

describe('the rows of the evidence page', () => {
  it('draw 64 cells each, in words at their end', () => {
    const { rows: drawn, title, key, axis } = gpus('gpus-one-bad');
    expect(say(title)).toBe('8 GPUs');
    expect(drawn.map((row) => row.cells.length)).toEqual([64, 64, 64, 64, 64, 64, 64, 64]);
    expect(drawn.map((row) => say(row.words)).filter((words) => words !== '32 of 32 match')).toEqual(['index 21 does not match']);
    expect(drawn[5]?.cells[21]).toBe('mismatch');
    expect(drawn[0]?.cells[35]).toBe('skipped');
    expect(drawn[0] && say(drawn[0].says)).toBe('GPU 0: 32 of 32 match; 1 skipped, 31 without a reference');
    expect([key, axis]).toEqual([['match', 'skipped', 'unreferenced', 'mismatch'], [0, 8, 16, 24, 32, 40, 48, 56]]);
  });
  it('say once what they share, and in the row what differs', () => {
    const { intro, rows: drawn } = gpus('gpus-one-bad');
    expect(intro.map(say)[0]).toBe('Unless its row says otherwise: NVIDIA Hopper, GH100 A01 GSP BROM, driver 550.90.07, VBIOS 96.00.9F.00.01.');
    expect(drawn.flatMap((row) => row.differs.map((words) => [row.id, say(words)]))).toEqual([['gpu[5]', 'VBIOS 96.00.5E.00.01']]);
  });
  it('list differing values, the nearest accepted one first', () => {
    const [mismatch] = gpus('gpus-one-bad').rows[5]?.mismatches ?? [];
    expect(mismatch?.index).toBe(21);
    expect(mismatch?.expected).toHaveLength(2);
    expect(mismatch?.expected[0]?.slice(0, 40)).toBe(mismatch?.actual.slice(0, 40));
  });
  it('say of all devices together what was judged of them', () => {
    expect(gpus('gpus-good').together.map((row) => [say(row.name), row.says && say(row.says), row.judged?.kind])).toEqual([
      ['GPUs answer the same number as the processor', 'Nothing shows that the GPUs sit in this machine.', 'weak'],
      ['GPUs of one kind', 'GH100', 'pass'],
      ['Every GPU counted once', '8 different', 'pass'],
      ['Switches between the GPUs', 'no GPU in protected PCIe mode', 'pass'],
      ['NVIDIA’s second opinion', '8 of 8 confirmed, until 2026-11-22T15:11:09.000Z', 'pass'],
    ]);
  });
  it('open the first device at fault, and no more', () => {
    expect(gpus('gpus-many-bad').rows.filter((row) => row.open).map((row) => row.id)).toEqual(['gpu[0]']);
    expect(gpus('gpus-good').rows.some((row) => row.open)).toBe(false);
  });
  it('end in what is worst about a device, even where all its values match', () => {
    expect(say(gpus('gpus-many-bad').rows[6]?.words ?? { literal: '' })).toBe('Not revoked: Does not match');
    expect(say(gpus('gpus-service-down').rows[0]?.words ?? { literal: '' })).toBe('NVIDIA’s reference for the driver: Could not check');
  });
  it('keep a row for a device that could not be read', () => {
    const last = gpus('gpus-many-bad').rows[7];
    expect(last && [last.kind, say(last.words), last.cells]).toEqual(['fail', 'could not be read', []]);
    // Nothing is said of all of them that is not known of this one.
    expect(say(gpus('gpus-many-bad').intro[0] ?? { literal: '' })).toMatch(/^Unless its row says otherwise/);
  });
  it('say that nothing could be read where that is so', () => {
    const model = evidenceModel(VIEWS['gpus-unreadable'], DEFAULT_SETTINGS, NOW);
    expect([model.gpus, model.gpusNote && say(model.gpusNote)]).toEqual([undefined, 'Evidence of GPUs came along, but nothing in it could be read.']);
  });
  it('show the certificates from the root downwards, with what NVIDIA answered about each', () => {
    const certificates = gpus('gpus-many-bad').rows[6]?.certificates ?? [];
    expect(certificates.map((row) => say(row.name))).toEqual(['NVIDIA Device Identity CA', 'NVIDIA GH100 Identity', 'NVIDIA GH100 Provisioner ICA 1', 'GH100 A01 GSP BROM', 'GH100 A01 GSP FMC LF', 'Report of the device']);
    expect(certificates[3]?.kind).toBe('fail');
    expect(certificates[3]?.notes.map(say)[0]).toBe('Revoked, answer of Nov 22, 2026');
    expect(certificates[0]?.notes.map(say)).toContain('Valid from Nov 5, 2021, without end');
  });
  it('draw no line to a root that is not NVIDIA’s', () => {
    const view = VIEWS['gpus-good'];
    const checks = view.attestation.checks.map((c) => (c.id === 'gpu[0].chain' ? fail(c.id, 'DEVICE_CHAIN_SIGNATURE', '') : c));
    const [row] = evidenceModel({ ...view, attestation: { ...view.attestation, checks } }, DEFAULT_SETTINGS, NOW).gpus?.rows ?? [];
    expect(row?.certificates.slice(1, 5).map((c) => c.up)).toEqual(['none', 'none', 'none', 'none']);
    expect(row?.certificates.flatMap((c) => c.notes).map(say).join(' ')).not.toContain('Pinned in Assay');
  });
  it('name manifests and answers once, with the devices they belong to', () => {
    const { endorsers } = gpus('gpus-switches');
    expect(endorsers.manifests.map((m) => [m.id, say(m.devices)])).toEqual([['NV_GPU_DRIVER_GH100_550.90.07', 'GPUs 0–7'], ['NV_GPU_VBIOS_1010_0200_882_96009F0001', 'GPUs 0–7'], ['NV_SWITCH_BIOS_5612_0002_890_9610550001', 'Switches 0–3']]);
    expect(gpus('gpus-good').endorsers.loud).toBe(false);
    expect(gpus('gpus-many-bad').endorsers.loud).toBe(true);
    expect(gpus('gpus-service-down').endorsers.loud).toBe(false);
    expect(say(gpus('gpus-service-down').endorsers.answered)).toBe('NVIDIA gave no answer that can be used.');
  });
  it('pair an answer only with the certificate that was asked about', () => {
    const [first] = EIGHT_GOOD.part.devices;
    if (first === undefined) throw new Error('no device');
    expect(answersOf(first)).toHaveLength(9);
    expect(answersOf({ ...first, ocsp: first.ocsp.slice(1) }).filter(({ certificate, answer }) => certificate.subject !== answer.subject)).toEqual([]);
  });
});
