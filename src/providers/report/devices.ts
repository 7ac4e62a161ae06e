/** What the machines of one report say together of their GPUs: a device sits in one machine, so in two it contradicts both. */
import { type Check, fail } from '../../checks/check';
import { TDX_REGISTERS } from '../../checks/policy';
import { equalBytes } from '../../encoding/bytes';
import type { EvidencePart } from '../types';
import type { JudgedMachine } from './machine';

const ID = 'list.duplicates';

/** The machines with `list.duplicates` failed, `DUPLICATE_DEVICE`, on each that shows a device of another. */
export function sharedDevices(machines: readonly JudgedMachine[]): readonly JudgedMachine[] {
  return machines.map((machine) => {
    const others = machines.filter((other) => other !== machine && !isSameMachine(machine, other));
    const shared = machine.devices.flatMap(({ id, key }) => others.flatMap((other) => other.devices.filter((one) => one.key === key).map((one) => `${id} is ${one.id} of ${other.place}`)));
    return shared.length === 0 ? machine : { ...machine, checks: machine.checks.map((check) => (check.id === ID ? contradicted(check, shared) : check)) };
  });
}

const contradicted = (before: Check, shared: readonly string[]): Check =>
  fail(ID, 'DUPLICATE_DEVICE', [...(before.outcome === 'fail' ? [before.detail] : []), ...shared].join(', '), { expected: 'devices of this machine alone', actual: `${shared.length} shown by another machine too` });

/**
 * A list may hold one machine twice: the very same quote, or another quote for the same bound key with the same registers.
 * A key alone does not tell: a key service gives replicas one key, and their registers name each instance.
 */
function isSameMachine(a: JudgedMachine, b: JudgedMachine): boolean {
  const [one, other] = [quoteOf(a), quoteOf(b)];
  if (one === undefined || other === undefined) return false;
  if (equalBytes(one.raw, other.raw)) return true;
  const [mine, theirs] = [a.signers[0], b.signers[0]];
  const sameKey = a.bound && b.bound && mine !== undefined && theirs !== undefined && mine.algorithm === theirs.algorithm && mine.address.toLowerCase() === theirs.address.toLowerCase();
  return sameKey && TDX_REGISTERS.every((name) => one.claims?.[name] !== undefined && one.claims[name] === other.claims?.[name]);
}

type Quote = Extract<EvidencePart, { kind: 'tdx' }>;
const quoteOf = ({ parts }: JudgedMachine): Quote | undefined => parts.find((part): part is Quote => part.kind === 'tdx');
