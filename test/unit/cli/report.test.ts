/** `assay verify report`: a whole report of io.net's agent, with Intel's and NVIDIA's services played by the laboratory. */
import { createHash } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { CodedError } from '../../../src/checks/error';
import type { Getter } from '../../../src/checks/getter';
import { readOcspRequest } from '../../../src/x509/ocsp-request';
import { root as intelRoot } from '../../simulator/pki/intel';
import { pem } from '../../simulator/pki/der';
import { MEASUREMENTS } from '../../simulator/tdx/machine';
import { tdxQuote } from '../../simulator/tdx/quote';
import { answer, FakeIntel } from '../collateral/fake-intel';
import { goodRims } from '../nvidia/lab';
import type { Authority } from '../nvidia/lab/certificates';
import { deviceRoot } from '../nvidia/lab/device';
import { rimRoot } from '../nvidia/lab/manifest';
import { respond } from '../nvidia/lab/responder';
import { key } from '../providers/fixture';
import { GPUS, gpuList, RIM_CHAIN } from '../providers/gpus';
import { bench, NOW } from './shell';

const NONCE = Buffer.alloc(32, 0xa5);
const intel = new FakeIntel();
intel.options = { now: NOW };

const links = [...GPUS.map(({ chain }) => chain), RIM_CHAIN].flatMap((chain) => chain.slice(0, -1).map((about, i) => ({ about, issuer: chain[i + 1] })));

function ocsp(request: Uint8Array): Uint8Array {
  const { ids, nonce } = readOcspRequest(request);
  const found = links.find(({ about }) => about.serial.toString('hex') === ids[0]?.serial);
  if (found?.issuer === undefined) return new Uint8Array(Buffer.from('30030a0106', 'hex'));
  return respond({ about: found.about, issuer: found.issuer, thisUpdate: NOW - 60_000, nextUpdate: NOW + 3_600_000, ...(nonce === undefined ? {} : { nonce }) });
}

function rim(id: string): Uint8Array {
  const document = goodRims().find(({ name }) => id.includes(name.toUpperCase()))?.bytes ?? new Uint8Array();
  return Buffer.from(JSON.stringify({ id, rim: Buffer.from(document).toString('base64'), sha256: createHash('sha256').update(document).digest('hex'), rim_format: 'TCG' }));
}

let silent = false;
const asked: string[] = [];
const get: Getter = async (url, options) => {
  const { host, pathname } = new URL(url);
  asked.push(host);
  if (silent) throw new CodedError('NETWORK_UNREACHABLE', host);
  if (host === 'rim.attestation.nvidia.com') return answer(rim(pathname.slice('/v1/rim/'.length)));
  if (host === 'ocsp.ndis.nvidia.com' && options.body instanceof Uint8Array) return answer(ocsp(options.body));
  return intel.get(url, options);
};

const b = bench({ get });
afterAll(() => b.close());
const anchor = (name: string, { der }: Pick<Authority, 'der'>): readonly string[] => ['--trust-anchor', b.file(`${name}.pem`, pem('CERTIFICATE', der))];
const lab = [...anchor('intel', intelRoot), ...anchor('device', deviceRoot), ...anchor('rim', rimRoot)];
const of = ['--dialect', 'ionet-agent', '--nonce', NONCE.toString('hex')];

const report = (over: Readonly<Record<string, unknown>> = {}): string => JSON.stringify({
  nonce: NONCE.toString('hex'),
  cpu: { quote: tdxQuote({ reportData: Buffer.concat([NONCE, Buffer.alloc(32)]), now: NOW }).toString('hex') },
  gpu: { nonce: NONCE.toString('hex'), arch: 'HOPPER', evidence_list: gpuList(NONCE, 2), claims_version: '3.0' },
  signing_address: key(7).address, image_digest: `sha256:${'cd'.repeat(32)}`, ...over,
});

describe('verify report --dialect ionet-agent', () => {
  const file = b.file('report.json', report());

  it('judges processor, GPUs and bindings as the extension does', async () => {
    const ran = await b.assay('verify', 'report', file, ...of, ...lab);
    expect(ran).toMatchObject({ status: 0, json: { state: 'limited', anchors: 'custom' } });
    expect(ran.by).toMatchObject({
      'quote.signature': 'pass', tcb: 'pass', nonce: 'pass', 'gpu[0].signature': 'pass', 'gpu[1].measurements': 'pass', 'gpu[1].revocation': 'pass', 'list.duplicates': 'pass',
      'gpu.binding': 'weak GPU_COLOCATION_NOT_PROVEN', 'key.binding': 'weak SIGNER_NOT_BOUND', software: 'weak SOFTWARE_NOT_KNOWN',
    });
    expect(ran.json.claims).toMatchObject({
      dialect: 'ionet-agent', tee: 'tdx', mrTd: MEASUREMENTS.mrTd.toString('hex'), devices: [{ family: 'HOPPER', nonce: NONCE.toString('hex') }, { mismatched: [] }],
      signers: [{ address: key(7).address.slice(2).toLowerCase(), binding: 'none' }],
    });
    expect(await b.assay('verify', file, ...of, ...lab)).toMatchObject({ status: 0 });
    expect((await b.prose('verify', 'report', file, ...of, ...lab)).stdout).toContain('report of io.net (ionet-agent)');
  });

  it('a reference value that collects its own GPUs’ evidence ties them to the machine; --require still asks for more', async () => {
    const own = b.file('own.json', JSON.stringify({ dialect: 'ionet-agent', role: 'agent', kind: 'tdx-registers', values: Object.fromEntries((['mrTd', 'rtmr1', 'rtmr2'] as const).map((name) => [name, [MEASUREMENTS[name].toString('hex')]])), properties: { collectsOwnGpu: true }, note: '' }));
    const ran = await b.assay('verify', 'report', file, ...of, ...lab, '--reference', own, '--require', 'verified');
    expect(ran).toMatchObject({ status: 3, by: { 'gpu.binding': 'pass', software: 'pass' } });
  });

  it('another number, or another root, is 1', async () => {
    expect(await b.assay('verify', 'report', file, '--dialect', 'ionet-agent', '--nonce', '00'.repeat(32), ...lab)).toMatchObject({ status: 1, by: { nonce: 'fail NONCE_MISMATCH', 'gpu[0].nonce': 'fail NONCE_MISMATCH' } });
    expect(await b.assay('verify', 'report', file, ...of)).toMatchObject({ status: 1, by: { 'pck.chain': 'fail ROOT_UNTRUSTED', 'gpu[0].chain': 'fail ROOT_UNTRUSTED' } });
    expect(await b.assay('verify', 'report', file, ...of, ...lab.slice(0, 2))).toMatchObject({ status: 1, by: { 'quote.signature': 'pass', 'gpu[0].chain': 'fail ROOT_UNTRUSTED' } });
  });

  it('what is no report is 1, with a code', async () => {
    for (const text of ['', '[]', '{"gpu":{}}', 'hello']) expect(await b.assay('verify', 'report', b.file('bad', text), ...of, ...lab), text).toMatchObject({ status: 1, json: { state: 'failed' } });
  });

  it('vendors who cannot be reached, and --offline, are 2', async () => {
    silent = true;
    expect(await b.assay('verify', 'report', file, ...of, ...lab)).toMatchObject({ status: 2, by: { tcbinfo: 'unknown COLLATERAL_UNREACHABLE', 'gpu[0].rim.driver': 'unknown COLLATERAL_UNREACHABLE', 'gpu[0].revocation': 'unknown COLLATERAL_UNREACHABLE' } });
    silent = false;
    asked.length = 0;
    const offline = await b.assay('verify', 'report', file, ...of, ...lab, '--offline');
    expect(offline).toMatchObject({ status: 2, by: { tcbinfo: 'unknown TCB_INFO_MISSING', 'gpu[0].rim.driver': 'unknown RIM_MISSING', 'gpu[0].revocation': 'unknown OCSP_MISSING', 'gpu[0].signature': 'pass' } });
    expect(asked).toEqual([]);
    // Nobody was asked, so nobody is blamed.
    expect((await b.prose('verify', 'report', file, ...of, ...lab, '--offline')).stdout).not.toContain('NVIDIA could not be reached');
  });

  it('needs the dialect and the number, and refuses what belongs elsewhere', async () => {
    for (const words of [[], ['--dialect', 'ionet-agent'], ['--nonce', '00'], ['--dialect', 'ionet-agent', '--nonce', '00'.repeat(16)], [...of, '--rims', '.'], ['--dialect', 'nobody', ...of.slice(2)]]) {
      expect((await b.assay('verify', 'report', file, ...words)).status, words.join(' ')).toBe(64);
    }
    expect((await b.assay('verify', 'report', file, '--dialect', 'nobody', ...of.slice(2))).json.error?.code).toBe('VERIFIER_NOT_BUILT');
  });
});
