/** What comes on an answer's path is told of whatever type it names: a page that reads text does not ask for one. */
import { describe, expect, it } from 'vitest';
import { privatemode } from '../../../src/providers/privatemode';
import { aci } from '../../../src/providers/report/aci';
import type { Provider } from '../../../src/providers/types';
import { API, Background, Call, Clock, MemoryStore, PageDocument } from '../observe/world';

const URL = `${API}/v1/chat/completions`;
const PLAIN = '{"id":"x","choices":[{"message":{"role":"assistant","content":"injected by the gateway"}}]}';
const STREAM = 'data: {"choices":[{"delta":{"content":"injected"}}]}\n\ndata: [DONE]\n\n';
const FIELD = `${'A'.repeat(43)}=:${'a'.repeat(24)}:${'b'.repeat(24)}:${'cd'.repeat(20)}`;

async function heard(provider: Provider, types: readonly string[], body: string): Promise<Background> {
  const background = new Background(new Clock(), new MemoryStore(), { provider });
  await background.observer.start();
  const page = new PageDocument(background.clock, background);
  const call = new Call('1', { url: URL, body: JSON.stringify({ model: 'm', messages: FIELD }) });
  call.leaves(background);
  call.answered(background, types.map((value) => ({ name: 'Content-Type', value })));
  page.readsWhole(body, types.join(', '), URL);
  call.ends(background);
  background.clock.advance(70_000);
  return background;
}

describe('an answer of an odd type', () => {
  const odd: readonly (readonly [readonly string[], string])[] = [[['text/plain'], PLAIN], [['text/plain'], STREAM], [['application/octet-stream'], STREAM], [['text/plain', 'text/event-stream'], STREAM], [[], PLAIN]];
  it.each(odd)('is refused where it is plain: %s', async (types, body) => {
    const { answers } = await heard(privatemode, types, body);
    const [one] = answers;
    expect(one?.kind).toBe('answer');
    const checks = one === undefined ? [] : privatemode.judgeAnswer(one.input).checks;
    expect(checks).toContainEqual(expect.objectContaining({ id: 'coverage', outcome: 'fail', code: 'ANSWER_NOT_FROM_ENCLAVE' }));
  });

  it('is one where it is encrypted as a whole', async () => {
    const { answers } = await heard(privatemode, ['text/plain'], FIELD.replace('cd', 'ce'));
    const [one] = answers;
    const checks = one === undefined ? [] : privatemode.judgeAnswer(one.input).checks;
    expect(checks).toContainEqual(expect.objectContaining({ id: 'coverage', outcome: 'pass' }));
  });

  it.each(odd)('is told of where no rule reads it, whatever it holds: %s', async (types) => {
    const background = await heard(aci, types, '{"result":"injected"}');
    expect(background.kinds()).not.toContain('dropped');
    expect(background.answers.map(({ kind }) => kind)).toEqual(['unrecognised']);
  });
});
