/** Several machines in one report: every check that a service's verifier can make has a name, and says of which machine it is. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { absent, fail, pass, weak } from '../../../src/checks/check';
import { DEFAULT } from '../../../src/checks/policy';
import { contrastOf } from '../../../src/providers/contrast';
import { privatemode } from '../../../src/providers/privatemode';
import type { Provider } from '../../../src/providers/types';
import { devicesOf, placeOf } from '../../../src/ui/model/devices';
import { gapsOf } from '../../../src/ui/model/gaps';
import { groupKind } from '../../../src/ui/model/outcome';
import { machinesOf } from '../../../src/ui/model/places';
import { proofOf } from '../../../src/ui/model/proof';
import { evidenceModel } from '../../../src/ui/model/evidence';
import { foldedRows } from '../../../src/ui/model/rows';
import { summaryOf } from '../../../src/ui/model/summary';
import { deviceOf, groupOf, placedId } from '../../../src/verdict/groups';
import { DEFAULT_SETTINGS } from '../../../src/records/settings';
import { VIEWS } from '../../e2e/ui/recorded/evidence';
import { SNAPSHOTS } from '../../e2e/ui/recorded/snapshots';
import { anchor } from '../evidence-sevsnp/lab';
import { ANCHORS as INTEL, collateralOf } from '../evidence/simulated';
import { documentOf, NONCE, NOW } from '../evidence-contrast/lab';
import { NO_ENDORSEMENTS } from '../providers/no-endorsements';
import { label, nameless, say } from './names';

describe('ids', () => {
  it('are split into what is asked and of which machine', () => {
    expect(placedId('parse.gateway')).toEqual({ base: 'parse', place: 'gateway' });
    expect(placedId('gpu[0].chain.model[12]')).toEqual({ base: 'gpu[0].chain', place: 'model[12]' });
    expect(placedId('key.binding.node[1]')).toEqual({ base: 'key.binding', place: 'node[1]' });
    expect(placedId('tcb.front')).toEqual({ base: 'tcb', place: 'front' });
    for (const id of ['key.model', 'answer.model', 'signer.model', 'parse', 'gpu[0].chain', 'gateway', '.gateway', 'parse.model[]', 'parse.model[1234]', 'parse.cellar', '']) expect(placedId(id)).toEqual({ base: id });
  });

  it('stand in the group of what is asked, and devices of two machines are two', () => {
    expect(groupOf({ id: 'software.model[0]' })).toBe('software');
    expect(groupOf({ id: 'key.binding.gateway' })).toBe('key');
    expect(groupOf({ id: 'parse.gateway' })).toBe('machine');
    expect(deviceOf({ id: 'gpu[3].chain.model[1]' })).toEqual({ kind: 'gpu', index: 3, place: 'model[1]' });
    expect(deviceOf({ id: 'gpu.binding.model[1]' })).toBeUndefined();
    const devices = devicesOf([pass('gpu[0].chain.model[0]', ''), fail('gpu[0].chain.model[1]', 'DEVICE_CERT_REVOKED', '')]);
    expect(devices.map(({ place, index, outcome }) => [place, index, outcome])).toEqual([['model[0]', 0, 'pass'], ['model[1]', 0, 'fail']]);
  });
});

describe('labels', () => {
  it('name the machine in plain words', () => {
    expect(label('quote.signature.gateway')).toBe('Genuine hardware (the gateway)');
    expect(label('tcb.front')).toBe('Firmware level (the chat service in front)');
    expect(label('parse.node[1]')).toBe('Evidence can be read (machine 2)');
    expect(label('gpu[5].revocation.model[0]')).toBe('GPU 5 in the model’s machine 1: Not revoked');
  });
});

describe('what the verifiers make', () => {
  it('of Contrast and of Privatemode has a name of its own', async () => {
    const context = {
      ...NO_ENDORSEMENTS, now: NOW, policy: DEFAULT, anchors: [anchor, ...INTEL], references: [],
      snpCollateral: (_report: unknown, sent: object) => Promise.resolve({ endorsements: sent }), tdxCollateral: () => Promise.resolve({ collateral: collateralOf({ now: NOW }) }),
    };
    const own = contrastOf({ dialect: 'contrast', name: 'Mine', pageOrigin: 'https://chat.example', apiOrigin: 'https://api.example' });
    const of = async (provider: Provider) => (await provider.appraise({ body: documentOf({}), status: 200, contentType: 'application/json', nonce: NONCE }, context)).checks.map(({ id }) => id);
    const ids = [...(await of(own)), ...(await of(privatemode))];
    expect(ids).toEqual(expect.arrayContaining(['manifest.pin', 'hostdata', 'meshca', 'channel']));
    expect(nameless(ids)).toEqual([]);
  });

  it('in their sources has a name of its own, where the id stands there', () => {
    const root = join(import.meta.dirname, '../../../src');
    const rooms = ['providers/report', 'providers/shared', 'providers/contrast', 'providers/privatemode', 'evidence/dstack', 'evidence/contrast'];
    const code = rooms.flatMap((room) => readdirSync(join(root, room), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8')));
    const made = /(?:\b(?:pass|weak|unknown|fail|absent)\(\s*|\bconst id = )'([a-z][\w.-]*)'/g;
    const ids = code.flatMap((text) => [...text.matchAll(made)].map(([, id]) => id ?? ''));
    expect(new Set(ids).size).toBeGreaterThan(25);
    expect(ids).toEqual(expect.arrayContaining(['compose.started', 'key.encryption', 'key.keyset', 'signer.model']));
    expect(nameless(ids)).toEqual([]);
  });
});

const one = (place: string, gpus = 0) => [
  pass(`parse${place}`, ''), pass(`quote.signature${place}`, ''), pass(`nonce${place}`, ''), pass(`software${place}`, ''), pass(`key.binding${place}`, ''),
  ...Array.from({ length: gpus }, (_x, i) => pass(`gpu[${i}].chain${place}`, '')),
];
const TWO = [...one('.gateway'), ...one('.model[0]', 8)];

describe('a list of several machines', () => {
  it('is one of each machine with the ids of a machine alone', () => {
    expect(machinesOf(TWO).map(({ place, checks }) => [place, checks.length, checks[1]?.id])).toEqual([['gateway', 5, 'quote.signature'], ['model[0]', 13, 'quote.signature']]);
    expect(machinesOf(one('')).map((machine) => ['place' in machine, machine.checks.length])).toEqual([[false, 5]]);
  });

  it('is whole only where every machine’s own evidence is signed', () => {
    expect(groupKind('machine', proofOf(TWO).of('machine'))).toBe('pass');
    expect(proofOf(TWO).evidenceSigned).toBe(true);
    const without = TWO.filter(({ id }) => id !== 'quote.signature.gateway');
    expect(groupKind('machine', proofOf(without).of('machine'))).toBe('partly');
    expect(proofOf(without).evidenceSigned).toBe(false);
  });

  const summed = (checks: Parameters<typeof proofOf>[0]) => {
    const machine = proofOf(checks).of('machine');
    return say(summaryOf('machine', groupKind('machine', machine) ?? 'unknown', machine, SNAPSHOTS['limited-ionet']));
  };

  it('is summarised in few words, and a fault names its machine', () => {
    expect(summed(TWO)).toBe('2 machines, 8 GPUs');
    expect(summed([...TWO, absent('gpu[8].chain.model[0]', 'service', 'EVIDENCE_MISSING', '')])).toBe('2 machines, 8 of 9 GPUs');
    expect(summed([...one('.gateway'), ...one('.model[0]')])).toBe('2 machines');
    expect(summed([...one(''), ...one('.gateway')])).toBe('2 machines');
    expect(summed(one('.model[0]', 8))).toBe('TDX, 8 of 8 GPUs');
    const old = fail('tcb.gateway', 'TCB_OUT_OF_DATE', '');
    expect(summed([...TWO, old])).toBe('In the gateway');
    const revoked = fail('gpu[5].revocation.model[0]', 'DEVICE_CERT_REVOKED', '');
    expect(summed([...TWO, revoked])).toBe('GPU 5 of 8 in the model’s machine 1');
  });

  it('says whose a fault is where the headline speaks of it', () => {
    const at = (id: string, others = TWO) => {
      const found = placeOf(fail(id, 'TCB_OUT_OF_DATE', ''), others);
      return found === undefined ? undefined : say(found);
    };
    expect(at('tcb.gateway')).toBe('the gateway');
    expect(at('tcb.model[1]')).toBe('the model’s machine 2');
    expect(at('tcb', [...one(''), ...one('.gateway')])).toBe('the machine that signed the answer');
    expect(at('gpu[0].chain', [...one('', 2), ...one('.gateway'), fail('gpu[0].chain', 'TCB_OUT_OF_DATE', '')])).toBe('GPU 0 of 2 in the machine that signed the answer');
    expect(at('gpu[0].chain.model[0]', [...TWO, fail('gpu[0].chain.model[0]', 'TCB_OUT_OF_DATE', '')])).toBe('GPU 0 of 8 in the model’s machine 1');
    expect(at('signature', [...one(''), ...one('.gateway')])).toBeUndefined();
    expect(at('tcb', one(''))).toBeUndefined();
  });

  it('counts the GPUs of each machine by themselves', () => {
    const rows = foldedRows([...one('.model[0]', 2), ...one('.model[1]', 1)], { service: 'x', now: NOW });
    expect(rows.map((row) => say(row.label)).filter((words) => words.includes('attested'))).toEqual(['2 of 2 GPUs attested (the model’s machine 1)', '1 of 1 GPU attested (the model’s machine 2)']);
  });

  it('with a machine in front that signs nothing has no gap for that, and with one that should sign it has', () => {
    const gaps = (id: string) => gapsOf([...TWO, absent(id, 'service', 'SIGNER_NOT_BOUND', '')], { service: 'x', now: NOW }, false).map((gap) => gap.id);
    expect(gaps('key.binding.front')).not.toContain('key');
    expect(gaps('key.binding.model[1]')).toContain('key');
    expect(gapsOf([...TWO, weak('software.gateway', 'SOFTWARE_NOT_KNOWN', '')], { service: 'x', now: NOW }, false).map((gap) => gap.id)).toContain('software_unknown');
  });
});

describe('the evidence page of several machines', () => {
  const near = evidenceModel(VIEWS['near-old-gateway'], DEFAULT_SETTINGS, NOW);
  const [gateway, model] = near.machines;

  it('gives each its own processor, GPUs, software and key', () => {
    expect(near.machines.map(({ place }) => place)).toEqual(['gateway', 'model[0]']);
    expect(near.machines.map(({ processors, gpus }) => [processors.length, gpus?.rows.length])).toEqual([[1, undefined], [1, 8]]);
    expect(near.machines.map(({ key }) => key.signers.map(({ address }) => address.slice(0, 6)))).toEqual([['0x8d1f'], ['0x34b7']]);
    expect(near.machines.map(({ key }) => key.halves.map(({ says }) => says))).toEqual([['half_address', 'half_nonce'], ['half_address', 'half_nonce']]);
    expect(near.machines.map(({ software }) => software.items.map(({ index, values }) => [index, values.at(-1)?.value?.slice(0, 4)]))).toEqual([[[0, '5ac1']], [[1, 'e703']]]);
  });

  it('judges each field by the machine’s own checks', () => {
    const judged = near.machines.map(({ processors }) => processors[0]?.facts.filter((fact) => fact.judged !== undefined).length);
    expect(judged[0]).toBeGreaterThan(4);
    expect(judged[1]).toBe(judged[0]);
    expect([gateway?.machine.kind, gateway?.processors[0]?.firmware.judged?.kind]).toEqual(['fail', 'fail']);
    expect(model?.processors[0]?.firmware.judged?.kind).toBe('pass');
    expect(gateway?.machine.checks.every(({ id }) => placedId(id).place === undefined)).toBe(true);
  });

  it('never says of software that nobody has named that it is what is expected, though its log and composition hold', () => {
    expect(near.machines.map(({ software }) => software.intro)).toEqual(['software_intro_unknown', 'software_intro_unknown']);
    const open = { ...VIEWS['near-limited'], attestation: { ...VIEWS['near-limited'].attestation, checks: [pass('eventlog', ''), pass('compose', ''), pass('compose.images', '')] } };
    expect(evidenceModel(open, DEFAULT_SETTINGS, NOW).machines[0]?.software.intro).toBe('software_intro_none');
    expect(proofOf([pass('quote.signature', ''), pass('compose', '')]).software).toBe(false);
  });

  it('has an address for every part, and a link to a group leads to the machine in which that is worst', () => {
    const ids = near.sections.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(['machine', 'software', 'key', 'machine-model-0', 'software-model-0', 'key-model-0', 'answer']);
    expect(evidenceModel(VIEWS['near-bad-gpu'], DEFAULT_SETTINGS, NOW).sections.map(({ id }) => id).slice(0, 4)).toEqual(['machine-gateway', 'software', 'key', 'machine']);
  });

  it('says at its top whose the fault is', () => {
    expect(near.lead.sentences.map(say).join(' ')).toContain('This is about the gateway.');
    expect(evidenceModel(VIEWS['near-bad-gpu'], DEFAULT_SETTINGS, NOW).lead.sentences.map(say).join(' ')).toMatch(/This is about GPU \d of 8 in the model’s machine 1\./);
  });
});
