/**
 * What Intel's lists say about this machine, as Intel's own verification library decides it: level matching,
 * TDX module identity, convergence of platform, module and quoting enclave, and relaunch advice for TDX 1.5.
 */
import { isoTime } from '../findings';
import type { PckPlatform } from './pck-extension';
import type { QeIdentity } from './qe-identity';
import type { TdReport } from './report';
import type { ComponentStatus, IsvLevel, ModuleIdentity, PlatformLevel, PlatformStatus, TcbInfo } from './tcb-info';
import type { TcbFact } from './types';
import { toHex } from '../../encoding/hex';
import { CodedError } from '../../checks/error';
import type { TcbStatus } from '../../checks/policy';

/** From here on the components of the TDX module itself are judged by its identity, not by the platform's level. */
const FIRST_WITHOUT_MODULE = 2;

/** Which components of the TEE a level is compared on: all 16, or from index 2 when the module says its own version. */
export const firstTdxComponent = (teeTcbSvn: Uint8Array): number => ((teeTcbSvn[1] ?? 0) > 0 ? FIRST_WITHOUT_MODULE : 0);

/** What Intel calls the module of this version. */
const moduleId = (teeTcbSvn: Uint8Array): string => `TDX_${toHex(teeTcbSvn.subarray(1, 2)).toUpperCase()}`;

/** The identity the TDX module must have: by its version where it says one, else the platform's one. Raises `TDX_MODULE_MISMATCH` when Intel lists none. */
export function moduleIdentityFor(teeTcbSvn: Uint8Array, info: TcbInfo): ModuleIdentity & { readonly levels?: readonly IsvLevel[] } {
  const identity = firstTdxComponent(teeTcbSvn) === 0 ? info.module : info.moduleIdentities.get(moduleId(teeTcbSvn));
  if (identity === undefined) throw new CodedError('TDX_MODULE_MISMATCH', `no module identity ${moduleId(teeTcbSvn)} in this TCB info`);
  return identity;
}

/** The level of a module that says its own version. One that Intel does not list has none, at launch as now. */
function matchModule(teeTcbSvn: Uint8Array, info: TcbInfo): IsvLevel {
  const identity = info.moduleIdentities.get(moduleId(teeTcbSvn));
  if (identity === undefined) throw new CodedError('TCB_NOT_SUPPORTED', `no module identity ${moduleId(teeTcbSvn)} in this TCB info`);
  return matchIsv(teeTcbSvn[0] ?? 0, identity.levels, 'TCB_NOT_SUPPORTED', `TDX module ${moduleId(teeTcbSvn)}`);
}

/** The first level whose SVNs this machine reaches. Raises `TCB_NOT_SUPPORTED` when it reaches none. */
export function matchLevel(platform: PckPlatform, teeTcbSvn: Uint8Array | undefined, info: TcbInfo): PlatformLevel {
  const level = info.levels.find((candidate) => reaches(platform, teeTcbSvn, candidate));
  if (level === undefined) throw new CodedError('TCB_NOT_SUPPORTED', 'this machine reaches no level of the TCB info');
  return level;
}

function reaches(platform: PckPlatform, teeTcbSvn: Uint8Array | undefined, level: PlatformLevel): boolean {
  if (platform.pceSvn < level.pceSvn) return false;
  if (!level.sgx.every((need, i) => (platform.components[i] ?? -1) >= need)) return false;
  if (teeTcbSvn === undefined) return true;
  const from = firstTdxComponent(teeTcbSvn);
  return level.tdx !== undefined && level.tdx.every((need, i) => i < from || (teeTcbSvn[i] ?? -1) >= need);
}

function matchIsv(svn: number, levels: readonly IsvLevel[], code: 'TCB_NOT_SUPPORTED' | 'QE_TCB_NOT_SUPPORTED', what: string): IsvLevel {
  const level = levels.find((candidate) => svn >= candidate.isvSvn);
  if (level === undefined) throw new CodedError(code, `${what} SVN ${svn} reaches no level`);
  return level;
}

interface Evaluation {
  readonly status: TcbStatus;
  readonly level: PlatformLevel;
  readonly module: IsvLevel | undefined;
}

/** One evaluation, for one set of the TEE's SVNs (none for SGX). */
function evaluate(platform: PckPlatform, teeTcbSvn: Uint8Array | undefined, info: TcbInfo, qe: IsvLevel): Evaluation {
  const level = matchLevel(platform, teeTcbSvn, info);
  const module = teeTcbSvn === undefined || firstTdxComponent(teeTcbSvn) === 0 ? undefined : matchModule(teeTcbSvn, info);
  const components = module === undefined ? [qe.status] : [module.status, qe.status];
  return { status: converge(level.status, components), level, module };
}

/** A platform is no better than the worst of what runs on it; a configuration that is needed stays named. */
export function converge(platform: PlatformStatus, components: readonly ComponentStatus[]): PlatformStatus {
  if (platform === 'Revoked' || components.includes('Revoked')) return 'Revoked';
  if (!components.includes('OutOfDate')) return platform;
  switch (platform) {
    case 'UpToDate':
    case 'SWHardeningNeeded':
      return 'OutOfDate';
    case 'ConfigurationNeeded':
    case 'ConfigurationAndSWHardeningNeeded':
      return 'OutOfDateConfigurationNeeded';
    case 'OutOfDate':
    case 'OutOfDateConfigurationNeeded':
      return platform;
  }
}

const STALE: readonly TcbStatus[] = ['OutOfDate', 'OutOfDateConfigurationNeeded'];
const CURRENT: readonly TcbStatus[] = ['UpToDate', 'SWHardeningNeeded', 'ConfigurationNeeded', 'ConfigurationAndSWHardeningNeeded'];

/** A TD launched on an old module that has been updated under it since should be launched again. */
export function adviseRelaunch(launch: TcbStatus, current: TcbStatus): TcbStatus {
  if (!STALE.includes(launch) || !CURRENT.includes(current)) return launch;
  return [launch, current].some((status) => status.includes('Configuration')) ? 'TDRelaunchAdvisedConfigurationNeeded' : 'TDRelaunchAdvised';
}

export interface TcbInput {
  readonly platform: PckPlatform;
  /** The TD report; `undefined` for SGX. */
  readonly td: TdReport | undefined;
  readonly qeIsvSvn: number;
  readonly info: TcbInfo;
  readonly qeIdentity: QeIdentity;
}

export interface EvaluatedTcb {
  /** As Intel's library puts it: the module that the TD was launched on gives status and advisories. */
  readonly fact: TcbFact;
  /** The matched level, for display. */
  readonly level: PlatformLevel;
  /** TDX 1.5: the advisories that stand against the module that runs now. */
  readonly currentAdvisoryIds: readonly string[];
}

const partsOf = ({ level, module }: Evaluation, qe: IsvLevel) => [level, qe, ...(module === undefined ? [] : [module])];
const advisoriesOf = (parts: ReturnType<typeof partsOf>): readonly string[] => [...new Set(parts.flatMap((part) => part.advisoryIds))].sort();

/** The whole evaluation. Raises `TCB_NOT_SUPPORTED QE_TCB_NOT_SUPPORTED`. */
export function evaluateTcb({ platform, td, qeIsvSvn, info, qeIdentity }: TcbInput): EvaluatedTcb {
  const qe = matchIsv(qeIsvSvn, qeIdentity.levels, 'QE_TCB_NOT_SUPPORTED', 'quoting enclave');
  const launch = evaluate(platform, td?.teeTcbSvn, info, qe);
  const current = td?.current === undefined ? undefined : evaluate(platform, td.current.teeTcbSvn, info, qe);
  const parts = partsOf(launch, qe);
  const fact: TcbFact = {
    status: current === undefined ? launch.status : adviseRelaunch(launch.status, current.status),
    platform: launch.level.status,
    ...(launch.module === undefined ? {} : { module: launch.module.status }),
    qe: qe.status,
    ...(current === undefined ? {} : { launch: launch.status, current: current.status }),
    advisoryIds: advisoriesOf(parts),
    tcbDate: isoTime(Math.min(...parts.map((part) => part.tcbDate))),
    evaluationDataNumber: Math.min(info.evaluationDataNumber, qeIdentity.evaluationDataNumber),
  };
  return { fact, level: launch.level, currentAdvisoryIds: current === undefined ? [] : advisoriesOf(partsOf(current, qe)) };
}
