/** The JSON forms of evidence: what Cube's page lets people download (protojson), and what older agents wrote (Go's encoding/json). */
import { utf8Text } from '../../encoding/bytes';
import { type JsonValue, parseJson } from '../../encoding/json';
import { REPORT_FIELDS, reportBytes } from '../sevsnp/report-message';
import type { VtpmQuote } from '../vtpm/types';
import { sortCertificates } from './certificates';
import { FORM, JsonFields, refuseForm } from './fields';
import { MAX_PCR, MAX_PCRS, MAX_QUOTES } from './protobuf-form';
import { quoteFromJson } from './tdx-json';
import type { CocosEvidence, CocosSnp } from './types';

/** go-tpm-tools' names of the hash algorithms, by TPM_ALG_ID. */
const HASHES: Readonly<Record<string, number>> = { SHA1: 0x04, SHA256: 0x0b, SHA384: 0x0c, SHA512: 0x0d };
const MAX_ALGORITHM = 0xffffn;

/** Reads one JSON text. Raises `JSON_MALFORMED`, or `COCOS_FORM` for what is no evidence of Cocos. */
export function readJsonForm(bytes: Uint8Array): CocosEvidence {
  const top = new JsonFields(parseJson(utf8Text(bytes, 'JSON_MALFORMED'), { maxDepth: 12 }), 'evidence');
  if (top.has('td_quote_body')) return { kind: 'tdx', form: 'JSON', ...quoteFromJson(top) };
  if (top.has('ak_pub') || top.has('quotes')) return vtpmIn(top);
  if (top.has('report')) return { kind: 'snp', form: 'JSON', snp: snpIn(top) };
  // A report alone, without the message around it.
  if (top.has('measurement') && top.has('signature')) return { kind: 'snp', form: 'JSON', snp: { report: reportIn(top), intermediates: [] } };
  return refuseForm('JSON that is none of Cocos’s forms of evidence');
}

function vtpmIn(top: JsonFields): CocosEvidence {
  if (top.has('tdx_attestation')) refuseForm('a TDX quote beside a vTPM, which no agent of Cube sends');
  const snp = top.object('sev_snp_attestation');
  const eventLog = top.bytes({ name: 'event_log' });
  return {
    kind: 'vtpm',
    form: 'JSON',
    vtpm: {
      akPublic: top.bytes({ name: 'ak_pub' }) ?? refuseForm('no ak_pub'),
      quotes: top.objects('quotes', MAX_QUOTES).map(quoteIn),
      ...(eventLog === undefined || eventLog.length === 0 ? {} : { eventLog }),
    },
    ...(snp === undefined ? {} : { snp: snpIn(snp) }),
  };
}

function quoteIn(quote: JsonFields): VtpmQuote {
  const bank = quote.object('pcrs');
  const values = new Map<number, Uint8Array>();
  for (const [index, value] of bank?.entries('pcrs', MAX_PCRS) ?? []) {
    if (!/^(?:0|[1-9]\d?)$/.test(index) || Number(index) > MAX_PCR) refuseForm(`register ${index.slice(0, 8)}`);
    values.set(Number(index), quote.base64(value, 'pcrs'));
  }
  return {
    attest: quote.bytes({ name: 'quote' }) ?? refuseForm('a quote without its statement'),
    signature: quote.bytes({ name: 'raw_sig' }) ?? refuseForm('a quote without its signature'),
    hash: bank === undefined ? 0 : hashIn(bank),
    pcrs: values,
  };
}

function hashIn(bank: JsonFields): number {
  const value: JsonValue | undefined = bank.value('hash');
  if (typeof value !== 'string') return Number(bank.uint({ name: 'hash' }, MAX_ALGORITHM));
  return (Object.hasOwn(HASHES, value) ? HASHES[value] : undefined) ?? refuseForm(`hash ${value.slice(0, 20)}`);
}

function snpIn(message: JsonFields): CocosSnp {
  const chain = message.object('certificate_chain');
  const sent = (...names: readonly string[]): readonly Uint8Array[] => names.flatMap((name) => chain?.bytes({ name }) ?? []);
  return {
    report: reportIn(message.object('report') ?? refuseForm('no report')),
    ...sortCertificates({ endorsement: sent('vcek_cert', 'vlek_cert'), others: sent('ask_cert', 'ark_cert') }),
  };
}

const reportIn = (report: JsonFields): Uint8Array => reportBytes(report.only(REPORT_FIELDS.map(({ name }) => name)), FORM);
