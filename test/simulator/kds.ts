/**
 * AMD's Key Distribution Service (kdsintf.amd.com) as far as a verifier asks: a chip's certificate by chip id and TCB,
 * the chain and the revocation list of each product line. No CORS headers, as the real one; headers as recorded.
 */
import type { Switchboard } from './faults.ts';
import { cut, send } from './http.ts';
import type { Exchange, Handler } from './http.ts';
import { amdCrl, authority, issuerOf, PRODUCTS, vekCertificate } from './pki/amd.ts';
import type { KeyKind, Product, Tcb } from './pki/amd.ts';
import { chipIdOf, GENOA, OTHER_GENOA, SNP_MACHINES, vekFactsOf } from './sevsnp/machine.ts';
import type { SnpMachine } from './sevsnp/machine.ts';

export const KDS_HOST = 'kdsintf.amd.com';

const DAY = 86_400_000;

/** When AMD would have issued the list that it serves at `now`: a new one each day, good for a year. */
export function amdCrlDates(now: number, age: 'current' | 'stale' | 'rolled-back'): { readonly issued: number; readonly next: number; readonly number: number } {
  const back = { current: 0, 'rolled-back': 60, stale: 400 }[age];
  const day = Math.floor(now / DAY) - back;
  return { issued: day * DAY, next: (day + 365) * DAY, number: day };
}

/** The SVN of a query, decimal and at most 255; a missing one counts as 0. */
function svn(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name) ?? '0';
  return /^\d{1,3}$/.test(text) && Number(text) < 256 ? Number(text) : undefined;
}

function tcbOf(query: URLSearchParams, product: Product): Tcb | undefined {
  const [fmc, bl, tee, snp, ucode] = ['fmcSPL', 'blSPL', 'teeSPL', 'snpSPL', 'ucodeSPL'].map((name) => svn(query, name));
  if (fmc === undefined || bl === undefined || tee === undefined || snp === undefined || ucode === undefined) return undefined;
  return product === 'Turin' ? { fmc, bl, tee, snp, ucode } : { bl, tee, snp, ucode };
}

/** AMD certifies every TCB up to the newest that a chip has had. */
const reaches = (machine: SnpMachine, tcb: Tcb): boolean => {
  const most = machine.currentTcb ?? machine.tcb;
  return (tcb.fmc ?? 0) <= (most.fmc ?? 0) && tcb.bl <= most.bl && tcb.tee <= most.tee && tcb.snp <= most.snp && tcb.ucode <= most.ucode;
};

function machineOf(product: Product, hwId: string): SnpMachine | undefined {
  const digits = product === 'Turin' ? 16 : 128;
  return SNP_MACHINES.find((machine) => machine.product === product && hwId.length === digits && chipIdOf(machine).toString('hex').slice(0, digits) === hwId.toLowerCase());
}

export function kds(faults: Switchboard, now: () => number): Handler {
  const answer = (exchange: Exchange, type: string, name: string, body: Uint8Array | string): void =>
    send(exchange, 200, { 'content-type': type, 'cache-control': 'no-cache', pragma: 'no-cache', 'content-disposition': `attachment; filename=${name}` }, body);
  const fail = (exchange: Exchange, status: number): void =>
    send(exchange, status, { 'content-type': 'text/plain', ...(status === 429 ? { 'retry-after': '30' } : {}) }, status === 429 ? 'Too Many Requests' : 'Not Found');

  function vcek(exchange: Exchange, product: Product, hwId: string): void {
    const tcb = tcbOf(exchange.url.searchParams, product);
    if (tcb === undefined) return fail(exchange, 400);
    const machine = machineOf(product, hwId);
    if (machine === undefined || !reaches(machine, tcb) || faults.has('kds-404')) return fail(exchange, 404);
    const other = machine.label === OTHER_GENOA.label ? GENOA : OTHER_GENOA;
    const facts = { ...vekFactsOf(faults.has('kds-wrong-vcek') ? other : machine), kind: 'vcek' as const, tcb };
    answer(exchange, 'application/octet-stream', `${hwId.slice(0, 16)}.cert`, vekCertificate(facts, now()).der);
  }

  function crl(exchange: Exchange, product: Product, kind: KeyKind): void {
    const { issued, next, number } = amdCrlDates(now(), faults.has('kds-crl-stale') ? 'stale' : faults.has('kds-crl-rolled-back') ? 'rolled-back' : 'current');
    const revoked = faults.has('kds-ask-revoked') ? [issuerOf('vcek', product).serial, issuerOf('vlek', product).serial] : [];
    const by = faults.has('kds-crl-signature-bad') ? { by: issuerOf(kind, product).key } : {};
    answer(exchange, 'application/octet-stream', 'crl.der', amdCrl({ product, number, thisUpdate: issued, nextUpdate: next, revoked, ...by }));
  }

  return (exchange) => {
    if (faults.has('kds-down')) return cut(exchange);
    if (faults.has('kds-500')) return fail(exchange, 500);
    if (faults.has('kds-429')) return fail(exchange, 429);
    const match = /^\/(vcek|vlek)\/v1\/([A-Z][a-z]+)\/([\w]+)$/.exec(exchange.url.pathname);
    const product = PRODUCTS.find((one) => one === match?.[2]);
    if (match === null || product === undefined || exchange.request.method !== 'GET') return fail(exchange, 404);
    const kind = match[1] === 'vlek' ? 'vlek' : 'vcek';
    const what = match[3] ?? '';
    if (what === 'crl') return crl(exchange, product, kind);
    if (what === 'cert_chain') return answer(exchange, 'application/octet-stream', `${product}.pem`, issuerOf(kind, product).pem + authority('ark', product).pem);
    // A provider's certificate is handed to the provider alone.
    return kind === 'vcek' ? vcek(exchange, product, what) : fail(exchange, 404);
  };
}
