/** A getter that answers like Intel's servers out of the simulator's generators, and counts; and a store in memory. */
import { CodedError } from '../../../src/checks/error';
import type { ByteStore, GetResponse, Getter } from '../../../src/checks/getter';
import { pckCrl, pckCrlChain, qeIdentity, rootCrl, tcbChain, tcbInfo, tcbSignature } from '../../simulator/tdx/collateral.ts';
import type { CollateralOptions } from '../../simulator/tdx/collateral.ts';
import { NOW } from '../evidence/simulated';


const text = (value: string) => new TextEncoder().encode(value);

export class FakeIntel {
  readonly asked: string[] = [];
  options: CollateralOptions = { now: NOW };
  /** Replaces single answers, or makes them fail. */
  tamper: (url: string, response: GetResponse) => GetResponse = (_, response) => response;
  offline = false;

  readonly get: Getter = async (url) => {
    this.asked.push(url);
    await Promise.resolve();
    if (this.offline) throw new CodedError('NETWORK_UNREACHABLE', new URL(url).host);
    return this.tamper(url, this.#answer(new URL(url)));
  };

  #answer(url: URL): GetResponse {
    const tee = url.pathname.startsWith('/tdx/') ? 'tdx' : 'sgx';
    const signed = (key: string, value: string) => text(`{"${key}":${value},"signature":"${tcbSignature(value, this.options.now)}"}`);
    if (url.pathname.endsWith('IntelSGXRootCA.der')) return answer(rootCrl(this.options));
    if (url.pathname.endsWith('/pckcrl')) return answer(pckCrl(this.options), { 'sgx-pck-crl-issuer-chain': pckCrlChain() });
    if (url.pathname.endsWith('/tcb')) return answer(signed('tcbInfo', tcbInfo(tee, url.searchParams.get('fmspc') ?? '', this.options)), { 'tcb-info-issuer-chain': tcbChain(this.options.now) });
    if (url.pathname.endsWith('/qe/identity')) return answer(signed('enclaveIdentity', qeIdentity(tee, this.options)), { 'sgx-enclave-identity-issuer-chain': tcbChain(this.options.now) });
    return { ...answer(new Uint8Array()), status: 404 };
  }
}

export function answer(body: Uint8Array, chains: Readonly<Record<string, string>> = {}): GetResponse {
  return { status: 200, body: new Uint8Array(body), header: (name) => (chains[name.toLowerCase()] === undefined ? undefined : encodeURIComponent(chains[name.toLowerCase()] ?? '')) };
}

export class MemoryStore implements ByteStore {
  readonly kept = new Map<string, Uint8Array>();
  get(key: string): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.kept.get(key));
  }
  put(key: string, value: Uint8Array): Promise<void> {
    this.kept.set(key, new Uint8Array(value));
    return Promise.resolve();
  }
}
