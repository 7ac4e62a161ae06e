/** From the document's certificate up to AWS's root: root → region → zone → instance → enclave. No CRLs: the certificates live for hours to weeks. */
import { CodedError } from '../../checks/error';
import type { Anchor } from '../../roots/anchors';
import { readCertificate } from '../../x509/certificate';
import type { Certificate } from '../../x509/certificate';
import { dateFault, issuerFault, leafFault, namesMatch } from '../../x509/chain';
import { isSignedByP384 } from '../../x509/p384';
import { byClock, contradiction, isoTime } from '../findings';
import type { Clock, Fault } from '../findings';
import type { NitroDocument } from './document';

/** Root first, the enclave's own last. Raises `NITRO_CHAIN_PARSE`. */
export const readChain = ({ bundle, certificate }: NitroDocument): readonly Certificate[] => [...bundle, certificate].map((der) => readCertificate(der, 'NITRO_CHAIN_PARSE'));

/** Why AWS may not be said to vouch for the last certificate's key; dates aside. */
export async function chainFaults(chain: readonly Certificate[], anchors: readonly Anchor[]): Promise<readonly Fault[]> {
  try {
    const root = chain[0];
    if (root === undefined || !anchors.some((anchor) => anchor.kind === 'nitro' && anchor.spki === root.spkiHex)) throw new CodedError('ROOT_UNTRUSTED', root?.subject.text ?? 'no root');
    await requireSigned(root, root);
    for (let i = 1; i < chain.length; i += 1) {
      const [issuer, child] = [chain[i - 1], chain[i]];
      if (issuer === undefined || child === undefined) break;
      const below = chain.length - 1 - i;
      const fault = issuerFault(issuer, below);
      if (fault !== undefined) throw new CodedError('NITRO_CHAIN_CONSTRAINTS', `${issuer.subject.text}: ${fault}`);
      if (!namesMatch(child, issuer)) throw new CodedError('NITRO_CHAIN_NAMES', `${child.subject.text}: issued by ${child.issuer.text}`);
      await requireSigned(child, issuer);
    }
    const leaf = chain.at(-1);
    const fault = leaf === undefined ? 'missing' : leafFault(leaf);
    return fault === undefined ? [] : [contradiction('NITRO_CHAIN_CONSTRAINTS', `${leaf?.subject.text ?? ''}: ${fault}`)];
  } catch (error) {
    if (error instanceof CodedError) return [contradiction(error.code, error.detail)];
    throw error;
  }
}

async function requireSigned(child: Certificate, issuer: Certificate): Promise<void> {
  if (!(await isSignedByP384(child, issuer.spkiHex))) throw new CodedError('NITRO_CHAIN_SIGNATURE', `${child.subject.text}: not signed by ${issuer.subject.text}`);
}

/** Certificates outside their dates. The enclave's own lives three hours: an older document cannot be verified, by design. */
export const chainDateFaults = (chain: readonly Certificate[], clock: Clock): readonly Fault[] =>
  byClock(clock, (now) =>
    chain.flatMap(({ subject, notBefore, notAfter }) => {
      const fault = dateFault(notBefore, notAfter, now);
      return fault === undefined ? [] : [contradiction(`NITRO_CERT_${fault}`, `${subject.text}: ${isoTime(notBefore)} to ${isoTime(notAfter)}`)];
    }),
  );
