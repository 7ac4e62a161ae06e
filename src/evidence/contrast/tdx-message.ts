/** `tdx.QuoteV4` (go-tdx-guest): a quote sent field by field, rebuilt to the bytes that the quoting enclave made. */
import { CodedError } from '../../checks/error';
import { concatBytes } from '../../encoding/bytes';
import { ProtobufMessage } from '../../encoding/protobuf';

const CODE = 'CONTRAST_EVIDENCE';
const MAX_BYTES = 512 * 1024;
const QE_REPORT_CERTIFICATION = 6;

/** Lengths of TD_REPORT's fields 1 to 10, in order. */
const BODY = [16, 48, 48, 8, 8, 8, 48, 48, 48, 48] as const;

const u16 = (value: number): Uint8Array => Uint8Array.of(value & 0xff, value >>> 8);
const u32 = (value: number): Uint8Array => concatBytes(u16(value & 0xffff), u16(value >>> 16));

/** Rebuilds the raw quote; `extra_bytes` is no part of it. Raises `CONTRAST_EVIDENCE`. */
export function readTdxMessage(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  if (bytes.length > MAX_BYTES) throw new CodedError(CODE, `${bytes.length} bytes of evidence`);
  const message = new ProtobufMessage(bytes, CODE).only(1, 2, 3, 4, 5);
  const signed = signedData(message.required(4));
  return concatBytes(header(message.required(1)), body(message.required(2)), sized(message.uint(3), signed));
}

/** A length as it is declared beside the part, in front of it. */
function sized(declared: number, part: Uint8Array): Uint8Array {
  if (declared !== part.length) throw new CodedError(CODE, `a part of ${part.length} bytes that is declared with ${declared}`);
  return concatBytes(u32(declared), part);
}

/** The two SVNs stand in the quote in the order opposite to their numbers. */
function header(message: ProtobufMessage): Uint8Array {
  message.only(1, 2, 3, 4, 5, 6, 7);
  return concatBytes(u16(message.uint(1, 0xffff)), u16(message.uint(2, 0xffff)), u32(message.uint(3)), message.exactly(5, 2), message.exactly(4, 2), message.exactly(6, 16), message.exactly(7, 20));
}

function body(message: ProtobufMessage): Uint8Array {
  message.only(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
  const rtmrs = message.list(11, 4);
  if (rtmrs.length !== 4 || rtmrs.some((rtmr) => rtmr.length !== 48)) throw new CodedError(CODE, 'not four RTMRs');
  return concatBytes(...BODY.map((length, i) => message.exactly(i + 1, length)), ...rtmrs, message.exactly(12, 64));
}

function signedData(message: ProtobufMessage): Uint8Array {
  message.only(1, 2, 3);
  const certification = message.required(3).only(1, 2, 3);
  if (certification.uint(1) !== QE_REPORT_CERTIFICATION) throw new CodedError(CODE, `certification data type ${certification.uint(1)}`);
  return concatBytes(message.exactly(1, 64), message.exactly(2, 64), u16(QE_REPORT_CERTIFICATION), sized(certification.uint(2), qeReportCertification(certification.required(3))));
}

function qeReportCertification(message: ProtobufMessage): Uint8Array {
  message.only(1, 2, 3, 4);
  const auth = message.required(3).only(1, 2);
  const authData = auth.bytes(2) ?? new Uint8Array();
  if (auth.uint(1, 0xffff) !== authData.length) throw new CodedError(CODE, `QE auth data of ${authData.length} bytes that is declared with ${auth.uint(1)}`);
  const chain = message.required(4).only(1, 2, 3);
  return concatBytes(qeReport(message.required(1)), message.exactly(2, 64), u16(authData.length), authData, u16(chain.uint(1, 0xffff)), sized(chain.uint(2), chain.bytes(3) ?? new Uint8Array()));
}

function qeReport(message: ProtobufMessage): Uint8Array {
  message.only(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
  return concatBytes(
    message.exactly(1, 16), u32(message.uint(2)), message.exactly(3, 28), message.exactly(4, 16), message.exactly(5, 32), message.exactly(6, 32),
    message.exactly(7, 32), message.exactly(8, 96), u16(message.uint(9, 0xffff)), u16(message.uint(10, 0xffff)), message.exactly(11, 60), message.exactly(12, 64),
  );
}
