/**
 * Signatures that stand apart from their answers: asked for once the answer has ended, by the way that evidence is asked
 * for, and a few times more while the service has none yet (its machines write them a moment after the last byte).
 */
import type { Code } from '../checks/codes';
import { asCoded } from '../checks/error';
import type { FinishedAnswer } from '../observe';
import type { AsideReading, AttestationRequest } from '../providers/types';
import type { Asked, Attestor, Target } from './attestor';

/** Pauses before each further try, ms: eight seconds in all, far below a worker's life. */
const PAUSES = [500, 1_000, 2_000, 4_000] as const;

/** Faults of the way there: the signature may well exist. */
const PASSING: ReadonlySet<Code> = new Set<Code>(['REQUEST_TIMEOUT', 'NETWORK_UNREACHABLE', 'RATE_LIMITED', 'SERVICE_ERROR']);

export interface AsideDoors {
  readonly attestor: Pick<Attestor, 'ask'>;
  pause(ms: number): Promise<void>;
}

/** What the service says of this answer's signature, after a few tries or (`once`) after one; `undefined` where its dialect signs inside the answer, or nobody can say which answer it was. */
export async function asideOf(doors: AsideDoors, exchange: FinishedAnswer, asked: Asked, once: boolean): Promise<AsideReading | undefined> {
  const { provider, input, head, apiOrigin } = exchange;
  const answerId = typeof input.reading === 'object' ? (provider.aside?.idIn?.(head.headers) ?? input.reading.answerId) : undefined;
  if (provider.aside === undefined || answerId === undefined) return undefined;
  if (asked.target === undefined) return { kind: 'none', code: asked.problem.code, detail: asked.problem.detail, later: false };
  const { aside } = provider;
  const request = aside.request({ apiOrigin, answerId, model: head.model });
  for (let tried = 0; ; tried += 1) {
    const reading = await tryOnce(doors.attestor, (response) => aside.read(response), asked.target, request);
    if (reading.kind === 'there') return withRecord(doors.attestor, reading, aside.recordRequest?.({ apiOrigin, statement: reading.statement }), asked.target);
    const wait = once ? undefined : PAUSES[tried];
    if (!reading.later || wait === undefined) return reading;
    await doors.pause(wait);
  }
}

/** That a record could not be had takes nothing from the statement that names it. */
async function withRecord(attestor: AsideDoors['attestor'], reading: Extract<AsideReading, { kind: 'there' }>, request: AttestationRequest | undefined, target: Target): Promise<AsideReading> {
  if (request === undefined) return reading;
  try {
    const { status, body } = await attestor.ask(target, request);
    return { ...reading, record: { status, body } };
  } catch (error) {
    asCoded(error);
    return { ...reading, record: { status: 0, body: new Uint8Array() } };
  }
}

async function tryOnce(attestor: AsideDoors['attestor'], read: (response: { readonly status: number; readonly body: Uint8Array }) => AsideReading, ...asking: Parameters<Attestor['ask']>): Promise<AsideReading> {
  try {
    return read(await attestor.ask(...asking));
  } catch (error) {
    const { code, detail } = asCoded(error);
    return { kind: 'none', code, detail, later: PASSING.has(code) };
  }
}
