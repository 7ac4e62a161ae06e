/** From a verified opinion to the check `gpu.second-opinion`: does NVIDIA say of these very devices what Assay found? */
import { type Check, fail, pass, unknown } from '../../checks/check';
import type { CodedError } from '../../checks/error';
import type { Code } from '../../checks/codes';
import type { JsonObject } from '../../encoding/json';
import { toHex } from '../../encoding/hex';
import type { DeviceFacts } from '../../evidence/nvidia/types';
import { NRAS_ISSUER, type Opinion } from './opinion';

const ID = 'gpu.second-opinion';
/** The vendor's word, computed here from signed tokens; the keys behind them are vouched for by the connection alone. */
const PARTS = { basis: 'derived', required: false, source: new URL(NRAS_ISSUER).host } as const;

/** Nothing was learned: the question stays open, and nothing depends on it. */
export const noOpinion = (code: Code, detail: string): Check => unknown(ID, code, detail, PARTS);

/** Tokens that are signed and say something false contradict; what cannot be read, or not now, is open. */
export const badOpinion = ({ code, detail }: CodedError): Check => (code === 'NRAS_TOKEN' ? fail(ID, code, detail, PARTS) : noOpinion(code, detail));

/** `devices` are those that were sent; each must be spoken of, with the versions read here. */
export function judgeOpinion(opinion: Opinion, devices: readonly DeviceFacts[], nonce: Uint8Array): Check {
  const refused = [...opinion.devices].flatMap(([name, claims]) => {
    const why = refusalOf(claims, toHex(nonce));
    return why === undefined ? [] : [{ ...why, detail: `${name.slice(0, 20)}: ${why.detail}` }];
  });
  if (refused.length > 0 || !opinion.overall) {
    const detail = refused.map((one) => one.detail).join(', ') || 'the overall result is false';
    if (refused.length > 0 && refused.every(({ theirs }) => theirs)) return noOpinion('COLLATERAL_UNREACHABLE', `${PARTS.source} could not judge: ${detail}`);
    return fail(ID, 'NRAS_DISAGREES', detail, PARTS);
  }
  const strange = othersThan(devices, [...opinion.devices.values()]);
  if (strange.length > 0) return fail(ID, 'NRAS_OTHER_DEVICE', strange.join(', '), PARTS);
  return pass(ID, `${devices.length} of ${devices.length} confirmed, until ${new Date(opinion.until).toISOString()}`, PARTS);
}

interface Refusal {
  readonly detail: string;
  /** A fault of the service's own (5xx), which says nothing of the device. */
  readonly theirs: boolean;
}

function refusalOf(claims: JsonObject, nonce: string): Refusal | undefined {
  const error = claims.get('x-nvidia-error-details');
  if (error instanceof Map) return { detail: `${said(error, 'code')} ${said(error, 'message')}`, theirs: /^5\d\d\b/.test(said(error, 'httpStatus')) };
  const wanted = { measres: 'success', eat_nonce: nonce, 'x-nvidia-gpu-attestation-report-nonce-match': true };
  const wrong = Object.entries(wanted).find(([name, value]) => claims.get(name) !== value);
  return wrong === undefined ? undefined : { detail: `${wrong[0]} is ${said(claims, wrong[0])}`, theirs: false };
}

/** A claim as text, cut short. */
function said(claims: JsonObject, name: string): string {
  const value = claims.get(name);
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? `${value}`.slice(0, 80) : 'not there';
}

/** Each of our devices that is not spoken of, or of which other versions are said. As many tokens came as devices were sent. */
function othersThan(devices: readonly DeviceFacts[], claims: readonly JsonObject[]): readonly string[] {
  return devices.flatMap((device) => {
    const one = claims.find((claim) => claim.get('ueid') === ueidOf(device));
    if (one === undefined) return [`${device.id} is not spoken of`];
    const pairs = [['x-nvidia-gpu-driver-version', device.driver], ['x-nvidia-gpu-vbios-version', device.vbios]] as const;
    return pairs.filter(([name, here]) => said(one, name).toLowerCase() !== here?.toLowerCase()).map(([name, here]) => `${device.id}: ${said(one, name)} there, ${here ?? 'nothing'} here`);
  });
}

/** NVIDIA names a device by the serial number of its leaf certificate, in decimal. */
const ueidOf = ({ certificates }: DeviceFacts): string => BigInt(`0x${certificates[0]?.serial ?? '0'}`).toString();
