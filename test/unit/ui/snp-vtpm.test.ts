/** AMD processors and start-up chips on the evidence page. */
import { describe, expect, it } from 'vitest';
import messages from '../../../assets/_locales/en/messages.json';
import { fail } from '../../../src/checks/check';
import { readReferences } from '../../../src/records/reference-file';
import { DEFAULT_SETTINGS } from '../../../src/records/settings';
import { catalogueI18n } from '../../../src/ui/i18n/catalogue';
import { sayWith } from '../../../src/ui/i18n/say';
import { evidenceModel } from './lone';
import { registerMeaning } from '../../../src/ui/model/evidence/vtpm';
import { proofOf } from '../../../src/ui/model/proof';
import { processorVendor, vendorOf } from '../../../src/ui/model/vendor';
import { cubeEvidence, snpHolds } from '../../e2e/ui/recorded/cube';
import { with_ } from '../../e2e/ui/recorded/checks';
import { VIEWS } from '../../e2e/ui/recorded/evidence';
import { NOW } from '../../e2e/ui/recorded/snapshots';

const say = sayWith(catalogueI18n(messages, 'en'), () => NOW);
const model = (name: keyof typeof VIEWS) => evidenceModel(VIEWS[name], DEFAULT_SETTINGS, NOW);

describe('an AMD processor', () => {
  const { snp: [snp], lead, machineIntro } = model('snp-vtpm');
  it('is called AMD’s', () => {
    expect(say(machineIntro)).toBe('A genuine AMD machine answered our fresh number. Parts of it leave a gap.');
    expect(lead.added).toBe(true);
  });
  it('shows every decoded field once', () => {
    const names = snp?.facts.map((row) => say(row.name)) ?? [];
    for (const name of ['Kind', 'Product line', 'Chip id', 'Signed with', 'Privilege level (VMPL)', 'Host data', 'Guest policy', 'Debug mode', 'Migration agent', 'Platform', 'Report id', 'AMD firmware', 'Mitigations']) expect([name, names.filter((n) => n === name).length]).toEqual([name, 1]);
  });
  it('lays the four levels side by side and marks what differs from the reported', () => {
    expect(snp?.tcb.map((row) => [row.part, row.numbers.map((n) => n.value)])).toEqual([['snp_part_bl', [10, 10, 10, 10]], ['snp_part_tee', [0, 0, 0, 0]], ['snp_part_snp', [27, 27, 27, 27]], ['snp_part_ucode', [84, 84, 86, 84]]]);
    expect(snp?.tcb[3]?.numbers.map((n) => n.differs)).toEqual([false, false, true, false]);
  });
  it('draws the chain from AMD’s root, of which the key is pinned, down to the report', () => {
    expect(snp?.certificates.map((row) => [say(row.name), row.up])).toEqual([['ARK-Genoa', undefined], ['SEV-Genoa', 'solid'], ['SEV-VCEK', 'solid'], ['Report of the machine', 'solid']]);
  });
  it('names its list with dates, and says where there is none', () => {
    expect(snp?.lists.map((list) => [list.name, list.number, list.overdue])).toEqual([['list_amd_crl', 4, false]]);
  });
  it('draws no line where the chain fails', () => {
    const view = VIEWS['snp-vtpm'];
    const checks = view.attestation.checks.map((c) => (c.id === 'vek.chain' ? fail('vek.chain', 'VEK_CHAIN_SIGNATURE', '') : c));
    const [broken] = evidenceModel({ ...view, attestation: { ...view.attestation, checks } }, DEFAULT_SETTINGS, NOW).snp;
    expect(broken?.certificates.slice(1, 3).map((row) => [row.kind, row.up])).toEqual([['fail', 'none'], ['fail', 'none']]);
  });
});

describe('the vendor a text names', () => {
  it('is the processor’s own for checks that every processor has', () => {
    expect(processorVendor(snpHolds())).toBe('AMD');
    expect(processorVendor([{ id: 'quote.signature' }])).toBe('Intel');
    expect([vendorOf('tcb').name, vendorOf('tcb', 'AMD').name, vendorOf('policy.guest').name, vendorOf('gpu[0].tcb', 'AMD').name]).toEqual(['Intel', 'AMD', 'AMD', 'NVIDIA']);
    expect(vendorOf('gpu[3].revocation').host).toBe('ocsp.ndis.nvidia.com');
  });
});

describe('a start-up chip', () => {
  const { vtpm: [vtpm] } = model('snp-vtpm');
  it('shows registers in use with what they stand for, and names the others', () => {
    const [sha256] = vtpm?.quotes ?? [];
    expect(sha256?.registers.map((r) => r.index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 14]);
    expect(sha256?.unused.map(say)).toEqual(['Never written (zeros): 10–13, 15, 16, 23', 'Not started (ones): 17–22']);
    expect(sha256 && say(sha256.summary)).toBe('24 registers, 11 in use');
  });
  it('explains every event in plain words, by register, in the order of the log', () => {
    const groups = vtpm?.log?.groups ?? [];
    expect(groups.map((g) => g.register)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 14]);
    const events = groups.flatMap((g) => g.events);
    expect(events.map((e) => e.number).sort((a, b) => a - b)).toEqual(events.map((_e, i) => i + 1));
    for (const event of events) expect([event.type, say(event.means)]).toEqual([event.type, expect.not.stringMatching(/_|^$/)]);
    expect(say(events.find((e) => e.type === '0x800000ff')?.means ?? { literal: '' })).toBe('An event of a kind that has no explanation here.');
  });
  it('says of the log only what the registers confirm', () => {
    expect(vtpm?.log?.intro.map(say).at(-1)).toBe('The registers above confirm their digests, not their words.');
    expect(model('snp-vtpm-log').vtpm[0]?.log?.intro.map(say).at(-1)).toContain('something is missing, added or changed');
  });
  it('has a meaning for every register a TPM has', () => {
    for (let i = 0; i < 32; i++) expect(say(registerMeaning(i))).not.toMatch(/^$|_/);
  });
  it('names no software that is known: registers and a log prove none', () => {
    const checks = cubeEvidence().filter((c) => c.id !== 'software');
    expect(proofOf(checks).of('software').map((c) => c.id)).toEqual(['pcr', 'eventlog']);
    expect(proofOf(checks).software).toBe(false);
  });
});

describe('downloads of an AMD machine', () => {
  const { downloads } = model('snp-vtpm');
  it('are the report, AMD’s certificates and list, and the start-up report', () => {
    expect(downloads.files.map((f) => f.name.replace(/^assay-cube-[\d-]+\./, ''))).toEqual(['report.bin', 'snp.bin', 'vek.der', 'ca.der', 'crl.der', 'vtpm.bin']);
  });
  it('repeat the judgement with them', () => {
    const [command] = downloads.commands;
    expect(command?.[0]).toMatch(/^assay verify snp assay-cube-[\d-]+\.snp\.bin$/);
    for (const name of command?.join(' ').match(/assay-cube-[\d-]+\.\S+/g) ?? []) expect(downloads.files.map((f) => f.name)).toContain(name);
    expect(command?.join(' ')).toContain(`--report-data ${'90be12aa'.repeat(16)}`);
  });
  it('repeat the start-up chip too, with what it was sent and the policy that was imported', () => {
    const view = { ...VIEWS['snp-vtpm'], nonce: `${'5f'.repeat(64)}${'6b'.repeat(32)}`, references: [{ id: 'p', addedAt: NOW, dialect: 'cocos', role: 'agent', kind: 'cocos-policy', values: { policy: ['{"policy":{}}'] }, properties: {}, source: 'imported', note: '' } as const] };
    const { commands, files } = evidenceModel(view, DEFAULT_SETTINGS, NOW).downloads;
    const command = commands.find(([first]) => first?.startsWith('assay verify cocos'))?.map((part) => part.replaceAll(/assay-cube-[\d-]+/g, 'x'));
    expect(command?.slice(0, 7)).toEqual(['assay verify cocos x.vtpm.bin', `--report-data ${'5f'.repeat(64)}`, `--nonce ${'6b'.repeat(32)}`, '--cocos-policy x.cocos-policy.json', '--vek x.vek.der', '--ca x.ca.der', '--crl x.crl.der']);
    expect(files.at(-1)?.file().content).toBe('{"policy":{}}');
  });
  it('hold the launch that was approved, for the command that compares it', () => {
    const value = { id: 'p', addedAt: NOW, dialect: 'cocos', role: 'agent', kind: 'snp-launch', values: { measurement: ['ab'.repeat(48)] }, properties: {}, source: 'approved', note: '', apiOrigin: 'https://cube.example' } as const;
    const { commands, files } = evidenceModel({ ...VIEWS['snp-vtpm'], references: [value] }, DEFAULT_SETTINGS, NOW).downloads;
    const file = files.find(({ name }) => name.endsWith('.references.json'));
    expect(commands.map((parts) => [parts[0]?.split(' ')[2], parts.includes(`--reference ${file?.name ?? ''}`)])).toEqual([['snp', false], ['cocos', true]]);
    expect(readReferences(String(file?.file().content))).toMatchObject([{ kind: 'snp-launch', values: value.values, apiOrigin: 'https://cube.example' }]);
  });
  it('do not take a report_data for right that was judged wrong', () => {
    const view = VIEWS['snp-vtpm'];
    const checks = with_(view.attestation.checks, fail('reportdata', 'REPORT_DATA_MISMATCH', ''), fail('ak.binding', 'AK_NOT_BOUND', ''));
    const [command] = evidenceModel({ ...view, attestation: { ...view.attestation, checks } }, DEFAULT_SETTINGS, NOW).downloads.commands;
    expect(command?.join(' ')).toContain(`--report-data ${view.nonce.slice(0, 128)}`);
  });
  it('of GPUs are the list, judged for the number that its devices answered', () => {
    const { files, commands, gpusInPart } = model('gpus-good').downloads;
    const at = commands.findIndex(([first]) => first?.startsWith('assay verify nvidia'));
    const command = commands[at];
    const archive = files.find((f) => f.name.endsWith('.nvidia.tar'));
    expect(commands[at - 1]).toEqual([`tar -xf ${archive?.name ?? ''}`]);
    expect(command?.slice(2, 4).map((part) => part.replace(/assay-[\w-]+/, ''))).toEqual(['--rims .rims', '--ocsp .ocsp']);
    expect([gpusInPart, model('gpus-service-down').downloads.gpusInPart]).toEqual([false, true]);
    expect(command?.[0]?.split(' ').at(-1)).toBe(files.find((f) => f.name.endsWith('.gpu.json'))?.name);
    expect(command?.[1]).toBe(`--nonce ${VIEWS['gpus-good'].nonce}`);
    expect(model('gpus-unreadable').downloads.commands.some(([first]) => first?.includes('nvidia'))).toBe(false);
  });
});
