/** Intel's TCB info (v3; v2 for SGX alone), read from text whose signature was verified. */
import { parseJson } from '../../encoding/json';
import { JsonView } from '../../encoding/json-read';
import { CodedError } from '../../checks/error';
import type { TcbStatus } from '../../checks/policy';
import { BoundedMap } from '../../encoding/bounded-map';

/** Best first. */
export const PLATFORM_STATUSES = ['UpToDate', 'SWHardeningNeeded', 'ConfigurationNeeded', 'ConfigurationAndSWHardeningNeeded', 'OutOfDate', 'OutOfDateConfigurationNeeded', 'Revoked'] as const satisfies readonly TcbStatus[];
export type PlatformStatus = (typeof PLATFORM_STATUSES)[number];
export const COMPONENT_STATUSES = ['UpToDate', 'OutOfDate', 'Revoked'] as const satisfies readonly TcbStatus[];
/** What a TDX module or a quoting enclave can be. */
export type ComponentStatus = (typeof COMPONENT_STATUSES)[number];

interface Level<S> {
  readonly status: S;
  /** Ms since the epoch. */
  readonly tcbDate: number;
  readonly advisoryIds: readonly string[];
}

/** A level of the platform: 16 SGX components, PCE SVN, and for TDX 16 components of the TEE. */
export interface PlatformLevel extends Level<PlatformStatus> {
  readonly sgx: readonly number[];
  readonly pceSvn: number;
  readonly tdx: readonly number[] | undefined;
}

/** A level of one enclave or module: its security version. */
export interface IsvLevel extends Level<ComponentStatus> {
  readonly isvSvn: number;
}

/** Hex, lower-case: 48 bytes and 8 bytes. */
export interface ModuleIdentity {
  readonly mrSigner: string;
  readonly attributes: string;
}

export interface TcbInfo {
  readonly tee: 'tdx' | 'sgx';
  /** Ms since the epoch. */
  readonly issueDate: number;
  readonly nextUpdate: number;
  readonly fmspc: string;
  readonly pceId: string;
  readonly evaluationDataNumber: number;
  /** Highest first, whatever the order in the text: the first one that is reached counts. */
  readonly levels: readonly PlatformLevel[];
  /** TDX only. */
  readonly module: ModuleIdentity | undefined;
  /** By upper-case id (`TDX_03`). */
  readonly moduleIdentities: ReadonlyMap<string, ModuleIdentity & { readonly levels: readonly IsvLevel[] }>;
}

const CODE = 'TCB_INFO_PARSE';
const COMPONENTS = 16;
const kept = new BoundedMap<TcbInfo>(16, 256 * 1024);

/** Reads a verified TCB info for this TEE. Raises `TCB_INFO_TEE` for another TEE's (or for no TCB info at all), `TCB_INFO_PARSE` for anything malformed. */
export function readTcbInfo(text: string, tee: TcbInfo['tee']): TcbInfo {
  const info = kept.getOrMake(text, () => parse(text, tee));
  if (info.tee !== tee) throw new CodedError('TCB_INFO_TEE', `TCB info for ${info.tee}, the evidence is ${tee}`);
  return info;
}

function parse(text: string, tee: TcbInfo['tee']): TcbInfo {
  const root = new JsonView(parseJson(text, { code: CODE, maxDepth: 12, maxLength: 1024 * 1024 }), 'tcbInfo', CODE);
  const id = root.get('id').present ? root.get('id').string() : undefined;
  const version = root.get('version').uint();
  const found = id === 'TDX' ? 'tdx' : id === 'SGX' || (id === undefined && version === 2) ? 'sgx' : undefined;
  if (found === undefined) throw new CodedError('TCB_INFO_TEE', `id ${id ?? '(none)'}, version ${version}, the evidence is ${tee}`);
  if (version !== 3 && !(version === 2 && id === undefined)) throw new CodedError(CODE, `TCB info version ${version}`);
  return {
    tee: found,
    issueDate: root.get('issueDate').time(),
    nextUpdate: root.get('nextUpdate').time(),
    fmspc: root.get('fmspc').hex(6),
    pceId: root.get('pceId').hex(2),
    evaluationDataNumber: root.get('tcbEvaluationDataNumber').uint(),
    levels: root.get('tcbLevels').items().map((level) => readPlatformLevel(level, found, version)).sort(highestFirst),
    module: found === 'tdx' ? readModule(root.get('tdxModule')) : undefined,
    moduleIdentities: found === 'tdx' && root.get('tdxModuleIdentities').present ? readIdentities(root.get('tdxModuleIdentities')) : new Map(),
  };
}

/** As Intel's library orders them: by SGX components, PCE SVN, TDX components. */
const highestFirst = (a: PlatformLevel, b: PlatformLevel): number => compareLists(b.sgx, a.sgx) || b.pceSvn - a.pceSvn || compareLists(b.tdx ?? [], a.tdx ?? []);

/** Which of two lists of equal length is higher where they first differ. */
function compareLists(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}

function readPlatformLevel(view: JsonView, tee: TcbInfo['tee'], version: number): PlatformLevel {
  const tcb = view.get('tcb');
  return {
    ...readLevel(view, PLATFORM_STATUSES),
    sgx: version === 2 ? readNumberedComponents(tcb) : readComponents(tcb.get('sgxtcbcomponents')),
    pceSvn: tcb.get('pcesvn').uint(0xffff),
    tdx: tee === 'tdx' ? readComponents(tcb.get('tdxtcbcomponents')) : undefined,
  };
}

function readComponents(view: JsonView): readonly number[] {
  const svns = view.items(COMPONENTS).map((item) => item.get('svn').uint(0xff));
  if (svns.length !== COMPONENTS) throw new CodedError(CODE, `${svns.length} components`);
  return svns;
}

/** Version 2 names its components one by one: `sgxtcbcomp01svn` to `sgxtcbcomp16svn`. */
const readNumberedComponents = (tcb: JsonView): readonly number[] =>
  Array.from({ length: COMPONENTS }, (_, i) => tcb.get(`sgxtcbcomp${String(i + 1).padStart(2, '0')}svn`).uint(0xff));

const readModule = (view: JsonView): ModuleIdentity => ({ mrSigner: view.get('mrsigner').hex(48), attributes: view.get('attributes').hex(8) });

function readIdentities(view: JsonView): TcbInfo['moduleIdentities'] {
  const identities = new Map<string, ModuleIdentity & { readonly levels: readonly IsvLevel[] }>();
  for (const item of view.items()) {
    const id = item.get('id').string().toUpperCase();
    if (identities.has(id)) throw new CodedError(CODE, `the module identity ${id} twice`);
    identities.set(id, { ...readModule(item), levels: readIsvLevels(item.get('tcbLevels')) });
  }
  return identities;
}

/** Levels that name one `isvsvn` each, as in module identities and the QE identity; highest first. */
export const readIsvLevels = (view: JsonView): readonly IsvLevel[] =>
  view.items().map((level) => ({ ...readLevel(level, COMPONENT_STATUSES), isvSvn: level.get('tcb').get('isvsvn').uint(0xffff) })).sort((a, b) => b.isvSvn - a.isvSvn);

function readLevel<S extends TcbStatus>(view: JsonView, statuses: readonly S[]): Level<S> {
  const advisories = view.get('advisoryIDs');
  return {
    status: view.get('tcbStatus').oneOf(statuses),
    tcbDate: view.get('tcbDate').time(),
    advisoryIds: advisories.present ? advisories.items().map((item) => item.string()) : [],
  };
}

/** Forgets what was read; benchmarks measure the cold case with it. */
export function forgetTcbInfos(): void {
  kept.clear();
}
