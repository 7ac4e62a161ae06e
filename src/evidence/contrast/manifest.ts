/** Contrast manifests: strict reading and the rules that Contrast itself holds every manifest to. Old and new fields are known. */
import { CodedError } from '../../checks/error';
import { utf8Text } from '../../encoding/bytes';
import { parseJson } from '../../encoding/json';
import { MemberReader, hexOf } from './manifest-reader';
import { GUEST_POLICY_FLAGS, PLATFORM_FLAGS } from './manifest-types';
import type { GuestPolicyFlag, Manifest, PolicyEntry, SnpReference, TdxReference } from './manifest-types';

const CODE = 'MANIFEST_MALFORMED';
const MAX_LENGTH = 8 * 1024 * 1024;
/** Each costs point arithmetic; deployments have one for each kind of machine. */
const MOST_REFERENCES = 64;
const SVN = 0xff;
/** TDATTRIBUTES with SEPT_VE_DISABLE alone: what Contrast launches with. */
const SEPT_VE_DISABLE_ALONE = '0000001000000000';
/** Allowed to be on in a manifest's guest policy; all others must be off. */
const MAY_BE_ON: readonly GuestPolicyFlag[] = ['SMT', 'PageSwapDisable'];

function refuse(detail: string): never {
  throw new CodedError(CODE, detail);
}

/** Reads a manifest from its exact bytes. Raises `MANIFEST_MALFORMED`, and `INSECURE_PLATFORM` for reference values of a development platform. */
export function parseManifest(bytes: Uint8Array): Manifest {
  const unknown: string[] = [];
  const root = new MemberReader(parseJson(utf8Text(bytes, CODE), { code: CODE, maxLength: MAX_LENGTH, maxDepth: 8 }) ?? refuse('null'), '', unknown);
  const policies = readPolicies(root.object('Policies'));
  const values = root.object('ReferenceValues');
  const [snp, tdx] = [values.objects('snp', MOST_REFERENCES).map(readSnp), values.objects('tdx', MOST_REFERENCES).map(readTdx)];
  values.end();
  const apiVersion = root.text('MinimumAPIVersion');
  const manifest = {
    policies,
    snp,
    tdx,
    workloadOwners: [...root.texts('WorkloadOwnerPubKeys'), ...root.texts('WorkloadOwnerKeyDigests')],
    seedshareOwners: root.texts('SeedshareOwnerPubKeys'),
    ...(apiVersion === '' ? {} : { minimumApiVersion: apiVersion }),
  };
  root.end();
  if (snp.length + tdx.length === 0) refuse('no reference value');
  return { ...manifest, unknown };
}

function readPolicies(members: MemberReader): ReadonlyMap<string, PolicyEntry> {
  const policies = new Map<string, PolicyEntry>();
  for (const [key, entry] of members.entries()) {
    const hash = hexOf(key, 32, `Policies.${key.slice(0, 80)}`);
    if (policies.has(hash)) refuse(`the policy ${hash} twice`);
    const role = entry.text('Role');
    if (role !== '' && role !== 'coordinator') refuse(`the role ${JSON.stringify(role.slice(0, 40))}`);
    policies.set(hash, { sans: entry.texts('SANs'), workloadSecretId: entry.text('WorkloadSecretID'), coordinator: role === 'coordinator' });
    entry.end();
  }
  if (![...policies.values()].some(({ coordinator }) => coordinator)) refuse('no coordinator policy');
  return policies;
}

function readSnp(value: MemberReader): SnpReference {
  const platform = readPlatform(value);
  const product = value.text('ProductName');
  if (product !== 'Milan' && product !== 'Genoa') refuse(`the product ${JSON.stringify(product.slice(0, 40))}`);
  const tcb = value.object('MinimumTCB');
  const minimumTcb = { bl: tcb.requiredUint('BootloaderVersion', SVN), tee: tcb.requiredUint('TEEVersion', SVN), snp: tcb.requiredUint('SNPVersion', SVN), ucode: tcb.requiredUint('MicrocodeVersion', SVN) };
  tcb.end();
  const info = value.object('PlatformInfo');
  const platformInfo = new Set(PLATFORM_FLAGS.filter((flag) => info.flag(flag)));
  info.end();
  const apEip = value.text('APEIP');
  value.uint('CPUs', 0xffff);
  const reference = {
    platform, product, measurement: value.hex('TrustedMeasurement', 48), minimumTcb, guestPolicy: readGuestPolicy(value.object('GuestPolicy')), platformInfo,
    minimumMitigations: value.u64('MinimumMitigationVector'), chipIds: value.hexes('AllowedChipIDs', 64), ...(apEip === '' ? {} : { apEip: hexOf(apEip, 4, 'APEIP') }),
  } as const;
  value.end();
  return reference;
}

/** Contrast allows a deployment to change nothing of its guest policy but the minor version and page swapping. */
function readGuestPolicy(value: MemberReader): SnpReference['guestPolicy'] {
  const flags = new Set(GUEST_POLICY_FLAGS.filter((flag) => value.flag(flag)));
  const abiMajor = value.uint('ABIMajor', SVN);
  const abiMinor = value.uint('ABIMinor', SVN);
  value.end();
  if (!flags.has('SMT')) refuse('GuestPolicy.SMT is off');
  const wrong = [...flags].find((flag) => !MAY_BE_ON.includes(flag));
  if (wrong !== undefined) refuse(`GuestPolicy.${wrong} is on`);
  if (abiMajor !== 0 || (abiMinor !== 0 && abiMinor !== 31)) refuse(`GuestPolicy with ABI ${abiMajor}.${abiMinor}`);
  return { abiMajor, abiMinor, flags };
}

function readTdx(value: MemberReader): TdxReference {
  const platform = readPlatform(value);
  // Older manifests carry the name with its letters swapped.
  const rtmrs = value.hexes(value.has('Rtrms') && !value.has('Rtmrs') ? 'Rtrms' : 'Rtmrs', 48);
  if (rtmrs.length !== 4) refuse(`${rtmrs.length} RTMRs`);
  value.uint('CPUs', 0xffff);
  const reference = {
    platform,
    mrTd: value.hex('MrTd', 48),
    mrSeam: value.hex('MrSeam', 48),
    rtmrs,
    xfam: value.hex('Xfam', 8),
    tdAttributes: value.has('TdAttributes') ? value.hex('TdAttributes', 8) : SEPT_VE_DISABLE_ALONE,
    minimumEvaluationDataNumber: value.uint('MinTCBEvaluationDataNumber', 0xffff_ffff),
    piids: value.hexes('AllowedPIIDs', 16),
    memoryIntegrity: value.flag('MemoryIntegrity'),
    smtDisabled: value.flag('SMTDisabled'),
    staticPlatform: value.flag('StaticPlatform'),
    minimumQeSvn: value.uint('MinimumQeSvn', 0xffff),
    minimumPceSvn: value.uint('MinimumPceSvn', 0xffff),
    ...(value.has('MinimumTeeTcbSvn') ? { minimumTeeTcbSvn: value.hex('MinimumTeeTcbSvn', 16) } : {}),
  };
  value.end();
  return reference;
}

/** Development platforms accept evidence that no hardware signed. */
function readPlatform(value: MemberReader): string {
  const platform = value.text('Platform');
  if (/insecure/i.test(platform)) throw new CodedError('INSECURE_PLATFORM', `platform ${platform.slice(0, 60)}: development, not attested`);
  return platform;
}

/** Hashes of the policies that a Coordinator may run, lower-case hex. */
export const coordinatorPolicies = ({ policies }: Manifest): readonly string[] => [...policies].filter(([, { coordinator }]) => coordinator).map(([hash]) => hash);
