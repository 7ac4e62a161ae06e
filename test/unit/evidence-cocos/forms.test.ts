import { describe, expect, it } from 'vitest';
import { CodedError } from '../../../src/checks/error';
import { utf8Bytes } from '../../../src/encoding/bytes';
import { type CocosEvidence, readCocos } from '../../../src/evidence/cocos';
import { seeded } from '../encoding/random';
import { askCertificate, report, vekCertificate } from '../evidence-sevsnp/lab';
import { eventLog, quote, rsaAk } from '../evidence-vtpm/lab';
import { message, reportFields, snpAttestation, varint, vtpmAttestation } from './writer';

const ak = rsaAk();
const quotes = [quote(ak), quote(ak, { bank: 'sha384' })];
const REPORT = report();
const whole = vtpmAttestation({ akPublic: ak.publicArea, quotes, eventLog: eventLog(), snp: snpAttestation(REPORT, { vcek: vekCertificate, ask: askCertificate }) });

const codeOf = (bytes: Uint8Array): string => {
  try {
    return readCocos(bytes).kind;
  } catch (error) {
    if (error instanceof CodedError) return error.code;
    throw error;
  }
};
const json = (value: unknown): Uint8Array => utf8Bytes(JSON.stringify(value));
const snp = (evidence: CocosEvidence) => (evidence.kind === 'snp' ? evidence.snp : evidence.kind === 'vtpm' ? evidence.snp : undefined);
const b64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

describe('Cocos evidence as protobuf', () => {
  it('gives the report back byte for byte, its processor and every number included', () => {
    expect(snp(readCocos(snpAttestation(REPORT)))?.report).toEqual(REPORT);
    for (const [family, model, stepping] of [[0x19, 0xa0, 2], [0x1a, 0x11, 1], [0x19, 0x01, 1]] as const) {
      const other = report((bytes) => { bytes.set([family, model, stepping], 0x188); bytes.fill(0xff, 0x180, 0x188); });
      expect(snp(readCocos(snpAttestation(other)))?.report).toEqual(other);
    }
  });

  it('reads a vTPM’s quotes, register 0 included, whose number is left out on the wire', () => {
    const evidence = readCocos(whole);
    expect(evidence).toMatchObject({ kind: 'vtpm', form: 'protobuf', vtpm: { akPublic: ak.publicArea, eventLog: eventLog() } });
    expect(evidence.kind === 'vtpm' && evidence.vtpm.quotes).toEqual(quotes);
  });

  it('knows the endorsement key by its name in whatever field it came, and loses no other certificate', () => {
    const right = snp(readCocos(snpAttestation(REPORT, { vcek: vekCertificate, ask: askCertificate, ark: Uint8Array.of(1) })));
    expect([right?.vek, right?.intermediates]).toEqual([vekCertificate, [askCertificate, Uint8Array.of(1)]]);
    const swapped = snp(readCocos(snpAttestation(REPORT, { vcek: askCertificate, ark: vekCertificate })));
    expect([swapped?.vek, swapped?.intermediates]).toEqual([vekCertificate, [askCertificate]]);
    expect(snp(readCocos(snpAttestation(REPORT, { vcek: Uint8Array.of(9) })))?.vek).toEqual(Uint8Array.of(9));
    expect(snp(readCocos(snpAttestation(REPORT)))?.vek).toBeUndefined();
  });

  it('refuses a report field of another size, an unknown one, one that comes twice, and numbers that do not fit', () => {
    const fields = reportFields(REPORT);
    const withReport = (changed: Parameters<typeof message>[0]): string => codeOf(message([[1, message(changed)]]));
    expect(withReport(fields)).toBe('snp');
    expect(withReport(fields.map(([n, v]) => (n === 12 ? [n, new Uint8Array(47)] : [n, v])))).toBe('COCOS_FORM');
    expect(withReport(fields.filter(([n]) => n !== 12))).toBe('COCOS_FORM');
    expect(withReport([...fields, [32, 1]])).toBe('PROTOBUF_MALFORMED');
    expect(withReport([...fields, [12, new Uint8Array(48)]])).toBe('PROTOBUF_MALFORMED');
    expect(withReport([...fields, [3, 5]])).toBe('PROTOBUF_MALFORMED');
    expect(withReport(fields.map(([n, v]) => (n === 21 ? [n, 256] : [n, v])))).toBe('COCOS_FORM');
    expect(withReport(fields.map(([n, v]) => (n === 12 ? [n, 7] : [n, v])))).toBe('PROTOBUF_MALFORMED');
  });

  it.each([['a reserved bit', 0x00a1_1f11], ['an extended family over a base that is not full', 0x00a1_0e11], ['a family beyond its byte', 0x0f11_0f11]])('refuses a processor with %s, which no report could hold', (_what, eax) => {
    expect(codeOf(message([[1, message(reportFields(REPORT).map(([n, v]) => (n === 29 ? [n, eax] : [n, v])))]]))).toBe('COCOS_FORM');
  });

  it('refuses a register twice, too many of anything, keys twice and a quote without its parts', () => {
    const [first] = quotes;
    const bank = (...entries: Uint8Array[]): Uint8Array => message([[1, 0x0b], ...entries.map((entry) => [2, entry] as const)]);
    const register = (index: number): Uint8Array => message([[1, index], [2, new Uint8Array(32)]]);
    const one = (pcrs: Uint8Array): string => codeOf(message([[1, ak.publicArea], [2, message([[1, first?.attest ?? pcrs], [2, first?.signature ?? pcrs], [3, pcrs]])]]));
    expect(one(bank(register(0), register(7)))).toBe('vtpm');
    expect(one(bank(register(7), register(7)))).toBe('COCOS_FORM');
    expect(one(bank(register(32)))).toBe('PROTOBUF_MALFORMED');
    expect(one(bank(...Array.from({ length: 33 }, (_x, i) => register(i % 32))))).toBe('PROTOBUF_MALFORMED');
    expect(codeOf(message([[1, ak.publicArea], [2, message([[2, Uint8Array.of(1)]])]]))).toBe('COCOS_FORM');
    expect(codeOf(message([[1, ak.publicArea], [1, ak.publicArea]]))).toBe('PROTOBUF_MALFORMED');
    expect(codeOf(vtpmAttestation({ akPublic: ak.publicArea, quotes: Array.from({ length: 17 }, () => quotes[0] ?? quote(ak)) }))).toBe('PROTOBUF_MALFORMED');
    expect(codeOf(message([[1, ak.publicArea], [9, Uint8Array.of(10)]]))).toBe('COCOS_FORM');
  });

  it('ends on every truncation, huge lengths, unknown wire types and noise with a code', () => {
    for (let length = 0; length < whole.length; length += 7) expect(codeOf(whole.subarray(0, length))).toMatch(/^(vtpm|COCOS_FORM|PROTOBUF_MALFORMED)$/);
    for (const bytes of [Buffer.concat([Buffer.of(0x0a), varint((1n << 63n) - 1n), Buffer.of(1)]), Buffer.of(0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f), Buffer.of(0x0a, 1, 0, 0x0b), Buffer.of(0x0a, 1, 0, 0x0e), Buffer.of(0x0a), Buffer.of(0x0a, 0)]) expect(codeOf(new Uint8Array(bytes))).toMatch(/^(COCOS_FORM|PROTOBUF_MALFORMED)$/);
    const random = seeded(4);
    for (let round = 0; round < 400; round += 1) {
      const bent = whole.slice();
      for (let i = 0; i < 1 + random(4); i += 1) bent[random(bent.length)] = random(256);
      expect(codeOf(bent)).toMatch(/^(vtpm|snp|COCOS_FORM|PROTOBUF_MALFORMED)$/);
    }
  });
});

describe('Cocos evidence as JSON', () => {
  const names = ['version', 'guest_svn', 'policy', 'family_id', 'image_id', 'vmpl', 'signature_algo', 'current_tcb', 'platform_info', 'signer_info', 'report_data', 'measurement', 'host_data', 'id_key_digest', 'author_key_digest', 'report_id', 'report_id_ma', 'reported_tcb', 'chip_id', 'committed_tcb', 'current_build', 'current_minor', 'current_major', 'committed_build', 'committed_minor', 'committed_major', 'launch_tcb', 'signature', 'cpuid1eax_fms'];
  const written = (camel: boolean): Record<string, unknown> =>
    Object.fromEntries(reportFields(REPORT).map(([n, value]) => {
      const name = names[n - 1] ?? '';
      return [camel ? name.replace(/_([a-z0-9])/g, (_w, letter: string) => letter.toUpperCase()) : name, value instanceof Uint8Array ? b64(value) : typeof value === 'bigint' ? value.toString() : value];
    }));

  it('reads camel and snake case, a report alone, and 64-bit numbers as texts or bare without losing a digit', () => {
    for (const camel of [true, false]) {
      expect(snp(readCocos(json({ report: written(camel) })))?.report).toEqual(REPORT);
      expect(snp(readCocos(json(written(camel))))?.report).toEqual(REPORT);
    }
    const bare = JSON.stringify({ report: written(true) }).replace(/"(policy|currentTcb|reportedTcb|committedTcb|launchTcb|platformInfo)":"(\d+)"/g, '"$1":$2');
    expect(bare).toMatch(/"reportedTcb":\d{17,}/);
    expect(snp(readCocos(utf8Bytes(`\n ${bare}`)))?.report).toEqual(REPORT);
  });

  it.each([
    ['both spellings', { report: { ...written(true), guest_svn: 0, guestSvn: 0 } }],
    ['an unknown field', { report: { ...written(true), extra: 1 } }],
    ['a negative number', { report: { ...written(true), vmpl: -1 } }],
    ['a fraction', { report: { ...written(true), vmpl: 1.5 } }],
    ['a number above its size', { report: { ...written(true), vmpl: '4294967296' } }],
    ['hex for base64', { report: { ...written(true), measurement: 'zz' } }],
    ['a list for the report', { report: [] }],
    ['no evidence at all', { hello: 1 }],
    ['a TDX form without its parts', { header: {}, tdQuoteBody: {} }],
    ['a register that is none', { akPub: 'AAE=', quotes: [{ quote: 'AA==', rawSig: 'AA==', pcrs: { hash: 'SHA256', pcrs: { '07': 'AA==' } } }] }],
    ['a hash of no name', { akPub: 'AAE=', quotes: [{ quote: 'AA==', rawSig: 'AA==', pcrs: { hash: 'constructor', pcrs: {} } }] }],
  ])('refuses %s', (_name, value) => {
    expect(codeOf(json(value))).toBe('COCOS_FORM');
  });

  it('refuses broken JSON, keys twice, deep nesting and oversize', () => {
    expect(codeOf(utf8Bytes('{"report":'))).toBe('JSON_MALFORMED');
    expect(codeOf(utf8Bytes('{"report":{},"report":{}}'))).toBe('JSON_MALFORMED');
    expect(codeOf(utf8Bytes(`{"a":${'['.repeat(40)}${']'.repeat(40)}}`))).toBe('JSON_MALFORMED');
    expect(codeOf(Uint8Array.of(0x7b, 0xff))).toBe('JSON_MALFORMED');
    expect(codeOf(new Uint8Array(1024 * 1024 + 1).fill(0x7b))).toBe('COCOS_FORM');
    expect(codeOf(new Uint8Array())).toBe('COCOS_FORM');
    expect(codeOf(utf8Bytes('hello'))).toBe('COCOS_FORM');
  });
});

describe('Cocos evidence in a token', () => {
  const jwt = (claims: unknown): Uint8Array => utf8Bytes(`eyJhbGciOiJFUzI1NiJ9.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln\n`);
  const sized = (major: number, content: Uint8Array): Buffer => Buffer.concat([Buffer.of((major << 5) | 25, content.length >> 8, content.length & 0xff), content]);
  const short = (text: string): Buffer => Buffer.concat([Buffer.of(0x60 | text.length), Buffer.from(text)]);
  const cwt = (name: string, raw: Uint8Array): Uint8Array => new Uint8Array(Buffer.concat([Buffer.of(0xd2, 0x84, 0x43, 0xa1, 0x01, 0x26, 0xa0), sized(2, Buffer.concat([Buffer.of(0xa1), short(name), sized(2, raw)])), Buffer.of(0x41, 0)]));

  it('is taken out, whatever the token says beside it', () => {
    for (const token of [jwt({ raw_report: b64(REPORT), exp: 1, eat_nonce: 'x' }), cwt('raw_report', REPORT)]) expect(readCocos(token)).toEqual({ kind: 'snp', form: 'in a token', snp: { report: REPORT, intermediates: [] } });
    expect(readCocos(jwt({ raw_report: b64(whole) })).kind).toBe('vtpm');
  });

  it.each([
    ['a token without evidence', jwt({ iss: 'x' })], ['evidence that is no text', jwt({ raw_report: 7 })], ['evidence that is no base64', jwt({ raw_report: '#' })], ['a payload that is no object', jwt([])],
    ['two parts', utf8Bytes('eyJhIjoxfQ.eyJhIjoxfQ')], ['a token in a token', jwt({ raw_report: b64(jwt({ raw_report: b64(REPORT) })) })], ['a COSE message of something else', cwt('raw_other', REPORT)], ['a cut COSE message', cwt('raw_report', REPORT).subarray(0, 400)],
    ['a COSE message of three parts', Uint8Array.of(0xd2, 0x84, 0x40, 0xa0, 0x40)], ['empty evidence', cwt('raw_report', new Uint8Array(300))],
  ])('refuses %s', (_name, token) => {
    expect(codeOf(token)).toBe('COCOS_FORM');
  });
});
