import { describe, expect, it } from 'vitest';
import { compareSnp, compareTdx, looksRounded } from '../../../src/evidence/cocos/policy-compare';
import { policyDigest } from '../../../src/evidence/cocos/policy-digest';
import { readCocosPolicy, reachOf } from '../../../src/evidence/cocos/policy-read';
import type { SnpCocosPolicy, TdxCocosPolicy } from '../../../src/evidence/cocos/policy-types';
import { parseReport } from '../../../src/evidence/sevsnp/report';
import { parseQuote } from '../../../src/evidence/tdx';
import { readReferences } from '../../../src/records/reference-file';
import { quoteOf } from '../evidence/simulated';
import { CHIP, report, TCB } from '../evidence-sevsnp/lab';

const b64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const tcbOf = (bytes: Uint8Array): bigint => Buffer.from(bytes).readBigUInt64LE();

function snpPolicy(rules: string): SnpCocosPolicy {
  const policy = readCocosPolicy(`{"policy":{"policy":196608${rules === '' ? '' : `,${rules}`}}}`);
  return policy.kind === 'snp' ? policy : expect.unreachable();
}
function tdxPolicy(rules: object): TdxCocosPolicy {
  const policy = readCocosPolicy(JSON.stringify({ policy: rules }));
  return policy.kind === 'tdx' ? policy : expect.unreachable();
}
const wrongFields = (rules: string, bytes: Uint8Array = report(), product: 'Milan' | 'Genoa' | undefined = 'Genoa'): readonly string[] =>
  compareSnp(snpPolicy(rules), parseReport(bytes), product).filter(({ fault }) => fault !== undefined).map(({ field, fault }) => `${field} ${fault ?? ''}`);

describe('a policy for SEV-SNP, field by field', () => {
  it.each([
    ['', []],
    [`"measurement":"${b64(new Uint8Array(48).fill(0xcd))}"`, []],
    [`"measurement":"${b64(new Uint8Array(48).fill(0xce))}"`, ['measurement MEASUREMENT_MISMATCH']],
    ['"measurement":""', []],
    ['"measurement":null', []],
    [`"hostData":"${b64(new Uint8Array(32).fill(1))}"`, ['host_data HOST_DATA_MISMATCH']],
    [`"family_id":"${b64(new Uint8Array(16).fill(1))}"`, ['family_id MEASUREMENT_MISMATCH']],
    [`"report_data":"${b64(new Uint8Array(64))}"`, ['report_data REPORT_DATA_MISMATCH']],
    [`"chip_id":"${b64(CHIP)}"`, []],
    [`"chip_id":"${b64(CHIP.with(0, 9))}"`, ['chip_id COCOS_POLICY_MISMATCH']],
    ['"vmpl":0', []],
    ['"vmpl":2', ['vmpl VMPL_NOT_ACCEPTED']],
    ['"vmpl":{"value":2}', ['vmpl VMPL_NOT_ACCEPTED']],
    ['"vmpl":{}', []],
    ['"minimum_guest_svn":1', ['minimum_guest_svn COCOS_POLICY_MISMATCH']],
    ['"minimum_build":29', []],
    ['"minimum_build":30', ['minimum_build TCB_BELOW_POLICY']],
    ['"minimum_version":"1.55"', []],
    ['"minimum_version":"1.56"', ['minimum_version TCB_BELOW_POLICY']],
    ['"minimum_version":"2.0"', ['minimum_version TCB_BELOW_POLICY']],
    ['"minimumVersion":"0.99"', []],
    ['"platform_info":37', []],
    ['"platform_info":{"value":36}', ['platform_info COCOS_POLICY_MISMATCH']],
    ['"product":{"name":2}', []],
    ['"product":{"name":"SEV_PRODUCT_MILAN"}', ['product COCOS_POLICY_MISMATCH']],
    ['"product":{}', []],
    ['"require_id_block":true', ['require_id_block COCOS_POLICY_MISMATCH']],
    ['"require_author_key":true', ['require_author_key COCOS_POLICY_MISMATCH', 'require_id_block COCOS_POLICY_MISMATCH']],
    [`"trusted_id_key_hashes":["${b64(new Uint8Array(48).fill(7))}"]`, []],
  ])('%s', (rules, expected) => {
    expect(wrongFields(rules)).toEqual(expected);
  });

  it('compares the guest policy bit by bit', () => {
    const withPolicy = (value: bigint): Uint8Array => report((bytes) => new DataView(bytes.buffer).setBigUint64(8, value, true));
    const under = (wanted: number, actual: bigint): number => compareSnp(snpPolicyOf(wanted), parseReport(withPolicy(actual)), undefined).filter(({ fault }) => fault !== undefined).length;
    const snpPolicyOf = (value: number): SnpCocosPolicy => {
      const policy = readCocosPolicy(`{"policy":{"policy":${value},"permit_provisional_firmware":true}}`);
      return policy.kind === 'snp' ? policy : expect.unreachable();
    };
    expect(under(0x30000, 0x30000n)).toBe(0);
    expect(under(0x30000, 0x20000n)).toBe(0);
    expect(under(0x20000, 0x30000n)).toBe(1);
    expect(under(0x30000, 0xb0000n)).toBe(1);
    expect(under(0xb0000, 0xb0000n)).toBe(0);
    expect(under(0x30000, 0x70000n)).toBe(1);
    expect(under(0x130000, 0x30000n)).toBe(1);
    expect(under(0x130000, 0x130000n)).toBe(0);
    expect(under(0x3001f, 0x30000n)).toBe(1);
    expect(under(0x3001f, 0x3001fn)).toBe(0);
    expect(under(0x30100, 0x300ffn)).toBe(1);
  });

  it('compares TCBs byte by byte, without losing a digit', () => {
    const exact = tcbOf(TCB);
    expect(wrongFields(`"minimum_tcb":${exact}`)).toEqual([]);
    expect(wrongFields(`"minimum_tcb":"${exact}"`)).toEqual([]);
    expect(wrongFields(`"minimum_tcb":${exact + 1n}`)).toEqual(['minimum_tcb TCB_BELOW_POLICY']);
    expect(Number(exact)).toBe(Number(exact + 1n));
    expect(wrongFields(`"minimum_launch_tcb":${exact + 1n}`)).toEqual(['minimum_launch_tcb TCB_BELOW_POLICY']);
    // Lower as a number, higher in one part.
    expect(wrongFields('"minimum_tcb":255')).toEqual(['minimum_tcb TCB_BELOW_POLICY']);
    const [rounded] = compareSnp(snpPolicy('"minimum_tcb":15352208179752600000'), parseReport(report()), undefined).filter(({ field }) => field === 'minimum_tcb');
    expect(rounded?.detail).toContain('rounded');
    expect([looksRounded(15352208179752600000n), looksRounded(15352208179752599555n), looksRounded(1000n)]).toEqual([true, false, false]);
  });

  it('refuses firmware that can be rolled back unless it is permitted', () => {
    const provisional = report((bytes) => { bytes[0x1ec] = 28; });
    expect(wrongFields('', provisional)).toEqual(['permit_provisional_firmware COCOS_POLICY_MISMATCH']);
    expect(wrongFields('"permit_provisional_firmware":true', provisional)).toEqual([]);
  });

  it('knows keys by their digests', () => {
    const digest = new Uint8Array(48).fill(7);
    const keyed = report((bytes) => bytes.set(digest, 0xe0));
    expect(wrongFields(`"require_id_block":true,"trusted_id_key_hashes":["${b64(digest)}"]`, keyed)).toEqual([]);
    expect(wrongFields(`"require_id_block":true,"trusted_id_key_hashes":["${b64(digest.with(0, 1))}"]`, keyed)).toEqual(['require_id_block COCOS_POLICY_MISMATCH']);
    const authored = report((bytes) => { bytes.set(digest, 0xe0); bytes.set(digest, 0x110); bytes[0x48] = 1; });
    expect(wrongFields(`"require_author_key":true,"trusted_author_key_hashes":["${b64(digest)}"]`, authored)).toEqual([]);
  });

  it.each([
    '{', '[]', '{}', '{"policy":{}}', '{"policy":{"policy":0}}', '{"policy":{"policy":65536}}', '{"policy":{"policy":2293760}}', '{"policy":{"policy":196608},"extra":1}', '{"policy":{"policy":196608,"measurment":""}}',
    '{"policy":{"policy":196608,"vmpl":4}}', '{"policy":{"policy":196608,"vmpl":-1}}', '{"policy":{"policy":196608,"measurement":"AAAA"}}', '{"policy":{"policy":196608,"measurement":"zz"}}', '{"policy":{"policy":196608,"minimum_tcb":1.5}}', '{"policy":{"policy":196608,"minimum_tcb":18446744073709551616}}',
    '{"policy":{"policy":196608,"minimum_tcb":"0x1"}}', '{"policy":{"policy":196608,"minimumTcb":1,"minimum_tcb":1}}', '{"policy":{"policy":196608,"policy":196608}}', '{"policy":{"policy":196608,"product":{"name":9}}}', '{"policy":{"policy":196608,"trusted_id_keys":["AAAA"]}}', '{"policy":{"policy":196608,"minimum_version":"1"}}',
    '{"policy":{"policy":196608},"pcr_values":{"md5":{}}}', '{"policy":{"policy":196608},"pcr_values":{"sha256":{"0":"ab"}}}', `{"policy":{"policy":196608},"pcr_values":{"sha256":{"32":"${'ab'.repeat(32)}"}}}`, `{"policy":{"policy":196608},"pcr_values":{"sha256":{"01":"${'ab'.repeat(32)}"}}}`,
    '{"policy":{"tdQuoteBodyPolicy":{"rtmrs":[""]}}}', '{"policy":{"tdQuoteBodyPolicy":{"mrTd":"AAAA"}}}', '{"policy":{"tdQuoteBodyPolicy":{"unknown":1}}}', '{"policy":{"tdQuoteBodyPolicy":{}},"pcr_values":{}}', '{"policy":{"headerPolicy":{"minimumQeSvn":65536}}}',
    `{"policy":{"policy":196608,"measurement":"${'A'.repeat(300_000)}"}}`,
  ])('refuses %.80s', (text) => {
    expect(() => readCocosPolicy(text)).toThrow(expect.objectContaining({ code: 'POLICY_MALFORMED' }) as Error);
  });
});

describe('a policy for TDX, field by field', () => {
  const quote = parseQuote(quoteOf());
  const { body } = quote;
  if (body.kind === 'SGX') throw new Error('a TD was meant');
  const wrong = (rules: object): readonly string[] => compareTdx(tdxPolicy(rules), quote).filter(({ fault }) => fault !== undefined).map(({ field, fault }) => `${field} ${fault ?? ''}`);
  const registers = body.rtmr.map(b64);
  const other = b64(new Uint8Array(48).fill(9));
  const td = (tdQuoteBodyPolicy: object): object => ({ tdQuoteBodyPolicy });

  it.each([
    [td({ mrTd: b64(body.mrTd), mrSeam: b64(body.mrSeam), xfam: b64(body.xfamBytes), tdAttributes: b64(body.tdAttributesBytes), rtmrs: registers, reportData: b64(body.reportData) }), []],
    [td({ rtmrs: ['', '', other, ''] }), ['rtmrs[2] MEASUREMENT_MISMATCH']],
    [td({ rtmrs: ['', '', '', ''] }), []],
    [td({ anyMrTd: [other, b64(body.mrTd)] }), []],
    [td({ anyMrTd: [other] }), ['any_mr_td MEASUREMENT_MISMATCH']],
    [td({ mrOwnerConfig: other }), ['mr_owner_config MEASUREMENT_MISMATCH']],
    [td({ mr_seam: other }), ['mr_seam COCOS_POLICY_MISMATCH']],
    [td({ minimumTeeTcbSvn: b64(body.teeTcbSvn) }), []],
    [td({ minimumTeeTcbSvn: b64(new Uint8Array(16).fill(255)) }), ['minimum_tee_tcb_svn TCB_BELOW_POLICY']],
    [{ headerPolicy: { minimumQeSvn: 65_535 } }, ['minimum_qe_svn TCB_BELOW_POLICY']],
    [{ headerPolicy: { minimumPceSvn: 65_535 } }, ['minimum_pce_svn TCB_BELOW_POLICY']],
    [{ headerPolicy: { qeVendorId: b64(new Uint8Array(16)) } }, ['qe_vendor_id COCOS_POLICY_MISMATCH']],
    [{ headerPolicy: { qeVendorId: 'k5pyM/ecTKmUCg2zlX8GBw==' } }, []],
  ])('%j', (rules, expected) => {
    expect(wrong(rules)).toEqual(expected);
  });

  it('identifies software by what was booted, not by the firmware before it', () => {
    expect(reachOf(tdxPolicy(td({ mrTd: b64(body.mrTd), rtmrs: registers })), false)).toBe('software');
    expect(reachOf(tdxPolicy(td({ anyMrTd: [b64(body.mrTd)] })), false)).toBe('firmware');
    // A kernel with any file system, or a file system under any kernel, is any software.
    for (const [i] of registers.entries()) {
      const without = registers.map((register, at) => (at === i ? '' : register));
      expect(reachOf(tdxPolicy(td({ mrTd: b64(body.mrTd), rtmrs: without })), false)).toBe(i === 1 || i === 2 ? 'firmware' : 'software');
    }
    expect(reachOf(tdxPolicy(td({ rtmrs: registers })), false)).toBe('nothing');
    expect(reachOf(tdxPolicy(td({ mrTd: b64(new Uint8Array(48)), rtmrs: registers })), false)).toBe('nothing');
  });
});

describe('a policy with a vTPM beside the report', () => {
  const policy = (pcrs: object): SnpCocosPolicy => {
    const read = readCocosPolicy(JSON.stringify({ policy: { policy: 196_608, measurement: b64(new Uint8Array(48).fill(1)) }, pcr_values: pcrs }));
    return read.kind === 'snp' ? read : expect.unreachable();
  };

  it('identifies software by registers of what was booted, none of them of SHA-1 alone', () => {
    expect(reachOf(policy({ sha256: { 4: '11'.repeat(32) } }), true)).toBe('software');
    expect(reachOf(policy({ sha256: { 0: '11'.repeat(32) } }), true)).toBe('firmware');
    expect(reachOf(policy({ sha1: { 4: '11'.repeat(20) }, sha256: { 0: '11'.repeat(32) } }), true)).toBe('firmware');
  });
});

describe('a policy as a file', () => {
  const text = '{"policy":{"policy":196608,"minimum_tcb":15352208179752599555}}';

  it('has one digest however it is written, and another for every digit', () => {
    expect(policyDigest('{ "policy" : {"minimum_tcb":15352208179752599555, "policy":196608} }')).toBe(policyDigest(text));
    expect(policyDigest(text.replace('555}', '556}'))).not.toBe(policyDigest(text));
    expect(() => policyDigest('{')).toThrow(expect.objectContaining({ code: 'POLICY_MALFORMED' }) as Error);
  });

  it('is a reference value as it stands, or inside one, and keeps every character', () => {
    const expected = { dialect: 'cocos', role: 'agent', kind: 'cocos-policy', values: { policy: [text] }, properties: {}, source: 'imported', note: '' };
    expect(readReferences(text)).toEqual([expected]);
    expect(readReferences(JSON.stringify({ ...expected, source: 'release', values: { policy: text } }))).toEqual([expected]);
    for (const wrong of ['{"policy":{}}', JSON.stringify({ ...expected, values: { policy: '{}' } }), JSON.stringify({ ...expected, values: {} }), JSON.stringify({ ...expected, values: { policy: [] } }), JSON.stringify({ ...expected, values: { policy: text, more: 1 } })]) {
      expect(() => readReferences(wrong), wrong).toThrow(expect.objectContaining({ code: 'REFERENCE_MALFORMED' }) as Error);
    }
  });
});
