/** What a verifier does with the simulated Cube and AMD: asks over the wire, and has the product judge what came. */
import { randomBytes } from 'node:crypto';
import type { Check } from '../../../src/checks/check';
import type { ByteStore, Getter } from '../../../src/checks/getter';
import { CodedError } from '../../../src/checks/error';
import { DEFAULT } from '../../../src/checks/policy';
import type { Policy } from '../../../src/checks/policy';
import { amdKds } from '../../../src/collateral/amd-kds';
import { readCocosPolicy } from '../../../src/evidence/cocos/policy-read';
import { judgeCocos } from '../../../src/providers/cube/evidence';
import { stateOf } from '../../../src/verdict/state';
import { domainWith } from '../../simulator/cube/domains';
import type { Domain, Platform } from '../../simulator/cube/domains';
import { policyText } from '../../simulator/cube/policy';
import { CUBE_HOST, SESSION_TOKEN } from '../../simulator/cube/service';
import { FLAVOUR } from '../../simulator/flavour';
import type { Simulator } from '../../simulator/server';
import { tdxCollateral } from '../../simulator/tdx/collateral';
import { bytesOf, visit } from '../../simulator/visit';

export const CUBE = `https://${CUBE_HOST}`;

export interface Answer {
  readonly status: number;
  readonly body: Buffer;
  /** Lower-case name → its values in wire order. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
}

export async function ask(simulator: Simulator, url: string, how: { readonly method?: string; readonly body?: string; readonly token?: string | null } = {}): Promise<Answer> {
  const { token = SESSION_TOKEN, method, body } = how;
  const answer = await visit(simulator, url, { ...(method === undefined ? {} : { method }), ...(body === undefined ? {} : { body }), headers: token === null ? {} : { authorization: `Bearer ${token}` } });
  const headers = new Map<string, string[]>();
  for (let at = 0; at + 1 < answer.rawHeaders.length; at += 2) {
    const name = (answer.rawHeaders[at] ?? '').toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), answer.rawHeaders[at + 1] ?? '']);
  }
  return { status: answer.statusCode ?? 0, body: await bytesOf(answer), headers };
}

export interface Asked extends Answer {
  readonly reportData: Buffer;
  readonly nonce: Buffer;
}

/** One attestation request with fresh bytes, as the reference says it goes over the wire. */
export async function attest(simulator: Simulator, domain: Domain, token: string | null = SESSION_TOKEN): Promise<Asked> {
  const reportData = randomBytes(64);
  const nonce = randomBytes(32);
  const body = JSON.stringify({ report_data: reportData.toString('base64'), nonce: nonce.toString('base64'), to_json: false });
  return { ...(await ask(simulator, `${CUBE}/proxy/${domain.id}/attestation`, { method: 'POST', body, token })), reportData, nonce };
}

/** The product's way to AMD, over the wire; every call has a store of its own unless given one. */
export function kdsOver(simulator: Simulator, kept: Map<string, Uint8Array> = new Map(), now: () => number = Date.now): ReturnType<typeof amdKds> {
  const get: Getter = async (url, { maxBytes }) => {
    try {
      const answer = await visit(simulator, url);
      const body = await bytesOf(answer);
      if (body.length > maxBytes) throw new CodedError('RESPONSE_TOO_LARGE', `${body.length}`);
      return { status: answer.statusCode ?? 0, header: (name) => { const value = answer.headers[name.toLowerCase()]; return typeof value === 'string' ? value : undefined; }, body: new Uint8Array(body) };
    } catch (error) {
      if (error instanceof CodedError) throw error;
      throw new CodedError('NETWORK_UNREACHABLE', url);
    }
  };
  const store: ByteStore = { get: (key) => Promise.resolve(kept.get(key)), put: (key, value) => Promise.resolve(void kept.set(key, value)) };
  return amdKds({ get, store, now }, FLAVOUR.anchors);
}

export interface Verdict {
  readonly state: string;
  /** Of every check that did not pass: `outcome CODE`. */
  readonly amiss: Readonly<Record<string, string>>;
  readonly checks: readonly Check[];
}

export interface VerdictOptions {
  readonly policy?: Policy;
  /** The policy that the user holds; the domain's own, good one unless given. */
  readonly held?: string;
  readonly kds?: ReturnType<typeof amdKds>;
}

/** The product's judgement of evidence that came over the wire, against the policy that the user holds. */
export async function judge(simulator: Simulator, domain: Domain, asked: Pick<Asked, 'body' | 'reportData' | 'nonce'>, { policy = DEFAULT, held = policyText(domain), kds = kdsOver(simulator) }: VerdictOptions = {}): Promise<Verdict> {
  const now = Date.now();
  const { checks } = await judgeCocos(
    { evidence: asked.body, reportData: asked.reportData, nonce: asked.nonce, policies: [{ policy: readCocosPolicy(held), source: 'a file of the user’s' }], references: [], complete: true },
    { now, policy, anchors: FLAVOUR.anchors, snpCollateral: kds, tdxCollateral: () => Promise.resolve({ collateral: tdxCollateral({ now }) }) },
  );
  return { state: stateOf(checks), amiss: Object.fromEntries(checks.filter(({ outcome }) => outcome !== 'pass').map(({ id, outcome, code }) => [id, `${outcome} ${code}`])), checks };
}

export const verdict = async (simulator: Simulator, platform: Platform, options: VerdictOptions = {}): Promise<Verdict> => {
  const domain = domainWith(platform);
  return await judge(simulator, domain, await attest(simulator, domain), options);
};
