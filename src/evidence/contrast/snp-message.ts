/** `sevsnp.Attestation` (go-sev-guest): a report sent field by field, rebuilt to the 1184 bytes that AMD signed. */
import { CodedError } from '../../checks/error';
import { ProtobufMessage } from '../../encoding/protobuf';
import { reportFromProtobuf } from '../sevsnp/report-message';
import type { SnpEndorsements } from '../sevsnp/types';

const CODE = 'CONTRAST_EVIDENCE';
const MAX_BYTES = 512 * 1024;
/** Key of a CRL among the chain's extras, as Contrast's issuer writes it. */
const CRL_KEY = '00569ee4-e480-4fba-bbf4-45b629901180';

export interface SnpMessage {
  /** 1184 bytes. */
  readonly report: Uint8Array;
  /** What came along; it proves itself against the anchors like any other. A root among it is not looked at. */
  readonly endorsements: SnpEndorsements;
}

/** Rebuilds report and endorsements. Raises `CONTRAST_EVIDENCE`. */
export function readSnpMessage(bytes: Uint8Array): SnpMessage {
  if (bytes.length > MAX_BYTES) throw new CodedError(CODE, `${bytes.length} bytes of evidence`);
  const message = new ProtobufMessage(bytes, CODE).only(1, 2, 3);
  return { report: reportFromProtobuf(message.required(1), CODE), endorsements: endorsementsOf(message.message(2)) };
}

function endorsementsOf(chain: ProtobufMessage | undefined): SnpEndorsements {
  if (chain === undefined) return {};
  chain.only(1, 2, 3, 4, 6, 7);
  const some = (number: number): Uint8Array | undefined => {
    const der = chain.bytes(number);
    return der === undefined || der.length === 0 ? undefined : der;
  };
  const [vcek, ask, vlek] = [some(1), some(2), some(6)];
  if (vcek !== undefined && vlek !== undefined) throw new CodedError(CODE, 'a chip’s and a provider’s key at once');
  const vek = vcek ?? vlek;
  const crls = chain.list(7, 16).flatMap((entry) => crlOf(new ProtobufMessage(entry, CODE).only(1, 2)));
  if (crls.length > 1) throw new CodedError(CODE, 'two CRLs');
  return { ...(vek === undefined ? {} : { vek }), ...(ask === undefined ? {} : { intermediates: [ask] }), ...(crls.length === 0 ? {} : { crls }) };
}

function crlOf(entry: ProtobufMessage): readonly Uint8Array[] {
  const der = entry.bytes(2);
  return entry.text(1) === CRL_KEY && der !== undefined && der.length > 0 ? [der] : [];
}
