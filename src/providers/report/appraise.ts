/** Judges a whole report: every machine by itself, then said together. */
import { type Check, fail, unknown } from '../../checks/check';
import { CodedError } from '../../checks/error';
import type { Appraisal, AppraiseContext, FetchedReport, MachineAppraisal } from '../types';
import { FRONT } from './attestation';
import { sharedDevices } from './devices';
import type { ReportDialect } from './dialect';
import { type JudgedMachine, judgeMachine } from './machine';
import { tryParseReport } from './parse';
import { reportRefusal } from './refusal';
import { modelMachineCheck } from './roles';

/** Judges with the clock, endorsements and reference values of now. Bad input becomes checks; it never raises on one. */
export async function appraiseReport(report: FetchedReport, dialect: ReportDialect, context: AppraiseContext): Promise<Appraisal> {
  const refusal = reportRefusal(report.status);
  if (refusal !== undefined) return nothing(refusal);
  const attestations = tryParseReport(report.body, dialect);
  if (attestations instanceof CodedError) {
    const { code, detail } = attestations;
    // The kind is the service's own word, and a word must not hide what the evidence would show: it stays open.
    return nothing((code === 'VERIFIER_NOT_BUILT' ? unknown : fail)('evidence', code, detail, { basis: 'derived' }));
  }
  const machines = sharedDevices(await Promise.all(attestations.map((attestation) => judgeMachine(attestation, report.nonce, dialect, context))));
  const [only, ...others] = machines;
  if (only !== undefined && others.length === 0 && only.place === '') return alone(only);
  return {
    checks: machines.flatMap(placed),
    signers: machines.flatMap(({ place, signers }) => signers.map((signer) => ({ ...signer, place }))),
    software: machines.flatMap(({ place, software }) => software.map((identity) => ({ ...identity, place }))),
    parts: machines.flatMap(({ place, parts }) => parts.map((part) => ({ ...part, place }))),
    machines: machines.map((machine) => speaking(machine, machines)),
  };
}

const alone = ({ checks, signers, software, parts, channelKeys }: JudgedMachine): Appraisal => ({ checks, signers, software, parts, ...(channelKeys === undefined ? {} : { channelKeys }) });

const nothing = (check: Check): Appraisal => ({ checks: [check], signers: [], software: [], parts: [] });

/** The machine's checks in a list with others: each names its machine at the end. */
const placed = ({ place, checks }: MachineAppraisal): readonly Check[] => checks.map((check) => ({ ...check, id: `${check.id}.${place}` }));

/**
 * What speaks for an answer that this machine signed: its own checks. Behind a gateway the gateway reads the chat too, so
 * the gateway's stand beside them; none of them can stand in for one of the machine's own. The connection ends in the
 * outermost of them, and only that one's key is to be seen there.
 */
function speaking(judged: JudgedMachine, all: readonly JudgedMachine[]): MachineAppraisal {
  const { bound: _bound, devices: _devices, verifiesModel, channelKeys: _own, ...machine } = judged;
  const before = all.filter((other) => other.role === 'gateway' && other.place !== machine.place);
  const outermost = [judged, ...before].find(({ place }) => place === FRONT) ?? before[0] ?? judged;
  const of = (one: JudgedMachine) => (one === outermost ? one.checks : one.checks.filter(({ id }) => id !== 'channel'));
  return {
    ...machine,
    checks: [...of(judged), ...(machine.role === 'gateway' ? [modelMachineCheck(verifiesModel)] : []), ...before.flatMap((one) => placed({ ...one, checks: of(one) }))],
    ...(outermost.channelKeys === undefined ? {} : { channelKeys: outermost.channelKeys }),
  };
}
