import { describe, expect, it } from 'vitest';
import { CodedError } from '../../../src/checks/error';
import { handleRequest, type RequestHandlers } from '../../../src/watch/requests';

const TYPES = [
  'tab.get', 'tab.recheck', 'tab.stop', 'tab.acknowledge', 'consent.set', 'evidence.get', 'reference.list', 'reference.import', 'reference.approve', 'reference.remove',
  'settings.get', 'settings.set', 'services.list', 'key.set', 'records.kept', 'records.clear',
] as const;

/** Handlers that answer with what they were asked. */
// oxlint-disable-next-line typescript/no-explicit-any -- a table of echoes for every type
const echo = Object.fromEntries(TYPES.map((type) => [type, (request: unknown) => Promise.resolve([type, request])])) as any as RequestHandlers;
const ask = async (type: string, request: unknown) => handleRequest(echo, type, request);

describe('a request of our own pages', () => {
  it('arrives with exactly its fields', async () => {
    expect(await ask('tab.get', { tabId: 3, more: 'x' })).toEqual(['tab.get', { tabId: 3 }]);
    expect(await ask('consent.set', { pageOrigin: 'https://a.example', allow: true })).toEqual(['consent.set', { pageOrigin: 'https://a.example', allow: true }]);
    expect(await ask('settings.get', undefined)).toEqual(['settings.get', {}]);
    expect(await ask('key.set', { profileId: 'ionet', apiOrigin: 'https://a.example', key: 'k' })).toEqual(['key.set', { profileId: 'ionet', apiOrigin: 'https://a.example', key: 'k' }]);
  });

  it.each([
    ['nothing', {}],
    ['constructor', {}],
    ['tab.get', {}],
    ['tab.get', { tabId: '3' }],
    ['tab.get', { tabId: 1.5 }],
    ['tab.get', 7],
    ['tab.get', [3]],
    ['consent.set', { pageOrigin: 'https://a.example/path', allow: true }],
    ['consent.set', { pageOrigin: 'https://a.example', allow: 'yes' }],
    ['evidence.get', { attestationId: 'x'.repeat(65) }],
    ['reference.import', { text: 'x'.repeat(1_048_577) }],
    ['reference.import', { text: '{}', apiOrigin: 'cube.example' }],
    ['reference.approve', { attestationId: 'x', kind: 'hash' }],
    ['key.set', { profileId: 'ionet', apiOrigin: 'a.example', key: 'k' }],
    ['key.set', { profileId: 'ionet', apiOrigin: 'https://a.example', key: 'k'.repeat(4_097) }],
    ['settings.set', { patch: null }],
  ])('is refused, not guessed: %s %j', async (type, request) => {
    const refused = (async () => ask(type, request))();
    await expect(refused).rejects.toThrow(CodedError);
    await expect(refused).rejects.toThrow(/^REQUEST_MALFORMED/);
  });
});
