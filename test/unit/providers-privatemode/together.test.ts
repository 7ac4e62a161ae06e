/** Two chats at once on one address: each answer repeats its request's own number, which says whose it is. */
import { expect, it } from 'vitest';
import { privatemode } from '../../../src/providers/privatemode';
import { API, Background, Call, Clock, JSON_TYPE, MemoryStore, PageDocument } from '../observe/world';

const URL = `${API}/v1/chat/completions`;
const field = (nonce: string, sealed: string): string => `${'A'.repeat(43)}=:${nonce.repeat(12)}:${'bb'.repeat(12)}:${sealed.repeat(20)}`;

it.each(['first read first', 'second read first'])('gives each request its own answer: %s', async (which) => {
  const background = new Background(new Clock(), new MemoryStore(), { provider: privatemode });
  await background.observer.start();
  const page = new PageDocument(background.clock, background);
  const nonces = ['a1', 'a2'];
  const calls = nonces.map((nonce, i) => new Call(`${i}`, { url: URL, body: JSON.stringify({ model: 'm', messages: field(nonce, 'cd') }) }));
  for (const call of calls) {
    call.leaves(background);
    call.answered(background, [JSON_TYPE]);
  }
  for (const nonce of which === 'first read first' ? nonces : nonces.toReversed()) page.readsWhole(JSON.stringify({ id: 'x', choices: field(nonce, 'ce') }), 'application/json', URL);
  for (const call of calls) call.ends(background);
  background.clock.advance(70_000);
  const found = background.answers.map(({ id, input }) => [id, privatemode.judgeAnswer(input).checks.find((check) => check.id === 'request.hash')?.outcome] as const);
  expect(new Map(found)).toEqual(new Map([['0', 'pass'], ['1', 'pass']]));
});
