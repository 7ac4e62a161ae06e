/** Which scripts run where. */
import { describe, expect, it } from 'vitest';
import { API_ORIGINS, originsFor } from '../../../src/observe/tap/origins';
import { isAsPlanned, planScripts } from '../../../src/platform/content-script-plan';
import { PROVIDERS } from '../../../src/providers/registry';

const SERVICES = [
  { origins: ['https://chat.one', 'https://api.one'], loginOrigins: ['https://chat.one'] },
  { origins: ['https://chat.two'], loginOrigins: ['https://chat.two'] },
];

describe('the plan of scripts', () => {
  it('is empty without grants, whatever was consented to', () => expect(planScripts([], ['https://chat.one'])).toEqual([]));

  it('lists the relay first, and one tap for each origin', () => {
    const planned = planScripts(SERVICES, ['https://chat.two', 'https://elsewhere.example', 'https://api.one']);
    expect(planned.map(({ id, world, matches }) => [id, world, matches])).toEqual([
      ['assay-relay', 'ISOLATED', ['https://api.one/*', 'https://chat.one/*', 'https://chat.two/*']],
      ['assay-tap', 'MAIN', ['https://api.one/*', 'https://chat.one/*']],
      ['assay-tap-login', 'MAIN', ['https://chat.two/*']],
    ]);
  });

  it('is met only by what is registered for exactly the same origins', () => {
    const planned = planScripts(SERVICES, []);
    const registered = planned.map(({ id, file, matches }) => ({ id, js: [`moz-extension://u/${file}`], matches: matches.toReversed() }));
    expect(isAsPlanned(planned, registered)).toBe(true);
    expect(isAsPlanned(planned, registered.slice(1))).toBe(false);
    expect(isAsPlanned(planned, [...registered, { id: 'old', js: ['old.js'], matches: [] }])).toBe(false);
    expect(isAsPlanned(planned, registered.map((script, i) => (i === 0 ? { ...script, matches: ['https://chat.one/*'] } : script)))).toBe(false);
    expect(isAsPlanned(planned, registered.map((script) => ({ ...script, js: ['other.js'] })))).toBe(false);
    expect(isAsPlanned([], [])).toBe(true);
  });
});

it('the tap knows the API origins of every service that is built, and on other pages the page’s own', () => {
  for (const { profile } of PROVIDERS) for (const page of profile.uiOrigins) expect(originsFor(page)).toEqual(API_ORIGINS);
  expect(originsFor('https://cube.example')).toEqual([...API_ORIGINS, 'https://cube.example']);
  expect(API_ORIGINS.toSorted()).toEqual(PROVIDERS.flatMap(({ profile }) => profile.apiOrigins).toSorted());
});
