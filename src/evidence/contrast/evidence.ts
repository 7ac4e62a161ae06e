/** Which hardware speaks in `raw_attestation_doc`, and its statement in raw form. */
import { CodedError } from '../../checks/error';
import { ProtobufMessage } from '../../encoding/protobuf';
import type { SnpEndorsements } from '../sevsnp/types';
import type { ContrastDocument } from './document';
import { readSnpMessage } from './snp-message';
import { readTdxMessage } from './tdx-message';

/** Extension OIDs of Contrast's attestation documents. */
const SNP = '1.3.9901.2.1';
const TDX = '1.3.9901.2.2';

export type RawEvidence = { readonly kind: 'snp'; readonly raw: Uint8Array; readonly sent: SnpEndorsements } | { readonly kind: 'tdx'; readonly raw: Uint8Array };

/**
 * The raw report or quote. Older Coordinators do not say which it is: only a quote has signed data of its own (field 4).
 * Raises `INSECURE_PLATFORM` for any type but the two of hardware, `CONTRAST_EVIDENCE` for what is neither.
 */
export function readEvidence({ attestation, attestationType }: Pick<ContrastDocument, 'attestation' | 'attestationType'>): RawEvidence {
  if (attestationType !== undefined && attestationType !== SNP && attestationType !== TDX) {
    throw new CodedError('INSECURE_PLATFORM', `attestation type ${attestationType.slice(0, 60)}: development, not attested`);
  }
  const kind = new ProtobufMessage(attestation, 'CONTRAST_EVIDENCE').has(4) ? 'tdx' : 'snp';
  if (attestationType !== undefined && attestationType !== (kind === 'tdx' ? TDX : SNP)) throw new CodedError('CONTRAST_EVIDENCE', `type ${attestationType} with evidence of ${kind}`);
  if (kind === 'tdx') return { kind, raw: readTdxMessage(attestation) };
  const { report, endorsements } = readSnpMessage(attestation);
  return { kind, raw: report, sent: endorsements };
}
