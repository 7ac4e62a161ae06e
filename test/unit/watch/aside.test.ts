import { beforeEach, describe, expect, it } from 'vitest';
import { CodedError } from '../../../src/checks/error';
import type { FinishedAnswer } from '../../../src/observe';
import type { AsideReading, Provider } from '../../../src/providers/types';
import { asideOf } from '../../../src/watch/aside';
import type { Asked, Target } from '../../../src/watch/attestor';

const SIGNED: AsideReading = { kind: 'there', statement: { text: 't', signature: 's', address: 'a', algorithm: 'ecdsa', claims: {} } };
let answers: (number | CodedError)[];
let asked: string[];
let pauses: number[];

/** 200 is a signature, 404 none yet, 410 none ever. */
const provider = {
  aside: {
    request: ({ apiOrigin, answerId, model }) => ({ method: 'GET', url: `${apiOrigin}/signature/${answerId}?${model ?? ''}`, headers: {}, maxBytes: 1000 }),
    read: ({ status }) => (status === 200 ? SIGNED : { kind: 'none', code: 'SIGNATURE_NOT_FOUND', detail: `${status}`, later: status === 404 }),
  },
} as Partial<Provider> as Provider;

const doors = {
  attestor: {
    ask: (_target: Target, { url }: { url: string }) => {
      asked.push(url);
      const next = answers.shift() ?? 404;
      return next instanceof CodedError ? Promise.reject(next) : Promise.resolve({ status: next, body: new Uint8Array() });
    },
  },
  pause: (ms: number) => Promise.resolve(void pauses.push(ms)),
};
const exchange = (over: Partial<FinishedAnswer> = {}): FinishedAnswer =>
  ({ kind: 'answer', provider, apiOrigin: 'https://api.example', head: { model: 'm' }, input: { reading: { answerId: 'chat-1' } }, ...over }) as Partial<FinishedAnswer> as FinishedAnswer;
const target: Asked = { target: { way: 'none' } as Partial<Target> as Target };

beforeEach(() => {
  answers = [];
  asked = [];
  pauses = [];
});

describe('a signature that stands apart', () => {
  it('is asked for until it is there, at most a few times', async () => {
    answers = [404, new CodedError('NETWORK_UNREACHABLE', 'x'), 200];
    expect(await asideOf(doors, exchange(), target, false)).toBe(SIGNED);
    expect([asked, pauses]).toEqual([Array.from({ length: 3 }, () => 'https://api.example/signature/chat-1?m'), [500, 1000]]);
    asked = [];
    expect(await asideOf(doors, exchange(), target, false)).toMatchObject({ kind: 'none', code: 'SIGNATURE_NOT_FOUND' });
    expect(asked).toHaveLength(5);
  });

  it('is asked for once where a person asked again', async () => {
    expect(await asideOf(doors, exchange(), target, true)).toMatchObject({ code: 'SIGNATURE_NOT_FOUND' });
    expect([asked.length, pauses]).toEqual([1, []]);
  });

  it('comes with the record that it names, asked for once; that it cannot be had takes nothing from the signature', async () => {
    const naming: Provider = { ...provider, aside: { ...provider.aside!, recordRequest: ({ apiOrigin, statement }) => (statement.text === 't' ? { method: 'GET', url: `${apiOrigin}/record`, headers: {}, maxBytes: 1000 } : undefined) } };
    answers = [404, 200, 410];
    expect(await asideOf(doors, exchange({ provider: naming }), target, false)).toEqual({ ...SIGNED, record: { status: 410, body: new Uint8Array() } });
    expect(asked.at(-1)).toBe('https://api.example/record');
    answers = [200, new CodedError('NETWORK_UNREACHABLE', 'x')];
    expect(await asideOf(doors, exchange({ provider: naming }), target, false)).toEqual({ ...SIGNED, record: { status: 0, body: new Uint8Array() } });
    answers = [200];
    const silent: Provider = { ...naming, aside: { ...naming.aside!, recordRequest: () => undefined } };
    expect(await asideOf(doors, exchange({ provider: silent }), target, false)).toBe(SIGNED);
  });

  it('is asked for by the id in the answer’s headers before that in its body', async () => {
    const hinted: Provider = { ...provider, aside: { ...provider.aside!, idIn: (headers) => (headers.length > 0 ? 'receipt-1' : undefined) } };
    answers = [200, 200];
    await asideOf(doors, exchange({ provider: hinted, head: { headers: [{ name: 'a', value: 'b' }] } as unknown as FinishedAnswer['head'] }), target, false);
    await asideOf(doors, exchange({ provider: hinted, head: { headers: [] } as unknown as FinishedAnswer['head'] }), target, false);
    expect(asked).toEqual(['https://api.example/signature/receipt-1?', 'https://api.example/signature/chat-1?']);
  });

  it('is not asked for again where that cannot help', async () => {
    answers = [410];
    expect(await asideOf(doors, exchange(), target, false)).toMatchObject({ kind: 'none', detail: '410' });
    answers = [new CodedError('LOGIN_NEEDED', 'x')];
    expect(await asideOf(doors, exchange(), target, false)).toMatchObject({ code: 'LOGIN_NEEDED', later: false });
    expect([asked.length, pauses]).toEqual([2, []]);
  });

  it('is not asked for without a way, nor where answers are signed inside or name no id', async () => {
    const noWay: Asked = { target: undefined, problem: { code: 'LOGIN_NEEDED', detail: 'd', at: 1 } };
    expect(await asideOf(doors, exchange(), noWay, false)).toEqual({ kind: 'none', code: 'LOGIN_NEEDED', detail: 'd', later: false });
    expect(await asideOf(doors, exchange({ provider: {} as Provider }), target, false)).toBeUndefined();
    expect(await asideOf(doors, exchange({ input: { reading: {} } as FinishedAnswer['input'] }), target, false)).toBeUndefined();
    expect(await asideOf(doors, exchange({ input: { reading: 'BODY_NOT_SEEN' } as FinishedAnswer['input'] }), target, false)).toBeUndefined();
    expect(asked).toEqual([]);
  });
});
