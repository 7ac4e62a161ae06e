/** Whole reports: a gateway with the machines of one model behind it, or the machines alone. */
import type { Switchboard } from '../faults.ts';
import { derivedKey, sha256 } from '../pki/keys.ts';
import { attestation } from './attestation.ts';
import type { Attestation } from './attestation.ts';
import { answerKey, ZERO_KEY } from './keys.ts';
import type { Algorithm, AnswerKey } from './keys.ts';
import { FRONT, GATEWAY, NODES, otherModel } from './machines.ts';
import type { Model, Node } from './machines.ts';

/** What stands before the machines: a chat service and a gateway, a gateway, or nothing. */
export type Shape = 'front' | 'gateway' | 'direct';

export interface ReportOptions {
  readonly shape: Shape;
  readonly model: Model;
  readonly algorithm: Algorithm;
  /** 32 bytes. */
  readonly nonce: Buffer;
  /** Of the connection that this service serves: SHA-256 of the DER public key, 32 bytes. Absent where it was not asked for. */
  readonly spki?: Buffer;
  /** Ms since the epoch. */
  readonly now: number;
  readonly on: Switchboard;
}

/** The key of one model's machines; all share it, until the key service rotates it. */
export const modelKey = (model: Model, algorithm: Algorithm, on: Switchboard): AnswerKey => answerKey(`${model}/signing-key${on.has('report-key-rotated') ? '/rotated' : ''}`, algorithm);
export const gatewayKey = (algorithm: Algorithm): AnswerKey => answerKey('gateway/signing-key', algorithm);
/** A key that a report may name and no machine binds. */
export const strangerKey = (algorithm: Algorithm): AnswerKey => answerKey('nobody/signing-key', algorithm);

/** Behind a gateway each machine has a connection of its own. */
const spkiOf = ({ label }: Node): Buffer => sha256(derivedKey(`tls/${label}`).spki);

/** No gateway in the report: the connection ends in the machine that answers. */
const isDirect = ({ shape, on }: ReportOptions): boolean => shape === 'direct' || on.has('report-flat') || on.has('report-all-attestations');

/** The model machines' attestations, the first of which answers. */
function machines(options: ReportOptions): readonly Attestation[] {
  const { model, algorithm, nonce, now, on, spki } = options;
  const swapped = on.has('report-other-models-machine');
  const nodes = on.has('report-all-attestations') ? NODES[model] : [NODES[model][0]];
  const shown = [...(swapped ? NODES[otherModel(model)] : nodes), ...(on.has('report-other-models-key') ? NODES[otherModel(model)] : [])];
  return shown.map((node) => {
    const own = modelKey(node.model === model ? model : otherModel(model), algorithm, on);
    const zero = on.has('report-zero-key');
    const key = zero ? ZERO_KEY : on.has('report-address-swapped') ? strangerKey(algorithm) : own;
    // Zeros stand in report_data as they are: a machine without a key has no connection's key to hash them with.
    const bound = spki === undefined || on.has('report-fingerprint-ignored') || zero ? undefined : isDirect(options) ? spki : spkiOf(node);
    return attestation({ node: swapped ? { ...node, model } : node, key, boundKey: zero ? ZERO_KEY : own, nonce, now, on, ...(bound === undefined ? {} : { spki: bound }) });
  });
}

/** JSON text, for the nonce and the model that were asked for. */
export function reportText(options: ReportOptions): string {
  const { shape, model, algorithm, nonce, now, on } = options;
  const models = machines(options);
  if (isDirect(options)) return JSON.stringify(models.length === 1 ? models[0] : { ...models[0], all_attestations: models });
  const own = on.has('report-key-shared') ? modelKey(model, algorithm, on) : gatewayKey(algorithm);
  const spki = options.spki === undefined || on.has('report-fingerprint-ignored') ? {} : { spki: options.spki };
  // The connection of the chat page ends in the chat service, that of the API in the gateway.
  const gateway = attestation({ node: GATEWAY, key: own, nonce, now, on, ...(shape === 'front' && 'spki' in spki ? { spki: spkiOf(GATEWAY) } : spki) });
  if (shape === 'gateway') return JSON.stringify({ gateway_attestation: gateway, model_attestations: models });
  return JSON.stringify({ chat_api_gateway_attestation: attestation({ node: FRONT, nonce, now, on }), cloud_api_gateway_attestation: gateway, model_attestations: models });
}
