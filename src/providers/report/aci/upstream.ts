/**
 * Which machine ran the model, behind a gateway that speaks ACI: a receipt cites the gateway's own record of it, by its
 * content. What stands there is the gateway's word, worth what `key.model` says of the gateway's software.
 */
import { type Check, fail, pass, weak } from '../../../checks/check';
import { asCoded } from '../../../checks/error';
import type { AsideRecord, AttestationRequest, SignedStatement } from '../../types';
import type { Receipt } from './receipt';
import { MAX_SESSION_BYTES, readSession } from './session';

const ID = 'answer.upstream';
/** Without these a machine is not known to be one that keeps its operator out. */
const NEEDED = ['tee_attested', 'gpu_attested', 'tcb_up_to_date'] as const;

/** For the session that a receipt cites (the statement's claim `session_id`); none where it cites none. */
export function sessionRequest({ apiOrigin, statement }: { readonly apiOrigin: string; readonly statement: SignedStatement }): AttestationRequest | undefined {
  const id = statement.claims['session_id'];
  return id === undefined ? undefined : { method: 'GET', url: `${apiOrigin}/v1/aci/sessions/${id}`, headers: { accept: 'application/json' }, maxBytes: MAX_SESSION_BYTES };
}

/** `answer.upstream`; nothing where there is no receipt. */
export function upstreamChecks(receipt: Receipt | undefined, record: AsideRecord | undefined): readonly Check[] {
  if (receipt === undefined) return [];
  const open = (detail: string): readonly Check[] => [weak(ID, 'MODEL_MACHINE_NOT_PROVEN', detail, { basis: 'derived' })];
  const { upstream, servedAt } = receipt;
  if (upstream === undefined) return open('the receipt names no machine behind the gateway');
  if (!('sessionId' in upstream)) return open(`not verified: ${upstream.failed}`);
  if (record?.status !== 200) return open(`session ${upstream.sessionId.slice(0, 16)} is not at hand`);
  try {
    const { id, claims, establishedAt, expiresAt } = readSession(record.body);
    if (id !== upstream.sessionId) return [fail(ID, 'RELAYED_CLAIMS_DISAGREE', 'another record than the receipt cites', { basis: 'derived', expected: upstream.sessionId, actual: id })];
    if (claims.tee_attested === 'refuted') return [fail(ID, 'RELAYED_CLAIMS_DISAGREE', 'the receipt calls a machine verified that its record calls refuted', { basis: 'claimed' })];
    const lacking = NEEDED.filter((name) => claims[name] !== 'asserted').map((name) => `${name} ${claims[name]}`);
    if (lacking.length > 0) return open(lacking.join(', '));
    if (servedAt < establishedAt || servedAt >= expiresAt) return open('served outside the time of its record');
    return [pass(ID, NEEDED.map((name) => `${name} asserted`).join(', '), { basis: 'derived', actual: id })];
  } catch (error) {
    const { detail } = asCoded(error);
    return [fail(ID, 'RELAYED_CLAIMS_DISAGREE', detail, { basis: 'derived' })];
  }
}
