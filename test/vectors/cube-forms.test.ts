/** Every recorded or derived form of Cocos evidence, read to its bytes. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { concatBytes } from '../../src/encoding/bytes';
import { type CocosEvidence, type CocosSnp, type CocosVtpm, readCocos } from '../../src/evidence/cocos';
import { attestation } from '../unit/evidence-vtpm/protobuf';
import { vector, vectorsPresent } from './shared';

const bytes = (path: string): Uint8Array => new Uint8Array(readFileSync(vector(`cube-and-cocos/${path}`)));
const read = (path: string): CocosEvidence => readCocos(bytes(path));
const snpOf = (evidence: CocosEvidence): CocosSnp => {
  if (evidence.kind === 'tdx' || evidence.kind === 'vtpm' && evidence.snp === undefined) throw new Error(`no report: ${evidence.kind}`);
  return evidence.kind === 'snp' ? evidence.snp : (evidence.snp ?? expect.unreachable());
};
const vtpmOf = (evidence: CocosEvidence): CocosVtpm => (evidence.kind === 'vtpm' ? evidence.vtpm : expect.unreachable());

describe.skipIf(!vectorsPresent)('forms of Cocos evidence', () => {
  it.each(['snp-attestation.pb', 'snp-attestation.protojson.json', 'snp-attestation-swapped-ask-ark.pb', 'snp-attestation-swapped-ask-ark.protojson.json', 'snp-attestation.go-encoding-json.json'])('%s holds go-sev-guest’s report, byte for byte', (file) => {
    const snp = snpOf(read(`derived/${file}`));
    expect(snp.report).toEqual(bytes('go-sev-guest/attestation.bin'));
    if (file.includes('go-encoding')) expect(snp.vek).toBeUndefined();
    else {
      expect(snp.vek).toEqual(bytes('go-sev-guest/vcek.der'));
      expect(snp.intermediates).toHaveLength(2);
    }
  });

  it('one flipped bit stays one', () => {
    const { report } = snpOf(read('derived/snp-attestation-tampered-measurement.pb'));
    const good = bytes('go-sev-guest/attestation.bin');
    expect([...report].map((byte, i) => byte ^ (good[i] ?? 0)).filter((x) => x !== 0)).toHaveLength(1);
  });

  it('Cocos’s own sample as JSON is its first 1184 bytes', () => {
    expect(snpOf(read('derived/cocos-attestation-vmpl2.protojson.json')).report).toEqual(bytes('cocos/attestation-vmpl2-5b858195.bin').subarray(0, 0x4a0));
  });

  it.each(['tdx_prod_quote_SPR_E4', 'cos-113-tdx-quote'])('%s as JSON is the quote and, apart, the bytes behind it', (name) => {
    const evidence = read(`derived/${name}.protojson.json`);
    if (evidence.kind !== 'tdx') throw new Error(evidence.kind);
    expect(concatBytes(evidence.quote, evidence.extraBytes)).toEqual(bytes(`go-tdx-guest/${name}.dat`));
    expect(evidence.extraBytes.length).toBeGreaterThan(0);
    const raw = read(`go-tdx-guest/${name}.dat`);
    expect(raw.kind === 'tdx' && raw.quote).toEqual(bytes(`go-tdx-guest/${name}.dat`));
  });

  it.each(['cocos/vtpm-svsm-attestation-61c3afce.pb', 'cocos/quote-ubuntu-sha1.pb', 'gce-vtpm/gce-cos-85-no-nonce.pb', 'gce-vtpm/gce-cos-85-nonce9009.pb', 'derived/snpvtpm-unbound.pb', 'synth/snpvtpm-good.pb', 'synth/snpvtpm-bad-nonce.pb', 'synth/snpvtpm-bad-binding.pb', 'synth/snpvtpm-replayed-report-data.pb'])('%s as another reader has it', (file) => {
    const evidence = read(file);
    const { reportData, ...vtpm } = attestation(bytes(file));
    expect(vtpmOf(evidence)).toEqual(vtpm);
    expect(evidence.kind === 'vtpm' && evidence.snp?.report.slice(0x50, 0x90)).toEqual(reportData);
  });

  it.each([['derived/vtpm-svsm-attestation.protojson.json', 'cocos/vtpm-svsm-attestation-61c3afce.pb'], ['derived/snpvtpm-unbound.protojson.json', 'derived/snpvtpm-unbound.pb'], ['synth/snpvtpm-good.protojson.json', 'synth/snpvtpm-good.pb']])('%s is %s', (json, binary) => {
    const without = ({ form: _form, ...rest }: CocosEvidence): object => rest;
    expect(without(read(json))).toEqual(without(read(binary)));
  });

  it.each(['pb', 'protojson.json'])('the plain synthetic report comes out of its %s as it is, under a signature of its own', (form) => {
    const snp = snpOf(read(`synth/snp-plain-good.${form}`));
    expect(snp.report.subarray(0, 0x2a0)).toEqual(bytes('synth/snp-plain-good.raw.bin').subarray(0, 0x2a0));
    expect(snp.vek).toEqual(bytes('synth/vcek.synthetic.der'));
  });
});
