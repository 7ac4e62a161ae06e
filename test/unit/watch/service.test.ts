import { describe, expect, it } from 'vitest';
import type { ReferenceValue } from '../../../src/checks/reference';
import { contrastOf } from '../../../src/providers/contrast';
import { cubeOf } from '../../../src/providers/cube';
import { privatemode } from '../../../src/providers/privatemode';
import { privatemodeProxyOf } from '../../../src/providers/privatemode/proxy';
import { Access } from '../../../src/watch/access';
import { requestHandlers, type ServiceDoors } from '../../../src/watch/service';
import { readSettings, type Settings } from '../../../src/records/settings';
import { manifestBytes } from '../evidence-contrast/lab';

const own = (name: string) => ({ dialect: 'cocos', pageOrigin: `https://${name}.example`, apiOrigin: `https://api.${name}.example`, name });
const never = (): never => expect.unreachable();

/** The handlers over settings and keys in memory. */
function handlersWith(start: Partial<Settings>) {
  let settings = readSettings(start);
  const keys = new Map<string, string>();
  const doors: Partial<ServiceDoors> = {
    access: new Access({ providers: never, picked: never, allowed: never }),
    settings: () => Promise.resolve(settings),
    saveSettings: (patch) => Promise.resolve((settings = readSettings(patch, settings))),
    setKey: (origin, key) => Promise.resolve(key === '' ? void keys.delete(origin) : void keys.set(origin, key)),
    accessChanged: () => Promise.resolve(),
  };
  const whole = new Proxy(doors, { get: (target, name) => Reflect.get(target, name) ?? never }) as ServiceDoors;
  return { handlers: requestHandlers(whole), keys, settings: () => settings };
}

describe('a domain that the user takes back', () => {
  it('takes its key and its consent with it, and nobody else’s', async () => {
    const { handlers, keys, settings } = handlersWith({ ownServices: [own('a'), own('b')], pageConsents: ['https://a.example', 'https://b.example', 'https://ai.io.net'] });
    for (const origin of ['https://api.a.example', 'https://api.b.example', 'https://api.intelligence.io.net']) keys.set(origin, 'secret');
    const after = await handlers['settings.set']({ patch: { ownServices: [own('b')] } });
    expect(after).toEqual(settings());
    expect(after.pageConsents).toEqual(['https://b.example', 'https://ai.io.net']);
    expect([...keys.keys()]).toEqual(['https://api.b.example', 'https://api.intelligence.io.net']);
  });

  it('other settings touch neither', async () => {
    const { handlers, keys, settings } = handlersWith({ ownServices: [own('a')], pageConsents: ['https://a.example'] });
    keys.set('https://api.a.example', 'secret');
    await handlers['settings.set']({ patch: { theme: 'dark' } });
    expect([settings().pageConsents, keys.size]).toEqual([['https://a.example'], 1]);
  });
});

describe('a domain that the user adds', () => {
  it('is picked by that, and can be switched off like any other', async () => {
    const { handlers, settings } = handlersWith({ services: ['ionet'] });
    await handlers['settings.set']({ patch: { ownServices: [own('a')] } });
    const id = cubeOf(own('a')).profile.id;
    expect(settings().services).toEqual(['ionet', id]);
    await handlers['settings.set']({ patch: { services: ['ionet'] } });
    // Adding another switches no other on again.
    await handlers['settings.set']({ patch: { ownServices: [own('a'), own('b')] } });
    expect(settings().services).toEqual(['ionet', cubeOf(own('b')).profile.id]);
    await handlers['settings.set']({ patch: { ownServices: [{ ...own('c'), pageOrigin: 'http://c.example' }] } });
    expect(settings().services).toHaveLength(2);
  });

  it('and is switched off is watched no more, though the browser still allows its host for another', async () => {
    const at = (port: number) => ({ dialect: 'privatemode', name: 'Proxy', pageOrigin: `http://localhost:${port}`, apiOrigin: `http://localhost:${port}` });
    const [first, second] = [privatemodeProxyOf(at(1)), privatemodeProxyOf(at(2))];
    const access = new Access({ providers: () => Promise.resolve([first, second]), picked: () => Promise.resolve([second.profile.id]), allowed: () => Promise.resolve(true) });
    await access.refresh();
    expect([access.granted('http://localhost:1'), access.granted('http://localhost:2'), access.granted('https://api.privatemode.ai')]).toEqual([false, true, false]);
  });

  it('takes the key for its evidence with it when it goes, unless another service uses that', async () => {
    const proxy = { dialect: 'privatemode', name: 'Proxy', pageOrigin: 'http://localhost:1', apiOrigin: 'http://localhost:1' };
    const other = { ...proxy, pageOrigin: 'http://localhost:2', apiOrigin: 'http://localhost:2' };
    for (const [services, left, stays] of [[[], [], false], [['privatemode'], [], true], [[], [other], true]] as const) {
      const { handlers, keys } = handlersWith({ services, ownServices: [proxy, other] });
      keys.set('https://api.privatemode.ai', 'secret');
      await handlers['settings.set']({ patch: { ownServices: left } });
      expect(keys.has('https://api.privatemode.ai'), JSON.stringify([services, left])).toBe(stays);
    }
  });
});

describe('a file that is for one service', () => {
  const policy = JSON.stringify({ policy: { policy: 196608 } });
  async function importing(apiOrigin?: string, text = policy): Promise<readonly ReferenceValue[]> {
    const access = new Access({ providers: () => Promise.resolve([cubeOf(own('a')), contrastOf(own('b')), privatemode]), picked: () => Promise.resolve([]), allowed: () => Promise.resolve(true) });
    await access.refresh();
    const added: ReferenceValue[] = [];
    const doors: Partial<ServiceDoors> = {
      access,
      clock: () => Promise.resolve(0),
      references: { list: never, remove: never, add: (values) => Promise.resolve(values.map((value) => (added.push(value), { ...value, id: 'r', addedAt: 0 }))) },
      watch: new Proxy({}, { get: () => () => Promise.resolve() }) as ServiceDoors['watch'],
    };
    const whole = new Proxy(doors, { get: (target, name) => Reflect.get(target, name) ?? never }) as ServiceDoors;
    await requestHandlers(whole)['reference.import']({ text, ...(apiOrigin === undefined ? {} : { apiOrigin }) });
    return added;
  }

  it('is kept for that service, and for all of its dialect where none is named', async () => {
    expect(await importing('https://api.a.example')).toMatchObject([{ dialect: 'cocos', apiOrigin: 'https://api.a.example' }]);
    expect((await importing())[0]).not.toHaveProperty('apiOrigin');
  });

  it('is a manifest for the one deployment, Privatemode’s among them, and never for all at once', async () => {
    const manifest = new TextDecoder().decode(manifestBytes());
    for (const [apiOrigin, dialect] of [['https://api.b.example', 'contrast'], ['https://api.privatemode.ai', 'privatemode']] as const) {
      expect((await importing(apiOrigin, manifest)).map((value) => [value.dialect, value.apiOrigin])).toEqual([[dialect, apiOrigin]]);
    }
    await expect(importing(undefined, manifest)).rejects.toThrow(/^REQUEST_MALFORMED: apiOrigin/);
  });

  it('is refused for a service that nobody knows, and for one of another dialect', async () => {
    await expect(importing('https://api.c.example')).rejects.toThrow(/^REQUEST_MALFORMED: apiOrigin/);
    await expect(importing('https://api.b.example')).rejects.toThrow(/^REFERENCE_MALFORMED: dialect cocos/);
  });
});
