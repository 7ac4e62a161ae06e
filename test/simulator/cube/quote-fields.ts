/** A v4 quote taken into the fields of go-tdx-guest's `tdx.QuoteV4`, which is how Cocos writes one as JSON. Layout as in ../tdx/quote.ts; integers little-endian. */
import { bytes, message, u32 } from '../sevsnp/protobuf.ts';
import type { Field } from '../sevsnp/protobuf.ts';

/** `repeated bytes`, which JSON writes as a list. */
const list = (number: number, name: string, items: readonly Uint8Array[]): Field =>
  ({ number, name, written: { wire: Buffer.concat(items.flatMap((item) => bytes(number, name, item).written.wire ?? [])), json: items.map((item) => Buffer.from(item).toString('base64')) } });

/** Protojson's fields of a whole quote, whatever stands behind its declared end included. */
export function quoteFields(quote: Uint8Array): readonly Field[] {
  const view = Buffer.from(quote);
  const part = (number: number, name: string, offset: number, length: number): Field => bytes(number, name, view.subarray(offset, offset + length));
  const u16At = (number: number, name: string, offset: number): Field => u32(number, name, view.readUInt16LE(offset));
  const u32At = (number: number, name: string, offset: number): Field => u32(number, name, view.readUInt32LE(offset));
  const body = 0x30;
  const signed = 0x27c;
  const certification = signed + 128;
  const report = certification + 6;
  const authData = report + 384 + 64;
  const authLength = view.readUInt16LE(authData);
  const chain = authData + 2 + authLength;
  const chainLength = view.readUInt32LE(chain + 2);
  return [
    message(1, 'header', [u16At(1, 'version', 0), u16At(2, 'attestationKeyType', 2), u32At(3, 'teeType', 4), part(4, 'qeSvn', 10, 2), part(5, 'pceSvn', 8, 2), part(6, 'qeVendorId', 12, 16), part(7, 'userData', 28, 20)]),
    message(2, 'tdQuoteBody', [
      part(1, 'teeTcbSvn', body, 16), part(2, 'mrSeam', body + 16, 48), part(3, 'mrSignerSeam', body + 64, 48), part(4, 'seamAttributes', body + 112, 8), part(5, 'tdAttributes', body + 120, 8),
      part(6, 'xfam', body + 128, 8), part(7, 'mrTd', body + 136, 48), part(8, 'mrConfigId', body + 184, 48), part(9, 'mrOwner', body + 232, 48), part(10, 'mrOwnerConfig', body + 280, 48),
      list(11, 'rtmrs', [0, 1, 2, 3].map((index) => view.subarray(body + 328 + 48 * index, body + 376 + 48 * index))), part(12, 'reportData', body + 520, 64),
    ]),
    u32At(3, 'signedDataSize', 0x278),
    message(4, 'signedData', [
      part(1, 'signature', signed, 64), part(2, 'ecdsaAttestationKey', signed + 64, 64),
      message(3, 'certificationData', [
        u16At(1, 'certificateDataType', certification), u32At(2, 'size', certification + 2),
        message(3, 'qeReportCertificationData', [
          message(1, 'qeReport', [
            part(1, 'cpuSvn', report, 16), u32At(2, 'miscSelect', report + 16), part(3, 'reserved1', report + 20, 28), part(4, 'attributes', report + 48, 16), part(5, 'mrEnclave', report + 64, 32),
            part(6, 'reserved2', report + 96, 32), part(7, 'mrSigner', report + 128, 32), part(8, 'reserved3', report + 160, 96), u16At(9, 'isvProdId', report + 256), u16At(10, 'isvSvn', report + 258),
            part(11, 'reserved4', report + 260, 60), part(12, 'reportData', report + 320, 64),
          ]),
          part(2, 'qeReportSignature', report + 384, 64),
          message(3, 'qeAuthData', [u16At(1, 'parsedDataSize', authData), part(2, 'data', authData + 2, authLength)]),
          message(4, 'pckCertificateChainData', [u16At(1, 'certificateDataType', chain), u32At(2, 'size', chain + 2), part(3, 'pckCertChain', chain + 6, chainLength)]),
        ]),
      ]),
    ]),
    part(5, 'extraBytes', chain + 6 + chainLength, view.length),
  ];
}
