/** Evidence in its encodings, transcripts in their one form. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CodedError } from '../../../src/checks/error';
import { readEvidenceJson, readTranscriptFile } from '../../../src/evidence/nvidia';
import type { EvidenceList } from '../../../src/evidence/nvidia';
import { OPAQUE, deviceIds, gpuVbiosVersion, opaqueNumber, opaqueText, readOpaque } from '../../../src/evidence/nvidia/opaque';
import { readRimFile } from '../../../src/evidence/nvidia/rim-service';
import { readTranscript } from '../../../src/evidence/nvidia/spdm';
import { compareVersions } from '../../../src/evidence/nvidia/appraise';
import { chainPem } from './lab/certificates';
import { makeDevice, transcriptOf } from './lab/device';

const device = makeDevice();
const transcript = transcriptOf(device, { nonce: randomBytes(32) });
const pem = chainPem(device.chain);
const b64 = (content: Uint8Array | string): string => Buffer.from(content).toString('base64');
const item = { certificate: b64(pem), evidence: b64(transcript) };

function only(list: EvidenceList): { transcript: string; certificates: string; arch: string | undefined } {
  const [first] = list.devices;
  if (first === undefined || first instanceof CodedError || list.devices.length !== 1) throw new Error('not one device');
  return { transcript: Buffer.from(first.transcript).toString('hex'), certificates: first.certificates, arch: first.arch };
}

describe('evidence JSON', () => {
  const same = { transcript: transcript.toString('hex'), certificates: pem };

  it.each([
    ['as NRAS takes it', { nonce: 'ab', arch: 'HOPPER', evidence_list: [item], claims_version: '3.0' }, 'HOPPER'],
    ['a bare list', [{ ...item, arch: 'LS10', nonce: 'ab', version: '1.0', driver_version: 'x' }], 'LS10'],
    ['one item', item, undefined],
    ['a family as a number', { arch: 6, evidence_list: [{ ...item, arch: 6 }] }, undefined],
    ['hex evidence', [{ ...item, evidence: transcript.toString('hex').toUpperCase() }], undefined],
    ['base64 of hex', [{ ...item, evidence: b64(transcript.toString('hex')) }], undefined],
    ['PEM as it is', [{ ...item, certificate: pem }], undefined],
  ])('%s', (_name, value, arch) => {
    expect(only(readEvidenceJson(JSON.stringify(value)))).toEqual({ ...same, arch });
    expect(only(readEvidenceJson(JSON.stringify(JSON.stringify(value))))).toEqual({ ...same, arch });
  });

  it('hands on the nonce that is claimed, unread', () => {
    expect(readEvidenceJson(JSON.stringify({ nonce: 'zz', evidence_list: [item] })).nonce).toBe('zz');
    expect(readEvidenceJson(JSON.stringify([{ ...item, nonce: 'yy' }])).nonce).toBe('yy');
    expect(readEvidenceJson(JSON.stringify([item])).nonce).toBeUndefined();
  });

  it('keeps a bad item as its fault', () => {
    const { devices } = readEvidenceJson(JSON.stringify([item, 7, null, {}, { evidence: item.evidence }, { certificate: item.certificate }, { ...item, evidence: 'x' }, { ...item, certificate: '***' }, { ...item, evidence: 'A'.repeat(300_000) }, item]));
    expect(devices.map((one) => (one instanceof CodedError ? one.code : 'read'))).toEqual(['read', ...Array.from({ length: 8 }, () => 'GPU_EVIDENCE_PARSE'), 'read']);
  });

  it.each(['', '7', 'null', '{}', '[]', '{"evidence_list":[]}', '{"evidence_list":{}}', '{"evidence_list":null}', '{"gpu":[]}', '"x"', `[${'7,'.repeat(128)}7]`, '{"evidence_list":[1],"evidence_list":[2]}', '[1] x'])('refuses %s', (text) => {
    expect(() => readEvidenceJson(text)).toThrow(expect.objectContaining({ code: 'GPU_EVIDENCE_PARSE' }));
  });

  it('a report alone in a file: raw or hex', () => {
    for (const content of [transcript, Buffer.from(transcript.toString('hex')), Buffer.from(` ${transcript.toString('hex').toUpperCase()}\r\n`)]) {
      expect(Buffer.from(readTranscriptFile(new Uint8Array(content)) ?? []).equals(transcript)).toBe(true);
    }
    for (const content of [Buffer.from('{}'), Buffer.alloc(0), Buffer.from('11e001'), Buffer.from('11e001ffzz'), Buffer.from('11e001ff0')]) expect(readTranscriptFile(new Uint8Array(content))).toBeUndefined();
  });
});

describe('transcript', () => {
  const at = (offset: number, ...bytes: readonly number[]): Uint8Array => {
    const changed = new Uint8Array(transcript);
    changed.set(bytes, offset);
    return changed;
  };
  const R = 37;

  it('is taken apart', () => {
    const read = readTranscript(new Uint8Array(transcript));
    expect(Buffer.from(read.nonce).equals(transcript.subarray(4, 36))).toBe(true);
    expect(read.blocks.size).toBe(64);
    expect(read.signed.length + 96).toBe(transcript.length);
    expect(read.trailing).toHaveLength(0);
    expect(readTranscript(new Uint8Array([...transcript, 0, 7])).trailing).toEqual(new Uint8Array([0, 7]));
  });

  it.each([
    ['another version', at(0, 0x12)], ['another request', at(1, 0xe1)], ['a request without signature', at(2, 0x00)], ['a request for one block', at(3, 0x01)], ['another slot', at(36, 1)],
    ['another response version', at(R, 0x10)], ['an error response', at(R + 1, 0x7f)], ['response parameters', at(R + 2, 1)], ['no blocks', at(R + 4, 0)], ['one block less', at(R + 4, 63)], ['one block more', at(R + 4, 65)],
    ['a record that is longer', at(R + 5, 0xff, 0xff, 0xff)], ['a record that is shorter', at(R + 5, 0xbf)], ['index 0', at(R + 8, 0)], ['an index twice', at(R + 8, 2)], ['another specification', at(R + 9, 2)],
    ['another block size', at(R + 10, 50)], ['another value size', at(R + 13, 47)], ['opaque data that is longer', at(R + 8 + 3520 + 32, 0xff, 0xff)], ['nothing', new Uint8Array()], ['far too much', new Uint8Array(70_000)],
  ])('refuses %s', (_name, bytes) => {
    expect(() => readTranscript(bytes)).toThrow(expect.objectContaining({ code: 'SPDM_PARSE' }));
  });

  it('refuses every shorter piece of itself', () => {
    for (let length = 0; length < transcript.length; length += 1) expect(() => readTranscript(new Uint8Array(transcript.subarray(0, length)))).toThrow(CodedError);
  });
});

describe('opaque data', () => {
  const fields = (hex: string) => readOpaque(new Uint8Array(Buffer.from(hex, 'hex')));

  it('keeps unknown types and refuses doubled and cut ones', () => {
    expect([...fields('090002000102ff0f0000').keys()]).toEqual([9, 0x0fff]);
    for (const hex of ['0900000009000000', '0900', '090002', '0900020001']) expect(() => fields(hex)).toThrow(expect.objectContaining({ code: 'OPAQUE_PARSE' }));
  });

  it('reads text, numbers, ids and versions', () => {
    const read = fields('03000500312e3200000b000100aa240002000201');
    expect(opaqueText(read, OPAQUE.driverVersion)).toBe('1.2');
    expect(opaqueNumber(read, OPAQUE.nvdec0)).toBe(0xaa);
    expect(opaqueNumber(read, OPAQUE.featureFlag)).toBe(0x0102);
    expect(opaqueText(read, OPAQUE.project)).toBeUndefined();
    expect(() => opaqueText(fields('0300030031003200'.slice(0, 14)), OPAQUE.driverVersion)).toThrow(CodedError);
    expect(() => opaqueNumber(fields('240000'.concat('00')), OPAQUE.featureFlag)).toThrow(CodedError);
    expect(deviceIds(Buffer.from('0102030405060708000000000000000011121314151617aa', 'hex'), 'reversed')).toEqual(['0807060504030201', 'aa17161514131211']);
    expect(() => deviceIds(Buffer.alloc(9), 'as-is')).toThrow(CodedError);
    expect(gpuVbiosVersion(Buffer.from('009f009601000000', 'hex'))).toBe('96.00.9F.00.01');
    expect(() => gpuVbiosVersion(Buffer.alloc(7))).toThrow(CodedError);
  });

  it('orders versions by number, not by text', () => {
    for (const [low, high] of [['550.90.07', '550.144.03'], ['550', '550.1'], ['9', '10']] as const) {
      expect(compareVersions(low, high)).toBeLessThan(0);
      expect(compareVersions(high, low)).toBeGreaterThan(0);
    }
    expect(compareVersions('550.0', '550')).toBe(0);
    expect(compareVersions('r550', '550')).toBeLessThan(0);
  });
});

describe('answers of the manifest service', () => {
  const read = (value: unknown): string => {
    const file = readRimFile(new Uint8Array(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))), 'x');
    return file instanceof CodedError ? file.code : file.xml;
  };
  const sha256 = '2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881';
  const answer = { id: 'A', rim: b64('x'), sha256, rim_format: 'TCG', last_updated: '', request_id: '' };

  it('are unwrapped when digest and format fit', () => {
    expect(read(answer)).toBe('x');
    expect(read({ ...answer, sha256: sha256.toUpperCase() })).toBe('x');
    expect(read('<a/>')).toBe('<a/>');
    for (const bad of [{ ...answer, rim_format: 'CORIM' }, { ...answer, rim: '*' }, { ...answer, id: 7 }, { rim: answer.rim }, '{"rim":', '{}']) expect(read(bad)).toBe('RIM_PARSE');
    expect(read({ ...answer, rim: b64('y') })).toBe('RIM_DIGEST');
  });
});
