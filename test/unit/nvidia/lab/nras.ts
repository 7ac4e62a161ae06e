/** NVIDIA's attestation service, played: tokens of our own keys, each part replaceable. Written apart from what it tests. */
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { CodedError } from '../../../../src/checks/error';
import type { Getter } from '../../../../src/checks/getter';

export const ISSUER = 'https://nras.attestation.nvidia.com';

export interface NrasKey {
  readonly id: string;
  readonly secret: KeyObject;
  readonly jwk: Readonly<Record<string, unknown>>;
}

export function nrasKey(id: string, curve: 'P-384' | 'P-256' = 'P-384'): NrasKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: curve });
  return { id, secret: privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid: id, x5c: [] } };
}

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export function tokenOf(claims: unknown, key: NrasKey, header: Readonly<Record<string, unknown>> = {}): string {
  const signed = `${part({ kid: key.id, alg: 'ES384', ...header })}.${part(claims)}`;
  return `${signed}.${sign('sha384', Buffer.from(signed), { key: key.secret, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

type Claims = Readonly<Record<string, unknown>>;

export interface AnswerOptions {
  readonly nonce: Uint8Array;
  /** Ms since the epoch. */
  readonly now: number;
  readonly devices: readonly { readonly ueid: string; readonly driver: string; readonly vbios: string }[];
  readonly key: NrasKey;
  readonly overall?: Claims;
  /** Claims of device `i`, in place of or beside the usual. */
  readonly device?: (i: number) => Claims;
  /** What the digests are said to be. */
  readonly digest?: string;
  /** Bends a device's token after it was bound. */
  readonly after?: (token: string, i: number) => string;
}

export function nrasAnswer({ nonce, now, devices, key, overall = {}, device = () => ({}), digest = 'SHA-256', after = (token) => token }: AnswerOptions): Uint8Array {
  const seconds = Math.floor(now / 1000);
  const common = { iss: ISSUER, iat: seconds, nbf: seconds, exp: seconds + 3600 };
  const eat_nonce = Buffer.from(nonce).toString('hex');
  const tokens = devices.map(({ ueid, driver, vbios }, i) => {
    const usual = { ...common, eat_nonce, ueid, measres: 'success', 'x-nvidia-gpu-attestation-report-nonce-match': true, 'x-nvidia-gpu-driver-version': driver, 'x-nvidia-gpu-vbios-version': vbios };
    return [`GPU-${i}`, tokenOf({ ...usual, ...device(i) }, key)] as const;
  });
  const submods = Object.fromEntries(tokens.map(([name, token]) => [name, ['DIGEST', [digest, createHash('sha256').update(token).digest('hex')]]]));
  const top = tokenOf({ ...common, sub: 'NVIDIA-PLATFORM-ATTESTATION', eat_nonce, 'x-nvidia-overall-att-result': true, submods, ...overall }, key);
  return new Uint8Array(Buffer.from(JSON.stringify([['JWT', top], Object.fromEntries(tokens.map(([name, token], i) => [name, after(token, i)]))])));
}

export const jwksOf = (...keys: readonly NrasKey[]): Uint8Array => new Uint8Array(Buffer.from(JSON.stringify({ keys: keys.map(({ jwk }) => jwk) })));

/** Answers as told and counts; `undefined` is no answer at all, a number a status. */
export class FakeNras {
  readonly asked: string[] = [];
  readonly bodies: string[] = [];
  answer: () => Uint8Array | number | undefined = () => undefined;
  keys: () => Uint8Array | number | undefined = () => undefined;

  readonly get: Getter = async (url, options) => {
    const path = new URL(url).pathname;
    this.asked.push(path);
    if (typeof options.body === 'string') this.bodies.push(options.body);
    await Promise.resolve();
    const found = path.endsWith('jwks.json') ? this.keys() : this.answer();
    if (found === undefined) throw new CodedError('NETWORK_UNREACHABLE', new URL(url).host);
    return typeof found === 'number' ? { status: found, header: () => undefined, body: new Uint8Array() } : { status: 200, header: () => undefined, body: found };
  };
}
