/**
 * What one SEV-SNP report costs beside its bare signature checks, in one run (DESIGN 9: at most 1.7 times).
 * Bundle and run: `npx esbuild test/bench/snp.ts --bundle --platform=node --format=esm --outfile=.output/bench/snp.mjs && node .output/bench/snp.mjs`.
 */
import { readFileSync } from 'node:fs';
import { GENUINE } from '../../src/checks/policy';
import { checkSnp } from '../../src/evidence/sevsnp';
import { AMD_INTERMEDIATES } from '../../src/roots/amd';
import { VENDOR_ANCHORS } from '../../src/roots/anchors';
import { forgetCertificates, readCertificate } from '../../src/x509/certificate';
import { forgetP384 } from '../../src/x509/p384';
import { forgetRsaKeys } from '../../src/x509/rsa-pss';

const folder = process.env['ASSAY_VECTORS_FOLDER'] ?? '../shared/vectors/amd-sev-snp';
interface Entry { id: string; report: string; vek?: string; expect: { verdict: string; valid_from?: string } }
const entries = JSON.parse(readFileSync(`${folder}/vectors.json`, 'utf8')) as Entry[];
const read = (path: string): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(`${folder}/${path}`));

const ROUNDS = 300;

/** Median µs of one call. */
async function median(run: () => Promise<unknown>): Promise<number> {
  for (let i = 0; i < 30; i += 1) await run();
  const times: number[] = [];
  for (let i = 0; i < ROUNDS; i += 1) {
    const start = performance.now();
    await run();
    times.push((performance.now() - start) * 1000);
  }
  return times.sort((a, b) => a - b)[ROUNDS / 2] ?? Number.NaN;
}

for (const id of ['ms-genoa-v3', 'tinfoil-genoa', 'ms-turin', 'trustee-vlek']) {
  const entry = entries.find((one) => one.id === id && one.expect.verdict === 'valid');
  if (entry?.vek === undefined) continue;
  const report = read(entry.report);
  const vek = read(entry.vek);
  const now = Date.parse(entry.expect.valid_from ?? '') + 1000;
  const input = { report, endorsements: { vek }, anchors: VENDOR_ANCHORS, now, policy: GENUINE.snp };
  const { checks } = await checkSnp(input);
  if (checks.some((check) => check.outcome === 'fail')) throw new Error(`${id} does not verify`);

  const certificate = readCertificate(vek);
  const issuer = AMD_INTERMEDIATES.find((one) => one.subject === certificate.issuer.text);
  if (issuer === undefined) throw new Error('no pinned issuer');
  const rsa = await crypto.subtle.importKey('spki', Buffer.from(issuer.spki, 'hex'), { name: 'RSA-PSS', hash: 'SHA-384' }, false, ['verify']);
  const ec = await crypto.subtle.importKey('spki', new Uint8Array(certificate.spki), { name: 'ECDSA', namedCurve: 'P-384' }, false, ['verify']);
  const rs = new Uint8Array([...report.slice(0x2a0, 0x2d0).reverse(), ...report.slice(0x2e8, 0x318).reverse()]);
  const [signature, tbs, signed] = [new Uint8Array(certificate.signature), new Uint8Array(certificate.signedBytes), report.slice(0, 0x2a0)];
  const rsaCost = await median(() => crypto.subtle.verify({ name: 'RSA-PSS', saltLength: 48 }, rsa, signature, tbs));
  const ecCost = await median(() => crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-384' }, ec, rs, signed));
  const warm = await median(() => checkSnp(input));
  const cold = await median(() => {
    forgetCertificates();
    forgetP384();
    forgetRsaKeys();
    return checkSnp(input);
  });
  const raw = rsaCost + ecCost;
  const times = (cost: number): string => `${cost.toFixed(0)} µs (${(cost / raw).toFixed(2)} ×)`;
  console.log(`${id}: RSA-4096-PSS ${rsaCost.toFixed(0)} µs + P-384 ${ecCost.toFixed(0)} µs = raw ${raw.toFixed(0)} µs; warm ${times(warm)}, budget 1.70 ×; nothing remembered ${times(cold)}`);
}
