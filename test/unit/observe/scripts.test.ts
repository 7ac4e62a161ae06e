/** Which scripts run where. */
import { describe, expect, it } from 'vitest';
import { API_ORIGINS, originsFor } from '../../../src/observe/tap/origins';
import { isAsPlanned, planScripts } from '../../../src/platform/content-script-plan';
import { patternOf, patternsToGiveBack } from '../../../src/platform/patterns';
import { PROVIDERS } from '../../../src/providers/registry';

const SERVICES = [
  { origins: ['https://chat.one', 'https://api.one'], loginOrigins: ['https://chat.one'] },
  { origins: ['https://chat.two'], loginOrigins: ['https://chat.two'] },
];

const inChromium = (origin: string): string => patternOf(origin, true);

describe('the plan of scripts', () => {
  it('is empty without grants, whatever was consented to', () => expect(planScripts([], ['https://chat.one'], inChromium)).toEqual([]));

  it('lists the relay first, and one tap for each origin', () => {
    const planned = planScripts(SERVICES, ['https://chat.two', 'https://elsewhere.example', 'https://api.one'], inChromium);
    expect(planned.map(({ id, world, matches }) => [id, world, matches])).toEqual([
      ['assay-relay', 'ISOLATED', ['https://api.one/*', 'https://chat.one/*', 'https://chat.two/*']],
      ['assay-tap', 'MAIN', ['https://api.one/*', 'https://chat.one/*']],
      ['assay-tap-login', 'MAIN', ['https://chat.two/*']],
    ]);
  });

  it('gives a pattern that two origins share one tap, the one that notes the login if either may', () => {
    const ports = [{ origins: ['http://localhost:1', 'http://localhost:2', 'https://chat.one'], loginOrigins: ['http://localhost:1'] }];
    const planned = planScripts(ports, ['http://localhost:1'], (origin) => patternOf(origin, false));
    expect(planned.map(({ id, matches }) => [id, matches])).toEqual([
      ['assay-relay', ['http://localhost/*', 'https://chat.one/*']],
      ['assay-tap', ['https://chat.one/*']],
      ['assay-tap-login', ['http://localhost/*']],
    ]);
  });

  it('is met only by what is registered for exactly the same origins', () => {
    const planned = planScripts(SERVICES, [], inChromium);
    const registered = planned.map(({ id, file, matches }) => ({ id, js: [`moz-extension://u/${file}`], matches: matches.toReversed() }));
    expect(isAsPlanned(planned, registered)).toBe(true);
    expect(isAsPlanned(planned, registered.slice(1))).toBe(false);
    expect(isAsPlanned(planned, [...registered, { id: 'old', js: ['old.js'], matches: [] }])).toBe(false);
    expect(isAsPlanned(planned, registered.map((script, i) => (i === 0 ? { ...script, matches: ['https://chat.one/*'] } : script)))).toBe(false);
    expect(isAsPlanned(planned, registered.map((script) => ({ ...script, js: ['other.js'] })))).toBe(false);
    expect(isAsPlanned([], [])).toBe(true);
  });
});

describe('what is given back', () => {
  const at = (port: number) => `http://localhost:${port}`;
  it.each([
    ['a port of its own, where patterns know ports', true, [at(1)], [at(2)], ['http://localhost:1/*']],
    ['nothing of a host that another service is at, where they do not', false, [at(1)], [at(2)], []],
    ['the host, where nobody else is there', false, [at(1)], ['https://localhost', 'http://localhost.example'], ['http://localhost/*']],
    ['nothing that matches another’s port as well', true, ['http://localhost'], [at(2)], []],
    ['what another does not need', true, [at(1), 'https://api.one'], ['https://api.one'], ['http://localhost:1/*']],
  ] as const)('is %s', (_what, knowsPorts, origins, need, back) => expect(patternsToGiveBack(origins, need, knowsPorts)).toEqual(back));
});

it('the tap knows the API origins of every service that is built, and on other pages the page’s own', () => {
  for (const { profile } of PROVIDERS) for (const page of profile.uiOrigins) expect(originsFor(page)).toEqual(API_ORIGINS);
  expect(originsFor('https://cube.example')).toEqual([...API_ORIGINS, 'https://cube.example']);
  expect(API_ORIGINS.toSorted()).toEqual(PROVIDERS.flatMap(({ profile }) => profile.apiOrigins).toSorted());
});
