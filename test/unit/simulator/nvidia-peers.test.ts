/** NVIDIA's side of the simulator in the eyes of code that is not ours: openssl, node:crypto, and xmlsec1 where it is installed. */
import { spawnSync } from 'node:child_process';
import { createPublicKey, randomBytes, verify, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Switchboard } from '../../simulator/faults';
import type { FaultName } from '../../simulator/faults';
import { FLAVOUR } from '../../simulator/flavour';
import { CHIPS, device, DEVICE_ROOT_NAME, deviceRoot } from '../../simulator/nvidia/device';
import { gpuEvidence, gpuLabel, MACHINES } from '../../simulator/nvidia/evidence';
import { FIRMWARE } from '../../simulator/nvidia/firmware';
import { MALFORMED, ocspAnswer, UNAUTHORIZED } from '../../simulator/nvidia/ocsp';
import { rimXml } from '../../simulator/nvidia/rim';
import { RIM_ROOT_NAME, rimChain, rimRoot } from '../../simulator/nvidia/rim-pki';
import { ocspWorld } from '../../simulator/nvidia/services';
import { sha256 } from '../../simulator/pki/keys';
import { nvidiaNameText } from '../../simulator/pki/nvidia';
import type { Authority } from '../../simulator/pki/nvidia';

const NOW = Date.now();
const has = (tool: string, ...version: readonly string[]): boolean => spawnSync(tool, version).status === 0;
const openssl = has('openssl', 'version');
const xmlsec = has('xmlsec1', '--version');

let folder = '';
beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'assay-nvidia-')); });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function run(tool: string, ...args: readonly string[]): { readonly status: number | null; readonly said: string } {
  const { status, stdout, stderr } = spawnSync(tool, args, { encoding: 'utf8' });
  return { status, said: stdout + stderr };
}

function at<Item>(items: readonly Item[], index: number): Item {
  const item = items[index];
  if (item === undefined) throw new RangeError(`nothing at ${index}`);
  return item;
}

const pems = (chain: readonly Authority[]): string => chain.map((one) => one.pem).join('');

describe('the simulator flavour', () => {
  it.each([['nvidia-device', deviceRoot, DEVICE_ROOT_NAME], ['nvidia-rim', rimRoot, RIM_ROOT_NAME]] as const)('pins the root of kind %s that the generators sign with', (kind, root, name) => {
    expect(FLAVOUR.anchors.find((anchor) => anchor.kind === kind)).toMatchObject({
      vendor: 'nvidia', subject: nvidiaNameText(name), spki: root.key.spki.toString('hex'), fingerprint: sha256(root.der).toString('hex'),
    });
    expect(new X509Certificate(root.der).subject.split('\n').reverse().join(', ')).toBe(nvidiaNameText(name));
  });
});

describe('certificates', () => {
  const chains = [...CHIPS.map((chip) => [chip, device(chip, 'a device').chain] as const), ...['GH100', 'LS10'].map((product) => [`manifests of ${product}`, rimChain(product, NOW)] as const)];
  it.each(chains)('%s: node:crypto finds each signed by the next, and simulated by its own word', (_, chain) => {
    const read = chain.map((one) => new X509Certificate(one.der));
    for (const [index, certificate] of read.entries()) {
      const issuer = read[index + 1] ?? certificate;
      expect(certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)).toBe(true);
      expect(certificate.ca).toBe(index > 0);
      expect(certificate.subject).toContain('O=Assay Simulator');
    }
  });
  it.skipIf(!openssl).each(chains)('%s: openssl verifies the chain, strictly', (name, chain) => {
    const root = file('root.pem', chain.at(-1)?.pem ?? '');
    const { said } = run('openssl', 'verify', '-x509_strict', '-CAfile', root, '-untrusted', file('between.pem', pems(chain.slice(1, -1))), file('leaf.pem', chain[0]?.pem ?? ''));
    expect(said, name).toMatch(/: OK\n$/);
  });
});

describe('a report', () => {
  it('carries a signature that node:crypto verifies with the leaf’s key, over our nonce', () => {
    const nonce = randomBytes(32);
    const { evidence, certificate } = gpuEvidence({ label: MACHINES[0], chip: 'GH100', gpus: 1, switches: 0, mode: 'single' }, 0, nonce);
    const bytes = Buffer.from(evidence, 'base64');
    const leaf = new X509Certificate(Buffer.from(certificate, 'base64'));
    const key = { key: createPublicKey(leaf.publicKey.export({ type: 'spki', format: 'pem' })), dsaEncoding: 'ieee-p1363' } as const;
    expect(bytes.subarray(4, 36)).toEqual(nonce);
    expect(verify('sha384', bytes.subarray(0, -96), key, bytes.subarray(-96))).toBe(true);
    expect(verify('sha384', Buffer.concat([bytes.subarray(0, -97), Buffer.from([1])]), key, bytes.subarray(-96))).toBe(false);
  });
});

describe.skipIf(!xmlsec)('manifests in the eyes of xmlsec1', () => {
  const driver = at(FIRMWARE.GH100.manifests, 0);
  const verdict = (xml: string): string => run('xmlsec1', '--verify', '--trusted-pem', file('rim-root.pem', rimRoot.pem), file('rim.xml', xml)).said;
  it('verify, certificates and all, for every chip', () => {
    for (const manifest of CHIPS.flatMap((chip) => FIRMWARE[chip].manifests)) expect(verdict(rimXml(manifest, rimChain(manifest.product, NOW)))).toMatch(/^OK\nSignedInfo References \(ok\/all\): 1\/1/);
  });
  it('do not when a value, or the signed digest, is touched', () => {
    const good = rimXml(driver, rimChain('GH100', NOW));
    expect(verdict(good.replace('active="True"', 'active="False"'))).toContain('FAIL');
    expect(verdict(good.replace(/<ds:DigestValue>./, (start) => `${start.slice(0, -1)}${start.endsWith('A') ? 'B' : 'A'}`))).toContain('FAIL');
  });
});

describe.skipIf(!openssl)('the responder in the eyes of openssl', () => {
  const chain = device('GH100', gpuLabel(MACHINES[0], 0)).chain;
  const [leaf, boot, ica, product, root] = [at(chain, 0), at(chain, 1), at(chain, 2), at(chain, 3), at(chain, 4)];
  const rims = rimChain('GH100', NOW);

  /** openssl's request, our answer, openssl's two verdicts: signature with nonce, and what is said of the certificate. */
  function asked(certificate: Authority, issuer: Authority, { faults = [], hash = 'sha384', between = [ica, product], anchor = root }: { readonly faults?: readonly FaultName[]; readonly hash?: string; readonly between?: readonly Authority[]; readonly anchor?: Authority } = {}) {
    const about = ['-issuer', file('issuer.pem', issuer.pem), '-cert', file('asked.pem', certificate.pem)];
    const request = join(folder, 'request.der');
    run('openssl', 'ocsp', `-${hash}`, ...about, '-reqout', request);
    const board = new Switchboard();
    for (const fault of faults) board.set(fault);
    const der = ocspAnswer(readFileSync(request), ocspWorld(board, () => NOW));
    const answer = ['-respin', file('response.der', der), '-CAfile', file('anchor.pem', anchor.pem), '-verify_other', file('others.pem', pems(between))];
    return { der, signature: run('openssl', 'ocsp', '-reqin', request, ...answer).said, status: run('openssl', 'ocsp', `-${hash}`, '-no_nonce', ...about, ...answer).said };
  }

  it.each(['sha1', 'sha256', 'sha384'])('answers ids in %s, signed by a responder of the issuer, with the nonce given back', (hash) => {
    const { signature, status } = asked(boot, ica, { hash });
    expect(signature).toBe('Response verify OK\n');
    expect(status).toContain('asked.pem: good');
  });
  it('answers about every certificate that a verifier asks for', () => {
    for (const index of [1, 2, 3]) expect(asked(at(chain, index), at(chain, index + 1)).status).toContain('good');
    for (const index of [0, 1, 2]) expect(asked(at(rims, index), at(rims, index + 1), { between: rims.slice(1, 3), anchor: rimRoot }).status).toContain('good');
  });
  it.each([
    ['ocsp-revoked', /revoked[^]*keyCompromise/], ['ocsp-unknown', /asked.pem: unknown/], ['ocsp-stale', /status expired/],
  ] as const)('%s: says so of the provisioner', (fault, words) => {
    expect(asked(ica, product, { faults: [fault] }).status).toMatch(words);
  });
  it('puts the manifests’ signer on hold', () => {
    expect(asked(at(rims, 0), at(rims, 1), { faults: ['ocsp-rim-hold'], between: rims.slice(1, 3), anchor: rimRoot }).status).toMatch(/revoked[^]*certificateHold/);
  });
  it('leaves the nonce out when told to', () => {
    expect(asked(boot, ica, { faults: ['ocsp-nonce-missing'] }).signature).toContain('no nonce in response');
  });
  it('has no record of leafs or of strangers, and knows no request in other bytes', () => {
    expect(asked(leaf, boot).der).toEqual(UNAUTHORIZED);
    expect(asked(at(device('GH100', 'a device of nobody’s').chain, 1), ica).status).toContain('unknown');
    const world = ocspWorld(new Switchboard(), () => NOW);
    for (const bytes of ['', '30', '3003020100', '300aff', `30${'80'.repeat(20)}`]) expect(ocspAnswer(Buffer.from(bytes, 'hex'), world)).toEqual(MALFORMED);
  });
});
