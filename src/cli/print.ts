/** A result as prose: the state, then the checks by group, each with its reason in the interface's own words. */
import messages from '../../assets/_locales/en/messages.json';
import type { Check } from '../checks/check';
import { catalogueI18n } from '../ui/i18n/catalogue';
import { type Say, sayWith } from '../ui/i18n/say';
import { type FamilyContext, familyTexts, hasCode } from '../ui/model/family';
import { labelOf } from '../ui/model/labels';
import { wordOf } from '../ui/model/outcome';
import { processorVendor } from '../ui/model/vendor';
import { GROUPS, groupOf, leadingCheck } from '../verdict/groups';
import type { State } from '../verdict/state';
import type { Findings, Result } from './result';

/** Wraps a text in a colour where the terminal shows one. */
export type Paint = (text: string, colour: 'red' | 'yellow' | 'green' | 'blue' | 'dim' | 'bold') => string;

const CODES = { red: '31', yellow: '33', green: '32', blue: '34', dim: '2', bold: '1' } as const;
export const paintIf = (colours: boolean): Paint => (colours ? (text, colour) => `\u001b[${CODES[colour]}m${text}\u001b[0m` : (text) => text);

const STATE_COLOUR = { verified: 'green', limited: 'blue', incomplete: 'yellow', failed: 'red' } as const satisfies Record<State, keyof typeof CODES>;
const MARK = { pass: '✓', weak: '~', absent: '–', unknown: '?', fail: '✗' } as const;
const MARK_COLOUR = { pass: 'green', weak: 'blue', absent: 'dim', unknown: 'yellow', fail: 'red' } as const satisfies Record<keyof typeof MARK, keyof typeof CODES>;

/** The whole result; ends in a line break. */
export function prose(result: Result, findings: Findings, paint: Paint): string {
  const now = Date.parse(result.at);
  const say = sayWith(catalogueI18n(messages, 'en'), () => now);
  const checks = result.checks.map(printableCheck);
  const context = { service: findings.subject, now, processor: processorVendor(checks) };
  const leading = leadingCheck(checks);
  const reason = leading !== undefined && result.state !== 'verified' ? reasonOf(leading, say, context) : '';
  const head = `${paint(result.state, STATE_COLOUR[result.state])}  ${say({ key: `state_${result.state}_title` })}`;
  const parts = [
    paint(`${findings.subject}, judged for ${result.at} by policy ${printable(result.policy)}${result.anchors === 'custom' ? ', with roots of your own in place of the vendors’' : ''}`, 'dim'),
    reason === '' ? head : `${head}: ${reason}`,
    ...GROUPS.flatMap((group) => groupLines(say({ key: `group_${group}` }), checks.filter((check) => groupOf(check) === group), say, context, paint)),
  ];
  return `${parts.join('\n')}\n`;
}

function groupLines(name: string, checks: readonly Check[], say: Say, context: FamilyContext, paint: Paint): readonly string[] {
  if (checks.length === 0) return [];
  return ['', paint(name, 'bold'), ...checks.flatMap((check) => checkLines(check, say, context, paint))];
}

/** What was not given here was not missing anywhere: the family's sentence would blame a vendor or a service. */
const SAID_BY_DETAIL: readonly string[] = ['NO_REPORT_DATA_EXPECTED', 'NO_NONCE_EXPECTED', 'ENDORSEMENTS_NOT_GIVEN', 'RIM_MISSING', 'OCSP_MISSING'];

/** The sentence of a check's code; findings that only a bare file knows say it in their detail. */
function reasonOf(check: Check, say: Say, context: FamilyContext): string {
  return hasCode(check) && !SAID_BY_DETAIL.includes(check.code) ? say(familyTexts(check, context).happened) : check.detail;
}

function checkLines(check: Check, say: Say, context: FamilyContext, paint: Paint): readonly string[] {
  const mark = paint(MARK[check.outcome], MARK_COLOUR[check.outcome]);
  const basis = check.outcome === 'pass' && check.basis !== 'hardware' ? ` (${check.basis})` : '';
  const lines = [`  ${mark} ${say(labelOf(check.id))}: ${say({ key: wordOf(check) })}${basis}${check.detail === '' ? '' : paint(`  ${check.detail}`, 'dim')}`];
  if (hasCode(check)) {
    const { todo } = familyTexts(check, context);
    const advice = (check.outcome === 'fail' || check.outcome === 'unknown') && !SAID_BY_DETAIL.includes(check.code) ? ` ${say(todo)}` : '';
    lines.push(`      ${check.code}: ${reasonOf(check, say, context)}${advice}`);
  }
  if (check.outcome !== 'pass' && check.expected !== undefined) lines.push(paint(`      expected ${check.expected}`, 'dim'));
  if (check.outcome !== 'pass' && check.actual !== undefined) lines.push(paint(`      received ${check.actual}`, 'dim'));
  if (check.source !== undefined) lines.push(paint(`      source   ${check.source}`, 'dim'));
  return lines;
}

/** What evidence says about itself must not steer the terminal. */
// eslint-disable-next-line no-control-regex -- control characters and direction marks are what is taken out
const printable = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');

const printableCheck = (check: Check): Check => ({
  ...check,
  detail: printable(check.detail),
  ...(check.expected === undefined ? {} : { expected: printable(check.expected) }),
  ...(check.actual === undefined ? {} : { actual: printable(check.actual) }),
  ...(check.source === undefined ? {} : { source: printable(check.source) }),
});
