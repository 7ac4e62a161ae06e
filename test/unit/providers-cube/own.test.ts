import { describe, expect, it } from 'vitest';
import { OWN_DIALECTS, PROFILES, readOwnServices } from '../../../src/providers/profiles';
import { hostsOf } from '../../../src/providers/hosts';
import { DIALECTS, PROVIDERS, providersOf } from '../../../src/providers/registry';
import { DEFAULT_SETTINGS, readSettings, readStoredSettings } from '../../../src/records/settings';
import { OWN } from './lab';

describe('domains of the user’s own', () => {
  it('profiles and registry tell of the same services and dialects', () => {
    expect(PROFILES).toEqual(PROVIDERS.map(({ profile }) => profile));
    expect(OWN_DIALECTS.map(({ dialect }) => dialect)).toEqual(DIALECTS.map(({ dialect }) => dialect));
  });

  it('stand behind the built-in ones, marked, each under an id that follows from its origins', () => {
    const other = { ...OWN, pageOrigin: 'https://chat.example:8443', apiOrigin: 'https://api.example' };
    const [first, second] = providersOf([OWN, other]).slice(PROVIDERS.length);
    expect(first?.profile).toMatchObject({ dialect: 'cocos', role: 'agent', name: 'Our Cube', addedByYou: true, best: 'limited', uiOrigins: ['https://cube.example'], apiOrigins: ['https://cube.example'], credentials: ['page', 'key'], offers: { signatures: false } });
    expect(first?.profile.id).toMatch(/^cube-[0-9a-f]{16}$/);
    expect(first?.profile.id).toBe(providersOf([OWN])[PROVIDERS.length]?.profile.id);
    expect(second?.profile.id).not.toBe(first?.profile.id);
    expect(second === undefined ? [] : hostsOf(second.profile)).toEqual(['https://chat.example:8443', 'https://api.example']);
    expect(providersOf([{ ...OWN, dialect: 'unheard-of' }])).toEqual(PROVIDERS);
  });

  it('are read strictly: all or none', () => {
    expect(readOwnServices([OWN])).toEqual([OWN]);
    expect(readOwnServices([])).toEqual([]);
    expect(readOwnServices([{ ...OWN, name: '  Our Cube ', extra: 1 }])).toEqual([OWN]);
    const [page, api] = [PROFILES[0]?.uiOrigins[0], PROFILES[0]?.apiOrigins[0]];
    for (const wrong of [
      undefined, {}, 'x', [null], [[]], [{ ...OWN, dialect: 'ionet-agent' }], [{ ...OWN, dialect: 'constructor' }], [{ ...OWN, name: ' ' }], [{ ...OWN, name: 'x'.repeat(65) }], [{ ...OWN, name: 'a\u202eb' }],
      [{ ...OWN, pageOrigin: 'http://cube.example' }], [{ ...OWN, pageOrigin: 'https://cube.example/' }], [{ ...OWN, pageOrigin: 'https://CUBE.example' }], [{ ...OWN, apiOrigin: 'https://user@cube.example' }], [{ ...OWN, apiOrigin: 'https://' }], [{ ...OWN, apiOrigin: 'https://*.example' }], [{ ...OWN, pageOrigin: 'https://*' }], [{ ...OWN, apiOrigin: `https://${'a'.repeat(250)}.example` }],
      [{ ...OWN, pageOrigin: page }], [{ ...OWN, apiOrigin: api }], [OWN, OWN], [OWN, { ...OWN, pageOrigin: 'https://other.example' }],
      Array.from({ length: 17 }, (_x, i) => ({ ...OWN, pageOrigin: `https://c${i}.example`, apiOrigin: `https://c${i}.example` })),
    ]) expect(readOwnServices(wrong), JSON.stringify(wrong)).toBeUndefined();
  });

  it('of Privatemode’s proxy may be on this machine in plain http, and of no other kind', () => {
    const local = { dialect: 'privatemode', name: 'Proxy', pageOrigin: 'http://localhost:3000', apiOrigin: 'http://127.0.0.1:8080' };
    expect(readOwnServices([local])).toEqual([local]);
    expect(readOwnServices([{ ...local, apiOrigin: 'https://proxy.example:8443' }])).toHaveLength(1);
    for (const origin of ['http://localhost:80', 'http://localhost:8080/', 'http://LOCALHOST', 'http://localhost.example', 'http://127.0.0.2', 'http://0.0.0.0:8080', 'http://[::1]:8080', 'http://10.0.0.1:8080', 'http://proxy.example', 'ws://localhost', 'http://localhost:99999', 'http://user@localhost', 'http://*']) {
      expect(readOwnServices([{ ...local, apiOrigin: origin }]), origin).toBeUndefined();
      expect(readOwnServices([{ ...local, pageOrigin: origin }]), origin).toBeUndefined();
    }
    for (const { dialect } of DIALECTS) expect(readOwnServices([{ ...local, dialect }])?.length, dialect).toBe(dialect === 'privatemode' ? 1 : undefined);
    const [proxy] = providersOf([local]).slice(PROVIDERS.length);
    expect(proxy?.profile).toMatchObject({ dialect: 'privatemode', credentials: ['key'], best: 'limited', evidenceOrigin: 'https://api.privatemode.ai', addedByYou: true });
    expect(proxy === undefined ? [] : hostsOf(proxy.profile)).toEqual(['http://localhost:3000', 'http://127.0.0.1:8080', 'https://api.privatemode.ai']);
  });

  it('are a setting that a malformed value does not change', () => {
    expect(DEFAULT_SETTINGS.ownServices).toEqual([]);
    const kept = readSettings({ ownServices: [OWN] });
    expect(kept.ownServices).toEqual([OWN]);
    expect(readSettings({ ownServices: [{ ...OWN, pageOrigin: 'http://x' }] }, kept).ownServices).toEqual([OWN]);
    expect(readSettings(JSON.parse(JSON.stringify(kept))).ownServices).toEqual([OWN]);
  });

  it('leave the store one by one: an origin that a newer Assay knows itself takes no other with it', () => {
    const [taken = ''] = PROFILES[0]?.apiOrigins ?? [];
    const other = { ...OWN, pageOrigin: 'https://other.example', apiOrigin: 'https://api.other.example', name: 'Other' };
    const stored = { theme: 'dark', ownServices: [OWN, { ...OWN, pageOrigin: 'https://p.example', apiOrigin: taken }, OWN, 7, other] };
    expect(readSettings(stored).ownServices).toEqual([]);
    expect(readStoredSettings(stored)).toEqual({ ...DEFAULT_SETTINGS, theme: 'dark', ownServices: [OWN, other] });
    for (const nothing of [undefined, 7, {}, { ownServices: 'x' }]) expect(readStoredSettings(nothing)).toEqual(DEFAULT_SETTINGS);
  });
});
