/** The recorded quotes and collateral of ../shared/vectors/intel-tdx as inputs, mutations included (see its PROVENANCE.md). */
import { readFileSync } from 'node:fs';
import type { TdxCollateral } from '../../src/evidence/tdx/types';
import { fromHex, toHex } from '../../src/encoding/hex';
import { toPem } from '../../src/encoding/pem';
import { vector } from './shared';

export interface Expected {
  readonly ok: boolean;
  readonly error?: string;
  readonly status?: string;
  readonly platform?: string;
  readonly module?: string | null;
  readonly qe?: string;
  readonly launch?: string;
  readonly current?: string;
  readonly advisories?: readonly string[];
  readonly tcbDate?: string;
  readonly fmspc?: string;
  readonly eval?: number;
  readonly debug?: boolean;
  readonly tdattr?: string;
  readonly septVeDisable?: boolean;
}

export interface RealSet {
  readonly id: string;
  readonly quote: string;
  readonly now: number;
  readonly tcb: string;
  readonly qe: string;
  readonly pck_crl: string;
  readonly root_crl: string;
  readonly tcb_signer: string;
  readonly qe_signer: string;
  readonly expected: Expected;
}

export interface Mutation {
  readonly id: string;
  readonly base: string;
  readonly op: Readonly<Record<string, unknown>>;
  readonly now: number;
  readonly expected: Expected;
}

const root = (path: string) => vector(`intel-tdx/${path}`);
const json = (path: string): unknown => JSON.parse(readFileSync(root(path), 'utf8'));
const bytes = (path: string): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(root(path)));

export const realSets = (): readonly RealSet[] => json('sets/real-sets.json') as RealSet[];
export const mutations = (): readonly Mutation[] => json('sets/mutations.json') as Mutation[];
export const quote = (id: string): Uint8Array<ArrayBuffer> => bytes(`quotes/${id}.bin`);
export const padded = (name: string): Uint8Array<ArrayBuffer> => bytes(`quotes/padded/${name}`);
export const crl = (id: string): Uint8Array<ArrayBuffer> => bytes(`collateral/crl/${id}.der`);
export const certificate = (id: string): Uint8Array<ArrayBuffer> => bytes(`collateral/cert/${id}.der`);
export const captured = (name: string): Uint8Array<ArrayBuffer> => bytes(`pcs/captured-2026-06-29/${name}`);
export const capturedMeta = (name: string) => json(`pcs/captured-2026-06-29/${name}`) as { url: string; status: number; headers: Record<string, string[]> };

interface Index {
  readonly tcb_info: Readonly<Record<string, { readonly sig: string }>>;
  readonly qe_identity: Readonly<Record<string, { readonly sig: string }>>;
  readonly crl: Readonly<Record<string, unknown>>;
  readonly cert: Readonly<Record<string, unknown>>;
}
let index: Index | undefined;
export const collateralIndex = (): Index => (index ??= json('collateral/index.json') as Index);
export const quoteIndex = () => json('quotes/index.json') as Readonly<Record<string, { readonly real: boolean | null; readonly version: number; readonly tee: number }>>;

/** The newer root certificate, which closes every signer's chain here. */
const ROOT = '44a0196b2b99f889';

export function collateralOf(set: RealSet): Required<Omit<TdxCollateral, 'pck_crl_issuer_chain'>> & { pck_crl_issuer_chain: string } {
  const signerChain = (id: string) => toPem(certificate(id)) + toPem(certificate(ROOT));
  return {
    pck_crl_issuer_chain: pckIssuers(quote(set.quote)),
    root_ca_crl: toHex(crl(set.root_crl)),
    pck_crl: toHex(crl(set.pck_crl)),
    tcb_info_issuer_chain: signerChain(set.tcb_signer),
    tcb_info: readFileSync(root(`collateral/tcb_info/${set.tcb}.json`), 'utf8'),
    tcb_info_signature: collateralIndex().tcb_info[set.tcb]?.sig ?? '',
    qe_identity_issuer_chain: signerChain(set.qe_signer),
    qe_identity: readFileSync(root(`collateral/qe_identity/${set.qe}.json`), 'utf8'),
    qe_identity_signature: collateralIndex().qe_identity[set.qe]?.sig ?? '',
  };
}

function pckIssuers(bytes: Uint8Array): string {
  const pems = Buffer.from(bytes).toString('latin1').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/g) ?? [];
  return pems.slice(1).join('');
}

/** Applies one mutation's operation; an operation that is not known here is an error, not a no-op. */
export function mutate(op: Mutation['op'], base: { quote: Uint8Array<ArrayBuffer>; collateral: Record<string, string> }): { quote: Uint8Array<ArrayBuffer>; collateral: Record<string, string> } {
  let q = new Uint8Array(base.quote);
  const c = { ...base.collateral };
  const text = (value: unknown): string => String(value);
  const get = (field: unknown): string => c[text(field)] ?? '';
  for (const [name, value] of Object.entries(op)) {
    const list = (Array.isArray(value) ? value : [value]) as unknown[];
    const [a, b, d] = list;
    switch (name) {
      case 'xor':
        for (const [offset, mask] of list as [number, number][]) q[offset] = (q[offset] ?? 0) ^ mask;
        break;
      case 'truncate':
        q = q.slice(0, Number(a));
        break;
      case 'zero':
        q.fill(0, Number(a), Number(a) + Number(b));
        break;
      case 'set':
        q.set(fromHex(text(b)), Number(a));
        break;
      case 'append':
        q = Uint8Array.from([...q, ...fromHex(text(a))]);
        break;
      case 'replace':
        c[text(a)] = get(a).replace(text(b), text(d));
        break;
      case 'setc':
        c[text(a)] = text(b);
        break;
      case 'hexxor': {
        const raw = fromHex(get(a));
        const at = Number(b) < 0 ? raw.length + Number(b) : Number(b);
        raw[at] = (raw[at] ?? 0) ^ Number(d);
        c[text(a)] = toHex(raw);
        break;
      }
      case 'setcrl':
        c[text(a)] = toHex(crl(text(b)));
        break;
      case 'swap':
        [c[text(a)], c[text(b)]] = [get(b), get(a)];
        break;
      case 'copy':
        c[text(b)] = get(a);
        break;
      case 'swap2':
        [c['tcb_info'], c['qe_identity']] = [get('qe_identity'), get('tcb_info')];
        [c['tcb_info_signature'], c['qe_identity_signature']] = [get('qe_identity_signature'), get('tcb_info_signature')];
        break;
      case 'leafonly':
        c[text(a)] = `${get(a).split('-----END CERTIFICATE-----')[0]}-----END CERTIFICATE-----\n`;
        break;
      case 'now':
        break;
      default:
        throw new Error(`unknown operation ${name}`);
    }
  }
  return { quote: q, collateral: c };
}
