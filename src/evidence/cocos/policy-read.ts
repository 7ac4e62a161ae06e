/**
 * Reads a policy of Cocos from its text, strictly: who imports a rule must be able to rely on its being asked, so an unknown
 * field is refused. Numbers of 64 bits keep every digit: a policy read through doubles would ask for less than it says.
 */
import { CodedError } from '../../checks/error';
import { BOOT_PCRS } from '../../checks/snp-launch';
import { isAllZero } from '../../encoding/bytes';
import { isHex, toHex } from '../../encoding/hex';
import { type JsonValue, parseJson } from '../../encoding/json';
import { SNP_PRODUCTS, type SnpProduct, productNamed } from '../sevsnp/product';
import type { ExpectedPcrs } from '../vtpm/types';
import { JsonFields } from './fields';
import type { CocosPolicy, ExactField, PolicyReach, SnpCocosPolicy, TdxCocosPolicy } from './policy-types';

const CODE = 'POLICY_MALFORMED';
export const MAX_POLICY_TEXT = 256 * 1024;
const MAX_U32 = 0xffff_ffffn;
const MAX_U64 = (1n << 64n) - 1n;
const MAX_LIST = 64;
const REGISTER = 48;

const EXACT_SNP: readonly (readonly [string, number])[] = [
  ['measurement', 48], ['host_data', 32], ['family_id', 16], ['image_id', 16], ['report_data', 64], ['report_id', 32], ['report_id_ma', 32], ['chip_id', 64],
];
const EXACT_TDX: readonly (readonly [string, number])[] = [
  ['mr_seam', REGISTER], ['td_attributes', 8], ['xfam', 8], ['mr_td', REGISTER], ['mr_config_id', REGISTER], ['mr_owner', REGISTER], ['mr_owner_config', REGISTER], ['report_data', 64],
];
const BANKS: Readonly<Record<string, number>> = { sha1: 20, sha256: 32, sha384: 48 };

const SNP_RULES: readonly string[] = [
  ...EXACT_SNP.map(([name]) => name), 'policy', 'minimum_guest_svn', 'vmpl', 'minimum_tcb', 'minimum_launch_tcb', 'platform_info', 'minimum_build', 'minimum_version',
  'permit_provisional_firmware', 'require_author_key', 'require_id_block', 'trusted_author_keys', 'trusted_author_key_hashes', 'trusted_id_keys', 'trusted_id_key_hashes', 'product',
];
const ROOTS: readonly string[] = ['product', 'product_line', 'cabundle_paths', 'cabundles', 'check_crl', 'disallow_network'];

/** No machine measures its launch as zeros: tools write them where the value is not known yet, so they ask for nothing. */
const PLACEHOLDERS: readonly string[] = ['measurement', 'mr_td'];

const refuse = (what: string): never => {
  throw new CodedError(CODE, what);
};

/** Raises `POLICY_MALFORMED`, naming the field. */
export function readCocosPolicy(text: string): CocosPolicy {
  const top = new JsonFields(parseJson(text, { maxLength: MAX_POLICY_TEXT, maxDepth: 8, code: CODE }), 'policy file', CODE);
  const rules = top.object('policy') ?? refuse('no policy in it');
  if (rules.has('td_quote_body_policy') || rules.has('header_policy')) return readTdx(top.only(['policy', 'root_of_trust']), rules);
  return readSnp(top.only(['policy', 'root_of_trust', 'pcr_values']), rules);
}

function exactFields(rules: JsonFields, wanted: readonly (readonly [string, number])[]): readonly ExactField[] {
  return wanted.flatMap(([name, size]) => {
    const value = rules.bytes({ name }) ?? new Uint8Array();
    if (value.length !== 0 && value.length !== size) rules.refuse(name, `has ${value.length} bytes, not ${size}`);
    return value.length === 0 || (PLACEHOLDERS.includes(name) && isAllZero(value)) ? [] : [{ name, value }];
  });
}

function readSnp(top: JsonFields, rules: JsonFields): SnpCocosPolicy {
  rules.only(SNP_RULES);
  const roots = top.object('root_of_trust')?.only(ROOTS);
  const vmpl = wrapped(rules, 'vmpl', 3n);
  const platformInfo = wrapped(rules, 'platform_info', MAX_U64);
  const minimumVersion = readVersion(rules);
  const product = productIn(rules.object('product')) ?? namedProduct(roots, 'product_line') ?? namedProduct(roots, 'product');
  for (const name of ['trusted_author_keys', 'trusted_id_keys']) if (rules.list(name, MAX_LIST).length > 0) rules.refuse(name, 'holds certificates, where only digests are compared here');
  return {
    kind: 'snp',
    guestPolicy: readGuestPolicy(rules),
    minimumGuestSvn: Number(rules.uint({ name: 'minimum_guest_svn' }, MAX_U32)),
    exact: exactFields(rules, EXACT_SNP),
    ...(vmpl === undefined ? {} : { vmpl: Number(vmpl) }),
    minimumTcb: rules.uint({ name: 'minimum_tcb' }, MAX_U64),
    minimumLaunchTcb: rules.uint({ name: 'minimum_launch_tcb' }, MAX_U64),
    ...(platformInfo === undefined ? {} : { platformInfo }),
    minimumBuild: Number(rules.uint({ name: 'minimum_build' }, 0xffn)),
    ...(minimumVersion === undefined ? {} : { minimumVersion }),
    permitProvisionalFirmware: rules.flag('permit_provisional_firmware'),
    requireAuthorKey: rules.flag('require_author_key'),
    requireIdBlock: rules.flag('require_id_block'),
    trustedIdKeyHashes: hashes(rules, 'trusted_id_key_hashes'),
    trustedAuthorKeyHashes: hashes(rules, 'trusted_author_key_hashes'),
    ...(product === undefined ? {} : { product }),
    pcrs: readPcrs(top),
  };
}

/** Bit 17 is always one and nothing stands above bit 20: Cocos refuses a policy without, and so one that names none. */
function readGuestPolicy(rules: JsonFields): bigint {
  const value = rules.uint({ name: 'policy' }, MAX_U64);
  if ((value >> 17n & 1n) !== 1n || value >> 21n !== 0n) rules.refuse('policy', `is 0x${value.toString(16)}, which is no guest policy`);
  return value;
}

/** A number that may also be absent; Go's own JSON writes it as an object with one value. */
function wrapped(rules: JsonFields, name: string, max: bigint): bigint | undefined {
  return rules.value(name) instanceof Map ? (rules.object(name)?.only(['value']).uint({ name: 'value' }, max) ?? 0n) : rules.optionalUint(name, max);
}

function readVersion(rules: JsonFields): SnpCocosPolicy['minimumVersion'] {
  const text = rules.text('minimum_version', 16) ?? '';
  if (text === '') return undefined;
  const [, major, minor] = /^(\d{1,3})\.(\d{1,3})$/.exec(text) ?? [];
  return major === undefined || minor === undefined ? rules.refuse('minimum_version', 'is no version') : { major: Number(major), minor: Number(minor) };
}

const hashes = (rules: JsonFields, name: string): readonly string[] =>
  rules.list(name, MAX_LIST).map((value) => {
    const hash = rules.base64(value, name);
    return hash.length === REGISTER ? toHex(hash) : rules.refuse(name, `holds ${hash.length} bytes, not ${REGISTER}`);
  });

/** go-sev-guest's enum, by number or by name; none named is none expected. */
function productIn(product: JsonFields | undefined): SnpProduct | undefined {
  const value: JsonValue | undefined = product?.only(['name', 'stepping', 'machine_stepping']).value('name');
  if (product === undefined || value === undefined || value === 0 || value === 'SEV_PRODUCT_UNKNOWN') return undefined;
  return SNP_PRODUCTS.find((name, i) => value === i + 1 || value === `SEV_PRODUCT_${name.toUpperCase()}`) ?? product.refuse('name', 'is no product that is known');
}

function namedProduct(roots: JsonFields | undefined, name: string): SnpProduct | undefined {
  const text = roots?.text(name, 32) ?? '';
  return text === '' || roots === undefined ? undefined : (productNamed(text) ?? roots.refuse(name, 'is no product that is known'));
}

function readPcrs(top: JsonFields): ExpectedPcrs {
  const banks = new Map<string, ReadonlyMap<number, string>>();
  const values = top.object('pcr_values')?.only(Object.keys(BANKS));
  for (const [bank, size] of Object.entries(BANKS)) {
    const registers = new Map<number, string>();
    for (const [index, value] of values?.entries(bank, 32) ?? []) {
      if (!/^(?:0|[1-9]\d?)$/.test(index) || Number(index) > 31) refuse(`pcr_values.${bank}: no register ${index.slice(0, 8)}`);
      if (typeof value !== 'string' || !isHex(value, size)) refuse(`pcr_values.${bank}.${index} is not ${size} bytes of hex`);
      else registers.set(Number(index), value.toLowerCase());
    }
    if (registers.size > 0) banks.set(bank, registers);
  }
  return banks;
}

function readTdx(top: JsonFields, rules: JsonFields): TdxCocosPolicy {
  rules.only(['header_policy', 'td_quote_body_policy']);
  top.object('root_of_trust')?.only(['cabundle_paths', 'cabundles', 'check_crl', 'get_collateral']);
  const header = rules.object('header_policy')?.only(['minimum_qe_svn', 'minimum_pce_svn', 'qe_vendor_id']);
  const body = rules.object('td_quote_body_policy')?.only([...EXACT_TDX.map(([name]) => name), 'minimum_tee_tcb_svn', 'rtmrs', 'any_mr_td']);
  const registers = body?.list('rtmrs', 4).map((value) => body.base64(value, 'rtmrs')) ?? [];
  if (registers.length !== 0 && registers.length !== 4) refuse('rtmrs are not four');
  if (registers.some(({ length }) => length !== 0 && length !== REGISTER)) refuse(`an rtmr is not ${REGISTER} bytes`);
  const anyMrTd = body?.list('any_mr_td', MAX_LIST).map((value) => body.base64(value, 'any_mr_td')) ?? [];
  if (anyMrTd.some(({ length }) => length !== REGISTER)) refuse(`an any_mr_td is not ${REGISTER} bytes`);
  const [svn] = body === undefined ? [] : exactFields(body, [['minimum_tee_tcb_svn', 16]]);
  return {
    kind: 'tdx',
    minimumQeSvn: Number(header?.uint({ name: 'minimum_qe_svn' }, 0xffffn) ?? 0n),
    minimumPceSvn: Number(header?.uint({ name: 'minimum_pce_svn' }, 0xffffn) ?? 0n),
    exact: [
      ...(header === undefined ? [] : exactFields(header, [['qe_vendor_id', 16]])),
      ...(body === undefined ? [] : exactFields(body, EXACT_TDX)),
      ...registers.flatMap((value, i) => (value.length === 0 ? [] : [{ name: `rtmrs[${i}]`, value }])),
    ],
    ...(svn === undefined ? {} : { minimumTeeTcbSvn: svn.value }),
    anyMrTd,
  };
}

const BOOT_RTMRS: readonly string[] = ['rtmrs[1]', 'rtmrs[2]'];
const ZEROS = /^0+$/;

/**
 * What a policy pins down. A launch measurement beside a vTPM is the firmware's: the image is in the PCRs. All-zero values,
 * as tools write them for "not yet known", name nothing.
 */
export function reachOf(policy: CocosPolicy, withVtpm: boolean): PolicyReach {
  const names = new Set(policy.exact.filter(({ value }) => !isAllZero(value)).map(({ name }) => name));
  if (policy.kind === 'tdx') {
    if (!names.has('mr_td') && !policy.anyMrTd.some((value) => !isAllZero(value))) return 'nothing';
    // The kernel is in the one, its command line and first file system in the other: either alone leaves open what runs.
    return BOOT_RTMRS.every((name) => names.has(name)) ? 'software' : 'firmware';
  }
  // Nothing rests on SHA-1.
  const boot = [...policy.pcrs].some(([bank, registers]) => bank !== 'sha1' && BOOT_PCRS.some((index) => !ZEROS.test(registers.get(index) ?? '0')));
  if (!names.has('measurement')) return 'nothing';
  return boot || !withVtpm ? 'software' : 'firmware';
}
