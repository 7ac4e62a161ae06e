/** A TDX quote out of the JSON form of go-tdx-guest's tdx.QuoteV4, back into its bytes. Sizes are written as they are claimed: the quote's own parser judges them. */
import { concatBytes } from '../../encoding/bytes';
import { type JsonFields, refuseForm } from './fields';

/** A field of fixed size: bytes, or a little-endian number. */
type Part = readonly [name: string, size: number, kind?: 'uint'];

/** The two SVNs stand in the header the other way round than the names suggest (go-tdx-guest's order). */
const HEADER: readonly Part[] = [['version', 2, 'uint'], ['attestation_key_type', 2, 'uint'], ['tee_type', 4, 'uint'], ['pce_svn', 2], ['qe_svn', 2], ['qe_vendor_id', 16], ['user_data', 20]];
const BODY: readonly Part[] = [
  ['tee_tcb_svn', 16], ['mr_seam', 48], ['mr_signer_seam', 48], ['seam_attributes', 8], ['td_attributes', 8], ['xfam', 8],
  ['mr_td', 48], ['mr_config_id', 48], ['mr_owner', 48], ['mr_owner_config', 48],
];
const QE_REPORT: readonly Part[] = [
  ['cpu_svn', 16], ['misc_select', 4, 'uint'], ['reserved1', 28], ['attributes', 16], ['mr_enclave', 32], ['reserved2', 32], ['mr_signer', 32],
  ['reserved3', 96], ['isv_prod_id', 2, 'uint'], ['isv_svn', 2, 'uint'], ['reserved4', 60], ['report_data', 64],
];
const REGISTER = 48;
const REGISTERS = 4;
const MAX_AUTH = 0xffff;
const MAX_CHAIN = 256 * 1024;

function number(source: JsonFields, name: string, size: number): Uint8Array {
  const value = source.uint({ name }, (1n << BigInt(8 * size)) - 1n);
  return Uint8Array.from({ length: size }, (_zero, i) => Number((value >> BigInt(8 * i)) & 0xffn));
}

function exactly(source: JsonFields, name: string, size: number): Uint8Array {
  const value = source.bytes({ name });
  return value?.length === size ? value : source.refuse(name, `has ${value?.length ?? 0} bytes, not ${size}`);
}

const parts = (source: JsonFields, wanted: readonly Part[]): readonly Uint8Array[] =>
  wanted.map(([name, size, kind]) => (kind === 'uint' ? number(source, name, size) : exactly(source, name, size)));

const atMost = (source: JsonFields, name: string, max: number): Uint8Array => {
  const value = source.bytes({ name }) ?? new Uint8Array();
  return value.length <= max ? value : source.refuse(name, `has more than ${max} bytes`);
};

const need = (source: JsonFields, name: string): JsonFields => source.object(name) ?? source.refuse(name, 'is missing');

/** The quote, and the bytes that the form keeps apart as standing behind it. Raises `COCOS_FORM`. */
export function quoteFromJson(top: JsonFields): { readonly quote: Uint8Array; readonly extraBytes: Uint8Array } {
  const body = need(top, 'td_quote_body');
  const registers = body.list('rtmrs', REGISTERS).map((value) => body.base64(value, 'rtmrs'));
  if (registers.length !== REGISTERS || registers.some(({ length }) => length !== REGISTER)) refuseForm('td_quote_body.rtmrs are not four registers');
  const signed = need(top, 'signed_data');
  const outer = need(signed, 'certification_data');
  const inner = need(outer, 'qe_report_certification_data');
  const auth = need(inner, 'qe_auth_data');
  const chain = need(inner, 'pck_certificate_chain_data');
  const quote = concatBytes(
    ...parts(need(top, 'header'), HEADER),
    ...parts(body, BODY),
    ...registers,
    exactly(body, 'report_data', 64),
    number(top, 'signed_data_size', 4),
    exactly(signed, 'signature', 64),
    exactly(signed, 'ecdsa_attestation_key', 64),
    number(outer, 'certificate_data_type', 2),
    number(outer, 'size', 4),
    ...parts(need(inner, 'qe_report'), QE_REPORT),
    exactly(inner, 'qe_report_signature', 64),
    number(auth, 'parsed_data_size', 2),
    atMost(auth, 'data', MAX_AUTH),
    number(chain, 'certificate_data_type', 2),
    number(chain, 'size', 4),
    atMost(chain, 'pck_cert_chain', MAX_CHAIN),
  );
  return { quote, extraBytes: atMost(top, 'extra_bytes', MAX_CHAIN) };
}
