/**
 * Intel's Provisioning Certification Service and its certificate host, as far as a verifier asks: the paths of API v4,
 * issuer chains percent-encoded in headers, no CORS headers (real answers carry none).
 */
import type { Switchboard } from './faults.ts';
import { cut, send, sendJson } from './http.ts';
import type { Exchange, Handler, Headers } from './http.ts';
import { pem } from './pki/der.ts';
import { labelled } from './pki/keys.ts';
import { pckCrl, pckCrlChain, qeIdentity, rootCrl, tcbChain, tcbInfo, tcbSignature } from './tdx/collateral.ts';
import type { CollateralOptions } from './tdx/collateral.ts';
import { FMSPC, UP_TO_DATE } from './tdx/machine.ts';

/** As `encodeURIComponent`, which is what the captured headers look like. */
const chainHeader = (name: string, chain: string): Headers => ({ [name]: encodeURIComponent(chain) });

export function pcs(faults: Switchboard, now: () => number): Handler {
  const options = (): CollateralOptions => ({
    now: now(),
    age: faults.has('pcs-stale') ? 'stale' : faults.has('pcs-rolled-back') ? 'rolled-back' : 'current',
    revoked: faults.has('pcs-pck-revoked') ? [UP_TO_DATE] : [],
    raised: faults.has('pcs-tcb-out-of-date'),
  });

  function answer(exchange: Exchange, type: string, chain: Headers, body: Uint8Array | string): void {
    const id = labelled(`request/${exchange.request.number}`, 16).toString('hex');
    send(exchange, 200, { 'content-type': type, 'request-id': id, ...(faults.has('pcs-chain-header-missing') ? {} : chain) }, body);
  }

  /** `{"<key>":<signed text>,"signature":"<hex>"}`, the text untouched. */
  function signed(key: string, text: string): string {
    const signature = tcbSignature(text, now());
    const shown = faults.has('pcs-signature-bad') ? `${signature.startsWith('0') ? '1' : '0'}${signature.slice(1)}` : signature;
    return `{"${key}":${text},"signature":"${shown}"}`;
  }

  const fail = (exchange: Exchange, status: number): void => sendJson(exchange, status, {}, { 'request-id': labelled(`request/${exchange.request.number}`, 16).toString('hex') });

  return (exchange) => {
    if (faults.has('pcs-down')) return cut(exchange);
    if (faults.has('pcs-500')) return fail(exchange, 500);
    if (exchange.request.method !== 'GET') return fail(exchange, 404);
    const { pathname, searchParams } = exchange.url;
    if (exchange.request.host === 'certificates.trustedservices.intel.com') {
      return pathname === '/IntelSGXRootCA.der' ? answer(exchange, 'binary/octet-stream', {}, rootCrl(options())) : fail(exchange, 404);
    }
    const match = /^\/(sgx|tdx)\/certification\/v4\/(tcb|qe\/identity|pckcrl)$/.exec(pathname);
    const tee = match?.[1] === 'tdx' ? 'tdx' : 'sgx';
    switch (match?.[2]) {
      case 'tcb': {
        const fmspc = searchParams.get('fmspc')?.toLowerCase();
        if (fmspc === undefined || !/^[0-9a-f]{12}$/.test(fmspc)) return fail(exchange, 400);
        if (fmspc !== FMSPC || faults.has('pcs-404')) return fail(exchange, 404);
        return answer(exchange, 'application/json', chainHeader('TCB-Info-Issuer-Chain', tcbChain(now())), signed('tcbInfo', tcbInfo(tee, fmspc, options())));
      }
      case 'qe/identity':
        return answer(exchange, 'application/json', chainHeader('SGX-Enclave-Identity-Issuer-Chain', tcbChain(now())), signed('enclaveIdentity', qeIdentity(tee, options())));
      case 'pckcrl':
        if (tee !== 'sgx' || searchParams.get('ca') !== 'platform') return fail(exchange, searchParams.get('ca') === null ? 400 : 404);
        return searchParams.get('encoding') === 'der'
          ? answer(exchange, 'application/pkix-crl', chainHeader('SGX-PCK-CRL-Issuer-Chain', pckCrlChain()), pckCrl(options()))
          : answer(exchange, 'application/x-pem-file', chainHeader('SGX-PCK-CRL-Issuer-Chain', pckCrlChain()), pem('X509 CRL', pckCrl(options())));
      case undefined:
      default:
        return fail(exchange, 404);
    }
  };
}
