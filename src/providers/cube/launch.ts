/** The software of a SEV-SNP machine where no policy speaks: what its report and its vTPM's registers say, and what is known of it. */
import { type Check, unknown, weak } from '../../checks/check';
import type { ReferenceValue } from '../../checks/reference';
import { PCR_BANKS, pcrName, START_PCRS } from '../../checks/snp-launch';
import type { SnpClaims, SnpFacts } from '../../evidence/sevsnp/types';
import type { VtpmFacts } from '../../evidence/vtpm/types';
import { matchSoftware, measuredSoftwareCheck } from '../shared/software';
import type { SoftwareIdentity } from '../types';
import { DIALECT, ROLE } from './names';
import type { Ground } from './policy-checks';

/** What a machine says of its software. `vtpm`: of quotes that hold, by a key that the report speaks of. */
export function launchIdentity(claims: SnpClaims, facts: SnpFacts, vtpm: VtpmFacts | undefined): SoftwareIdentity {
  const { measurement, hostData } = claims;
  const { idKeyDigest, authorKeyDigest } = facts;
  return { kind: 'snp-launch', dialect: DIALECT, role: ROLE, values: { measurement, hostData, idKeyDigest, authorKeyDigest, ...registersOf(vtpm) }, basis: 'hardware' };
}

function registersOf(vtpm: VtpmFacts | undefined): SoftwareIdentity['values'] {
  const [quote] = PCR_BANKS.flatMap((bank) => vtpm?.quotes.filter((one) => one.holds && one.bank === bank) ?? []);
  if (quote === undefined) return {};
  return Object.fromEntries(START_PCRS.flatMap((index) => (quote.pcrs[index] === undefined ? [] : [[pcrName(quote.bank, index), quote.pcrs[index]]])));
}

/** Values that the TPM itself vouches for, in a bank that something may rest on. */
export const hasRegisters = (vtpm: VtpmFacts | undefined): boolean => vtpm !== undefined && vtpm.quotes.every(({ holds }) => holds) && vtpm.quotes.some(({ bank }) => PCR_BANKS.includes(bank));

/** What keeps a vTPM's registers from being those of this machine; a key that the guest itself may have put there is a gap that is named beside them. */
export const registersOpen = ({ vtpm }: Pick<Ground, 'vtpm'>): Check | undefined => (vtpm === undefined || vtpm.outcome === 'weak' ? undefined : vtpm);

/** Is it known? Registers that do not hold are compared with nothing. */
export function launchCheck(identity: SoftwareIdentity, references: readonly ReferenceValue[], ground: Ground): Check {
  const match = matchSoftware(identity, references);
  if (match.kind === 'unseen') return weak('software', 'SOFTWARE_NOT_KNOWN', 'measurement', { actual: identity.values['measurement'] });
  const open = registersOpen(ground);
  if (open !== undefined) return unknown('software', open.code ?? 'AK_NOT_BOUND', `depends on ${open.id}`);
  const check = measuredSoftwareCheck('software', identity, match);
  const { vtpm } = ground;
  return check.outcome === 'pass' && vtpm !== undefined ? weak('software', vtpm.code ?? 'AK_BOUND_BY_GUEST', `${vtpm.id} is open`, { source: check.source }) : check;
}
