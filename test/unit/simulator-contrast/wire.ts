/** What a verifier does with a simulated Coordinator: asks over the wire, and has the product judge what came. */
import { randomBytes } from 'node:crypto';
import type { Check } from '../../../src/checks/check';
import { DEFAULT } from '../../../src/checks/policy';
import type { ReferenceValue } from '../../../src/checks/reference';
import { contrastOf } from '../../../src/providers/contrast';
import { MANIFEST_HASH } from '../../../src/providers/contrast/names';
import type { AppraiseContext, Provider } from '../../../src/providers/types';
import { sha256Hex } from '../../../src/signatures/digests';
import { stateOf } from '../../../src/verdict/state';
import { manifestText, OWN_DEPLOYMENT } from '../../simulator/contrast/deployment';
import { CONTRAST_HOST } from '../../simulator/contrast/service';
import { FLAVOUR } from '../../simulator/flavour';
import type { Simulator } from '../../simulator/server';
import { tdxCollateral } from '../../simulator/tdx/collateral';
import { bytesOf, visit } from '../../simulator/visit';
import { kdsOver } from '../simulator-cube/wire';

export const CONTRAST = `https://${CONTRAST_HOST}`;
export const own: Provider = contrastOf({ dialect: 'contrast', pageOrigin: CONTRAST, apiOrigin: CONTRAST, name: 'Ours' });

export interface Reply {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly body: Uint8Array;
}

export async function ask(simulator: Simulator, url: string, how: Parameters<typeof visit>[2] = {}): Promise<Reply> {
  const answer = await visit(simulator, url, how);
  return { status: answer.statusCode ?? 0, contentType: answer.headers['content-type'], body: new Uint8Array(await bytesOf(answer)) };
}

/** The request that the product would send, sent. */
export async function attest(simulator: Simulator, provider: Provider = own, apiOrigin = CONTRAST, login: Readonly<Record<string, string>> = {}): Promise<Reply & { readonly nonce: Uint8Array }> {
  const nonce = new Uint8Array(randomBytes(32));
  const { url, method, headers, body } = provider.attestationRequest({ apiOrigin, model: undefined, nonce });
  return { ...(await ask(simulator, url, { method, headers: { ...headers, ...login }, ...(body === undefined ? {} : { body }) })), nonce };
}

export const knows = (manifest: string, dialect = 'contrast', source: ReferenceValue['source'] = 'imported'): ReferenceValue =>
  ({ dialect, role: 'coordinator', kind: 'contrast-manifest', values: { [MANIFEST_HASH]: [sha256Hex(new TextEncoder().encode(manifest))] }, properties: {}, source, note: 'ours' });

export const contextFor = (simulator: Simulator, references: readonly ReferenceValue[]): AppraiseContext => ({
  now: Date.now(), policy: DEFAULT, anchors: FLAVOUR.anchors, references, snpCollateral: kdsOver(simulator), tdxCollateral: () => Promise.resolve({ collateral: tdxCollateral({ now: Date.now() }) }),
  rims: () => Promise.reject(new Error('no GPU here')), ocsp: () => Promise.reject(new Error('no GPU here')),
});

export interface Verdict {
  readonly state: string;
  /** Of every check that did not pass: `outcome CODE`. */
  readonly amiss: Readonly<Record<string, string>>;
  readonly checks: readonly Check[];
}

export const verdictOf = (checks: readonly Check[]): Verdict =>
  ({ state: stateOf(checks), amiss: Object.fromEntries(checks.filter(({ outcome }) => outcome !== 'pass').map(({ id, outcome, code }) => [id, `${outcome} ${code ?? ''}`])), checks });

/** What no deployment of Contrast can show. */
export const GAPS = { 'key.binding': 'absent ANSWERS_NOT_SIGNED', channel: 'absent CHANNEL_NOT_BOUND' };

/** The product's judgement of the company's deployment, whose manifest the user knows unless said otherwise. */
export async function verdict(simulator: Simulator, references: readonly ReferenceValue[] = [knows(manifestText(OWN_DEPLOYMENT))]): Promise<Verdict> {
  const { checks } = await own.appraise(await attest(simulator), contextFor(simulator, references));
  return verdictOf(checks);
}
