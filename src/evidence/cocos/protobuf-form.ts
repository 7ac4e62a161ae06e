/** The binary messages of go-sev-guest (sevsnp.Attestation) and go-tpm-tools (attest.Attestation), as Cube's agent sends them. */
import { ProtobufMessage } from '../../encoding/protobuf';
import { reportFromProtobuf } from '../sevsnp/report-message';
import type { VtpmQuote } from '../vtpm/types';
import { sortCertificates } from './certificates';
import { FORM, refuseForm } from './fields';
import type { CocosEvidence, CocosSnp } from './types';

export const MAX_QUOTES = 16;
export const MAX_PCRS = 32;
export const MAX_PCR = 31;
/** TPM_ALG_ID has 16 bits. */
const MAX_ALGORITHM = 0xffff;

const ATTESTATION = { akPublic: 1, quotes: 2, eventLog: 3, sevSnp: 8, tdx: 9 } as const;
const QUOTE = { attest: 1, signature: 2, pcrs: 3 } as const;
const PCRS = { hash: 1, values: 2 } as const;
const SNP = { report: 1, certificates: 2 } as const;
const CERTIFICATES = { vcek: 1, ask: 2, ark: 3, vlek: 6 } as const;

/** Tells the two messages apart by their first field: a TPM's public area begins with a key type, a report's message with its version. */
export function readProtobuf(bytes: Uint8Array): CocosEvidence {
  const message = new ProtobufMessage(bytes);
  const first = message.bytes(1) ?? refuseForm('neither a key nor a report');
  const isPublicArea = first[0] === 0 && (first[1] === 0x01 || first[1] === 0x23);
  return isPublicArea ? vtpmIn(message, first) : { kind: 'snp', form: 'protobuf', snp: snpIn(message) };
}

function vtpmIn(message: ProtobufMessage, akPublic: Uint8Array): CocosEvidence {
  if (message.has(ATTESTATION.tdx)) refuseForm('a TDX quote beside a vTPM, which no agent of Cube sends');
  const snp = message.message(ATTESTATION.sevSnp);
  const eventLog = message.bytes(ATTESTATION.eventLog);
  return {
    kind: 'vtpm',
    form: 'protobuf',
    vtpm: {
      akPublic,
      quotes: message.list(ATTESTATION.quotes, MAX_QUOTES).map(quoteIn),
      ...(eventLog === undefined || eventLog.length === 0 ? {} : { eventLog }),
    },
    ...(snp === undefined ? {} : { snp: snpIn(snp) }),
  };
}

function quoteIn(bytes: Uint8Array): VtpmQuote {
  const message = new ProtobufMessage(bytes);
  const pcrs = message.message(QUOTE.pcrs);
  const values = new Map<number, Uint8Array>();
  for (const content of pcrs?.list(PCRS.values, MAX_PCRS) ?? []) {
    const entry = new ProtobufMessage(content);
    const index = entry.uint(1, MAX_PCR);
    if (values.has(index)) refuseForm(`register ${index} twice`);
    values.set(index, entry.bytes(2) ?? new Uint8Array());
  }
  return {
    attest: message.bytes(QUOTE.attest) ?? refuseForm('a quote without its statement'),
    signature: message.bytes(QUOTE.signature) ?? refuseForm('a quote without its signature'),
    hash: pcrs?.uint(PCRS.hash, MAX_ALGORITHM) ?? 0,
    pcrs: values,
  };
}

function snpIn(message: ProtobufMessage): CocosSnp {
  const report = message.message(SNP.report) ?? refuseForm('no report');
  const chain = message.message(SNP.certificates);
  const sent = (...numbers: readonly number[]): readonly Uint8Array[] => numbers.flatMap((number) => chain?.bytes(number) ?? []);
  return {
    report: reportFromProtobuf(report, FORM),
    ...sortCertificates({ endorsement: sent(CERTIFICATES.vcek, CERTIFICATES.vlek), others: sent(CERTIFICATES.ask, CERTIFICATES.ark) }),
  };
}
