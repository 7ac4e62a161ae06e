/** What is missing where evidence cannot be asked for, and where a person is sent for it. */
import { expect, it } from 'vitest';
import { unknown } from '../../../src/checks/check';
import { cubeOf } from '../../../src/providers/cube';
import { privatemodeProxyOf } from '../../../src/providers/privatemode/proxy';
import type { Provider } from '../../../src/providers/types';
import { actionsOf } from '../../../src/ui/model/actions';
import { SNAPSHOTS } from '../../e2e/ui/recorded/snapshots';
import { Access } from '../../../src/watch/access';
import { Asking } from '../../../src/watch/asking';
import { newDocument } from '../../../src/watch/document';
import { runStore } from './fixtures';

const at = (origin: string, dialect: string) => ({ dialect, pageOrigin: origin, apiOrigin: origin, name: 'Mine' });

it.each<[string, Provider, string]>([
  ['a login, where the page can have one', cubeOf(at('https://cube.example', 'cocos')), 'LOGIN_NEEDED'],
  ['a key, where nothing else opens a way', privatemodeProxyOf(at('http://localhost:8080', 'privatemode')), 'KEY_NEEDED'],
])('is %s', async (_what, provider, code) => {
  const [pageOrigin = ''] = provider.profile.uiOrigins;
  const access = new Access({ providers: () => Promise.resolve([provider]), picked: () => Promise.resolve([provider.profile.id]), allowed: () => Promise.resolve(true) });
  await access.refresh();
  const asking = new Asking({ access, clock: () => Promise.resolve(1), run: runStore(), sessions: undefined as never, wayFor: () => Promise.resolve(undefined), hasLogin: () => false });
  const document = newDocument({ tabId: 1, documentId: 'd', pageOrigin, profileId: provider.profile.id, incognito: false, openedAt: 1 });
  expect(await asking.asked(document, pageOrigin)).toMatchObject({ target: undefined, problem: { code } });
});

it('offers another key where the service refused the one that was typed, and to try again', () => {
  const { waiting } = SNAPSHOTS;
  const leading = unknown('evidence', 'LOGIN_NEEDED', 'HTTP 401');
  const refused = (through: 'key' | 'page') => actionsOf({ ...waiting, state: 'incomplete', checks: [leading], leading, attestation: { id: '', state: 'incomplete', checks: [leading], appraisedAt: 1, through, signers: [] } });
  expect([refused('key').main?.deed, refused('key').start?.deed]).toEqual([{ does: 'options', section: 'keys' }, { does: 'recheck' }]);
  expect(refused('page').main?.deed).toEqual({ does: 'recheck' });
});

it('sends a person to the place for keys', () => {
  const { waiting } = SNAPSHOTS;
  const leading = unknown('evidence', 'KEY_NEEDED', '');
  expect(actionsOf({ ...waiting, state: 'incomplete', checks: [leading], leading }).main?.deed).toEqual({ does: 'options', section: 'keys' });
});
