/**
 * Which machine may speak for an answer. Pure rules over judged machines and what was signed: a key belongs to one role,
 * a gateway's signature says nothing of the machine behind it, and a model's machine signs for its model alone.
 */
import { type Check, fail, pass, unknown, weak } from '../../checks/check';
import { stateOf } from '../../verdict/state';
import type { Appraisal, MachineAppraisal, SpeaksFor } from '../types';
import type { ReportDialect } from './dialect';

/** Said by the service beside a signature: by whose key it is. */
export type SignatureKind = 'provider_tee' | 'gateway';

export interface SignedBy {
  /** Recovered or verified, in the spelling of `ReportedSigner.address`. */
  readonly address: string;
  readonly algorithm: 'ecdsa' | 'ed25519';
  /** In front of the digests in a text of three parts. */
  readonly textModel?: string;
  /** What the request named. */
  readonly requestedModel?: string;
  readonly kind?: SignatureKind;
  /** The bytes that arrived are not those that were signed, which is in order for a machine behind a gateway alone. */
  readonly differs?: true;
}

export interface Speaker {
  /** The machine that binds this key; the worst where several share it. Absent where none does. */
  readonly machine?: MachineAppraisal;
  /** `key.role` and `signer.model`, as far as there is something to say. */
  readonly checks: readonly Check[];
}

/** Finds the machine that speaks for a signature. Whether a key that none reports is a contradiction is for the caller to say. */
export function speakerOf(signed: SignedBy, machines: readonly MachineAppraisal[], dialect: ReportDialect): Speaker {
  const binding = machines.filter(({ signers }) =>
    signers.some(({ address, algorithm, binding: layout }) => layout !== 'none' && algorithm === signed.algorithm && address.toLowerCase() === signed.address.toLowerCase()),
  );
  const roles = [...new Set(binding.map(({ role }) => role))];
  const [role, second] = roles;
  if (role === undefined) return { checks: [] };
  if (second !== undefined) return { checks: [fail('key.role', 'KEY_ROLE_CONFUSED', `one key for ${roles.join(' and ')}`, { actual: signed.address })] };
  const contradiction = contradictionOf(signed, role);
  if (contradiction !== undefined) return { checks: [fail('key.role', 'KEY_ROLE_CONFUSED', contradiction, { actual: signed.address })] };
  // A gateway signs what it hands over: that others wrote it anew on its way is no excuse of its own key.
  if (role === 'gateway' && signed.differs === true) return { checks: [fail('key.role', 'RESPONSE_HASH_MISMATCH', 'the gateway’s key signed other bytes than it handed over', { actual: signed.address })] };
  const named = attestedModelCheck(signed, role === 'model' ? binding : [], dialect);
  const wanted = signed.textModel ?? signed.requestedModel;
  const serving = binding.filter(({ model }) => model === undefined || wanted === undefined || dialect.renames === true || sameModel(model, wanted, dialect));
  const machine = serving.toSorted((a, b) => STATES.indexOf(stateOf(a.checks)) - STATES.indexOf(stateOf(b.checks)))[0];
  return { ...(machine === undefined ? {} : { machine }), checks: [pass('key.role', role), ...named] };
}

const STATES = ['failed', 'incomplete', 'limited', 'verified'] as const;

/** The machines of a report; a lone one stands for itself. */
export const machinesOf = (appraisal: Appraisal, { loneRole }: ReportDialect): readonly MachineAppraisal[] => appraisal.machines ?? [{ ...appraisal, place: '', role: loneRole }];

/** For joining: an answer's own machine, or the whole report where none binds its key. */
export const speaksFor =
  (dialect: ReportDialect): SpeaksFor =>
  ({ signer, signedBy }, appraisal) => {
    if (signer === undefined) return { appraisal, checks: [] };
    const { machine, checks } = speakerOf({ ...signer, ...signedBy }, machinesOf(appraisal, dialect), dialect);
    return { appraisal: machine ?? appraisal, checks };
  };

/** What the service says of the key, and what the text's form says of it, against where the key really is. */
function contradictionOf({ kind, textModel }: SignedBy, role: string): string | undefined {
  const isGateway = role === 'gateway';
  if (kind === 'provider_tee' && isGateway) return 'said to be a model machine’s, found in a gateway';
  if (kind === 'gateway' && !isGateway) return `said to be a gateway’s, found in a ${role} machine`;
  if (textModel !== undefined && isGateway) return 'a text that names a model, signed by a gateway';
  return undefined;
}

/** The attested model is the one that was signed, or asked for. Only what is there can be compared. */
function attestedModelCheck({ textModel, requestedModel }: SignedBy, machines: readonly MachineAppraisal[], dialect: ReportDialect): readonly Check[] {
  const attested = machines.flatMap(({ model }) => (model === undefined ? [] : [model]));
  const wanted = textModel ?? requestedModel;
  if (wanted === undefined || attested.length === 0 || attested.length < machines.length) return [];
  if (attested.some((model) => sameModel(model, wanted, dialect))) return [pass('signer.model', wanted)];
  const values = { expected: wanted, actual: attested.join(' ') };
  if (dialect.renames === true) return [unknown('signer.model', 'MODEL_MISMATCH', OTHER_NAMES, values)];
  return [fail('signer.model', 'MODEL_MISMATCH', 'the key is another model’s', values)];
}

/** The model in the signed text against the one that was asked for; empty where one of them is not known. */
export function modelCheck(textModel: string | undefined, requestedModel: string | undefined, dialect: Pick<ReportDialect, 'aliases' | 'renames'>): readonly Check[] {
  if (textModel === undefined || requestedModel === undefined) return [];
  if (sameModel(textModel, requestedModel, dialect)) return [pass('answer.model', textModel, { basis: 'derived' })];
  const values = { basis: 'derived', expected: requestedModel, actual: textModel } as const;
  if (dialect.renames === true) return [unknown('answer.model', 'MODEL_MISMATCH', OTHER_NAMES, values)];
  return [fail('answer.model', 'MODEL_MISMATCH', 'another model than was asked for signed this', values)];
}

const OTHER_NAMES = 'the service calls models by names of its own';

/** Exactly equal, or names of one model by the dialect's table. */
export function sameModel(a: string | undefined, b: string | undefined, { aliases }: Pick<ReportDialect, 'aliases'>): boolean {
  if (a === undefined || b === undefined) return false;
  return a === b || aliases.some((names) => names.includes(a) && names.includes(b));
}

/** Belongs to an answer that a gateway signed: which machine the model ran in, only software known to check it can say. */
export function modelMachineCheck(verifiesModel: boolean): Check {
  const id = 'key.model';
  if (verifiesModel) return pass(id, 'the gateway’s software is known to check the model’s machine');
  return weak(id, 'MODEL_MACHINE_NOT_PROVEN', 'signed by the gateway');
}
