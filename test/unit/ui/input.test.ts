/** What people type, what is said in which language, and where pages are. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import messages from '../../../assets/_locales/en/messages.json';
import { markSvg } from '../../../src/platform/icon';
import { MARK_STATES } from '../../../src/platform/mark';
import { DEFAULT_SETTINGS } from '../../../src/records/settings';
import { pathOf } from '../../../src/ui/doors';
import { catalogueI18n } from '../../../src/ui/i18n/catalogue';
import { sayWith } from '../../../src/ui/i18n/say';
import { number, plural, text } from '../../../src/ui/i18n/text';
import { differing, hexOf } from '../../../src/ui/model/hex';
import { importChoices, keptWords, keyRows, numberSetting, serviceRows, stillNeeded, untilField, untilSetting } from '../../../src/ui/model/options';
import { CHOICES, NOW } from '../../e2e/ui/recorded/snapshots';

const say = sayWith(catalogueI18n(messages, 'en'), () => NOW);

describe('numbers that are typed', () => {
  it('are taken within their bounds', () => {
    expect(['5', '10', ' 60 '].map((t) => numberSetting('cacheMinutes', t, DEFAULT_SETTINGS))).toEqual([5, 10, 60]);
    expect(numberSetting('minEvaluationDataNumber', '0', DEFAULT_SETTINGS)).toBe(0);
  });
  it('are refused otherwise, the default’s neighbours included', () => {
    for (const typed of ['4', '61', '', '1e1', '10.5', '-10', '0x10', 'ten', '99999']) expect([typed, numberSetting('cacheMinutes', typed, DEFAULT_SETTINGS)]).toEqual([typed, undefined]);
  });
});

describe('a day until which firmware is accepted', () => {
  it('ends with the day in the person’s own time', () => {
    const until = untilSetting('2026-12-22', NOW);
    expect(until).toBe(new Date(2026, 11, 22, 23, 59, 59).getTime());
    expect(until && untilField(until, NOW)).toBe('2026-12-22');
  });
  it('is ahead and within a year', () => {
    for (const typed of ['2026-11-21', '2020-01-01', '2028-01-01', '', '22.12.2026', '2026-13-45']) {
      const until = untilSetting(typed, NOW);
      expect([typed, until === undefined || until < NOW + 366 * 86_400_000]).toEqual([typed, true]);
    }
    expect(untilSetting('2026-11-21', NOW)).toBeUndefined();
    expect(untilSetting('2028-01-01', NOW)).toBeUndefined();
  });
  it('is an empty field when it is over or never was', () => {
    expect([untilField(0, NOW), untilField(NOW - 1, NOW)]).toEqual(['', '']);
  });
});

describe('services', () => {
  it('list every host once, and ask where the browser does not allow', () => {
    expect(serviceRows(CHOICES)).toMatchObject([{ hosts: ['ai.io.net', 'api.intelligence.io.net'], best: 'options_service_limited', asks: false }]);
    expect(serviceRows(CHOICES.map((c) => ({ ...c, allowed: false })))[0]?.asks).toBe(true);
  });
  it('have a place for a key where they are on, or one is kept', () => {
    const places = (change: Partial<(typeof CHOICES)[number]>) => keyRows(CHOICES.map((c) => ({ ...c, takesKey: true, picked: true, hasKey: false, ...change }))).map(({ apiOrigin }) => apiOrigin);
    expect(places({})).toEqual(['https://api.intelligence.io.net']);
    expect(places({ picked: false, hasKey: true })).toEqual(['https://api.intelligence.io.net']);
    expect([places({ picked: false }), places({ takesKey: false })]).toEqual([[], []]);
  });
  it('share one place for a key where their evidence is asked for at the same address, and a file is brought for that service', () => {
    const on = { best: 'limited', picked: true, allowed: true, takesKey: true, hasKey: true } as const;
    const builtIn = { ...on, profileId: 'privatemode', name: 'Privatemode', uiOrigins: ['https://chat.privatemode.ai'], apiOrigins: ['https://api.privatemode.ai'], addedByYou: false };
    const proxy = { ...on, profileId: 'privatemode-1', name: 'Proxy', uiOrigins: ['http://localhost:8080'], apiOrigins: ['http://localhost:8080'], evidenceOrigin: 'https://api.privatemode.ai', addedByYou: true };
    expect(keyRows([builtIn, proxy]).map(({ apiOrigin, kept }) => [apiOrigin, kept])).toEqual([['https://api.privatemode.ai', true]]);
    expect(keyRows([proxy]).map(({ profileId, apiOrigin }) => [profileId, apiOrigin])).toEqual([['privatemode-1', 'https://api.privatemode.ai']]);
    expect(importChoices([builtIn, proxy]).map(({ apiOrigin }) => apiOrigin)).toEqual(['https://api.privatemode.ai']);
    expect(serviceRows([proxy])[0]).toMatchObject({ hosts: ['localhost:8080'], origins: ['http://localhost:8080', 'https://api.privatemode.ai'] });
    // Neither takes from the other what it needs.
    expect([stillNeeded('privatemode', [builtIn, proxy]), stillNeeded('privatemode-1', [builtIn, proxy]), stillNeeded('privatemode', [builtIn, { ...proxy, picked: false }]), stillNeeded('privatemode', [builtIn, { ...proxy, allowed: false }])]).toEqual([
      ['http://localhost:8080', 'https://api.privatemode.ai'], ['https://chat.privatemode.ai', 'https://api.privatemode.ai'], [], [],
    ]);
  });
});

describe('sentences', () => {
  it('put each name in its place', () => {
    expect(say(plural('state_verified_sentence', 12, { done: number(11), total: number(12) }))).toBe('11 of 12 answers were signed by a key that attested hardware vouches for.');
    expect(say(text('label_next_try', { time: { kind: 'time', value: NOW }, in: { kind: 'in', value: NOW + 30_000 } }))).toBe('Tried 14:14:09. Next try in 30 seconds'.replace('14:14:09', say.time(NOW)));
    expect(say(keptWords({ answers: 1, attestations: 2, collateral: 0, references: 1 }))).toBe('1 answer, 2 pieces of evidence, 0 lists of vendors, 1 reference value');
  });
  it('say how long ago, and never count backwards', () => {
    const ago = (ms: number) => say(text('label_last_evidence', { time: 't', ago: { kind: 'ago', value: NOW - ms } }));
    expect([ago(0), ago(59_000), ago(60_000), ago(3 * 3_600_000), ago(2 * 86_400_000)]).toEqual(['Last evidence t, just now', 'Last evidence t, just now', 'Last evidence t, 1 minute ago', 'Last evidence t, 3 hours ago', 'Last evidence t, 2 days ago']);
  });
  it('survive a date that cannot be read', () => {
    expect(say(text('cert_valid', { from: { kind: 'date', value: Number.NaN }, to: { kind: 'date', value: 0 } }))).toContain('unknown date');
  });
  it('do not read placeholders out of values', () => {
    expect(say(text('label_named', { name: '$1 $NAME$ $$' }))).toBe('$1 $NAME$ $$:');
  });
  it('fall back to the key, never to nothing', () => {
    expect(sayWith(catalogueI18n({ label_just_now: { message: 'x' } }, 'en'), () => 0)(text('label_options'))).toBe('label_options');
  });
});

describe('hex', () => {
  it('is grouped by four bytes, with its prefix apart', () => {
    expect(hexOf('sha256:0011223344556677aabb')).toEqual({ prefix: 'sha256:', groups: ['00112233', '44556677', 'aabb'], bytes: 10 });
  });
  it('is not made of words or odd lengths', () => {
    expect(['UpToDate', 'deadbeef', '0011223344556677a', ''].map(hexOf)).toEqual([undefined, undefined, undefined, undefined]);
  });
  it('differs by group, whatever the case of its letters', () => {
    const [a, b] = [hexOf('00112233AABBCCDD'), hexOf('00112233aabbccde')];
    expect(a && b && differing(a, b)).toEqual([false, true]);
  });
});

describe('addresses', () => {
  it('name one page and one part', () => {
    expect(pathOf({ page: 'evidence', attestationId: 'a/b?c', section: 'key' })).toBe('/evidence.html?id=a%2Fb%3Fc#key');
    expect(pathOf({ page: 'options', section: 'strict' })).toBe('/options.html#strict');
    expect(pathOf({ page: 'welcome' })).toBe('/welcome.html');
  });
});

describe('icon files', () => {
  it('are those of the mark’s paths', () => {
    for (const state of MARK_STATES) {
      for (const toolbar of ['light', 'dark'] as const) {
        const file = readFileSync(join(import.meta.dirname, `../../../assets/icons/${state}-${toolbar}.svg`), 'utf8');
        expect([state, toolbar, file]).toEqual([state, toolbar, markSvg(state, toolbar)]);
      }
    }
  });
  it('tell states apart by shape alone', () => {
    const shapes = MARK_STATES.map((state) => markSvg(state, 'light').replaceAll(/#[0-9a-f]{6}/g, ''));
    expect(new Set(shapes).size).toBe(MARK_STATES.length);
  });
});
