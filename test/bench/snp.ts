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

const ROUNDS = 200;
const BUDGET = 1.7;

type Run = () => Promise<unknown>;

const middle = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

async function timed(run: Run): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

/** Median ms of the bare checks and of the verdict, and the median of their ratio round by round: a busy machine slows both. */
async function race(raw: Run, verdict: Run): Promise<{ raw: number; verdict: number; ratio: number }> {
  const rounds: { raw: number; verdict: number }[] = [];
  for (let i = 0; i < ROUNDS + 20; i += 1) {
    const round = { raw: await timed(raw), verdict: await timed(verdict) };
    if (i >= 20) rounds.push(round);
  }
  return { raw: middle(rounds.map((round) => round.raw)), verdict: middle(rounds.map((round) => round.verdict)), ratio: middle(rounds.map((round) => round.verdict / round.raw)) };
}

for (const id of ['routex-genoa-v5', 'tinfoil-genoa', 'ms-turin', 'trustee-vlek']) {
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
  const verifyRsa: Run = () => crypto.subtle.verify({ name: 'RSA-PSS', saltLength: 48 }, rsa, signature, tbs);
  const verifyEc: Run = () => crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-384' }, ec, rs, signed);
  const forget = (): void => {
    forgetCertificates();
    forgetP384();
    forgetRsaKeys();
  };
  const warm = await race(verifyEc, () => checkSnp(input));
  const cold = await race(
    async () => {
      await verifyRsa();
      await verifyEc();
    },
    () => {
      forget();
      return checkSnp(input);
    },
  );
  const cost = ({ raw, verdict, ratio }: typeof warm): string => `${verdict.toFixed(2)} ms beside ${raw.toFixed(2)} ms, ${ratio.toFixed(2)} ×`;
  console.log(`${warm.ratio <= BUDGET ? 'ok  ' : 'OVER'} ${id}, warm (same chip again: one P-384): ${cost(warm)} (budget ${BUDGET})`);
  console.log(`     ${id}, nothing remembered (RSA-4096-PSS and P-384): ${cost(cold)}`);
}
