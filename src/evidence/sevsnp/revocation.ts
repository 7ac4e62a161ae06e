/**
 * Whether AMD took back the intermediate. Only intermediates can be named in a list: every endorsement key's
 * certificate has the serial number 0, so its own is never looked up.
 */
import { fail, pass, unknown } from '../../checks/check';
import type { Check } from '../../checks/check';
import { CodedError } from '../../checks/error';
import type { Code } from '../../checks/codes';
import { toHex } from '../../encoding/hex';
import type { Anchor } from '../../roots/anchors';
import { dateFault } from '../../x509/chain';
import { readHexCrl } from '../../x509/crl';
import type { Crl } from '../../x509/crl';
import { isPssSignedBy } from '../../x509/rsa-pss';
import { byClock, isoTime, undetermined } from '../findings';
import type { Clock } from '../findings';
import { commonNameOf } from './chain';
import type { Issuer } from './chain';
import type { SnpFacts } from './types';

const ID = 'vek.revocation';

export interface RevocationResult {
  readonly check: Check;
  readonly crl?: NonNullable<SnpFacts['crl']>;
}

export interface RevocationInput {
  /** CRLs as DER. */
  readonly crls: readonly Uint8Array[];
  readonly issuer: Issuer | undefined;
  /** Trusted roots of the product line: any of them may have signed the list. */
  readonly roots: readonly Anchor[];
  readonly clock: Clock;
  readonly problem?: { readonly code: Code; readonly detail: string };
}

/** Good (`pass`), revoked (`fail`) or not known; a list that is present must hold. */
export async function checkRevocation(input: RevocationInput): Promise<RevocationResult> {
  const { crls, issuer, roots, clock, problem } = input;
  if (crls.length === 0) return { check: missing(issuer, problem) };
  try {
    const parsed = crls.map((der) => readHexCrl(toHex(der), 'AMD_CRL_PARSE'));
    if (issuer === undefined) return { check: unknown(ID, 'ASK_MISSING', 'no issuer to look up', { required: false }) };
    const lists = await verifiedLists(parsed, roots);
    const newest = lists.reduce((a, b) => (b.thisUpdate > a.thisUpdate ? b : a));
    const crl = { issued: isoTime(newest.thisUpdate), next: isoTime(newest.nextUpdate), ...(newest.number === undefined ? {} : { number: newest.number.toString() }) };
    // What a list once revoked stays revoked, however old the list is.
    if (lists.some((list) => list.revoked.has(issuer.serial))) return { check: fail(ID, 'ASK_REVOKED', `${issuer.fact.subject}, serial ${issuer.serial}`), crl };
    const period = `${crl.issued} to ${crl.next}`;
    const [fault] = byClock(clock, (now) => {
      const found = dateFault(newest.thisUpdate, newest.nextUpdate, now);
      return found === undefined ? [] : [undetermined(`AMD_CRL_${found}`, period)];
    });
    return { check: fault === undefined ? pass(ID, `list of ${period}`) : unknown(ID, fault.code, fault.detail), crl };
  } catch (error) {
    if (error instanceof CodedError) return { check: fail(ID, error.code, error.detail) };
    throw error;
  }
}

/** Without a list: required where one was sought, or where an unpinned intermediate rests on it. */
function missing(issuer: Issuer | undefined, problem: RevocationInput['problem']): Check {
  const required = problem !== undefined || issuer?.needsCrl === true;
  return unknown(ID, problem?.code ?? 'AMD_CRL_MISSING', problem?.detail ?? 'no list given', { required });
}

/** The lists that one of these roots issued and signed; at least one. Raises `AMD_CRL_ISSUER` or `AMD_CRL_SIGNATURE`. */
async function verifiedLists(parsed: readonly Crl[], roots: readonly Anchor[]): Promise<readonly [Crl, ...Crl[]]> {
  const names = roots.map(commonNameOf);
  const [first, ...rest] = parsed.filter((crl) => crl.issuer.commonName !== undefined && names.includes(crl.issuer.commonName));
  if (first === undefined) throw new CodedError('AMD_CRL_ISSUER', parsed.map((crl) => crl.issuer.text).join('; '));
  for (const crl of [first, ...rest]) {
    const verdicts = await Promise.all(roots.map((root) => isPssSignedBy(crl, root.spki)));
    if (!verdicts.includes(true)) throw new CodedError('AMD_CRL_SIGNATURE', crl.issuer.text);
  }
  return [first, ...rest];
}
