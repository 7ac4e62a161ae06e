/** Whose key signs, and what the 64 bytes of report_data say about it. */
import type { Check } from '../../../checks/check';
import type { BindingLayout, ReportedSigner } from '../../../providers/types';
import type { MessageKey } from '../../i18n/text';
import { isAgreedInside, isBehindProxy } from '../session';
import { type Judged, judgedBy } from './facts';

export interface Half {
  /** Hex, 32 bytes. */
  readonly value: string;
  readonly zero: boolean;
  readonly says: MessageKey;
}

export interface KeyModel {
  readonly intro: MessageKey;
  readonly signers: readonly { readonly address: string; readonly algorithm: string; readonly binding: MessageKey }[];
  readonly halves: readonly Half[];
  readonly judged: Judged | undefined;
  readonly channel: Judged | undefined;
}

const BINDINGS: Readonly<Record<BindingLayout, MessageKey>> = {
  'none': 'binding_none',
  'address-nonce': 'binding_address_nonce',
  'nonce-address': 'binding_nonce_address',
  'sha256(address,spki)-nonce': 'binding_hash_nonce',
  'sha256(keyset,nonce)': 'binding_keyset',
};

const HALF_CHARS = 64;
const ZEROS = /^0+$/;

function saysOf(half: string, nonce: string, signers: readonly ReportedSigner[], beside: string): MessageKey {
  if (half === nonce) return 'half_nonce';
  if (ZEROS.test(half)) return 'half_zero';
  if (signers.some((s) => half === s.address.slice(2).toLowerCase().padEnd(HALF_CHARS, '0'))) return 'half_address';
  return beside === nonce && signers.some((s) => s.binding === 'sha256(address,spki)-nonce') ? 'half_hash' : 'half_unexplained';
}

/** Where both halves are one thing: our number alone, or a hash of it and of the start-up chip's key. */
function wholeSays(checks: readonly Check[], nonce: string, reportData: string | undefined): MessageKey | undefined {
  if (reportData === undefined || nonce.length <= HALF_CHARS) return undefined;
  if (nonce.startsWith(reportData)) return 'half_nonce';
  return checks.some((c) => c.id === 'ak.binding' && c.outcome === 'pass') ? 'half_ak' : undefined;
}

/** A Coordinator's report data: one hash of all that it attests, zeros behind it. */
const isManifestHash = (checks: readonly Check[]): boolean => checks.some((c) => c.id === 'meshca') && checks.some((c) => c.id === 'reportdata' && (c.outcome === 'pass' || c.code === 'NONCE_OF_PAGE'));

function introOf(check: Check | undefined, checks: readonly Check[]): MessageKey {
  if (check?.outcome === 'pass' && check.basis === 'hardware') return 'key_intro_bound';
  if (check?.code === 'BOUND_BY_UNKNOWN_SOFTWARE') return 'key_intro_unknown_software';
  if (check?.code === 'SOFTWARE_APPROVED') return 'key_intro_approved';
  if (check?.code === 'SIGNER_NOT_BOUND') return 'key_intro_not_bound';
  if (check?.code === 'ANSWERS_NOT_SIGNED' && isAgreedInside(checks)) return 'key_intro_agreed';
  if (check?.code === 'ANSWERS_NOT_SIGNED' && !isBehindProxy(checks) && checks.some((c) => c.id === 'key.secret.signature' && c.outcome === 'weak')) return 'key_intro_agreed_unknown';
  if (check?.code === 'ANSWERS_NOT_SIGNED') return 'key_intro_unsigned';
  return check?.outcome === 'fail' ? 'key_intro_fails' : 'key_intro_open';
}

/** `nonce`: what was sent, hex; where it is longer than half of report_data, all of that may be ours. `reportData`: 128 hex where a quote or report was read. */
export function keyOf(checks: readonly Check[], signers: readonly ReportedSigner[], nonce: string, reportData: string | undefined): KeyModel {
  const halves = reportData?.length === 2 * HALF_CHARS ? [reportData.slice(0, HALF_CHARS), reportData.slice(HALF_CHARS)] : [];
  const manifests = isManifestHash(checks);
  const whole = wholeSays(checks, nonce, reportData);
  return {
    intro: introOf(checks.find((c) => c.id === 'key.binding'), checks),
    signers: signers.map((s) => ({ address: s.address, algorithm: s.algorithm, binding: BINDINGS[s.binding] })),
    halves: halves.map((value, i) => ({ value, zero: ZEROS.test(value), says: whole ?? (i === 0 && manifests ? 'half_manifest' : saysOf(value, nonce, signers, halves[1 - i] ?? '')) })),
    judged: judgedBy(checks, 'key.binding'),
    channel: judgedBy(checks, 'channel'),
  };
}
