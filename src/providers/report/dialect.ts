/**
 * The report dialect: `GET /v1/attestation/report`, spoken by dstack's inference proxies and the gateways before them
 * (NEAR AI, Phala and RedPill, resellers of their nodes). What services differ in is data here.
 */
import type { Role } from '../../checks/reference';

export interface ReportDialect {
  /** Names it in reference values and on the command line. */
  readonly id: string;
  /** What a lone attestation, without a gateway beside it, is of. */
  readonly loneRole: Role;
  /** True where each machine's report is promised to carry its event log. */
  readonly logPromised: boolean;
  /** True where model machines are promised to send GPU evidence. */
  readonly gpuPromised: boolean;
  /** True where CPU and GPU evidence are promised to answer one number. */
  readonly gpuWithCpu: boolean;
  /** Names of one model, first the one that signed texts use. */
  readonly aliases: readonly (readonly string[])[];
  /** True where the service calls models by names of its own: what its machines sign or say then names the same one otherwise, and nobody can tell. */
  readonly renames?: true;
  /** True where reports come in an envelope that says whether the service verified them itself. */
  readonly saysVerified?: true;
}

export const NEARAI: ReportDialect = {
  id: 'nearai', loneRole: 'model', logPromised: true, gpuPromised: true, gpuWithCpu: true,
  aliases: [['deepseek-ai/DeepSeek-V3.1', 'deepseek-v3.1']],
};
export const PHALA: ReportDialect = { id: 'phala', loneRole: 'model', logPromised: true, gpuPromised: true, gpuWithCpu: true, aliases: [] };
/** Resells nodes of both kinds; its documentation promises quote, GPU evidence and key, and no log. */
export const VENICE: ReportDialect = { id: 'venice', loneRole: 'model', logPromised: false, gpuPromised: true, gpuWithCpu: true, aliases: [], renames: true, saysVerified: true };

export const DIALECTS: readonly ReportDialect[] = [NEARAI, PHALA, VENICE];

/** The largest real report (a gateway, one machine of eight GPUs) has 237 kB. */
export const MAX_REPORT_BYTES = 2 * 1024 * 1024;
export const MAX_QUOTE_BYTES = 16 * 1024;
export const MAX_GPUS = 16;
export const MAX_MACHINES = 16;
