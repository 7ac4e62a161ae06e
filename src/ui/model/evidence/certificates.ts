/** The chain of certificates from the vendor's root downwards, on the same rail as the popup's. */
import type { Check } from '../../../checks/check';
import type { CertificateFact } from '../../../evidence/tdx/types';
import { literal, type Phrase, text } from '../../i18n/text';
import { type Kind, kindOf } from '../outcome';
import type { Line } from '../rail';

export interface CertificateRow {
  readonly name: Phrase;
  readonly kind: Kind;
  /** What is said of it: dates, pinned, revoked or not. */
  readonly notes: readonly Phrase[];
  /** SHA-256, lower-case hex. */
  readonly fingerprint?: string;
  readonly serial?: string;
  /** The line from the one above. */
  readonly up: Line | undefined;
}

const ORDER: readonly CertificateFact['role'][] = ['root', 'intermediate', 'pck'];
const WORST: readonly Kind[] = ['fail', 'unknown', 'absent', 'claimed', 'weak', 'pass'];

/** The worst outcome among checks; `unknown` when none of them was done. */
function worst(checks: readonly Check[], ...ids: readonly string[]): Kind {
  const kinds = checks.filter((c) => ids.includes(c.id)).map(kindOf);
  return WORST.find((kind) => kinds.includes(kind)) ?? 'unknown';
}

/** `CN=…` of a distinguished name, or the whole of it. */
export const commonName = (subject: string): string => /(?:^|,\s*)CN=([^,]+)/i.exec(subject)?.[1] ?? subject;

const dates = (fact: CertificateFact): Phrase => text('cert_valid', { from: { kind: 'date', value: Date.parse(fact.notBefore) }, to: { kind: 'date', value: Date.parse(fact.notAfter) } });

function revocation(kind: Kind): Phrase {
  if (kind === 'pass') return text('cert_not_revoked');
  return kind === 'fail' ? text('cert_revoked') : text('cert_revocation_open');
}

function certificate(fact: CertificateFact, checks: readonly Check[], simulated: boolean): Omit<CertificateRow, 'up'> {
  const chain = worst(checks, 'pck.chain');
  const revoked = worst(checks, 'pck.revocation');
  const own = fact.role === 'root' ? chain : worst(checks, 'pck.chain', 'pck.revocation');
  const notes =
    fact.role === 'root'
      ? [...(chain === 'pass' ? [text(simulated ? 'cert_pinned_simulator' : 'cert_pinned')] : chain === 'fail' ? [text('cert_chain_fails')] : []), dates(fact)]
      : [revocation(revoked), dates(fact), ...(fact.role === 'pck' ? [text('cert_names_chip')] : [])];
  return { name: literal(commonName(fact.subject)), kind: own, notes, fingerprint: fact.fingerprint, serial: fact.serial };
}

/** Root, intermediate, the chip's own, and the attestation key that the chip's enclave certified. */
export function certificateRows(facts: readonly CertificateFact[], checks: readonly Check[], simulated: boolean): readonly CertificateRow[] {
  const chain = ORDER.flatMap((role) => facts.filter((fact) => fact.role === role)).map((fact) => certificate(fact, checks, simulated));
  if (chain.length === 0) return [];
  const enclave = worst(checks, 'qe.report', 'qe.binding');
  const key: Omit<CertificateRow, 'up'> = { name: text('cert_attestation_key'), kind: enclave, notes: [text(enclave === 'pass' ? 'cert_by_enclave' : enclave === 'fail' ? 'cert_by_enclave_fails' : 'cert_by_enclave_open')] };
  const line = (kind: Kind): Line => (kind === 'pass' ? 'solid' : kind === 'unknown' ? 'wait' : 'none');
  return [...chain, key].map((row, i, all) => ({ ...row, up: i === 0 ? undefined : line(i === all.length - 1 ? enclave : worst(checks, 'pck.chain')) }));
}

/** Who signed the lists that the level was judged by. */
export const listSigners = (facts: readonly CertificateFact[]): readonly { readonly name: string; readonly dates: Phrase; readonly fingerprint: string }[] =>
  facts.filter((fact) => fact.role === 'tcb-signer').map((fact) => ({ name: commonName(fact.subject), dates: dates(fact), fingerprint: fact.fingerprint }));
