/** A policy from a file (CLI.md, Policies): every key is known and every value of its type, or the command is refused. */
import { CodedError } from '../checks/error';
import { parseJson } from '../encoding/json';
import { DEFAULT, GENUINE, type NvidiaPolicy, type Policy, type SnpPolicy, TDX_REGISTERS, type TcbStatus, type TdxPolicy } from '../checks/policy';

const STATUSES: readonly TcbStatus[] = [...GENUINE.tdx.passTcb];

type Fields = Readonly<Record<string, unknown>>;

const bad = (what: string): never => {
  throw new CodedError('POLICY_MALFORMED', what);
};

function objectOf(value: unknown, at: string, keys: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return bad(`${at} is not an object`);
  const fields: Fields = { ...value };
  const stranger = Object.keys(fields).find((key) => !keys.includes(key));
  return stranger === undefined ? fields : bad(`unknown key ${at === '$' ? '' : `${at}.`}${stranger}`);
}

/** Reads one member where it is there; the base policy's value stands otherwise. */
function member<T>(fields: Fields, at: string, key: string, read: (value: unknown, at: string) => T, otherwise: T): T {
  return Object.hasOwn(fields, key) ? read(fields[key], `${at}.${key}`) : otherwise;
}

const flag = (value: unknown, at: string): boolean => (typeof value === 'boolean' ? value : bad(`${at} is not true or false`));
const count = (value: unknown, at: string): number => (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : bad(`${at} is not a whole number`));
const list = <T>(read: (value: unknown, at: string) => T) => (value: unknown, at: string): readonly T[] => {
  const items: readonly unknown[] = Array.isArray(value) ? value : bad(`${at} is not a list`);
  // An empty list would accept anything in one place and nothing in another: leave the key out, or name something.
  if (items.length === 0) return bad(`${at} is empty`);
  return items.map((item, i) => read(item, `${at}[${i}]`));
};
const hex = (bytes: number) => (value: unknown, at: string): string =>
  typeof value === 'string' && value.length === 2 * bytes && /^[0-9a-f]*$/i.test(value) ? value.toLowerCase() : bad(`${at} is not ${bytes} bytes of hex`);
const status = (value: unknown, at: string): TcbStatus => STATUSES.find((known) => known === value) ?? bad(`${at} is no status that can be accepted`);
const version = (value: unknown, at: string): string => (typeof value === 'string' && /^\d+(\.\d+)*$/.test(value) ? value : bad(`${at} is not a version`));

function readTdx(value: unknown, base: TdxPolicy): TdxPolicy {
  const at = 'tdx';
  const fields = objectOf(value, at, ['acceptedTcb', 'allowDebug', 'requireSeptVeDisable', 'allowServiceTd', 'minEvaluationDataNumber', 'measurements']);
  const accepted = member<readonly TcbStatus[] | undefined>(fields, at, 'acceptedTcb', list(status), undefined);
  return {
    ...base,
    // Who names what is accepted has decided: nothing else holds, not even with a gap.
    ...(accepted === undefined ? {} : { passTcb: accepted, weakTcb: [] }),
    allowDebug: member(fields, at, 'allowDebug', flag, base.allowDebug),
    requireSeptVeDisable: member(fields, at, 'requireSeptVeDisable', flag, base.requireSeptVeDisable),
    allowServiceTd: member(fields, at, 'allowServiceTd', flag, base.allowServiceTd),
    minEvaluationDataNumber: member(fields, at, 'minEvaluationDataNumber', count, base.minEvaluationDataNumber),
    measurements: member(fields, at, 'measurements', readMeasurements, base.measurements),
  };
}

function readMeasurements(value: unknown, at: string): TdxPolicy['measurements'] {
  const fields = objectOf(value, at, TDX_REGISTERS);
  return Object.fromEntries(Object.keys(fields).map((register) => [register, list(hex(48))(fields[register], `${at}.${register}`)]));
}

function readSnp(value: unknown, base: SnpPolicy): SnpPolicy {
  const at = 'snp';
  const fields = objectOf(value, at, ['allowDebug', 'allowMigration', 'vmpl', 'minTcb', 'measurement', 'hostData']);
  return {
    ...base,
    allowDebug: member(fields, at, 'allowDebug', flag, base.allowDebug),
    allowMigration: member(fields, at, 'allowMigration', flag, base.allowMigration),
    vmpl: member(fields, at, 'vmpl', list(count), base.vmpl),
    minTcb: member(fields, at, 'minTcb', readMinTcb, base.minTcb),
    measurement: member(fields, at, 'measurement', list(hex(48)), base.measurement),
    hostData: member(fields, at, 'hostData', list(hex(32)), base.hostData),
  };
}

function readMinTcb(value: unknown, at: string): SnpPolicy['minTcb'] {
  const fields = objectOf(value, at, ['bl', 'tee', 'snp', 'ucode', 'fmc']);
  return Object.fromEntries(Object.keys(fields).map((part) => [part, count(fields[part], `${at}.${part}`)]));
}

function readNvidia(value: unknown, base: NvidiaPolicy): NvidiaPolicy {
  const at = 'nvidia';
  const fields = objectOf(value, at, ['allowHold', 'requireFwid', 'minDriver', 'count']);
  return {
    ...base,
    allowHold: member(fields, at, 'allowHold', flag, base.allowHold),
    requireFwid: member(fields, at, 'requireFwid', flag, base.requireFwid),
    ...(Object.hasOwn(fields, 'minDriver') ? { minDriver: version(fields['minDriver'], `${at}.minDriver`) } : {}),
    ...(Object.hasOwn(fields, 'count') ? { count: count(fields['count'], `${at}.count`) } : {}),
  };
}

const same = <T>(_value: unknown, base: T): T => base;

/** The policy of a file's text, on top of the one it `extends` (`default` unless said). Raises `POLICY_MALFORMED` naming the key. */
export function readPolicy(text: string, name: string): Policy {
  const fields = objectOf(parse(text), '$', ['extends', 'tdx', 'snp', 'nvidia']);
  const base = member(fields, '$', 'extends', builtIn, DEFAULT);
  const part = <T>(key: string, read: (value: unknown, base: T) => T, from: T): T => (Object.hasOwn(fields, key) ? read : same)(fields[key], from);
  return { name, tdx: part('tdx', readTdx, base.tdx), snp: part('snp', readSnp, base.snp), nvidia: part('nvidia', readNvidia, base.nvidia) };
}

const builtIn = (value: unknown): Policy => [GENUINE, DEFAULT].find(({ name }) => name === value) ?? bad('extends is neither genuine nor default');

function parse(text: string): unknown {
  // The strict reader refuses a key given twice; JSON.parse would let the last one win in silence.
  parseJson(text, { code: 'POLICY_MALFORMED' });
  return JSON.parse(text);
}
