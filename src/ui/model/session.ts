/** Chats under a key that the page agreed with an attested deployment: what their checks say together. */
import type { Check } from '../../checks/check';
import { kindOf } from './outcome';
import type { Proof } from './proof';

const holds = (checks: readonly Check[], id: string): boolean => checks.some((check) => check.id === id && kindOf(check) === 'pass');

/** An answer that came whole under the key and for the request of its page, whose session was seen. */
export const isUnderSession = (checks: readonly Check[]): boolean => ['coverage', 'request.hash', 'key.session'].every((id) => holds(checks, id));

/** Whoever agreed the chat's key is not seen: what was agreed inside is Assay's own, for its signature alone. */
export const isBehindProxy = (checks: readonly Check[]): boolean => checks.some(({ code }) => code === 'PROXY_CHECKS_UNSEEN');

/** The service that agrees keys stands in the attested deployment, and signed this agreement. */
export const isAgreedInside = (checks: readonly Check[]): boolean => !isBehindProxy(checks) && holds(checks, 'key.secret.cert') && holds(checks, 'key.secret.signature');

/** Gaps of the machine that take nothing from who could read along: its software looks at the GPUs, and the page asked. */
const BESIDE: readonly (string | undefined)[] = ['GPU_CHECKED_INSIDE', 'NONCE_OF_PAGE', 'SESSION_RESUMED'];

/** Every check of the machine passes, but for what a session like this leaves open by design. */
export const isMachineOfSession = (checks: readonly Check[], proof: Proof): boolean =>
  isUnderSession(checks) && proof.evidenceSigned && proof.of('machine').every((check) => kindOf(check) === 'pass' || BESIDE.includes(check.code));

/** True where all but the page's own encrypting is shown: it has the key, and nobody can look over its shoulder. */
export const isIfPage = (checks: readonly Check[], proof: Proof): boolean =>
  !proof.failed && !proof.open && proof.software && isAgreedInside(checks) && isMachineOfSession(checks, proof);
