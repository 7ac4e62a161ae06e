/** `assay verify nvidia` over recorded evidence: exit status, state and claims of CLI.md. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { bench } from '../unit/cli/shell';
import { bytesOf, nvidia, textOf } from './nvidia-set';
import { vector, vectorsPresent } from './shared';

const b = bench();
const folders: string[] = [];
afterAll(() => {
  b.close();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const NONCE = '931d8dd0add203ac3d8b4fbde75e115278eefcdceac5b87671a748f32364dfcb';
const P1 = [nvidia('nvtrust/samples/hopperAttestationReport.txt'), '--certs', nvidia('nvtrust/samples/hopperCertChain.txt')];
const P1_RIMS = ['--rims', nvidia('museop')];
const P1_AT = ['--at', '2026-05-15T00:00:00Z'];
const folderOf = (files: Readonly<Record<string, Uint8Array | string>>): string => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-nvidia-'));
  folders.push(folder);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
};

describe.skipIf(!vectorsPresent)('assay verify nvidia', () => {
  it('P1: limited, 0, with everything compared and nobody asked', async () => {
    const ran = await b.assay('verify', 'nvidia', ...P1, ...P1_RIMS, ...P1_AT, '--nonce', NONCE);
    expect(ran).toMatchObject({ status: 0, asked: [], json: { state: 'limited', anchors: 'vendor' }, by: { 'gpu[0].measurements': 'pass', 'gpu[0].nonce': 'pass', 'gpu[0].revocation': 'unknown OCSP_MISSING', 'list.endorsements': 'weak ENDORSEMENTS_NOT_GIVEN' } });
    expect(ran.json.claims).toEqual({
      devices: [{ family: 'HOPPER', driver: '550.90.07', vbios: '96.00.9F.00.01', nonce: NONCE, fwid: 'match', nvdec0: '55', compared: 32, mismatched: [], bromSerial: '41431d480fe5e87274' }],
    });
    expect((await b.assay('verify', ...P1, ...P1_RIMS, ...P1_AT, '--nonce', `0x${NONCE.toUpperCase()}`)).status).toBe(0);
  });

  it('without manifests or nonce: limited; another nonce: 1; a signer that ran out: 2; a folder without them: 2', async () => {
    expect(await b.assay('verify', 'nvidia', ...P1)).toMatchObject({ status: 0, json: { state: 'limited' }, by: { 'gpu[0].nonce': 'weak NO_NONCE_EXPECTED', 'gpu[0].rim.driver': 'unknown RIM_MISSING', 'gpu[0].measurements': 'unknown RIM_MISSING' } });
    expect((await b.assay('verify', 'nvidia', ...P1, '--require', 'verified')).status).toBe(3);
    expect(await b.assay('verify', 'nvidia', ...P1, '--nonce', '00'.repeat(32))).toMatchObject({ status: 1, by: { 'gpu[0].nonce': 'fail NONCE_MISMATCH' } });
    expect(await b.assay('verify', 'nvidia', ...P1, ...P1_RIMS, '--nonce', NONCE, '--at', '2026-06-02T00:00:00Z')).toMatchObject({ status: 2, by: { 'gpu[0].rim.driver': 'unknown RIM_SIGNER_EXPIRED', 'gpu[0].measurements': 'unknown RIM_SIGNER_EXPIRED' } });
    expect(await b.assay('verify', 'nvidia', ...P1, '--nonce', NONCE, '--rims', nvidia('nvtrust/samples'))).toMatchObject({ status: 1, by: { 'gpu[0].rim.driver': 'fail RIM_PARSE' } });
    expect(await b.assay('verify', 'nvidia', ...P1, '--nonce', NONCE, '--rims', folderOf({}), '--offline')).toMatchObject({ status: 2, by: { 'gpu[0].rim.driver': 'unknown RIM_MISSING' } });
    expect(await b.assay('verify', 'nvidia', ...P1, '--nonce', NONCE, '--ocsp', folderOf({}))).toMatchObject({ status: 2, by: { 'gpu[0].revocation': 'unknown OCSP_MISSING' } });
  });

  it('manifests that are garbage, empty or altered: 1', async () => {
    const [driver = '', vbios = ''] = ['NV_GPU_DRIVER_GH100_550.90.07', 'NV_GPU_VBIOS_1010_0200_882_96009F0001'].map((id) => `museop/${id}.swidtag`);
    const with_ = (content: string) => b.assay('verify', 'nvidia', ...P1, ...P1_AT, '--nonce', NONCE, '--rims', folderOf({ d: content, v: bytesOf(vbios) }));
    expect(await with_('')).toMatchObject({ status: 1, by: { 'gpu[0].rim.driver': 'fail RIM_PARSE', 'gpu[0].rim.vbios': 'pass' } });
    expect(await with_(textOf(driver).replace('alternatives="2"', 'alternatives="1"'))).toMatchObject({ status: 1, by: { 'gpu[0].rim.driver': 'fail RIM_PARSE' } });
    expect(await with_(textOf(driver).replace(/Hash0="80161/, 'Hash0="80162'))).toMatchObject({ status: 1, by: { 'gpu[0].rim.driver': 'fail RIM_DIGEST', 'gpu[0].measurements': 'unknown RIM_DIGEST' } });
    const service = JSON.stringify({ id: 'NV_GPU_DRIVER_GH100_550.90.07', rim: Buffer.from(textOf(driver)).toString('base64'), sha256: createHash('sha256').update(textOf(driver)).digest('hex'), rim_format: 'TCG' });
    expect(await with_(service)).toMatchObject({ status: 0, by: { 'gpu[0].rim.driver': 'pass' } });
  });

  it('P3: one switch 0, the list of four 1, DUPLICATE_DEVICE', async () => {
    const one = await b.assay('verify', nvidia('attestation-sdk/evidence/switch_evidence_ls10.json'), '--nonce', NONCE, '--rims', nvidia('attestation-sdk/rims'), '--at', '2026-11-22T00:00:00Z');
    expect(one).toMatchObject({ status: 0, json: { state: 'limited', claims: { devices: [{ family: 'LS10', compared: 31, mismatched: [], fwid: 'absent' }] } }, by: { 'switch[0].measurements': 'pass' } });
    const four = await b.assay('verify', 'nvidia', nvidia('attestation-sdk/evidence/multi_switch_ls10.json'), '--nonce', NONCE);
    expect(four).toMatchObject({ status: 1, by: { 'switch[3].signature': 'pass', 'list.duplicates': 'fail DUPLICATE_DEVICE' } });
  });

  it('trailing zeros are nothing, anything else is 1 while all else is still said', async () => {
    const certs = ['--certs', nvidia('trustee/hopper_coco_certs1.txt')];
    expect(await b.assay('verify', nvidia('trustee/hopper_coco_report1.txt'), ...certs)).toMatchObject({ status: 0, by: { 'gpu[0].parse': 'pass', 'gpu[0].signature': 'pass' } });
    const raw = b.file('raw', Buffer.concat([Buffer.from(textOf('trustee/hopper_coco_report1.txt').trim(), 'hex'), Buffer.from([1])]));
    expect(await b.assay('verify', raw, ...certs)).toMatchObject({ status: 1, by: { 'gpu[0].parse': 'fail TRAILING_BYTES', 'gpu[0].signature': 'pass', 'gpu[0].fwid': 'pass' } });
  });

  it('recorded services: the nonce inside the report decides', async () => {
    const teep = (name: string) => nvidia(`teep/${name}.nras-request.json`);
    const near: { nonce: string } = JSON.parse(textOf('teep/nearcloud_h200_8gpu_20260629.nras-request.json'));
    const eight = await b.assay('verify', teep('nearcloud_h200_8gpu_20260629'), '--nonce', near.nonce);
    expect(eight).toMatchObject({ status: 0, by: { 'gpu[7].nonce': 'pass', 'list.family': 'pass', 'list.duplicates': 'pass', 'list.switches': 'weak PPCIE_SWITCHES_NOT_ATTESTED' } });
    for (const name of ['chutes_h200_8gpu_nonce_mismatch_20260629', 'phala_h200_8gpu_nonce_mismatch_20260610']) {
      const { nonce }: { nonce: string } = JSON.parse(textOf(`teep/${name}.nras-request.json`));
      expect(await b.assay('verify', teep(name), '--nonce', nonce)).toMatchObject({ status: 1, by: { 'gpu[0].nonce': 'fail NONCE_MISMATCH', 'gpu[7].nonce': 'fail NONCE_MISMATCH' } });
    }
    const secret = vector('ionet-and-relatives/secretvm/gpu_attest.txt');
    const bound = 'a768bb3a38c48d3636b9e8250a3b12da05f557eca0b4';
    const ran = await b.assay('verify', secret);
    const nonce = /"nonce": "([0-9a-f]{64})"/.exec(ran.stdout)?.[1] ?? '';
    expect(nonce.startsWith(bound)).toBe(true);
    expect((await b.assay('verify', secret, '--nonce', nonce)).by['gpu[0].nonce']).toBe('pass');
    for (const folder of ['phala-private-ai-verifier', 'private-ml-sdk-e2e']) {
      expect((await b.assay('verify', vector(`ionet-and-relatives/${folder}/nvidia_payload.json`))).by, folder).toMatchObject({ 'gpu[0].chain': 'pass', 'gpu[0].signature': 'pass' });
    }
  });

  it('refuses foreign roots, takes them for a laboratory, and says so', async () => {
    const root = nvidia('synthetic-ocsp/root.pem');
    expect(await b.assay('verify', 'nvidia', ...P1, '--trust-anchor', root)).toMatchObject({ status: 1, json: { anchors: 'custom' }, by: { 'gpu[0].chain': 'fail ROOT_UNTRUSTED', 'gpu[0].signature': 'pass', 'gpu[0].nonce': 'unknown ROOT_UNTRUSTED' } });
    const own = nvidia('nvtrust/certs/verifier_device_root.pem');
    expect(await b.assay('verify', 'nvidia', ...P1, ...P1_RIMS, ...P1_AT, '--trust-anchor', own)).toMatchObject({ status: 1, by: { 'gpu[0].chain': 'pass', 'gpu[0].rim.driver': 'fail RIM_ROOT_UNTRUSTED' } });
  });

  it('a policy file: count, minimum driver, firmware id', async () => {
    const by = async (nvidiaPolicy: object): Promise<Readonly<Record<string, string>>> =>
      (await b.assay('verify', 'nvidia', ...P1, '--policy', b.file('policy.json', JSON.stringify({ nvidia: nvidiaPolicy })))).by;
    expect(await by({ count: 8, minDriver: '550.90.08' })).toMatchObject({ 'list.count': 'fail GPU_COUNT', 'gpu[0].policy.driver': 'fail DRIVER_BELOW_POLICY' });
    expect(await by({ count: 1, minDriver: '550.90' })).toMatchObject({ 'list.count': 'pass', 'gpu[0].policy.driver': 'pass' });
    const old = await b.assay('verify', nvidia('go-nvtrust/attestationReport.txt'), '--certs', nvidia('go-nvtrust/gpuAkCertChain.txt'), '--policy', b.file('strict.json', '{"nvidia":{"requireFwid":true}}'));
    expect(old).toMatchObject({ status: 1, by: { 'gpu[0].fwid': 'fail FWID_ABSENT' } });
  });

  it('malformed evidence: 1; a wrong command: 64; a missing file: 66', async () => {
    for (const content of ['{"evidence_list":[]}', '[{"evidence":"","certificate":""}]', '{"evidence_list":[7]}', '{"nonce":"00","evidence":1,"certificate":""}', '{"evidence_list":"x"}']) {
      expect((await b.assay('verify', 'nvidia', b.file('bad.json', content))).status, content).toBe(1);
    }
    expect((await b.assay('verify', 'nvidia', P1[0] ?? '')).status).toBe(64);
    expect((await b.assay('verify', 'nvidia', ...P1, '--nonce', 'abcd')).status).toBe(64);
    expect((await b.assay('verify', 'nvidia', ...P1, '--rims', '/nonexistent')).status).toBe(66);
    expect((await b.assay('verify', 'nvidia', nvidia('nvtrust/ppcie/gpu_evidence.json'), ...P1.slice(1))).status).toBe(64);
  });

  it('says in prose what it says in JSON', async () => {
    const { stdout, status } = await b.prose('verify', 'nvidia', ...P1, ...P1_RIMS, ...P1_AT, '--nonce', NONCE);
    expect(status).toBe(0);
    expect(stdout).toContain('32 compared, 35 skipped');
  });
});
