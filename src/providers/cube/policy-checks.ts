/** What a policy says of the evidence, as checks: one per rule, and one that says whether the software is known by it. */
import { type Check, fail, pass, unknown, weak } from '../../checks/check';
import { reachOf } from '../../evidence/cocos/policy-read';
import type { PolicyFinding } from '../../evidence/cocos/policy-types';
import type { Compared } from './policies';

/** What the comparison stands on. */
export interface Ground {
  /** What keeps the report's or quote's values from being believed. */
  readonly unproven: Check | undefined;
  /** How the registers compare, where the policy or the evidence has any. */
  readonly pcr?: Check;
  /** There is a vTPM beside the report; set to what keeps its registers from counting for this machine. */
  readonly vtpm?: Check | undefined;
}

/** A contradiction is told in any case; that a rule is met only of values that hold. */
export function policyChecks({ findings, source }: Compared, { unproven }: Ground): readonly Check[] {
  return findings.map((found) => {
    const id = idOf(found);
    const told = found.detail === '' ? found.field : `${found.field}: ${found.detail}`;
    const parts = { source, expected: found.expected, actual: found.actual };
    if (found.fault !== undefined) return fail(id, found.fault, told, parts);
    if (unproven !== undefined) return unknown(id, unproven.code ?? 'QUOTE_SIGNATURE', `${found.field}: the evidence itself does not hold`, parts);
    return pass(id, told, parts);
  });
}

const idOf = ({ field, aboutSoftware }: PolicyFinding): string => `${aboutSoftware ? 'software' : 'cocos'}.${field}`;

/** Is the software the one that the policy describes, and does the policy describe any? */
export function softwareByPolicy({ policy, findings, source }: Compared, ground: Ground): Check {
  const differs = findings.filter(({ aboutSoftware, fault }) => aboutSoftware && fault !== undefined).map(({ field }) => field);
  if (ground.pcr?.outcome === 'fail') differs.push('pcr');
  if (differs.length > 0) return fail('software', 'MEASUREMENT_MISMATCH', differs.join(', '), { source });
  const open = ground.unproven ?? (ground.pcr?.outcome === 'unknown' ? ground.pcr : undefined);
  if (open !== undefined) return unknown('software', open.code ?? 'QUOTE_SIGNATURE', 'the evidence itself does not hold', { source });
  const reach = reachOf(policy, 'vtpm' in ground);
  if (reach === 'nothing') return weak('software', 'POLICY_NAMES_NO_SOFTWARE', 'the policy names no measurement', { source });
  if (reach === 'firmware') return weak('software', 'POLICY_NAMES_NO_SOFTWARE', 'the policy names the firmware alone', { source });
  const { vtpm } = ground;
  if (vtpm === undefined) return pass('software', findings.filter(({ aboutSoftware }) => aboutSoftware).map(({ field }) => field).join(', '), { source });
  if (vtpm.outcome === 'weak') return weak('software', vtpm.code ?? 'NO_REPORT_DATA_EXPECTED', `${vtpm.id} is open`, { source });
  return unknown('software', vtpm.code ?? 'AK_NOT_BOUND', `depends on ${vtpm.id}`, { source });
}
