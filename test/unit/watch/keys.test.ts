/** Signatures that name no key: evidence is had before they are judged, and asked for once more where none of its keys made them. */
import { beforeEach, describe, expect, it } from 'vitest';
import { fail, pass, unknown } from '../../../src/checks/check';
import type { FinishedAnswer } from '../../../src/observe';
import type { AnswerInput, Provider } from '../../../src/providers/types';
import type { StoredAttestation } from '../../../src/records/database';
import type { Asked, Attested } from '../../../src/watch/attestor';
import { judgeWithKeys, type KeyDoors } from '../../../src/watch/keys';

const STARTED = 1_000_000;
const ENDED = STARTED + 5_000;
/** The key that signed. */
const KEY = 'aa';
/** The set of keys that the signature names. */
const SET = 'sha256:aa';

/** What evidence reports, newest last, and what the next requests will bring. */
let kept: { readonly keys: readonly string[]; readonly receivedAt: number }[];
let next: (readonly string[] | 'SERVICE_ERROR')[];
let asks: string[];
let may: boolean;

const doors: KeyDoors = {
  maxAgeMs: () => Promise.resolve(60_000),
  attestor: {
    signersFor: () => Promise.resolve(kept.flatMap(({ keys }) => keys)),
    newest: () => {
      const last = kept.at(-1);
      return Promise.resolve(last === undefined ? undefined : ({ receivedAt: last.receivedAt } as StoredAttestation));
    },
    mayAskForSigner: () => Promise.resolve({ now: may, at: STARTED + 30_000 }),
    fetch: (_target, reason) => {
      asks.push(reason);
      const got = next.shift() ?? 'SERVICE_ERROR';
      if (got === 'SERVICE_ERROR') return Promise.resolve<Attested>({ kind: 'problem', problem: { code: got, detail: '', at: STARTED } });
      kept.push({ keys: got, receivedAt: ENDED + 1 });
      return Promise.resolve({ kind: 'evidence' } as Attested);
    },
  },
};

const provider = {
  keysFromEvidence: true,
  judgeAnswer: ({ keys = [], keyGap }: AnswerInput) => {
    if (keys.includes(KEY)) return { checks: [pass('signature', 'held')], signer: { address: KEY, algorithm: 'ed25519' } };
    if (keyGap !== undefined) return { checks: [unknown('signature', keyGap, '')] };
    if (keys.includes(SET)) return { checks: [fail('signature', 'SIGNATURE_INVALID', keys.join())] };
    return { checks: [unknown('signature', 'SIGNER_NOT_REPORTED', keys.join())], keyMissing: true };
  },
} as unknown as Provider;

const target: Asked = { target: {} as never };
const there = { aside: { kind: 'there' } } as AnswerInput;
const judged = async ({ of = provider, input = there, asked = target, waited = false }: { of?: Provider; input?: AnswerInput; asked?: Asked; waited?: boolean } = {}) => {
  const { findings, ...rest } = await judgeWithKeys(doors, { provider: of, head: { startedAt: STARTED }, endedAt: ENDED } as FinishedAnswer, input, asked, waited);
  const [{ outcome, code } = { outcome: 'none', code: undefined }] = findings.checks;
  return { said: code === undefined ? outcome : `${outcome} ${code}`, ...rest, asks };
};

beforeEach(() => {
  kept = [{ keys: [KEY], receivedAt: STARTED - 1 }];
  next = [];
  asks = [];
  may = true;
});

describe('an answer whose signature names no key', () => {
  it('is held against the keys of evidence at hand, and nobody is asked', async () => {
    expect(await judged()).toEqual({ said: 'pass', open: false, asks: [] });
  });

  it('has evidence fetched first where there is none', async () => {
    kept = [];
    next = [[KEY]];
    expect(await judged()).toEqual({ said: 'pass', open: false, asks: ['answer'] });
  });

  it('by a newer key has evidence asked for once more, and holds', async () => {
    kept = [{ keys: ['bb'], receivedAt: STARTED }];
    next = [['cc', KEY]];
    expect(await judged()).toEqual({ said: 'pass', open: false, asks: ['signer'] });
  });

  it('by a key that fresh evidence does not report either stays open: another machine may have it', async () => {
    kept = [{ keys: ['bb'], receivedAt: STARTED }];
    next = [['cc']];
    expect(await judged()).toEqual({ said: 'unknown SIGNER_NOT_REPORTED', open: true, asks: ['signer'] });
  });

  it('where none was kept and another machine answered first, has evidence asked for once more', async () => {
    kept = [];
    next = [['bb'], [KEY]];
    expect(await judged()).toEqual({ said: 'pass', open: false, asks: ['answer', 'signer'] });
    kept = [];
    next = [['bb'], ['cc']];
    expect(await judged()).toEqual({ said: 'unknown SIGNER_NOT_REPORTED', open: true, asks: ['answer', 'signer', 'answer', 'signer'] });
  });

  it('that does not hold under the very set that it names is refused, and nobody is asked', async () => {
    kept = [{ keys: [SET, 'bb'], receivedAt: STARTED }];
    expect(await judged()).toEqual({ said: 'fail SIGNATURE_INVALID', open: false, asks: [] });
  });

  it('is open, never refused, while evidence cannot be had', async () => {
    kept = [];
    expect(await judged()).toEqual({ said: 'unknown SERVICE_ERROR', open: true, asks: ['answer'] });
    kept = [{ keys: ['bb'], receivedAt: STARTED }];
    expect(await judged()).toEqual({ said: 'unknown SERVICE_ERROR', open: true, asks: ['answer', 'signer'] });
    expect(await judged({ asked: { target: undefined, problem: { code: 'LOGIN_NEEDED', detail: '', at: 0 } } })).toMatchObject({ said: 'unknown LOGIN_NEEDED', open: true });
  });

  it('waits for its turn to ask, and is then judged by what was asked for since', async () => {
    may = false;
    kept = [{ keys: ['bb'], receivedAt: STARTED }];
    expect(await judged()).toEqual({ said: 'unknown REATTEST_LIMITED', open: true, askAgainAt: STARTED + 30_000, asks: [] });
    expect(await judged({ waited: true })).toMatchObject({ said: 'unknown REATTEST_LIMITED', open: true });
    kept.push({ keys: ['cc'], receivedAt: ENDED + 1 });
    expect(await judged({ waited: true })).toEqual({ said: 'unknown SIGNER_NOT_REPORTED', open: true, asks: [] });
    kept.push({ keys: [KEY], receivedAt: ENDED + 2 });
    expect(await judged({ waited: true })).toMatchObject({ said: 'pass', open: false });
  });
});

describe('where there are no keys to wait for', () => {
  it('nothing is asked: dialects that name their keys, and signatures that are not there', async () => {
    kept = [];
    const { keysFromEvidence: _not, ...other } = provider;
    expect(await judged({ of: other })).toMatchObject({ said: 'unknown SIGNER_NOT_REPORTED', open: false, asks: [] });
    expect(await judged({ input: {} as AnswerInput })).toMatchObject({ open: false, asks: [] });
  });
});
