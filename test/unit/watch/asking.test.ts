/** Of whom evidence is asked, and about what: decided by the page's own service, never by what its requests say besides. */
import { describe, expect, it } from 'vitest';
import type { RequestedExchange } from '../../../src/observe';
import { cubeOf } from '../../../src/providers/cube';
import { ionet } from '../../../src/providers/ionet';
import type { Provider } from '../../../src/providers/types';
import { Access } from '../../../src/watch/access';
import { Attestor, type ReportResponse } from '../../../src/watch/attestor';
import { DocumentBook } from '../../../src/watch/documents';
import { ExchangeHomes } from '../../../src/watch/exchange-homes';
import { Judge } from '../../../src/watch/judge';
import { OpenAnswers } from '../../../src/watch/open-answers';
import { PageSessions } from '../../../src/watch/sessions';
import { Watch } from '../../../src/watch/watch';
import { runStore } from './fixtures';

const OWN = { dialect: 'cocos', pageOrigin: 'https://cube.example', apiOrigin: 'https://cube.example', name: 'Ours' };
const cube = cubeOf(OWN);
const DOMAIN = '0a1b2c3d-0000-4000-8000-000000000001';
const [IONET_API = ''] = ionet.profile.apiOrigins;

/** A tab that shows the user's own Cube, with a key typed in for every origin; what is asked over the network is written down. */
async function openCube(status = 503) {
  const asked: { readonly url: string; readonly authorization: string | undefined }[] = [];
  const run = runStore();
  const clock = () => Promise.resolve(1_000_000);
  const access = new Access({ providers: () => Promise.resolve([ionet, cube]), picked: () => Promise.resolve([ionet.profile.id, cube.profile.id]), allowed: () => Promise.resolve(true) });
  await access.refresh();
  const fault = (error: unknown): void => { throw error; };
  const book = new DocumentBook(run, { changed: () => undefined, forgotten: () => undefined, failed: fault });
  const store = { get: () => Promise.resolve(undefined), put: () => Promise.resolve(), remove: () => Promise.resolve() };
  const appraise = (provider: Provider): never => expect.unreachable(provider.profile.id);
  const response: ReportResponse = { status, contentType: undefined, retryAfter: undefined, body: new Uint8Array() };
  const attestor = new Attestor({
    clock, random: (bytes) => new Uint8Array(bytes), run, storeFor: () => store, keyFor: () => Promise.resolve('secret'), appraise,
    getter: () => (url, { headers }) => {
      asked.push({ url, authorization: headers?.['authorization'] });
      return Promise.resolve({ ...response, header: () => undefined });
    },
    throughPage: () => Promise.resolve(response),
  });
  const maxAgeMs = () => Promise.resolve(600_000);
  const judge = new Judge({
    attestor, appraise, clock, maxAgeMs, pause: () => Promise.resolve(), relayed: () => Promise.resolve([]), runId: () => Promise.resolve('r'), attestation: () => Promise.resolve(undefined),
    replayFor: () => expect.unreachable(),
  });
  const watch = new Watch({
    clock, run, access, book, sessions: new PageSessions({ random: (bytes) => new Uint8Array(bytes), run, storeFor: () => store }), open: new OpenAnswers(run), homes: new ExchangeHomes(run), attestor, judge, maxAgeMs, fault,
    wayFor: () => Promise.resolve('key'), hasLogin: () => true, record: () => Promise.resolve(), retryAt: () => undefined,
  });
  await watch.onDocument({ tabId: 7, documentId: '00000000-0000-4000-8000-000000000001', origin: OWN.pageOrigin, incognito: false });
  let requests = 0;
  const hear = (provider: Provider, url: string, model?: string): Promise<void> => {
    requests += 1;
    const request: RequestedExchange = { id: `r${requests}`, provider, apiOrigin: new URL(url).origin, url, method: 'POST', tabId: 7, initiator: OWN.pageOrigin, incognito: false, startedAt: 1_000_000, model };
    return watch.onExchange({ kind: 'requested', request });
  };
  return { asked, hear, watch, shown: () => book.shown(7) };
}

const CHAT = `${OWN.apiOrigin}/proxy/${DOMAIN}/v1/chat/completions`;

describe('what evidence is asked about', () => {
  it('is the domain in the address: a model in a body never takes its place, before or after', async () => {
    for (const models of [['llama', undefined], [undefined, 'llama']] as const) {
      const { asked, hear, shown } = await openCube();
      await hear(cube, models[0] === undefined ? CHAT : `${OWN.apiOrigin}/graphql`, models[0]);
      expect(asked).toHaveLength(models[0] === undefined ? 1 : 0);
      await hear(cube, models[1] === undefined ? CHAT : `${OWN.apiOrigin}/graphql`, models[1]);
      expect(asked.map(({ url }) => url)).toEqual([`${OWN.apiOrigin}/proxy/${DOMAIN}/attestation`]);
      expect(shown()?.attestation?.checks.map(({ code }) => code)).toEqual(['SERVICE_ERROR']);
    }
  });

  it('a page’s other calls ask for nothing, however often they come after a refusal', async () => {
    const { asked, hear } = await openCube(401);
    await hear(cube, CHAT);
    for (let i = 0; i < 5; i += 1) await hear(cube, `${OWN.apiOrigin}/graphql`);
    expect(asked).toHaveLength(1);
  });
});

describe('of whom evidence is asked', () => {
  it('is never another service’s API that the page happens to talk to: no login goes there', async () => {
    const { asked, hear, shown } = await openCube();
    await hear(ionet, `${IONET_API}/api/v1/chat/completions`, 'llama');
    await hear(cube, `${IONET_API}/proxy/${DOMAIN}/v1/chat/completions`);
    expect(asked).toEqual([]);
    expect(shown()?.attestation).toBeUndefined();
  });
});
