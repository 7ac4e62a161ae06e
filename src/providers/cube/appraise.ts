/** Judges what a Cube deployment answered when it was asked for evidence, with what it claims beside it. */
import { absent, type Check, fail, unknown } from '../../checks/check';
import type { Code } from '../../checks/codes';
import { asCoded } from '../../checks/error';
import { utf8Text } from '../../encoding/bytes';
import { parseJson } from '../../encoding/json';
import type { Appraisal, AppraiseContext, FetchedReport } from '../types';
import { judgeCocos } from './evidence';
import { judgeClaim } from './claim';
import { pinnedIn } from './policies';
import { splitNonce } from './profile';

/** The agent says in a 400 why it has no evidence; any other status is the proxy's. */
export const judgesStatus = (status: number): boolean => status === 400;

/** Judges with the clock, endorsements and reference values of now. Bad input becomes checks; it never throws on one. */
export async function appraise(report: FetchedReport, context: AppraiseContext): Promise<Appraisal> {
  const refusal = refusalOf(report);
  if (refusal !== undefined) return { checks: [refusal], signers: [], software: [], parts: [] };
  const { pinned, unread } = pinnedIn(context.references);
  const [reportData, nonce] = splitNonce(report.nonce);
  const found = await judgeCocos({ evidence: report.body, reportData, nonce, policies: pinned, references: context.references, complete: true }, context);
  // With a policy of the user's own, what the service says of itself adds nothing.
  const claim = pinned.length > 0 ? [] : await judgeClaim(report.claim, found.parts, context.firstSeen);
  return {
    checks: [...found.checks, ...unread.map(({ code, detail, source }) => unknown('cocos.policy_file', code, detail, { basis: 'derived', source })), ...claim, ...gaps()],
    signers: [],
    software: found.software,
    parts: found.parts,
  };
}

/** What no Cube deployment offers: a key that signs answers, and a way there that ends in the machine. */
const gaps = (): readonly Check[] => [
  absent('key.binding', 'service', 'ANSWERS_NOT_SIGNED', 'no key signs answers'),
  absent('channel', 'service', 'CHANNEL_NOT_BOUND', 'the proxy opens the connection'),
];

/** The agent's own sentences, and what each says about the machine. */
const SENTENCES: readonly (readonly [begins: string, outcome: 'fail' | 'unknown', code: Code])[] = [
  ['no confidential computing platform detected', 'fail', 'NO_TEE_EVIDENCE'],
  ['plain vTPM attestation is not supported', 'fail', 'NO_TEE_EVIDENCE'],
  ['invalid report_data', 'unknown', 'REQUEST_MALFORMED'],
  ['invalid nonce', 'unknown', 'REQUEST_MALFORMED'],
  ['missing session', 'unknown', 'LOGIN_NEEDED'],
  ['invalid session', 'unknown', 'LOGIN_NEEDED'],
];

/** Why there is no evidence to judge; `undefined` when there is some. */
function refusalOf({ status, body }: FetchedReport): Check | undefined {
  const derived = { basis: 'derived' } as const;
  const said = errorIn(body);
  if (status === 200 && said === undefined) return body.length === 0 ? fail('evidence', 'EVIDENCE_MISSING', 'an empty answer', derived) : undefined;
  const known = SENTENCES.find(([begins]) => said?.startsWith(begins) === true);
  const detail = said === undefined ? `HTTP ${status}` : said.slice(0, 200);
  if (known !== undefined) return (known[1] === 'fail' ? fail : unknown)('evidence', known[2], detail, known[1] === 'fail' ? { basis: 'claimed' } : derived);
  if (status === 200) return fail('evidence', 'EVIDENCE_MISSING', detail, derived);
  const code: Code = status === 401 || status === 403 ? 'LOGIN_NEEDED' : status === 429 ? 'RATE_LIMITED' : 'SERVICE_ERROR';
  return unknown('evidence', code, detail, derived);
}

const MAX_ERROR = 16 * 1024;

/** The sentence of `{"error": "…"}`; `undefined` for anything else. */
function errorIn(body: Uint8Array): string | undefined {
  if (body.length > MAX_ERROR) return undefined;
  try {
    const json = parseJson(utf8Text(body, 'JSON_MALFORMED'));
    const error = json instanceof Map ? json.get('error') : undefined;
    return typeof error === 'string' ? error : undefined;
  } catch (error) {
    asCoded(error);
    return undefined;
  }
}

