/** A gateway and the machine of a model behind it, as NEAR AI's report is judged: ids, order, details and codes are the provider's. */
import { absent, type Check, fail, pass, unknown, weak } from '../../../../src/checks/check';
import type { ServiceView } from '../../../../src/watch/snapshot';
import { answerHolds, machineHolds, with_ } from './checks';
import { EIGHT_GOOD, ONE_BAD } from './nvidia';

export const NEAR: ServiceView = { profileId: 'nearai', name: 'NEAR AI', host: 'near.ai', apiOrigins: ['https://cloud-api.near.ai'], addedByYou: false, best: 'limited' };
export const KEYS = { 'gateway': '0x8d1f0c3a52b7e9d446a1c05b7f2e93d8a6c41b07', 'model[0]': '0x34b7bcb4b2b61fcf9fa14715ba8708ac0dbc8be5' } as const;
type Place = keyof typeof KEYS;

const placed = (place: Place, checks: readonly Check[]): Check[] => checks.map((check) => ({ ...check, id: `${check.id}.${place}` }));

const rest = (place: Place): Check[] => [
  pass('eventlog', '27 events'),
  pass('eventlog.order', ''),
  pass('compose', 'app_compose'),
  unknown('compose.config', 'MR_CONFIG_NOT_SET', 'all zero', { required: false }),
  weak('compose.images', 'IMAGE_NOT_PINNED', place === 'gateway' ? 'registry.example/gateway:latest' : 'registry.example/proxy:1.4'),
  weak('software', 'SOFTWARE_NOT_KNOWN', 'mrTd rtmr0 rtmr1 rtmr2 composeHash'),
  weak('key.binding', 'BOUND_BY_UNKNOWN_SOFTWARE', 'address-nonce', { actual: KEYS[place] }),
  absent('channel', 'service', 'CHANNEL_NOT_BOUND', 'report_data names no key of a connection'),
];

const apart = weak('gpu.binding', 'GPU_COLOCATION_NOT_PROVEN', 'one number for both');
const gateway = (...changed: readonly Check[]): Check[] => with_([...machineHolds(), ...rest('gateway')], ...changed);
const model = (gpus: readonly Check[]): Check[] => [...machineHolds(), ...gpus, apart, ...rest('model[0]')];

const OLD = fail('tcb', 'TCB_OUT_OF_DATE', 'OutOfDate INTEL-SA-01036', { expected: 'UpToDate, SWHardeningNeeded', actual: 'OutOfDate', source: 'Intel list 19 of 2026-11-12' });
const holding = { gateway: gateway(), model: model(EIGHT_GOOD.checks) };
const oldGateway = { gateway: gateway(OLD), model: model(EIGHT_GOOD.checks) };
const badGpu = { gateway: gateway(), model: model(ONE_BAD.checks) };

const evidence = (of: typeof holding): Check[] => [...placed('gateway', of.gateway), ...placed('model[0]', of.model)];
/** An answer is joined with the machine that signed it; the gateway before it stands beside it. */
const joined = (of: typeof holding): Check[] => [...of.model.filter(({ id }) => id !== 'channel'), ...placed('gateway', of.gateway)];

const situation = (of: typeof holding) => ({ evidence: evidence(of), answer: [...joined(of), ...answerHolds('page'), pass('key.role', 'model'), pass('signer.model', 'Qwen/Qwen3-30B')] });
export const NEAR_GOOD = { ...situation(holding), gpus: EIGHT_GOOD };
export const NEAR_OLD_GATEWAY = { ...situation(oldGateway), gpus: EIGHT_GOOD };
export const NEAR_BAD_GPU = { ...situation(badGpu), gpus: ONE_BAD };
