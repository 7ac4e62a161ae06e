/** What people bring: downloaded files, and services of their own. */
import { describe, expect, it } from 'vitest';
import messages from '../../../assets/_locales/en/messages.json';
import { DEFAULT_SETTINGS } from '../../../src/records/settings';
import { catalogueI18n } from '../../../src/ui/i18n/catalogue';
import { sayWith } from '../../../src/ui/i18n/say';
import { evidenceModel } from './lone';
import { bytesTyped, roleOf, sentTyped, toCheck, troubleWith } from '../../../src/ui/model/files';
import { choiceOfOwn, originsOfOwn, originTyped, ownServiceTyped } from '../../../src/ui/model/own-services';
import { importChoices, referenceViews, rowOfOwn, serviceRows } from '../../../src/ui/model/options';
import { VIEWS } from '../../e2e/ui/recorded/evidence';
import { CHOICES, NOW } from '../../e2e/ui/recorded/snapshots';

const say = sayWith(catalogueI18n(messages, 'en'), () => NOW);
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('a dropped file', () => {
  it('is a policy when it has rules, and else a report', () => {
    expect(roleOf(utf8('{"policy":{},"pcr_values":{}}'))).toBe('policy');
    for (const text of ['{"report":{}}', '[]', 'null', '"policy"', '{"policy":', '', '\u0000']) expect([text, roleOf(utf8(text))]).toEqual([text, 'report']);
    expect(roleOf(new Uint8Array([0xff, 0xfe, 0x80]))).toBe('report');
  });
  it('is judged with at most one other, and never without a report', () => {
    const of = (...roles: ('report' | 'policy')[]) => {
      const trouble = troubleWith(roles.map((role) => ({ role })));
      return trouble === undefined ? undefined : say(trouble);
    };
    expect([of(), of('report'), of('report', 'policy')]).toEqual([undefined, undefined, undefined]);
    expect([of('policy'), of('report', 'report'), of('policy', 'policy'), of('report', 'policy', 'report')]).toEqual(['A report is missing: these are the rules alone.', 'Two reports are here. One at a time can be judged.', 'Two policies are here. One at a time can be compared with.', 'At most one report and one policy are read at a time.']);
  });
  it('goes to the verifier as it is, the policy as text', () => {
    const report = { name: 'r.bin', role: 'report', bytes: new Uint8Array([1, 2]) } as const;
    const policy = { name: 'p.json', role: 'policy', bytes: utf8('{"policy":{}}') } as const;
    expect(toCheck([policy, report], { reportData: undefined, nonce: undefined })).toEqual({ report: { name: 'r.bin', bytes: report.bytes }, policy: { name: 'p.json', text: '{"policy":{}}' } });
    expect(toCheck([policy], { reportData: undefined, nonce: undefined })).toBeUndefined();
  });
});

describe('what was sent', () => {
  it('is read as hex and as base64', () => {
    expect(bytesTyped('0x00 ff\n10')).toEqual(new Uint8Array([0, 255, 16]));
    expect(bytesTyped('AP8Q')).toEqual(new Uint8Array([0, 255, 16]));
    expect(bytesTyped('hello world')).toBeUndefined();
  });
  it('has the length its field wants', () => {
    expect(sentTyped('reportData', '')).toBeUndefined();
    expect(sentTyped('reportData', 'ab'.repeat(64))).toHaveLength(64);
    expect([sentTyped('reportData', 'ab'.repeat(63)), sentTyped('nonce', 'ab'.repeat(67)), sentTyped('nonce', '!')]).toEqual(['wrong', 'wrong', 'wrong']);
  });
});

describe('the page over files', () => {
  const model = evidenceModel(VIEWS.files, DEFAULT_SETTINGS, NOW);
  it('names them, and says what a file cannot', () => {
    expect(say(model.lead.about)).toBe('From the file attestation.bin, compared with the policy attestation_policy.json.');
    expect(say(model.lead.judged)).toContain('A file cannot say when it was made.');
    expect(model.lead.nonce).toBe('');
  });
  it('has no answers, no key, and nothing to approve', () => {
    expect(model.sections.map((s) => s.group)).toEqual(['machine', 'software']);
    expect(model.software.items.some((item) => item.approve !== undefined)).toBe(false);
  });
  it('repeats itself over the person’s own files', () => {
    const [command] = model.downloads.commands;
    expect(command?.slice(0, 2)).toEqual(['assay verify cocos attestation.bin', '--cocos-policy attestation_policy.json']);
    expect(model.downloads.files.map((f) => f.name).some((name) => name.endsWith('report.json'))).toBe(false);
  });
  it('quotes names that a shell would take apart', () => {
    const view = { ...VIEWS.files, service: { ...VIEWS.files.service, name: 'my report; rm -rf.bin', host: "it's.json" } };
    expect(evidenceModel(view, DEFAULT_SETTINGS, NOW).downloads.commands[0]?.slice(0, 2)).toEqual(["assay verify cocos './my report; rm -rf.bin'", "--cocos-policy './it'\\''s.json'"]);
  });
});

describe('a service of one’s own', () => {
  const typed = { dialect: 'cocos', name: 'Cube', page: 'cube.example.org/chat', api: '' };
  it('takes an address with or without scheme and path, https alone', () => {
    expect([originTyped('cube.example.org/x'), originTyped(' https://cube.example.org:8443/ '), originTyped('http://cube.example.org'), originTyped('ftp://x'), originTyped(''), originTyped('https://a:b@c.example'), originTyped('::'), originTyped('*.example.org')]).toEqual(['https://cube.example.org', 'https://cube.example.org:8443', undefined, undefined, undefined, undefined, undefined, undefined]);
  });
  it('is made of what was typed, the API’s address falling back to the page’s', () => {
    expect(ownServiceTyped(typed, [])).toEqual({ dialect: 'cocos', name: 'Cube', pageOrigin: 'https://cube.example.org', apiOrigin: 'https://cube.example.org' });
  });
  it('is refused with the field that is wrong', () => {
    const wrong = (change: Partial<typeof typed>, there: Parameters<typeof ownServiceTyped>[1] = []) => {
      const found = ownServiceTyped({ ...typed, ...change }, there);
      return 'field' in found ? [found.field, say(found.says)] : undefined;
    };
    expect(wrong({ page: 'http://x' })).toEqual(['page', 'Write an https address, such as https://chat.example.org.']);
    expect(wrong({ api: 'nope nope' })?.[0]).toBe('api');
    expect(wrong({ name: 'x'.repeat(65) })).toEqual(['name', 'Write a name of at most 64 letters.']);
    expect(wrong({ page: 'https://ai.io.net' })).toEqual(['page', 'This address belongs to a service that is listed already.']);
    expect(wrong({}, [{ dialect: 'cocos', name: 'Other', pageOrigin: 'https://cube.example.org', apiOrigin: 'https://cube.example.org' }])?.[1]).toContain('listed already');
  });
  it('of Privatemode’s proxy is meant on this machine where a bare local address is typed, and its evidence is elsewhere', () => {
    expect([originTyped('localhost:8080', true), originTyped('127.0.0.1:8080/v1', true), originTyped('http://localhost:8080', true), originTyped('proxy.example', true), originTyped('http://proxy.example', true), originTyped('localhost:8080'), originTyped('Localhost:8080', true), originTyped('127.1:8080', true), originTyped('https://localhost:8443', true), originTyped('x:y@localhost:8080', true), originTyped('http://localhost:x@proxy.example', true)]).toEqual(['http://localhost:8080', 'http://127.0.0.1:8080', 'http://localhost:8080', 'https://proxy.example', undefined, 'https://localhost:8080', 'http://localhost:8080', 'http://127.0.0.1:8080', 'https://localhost:8443', undefined, undefined]);
    const own = ownServiceTyped({ dialect: 'privatemode', name: 'Proxy', page: 'localhost:8080', api: '' }, []);
    expect(own).toEqual({ dialect: 'privatemode', name: 'Proxy', pageOrigin: 'http://localhost:8080', apiOrigin: 'http://localhost:8080' });
    expect('field' in own ? [] : originsOfOwn(own)).toEqual(['http://localhost:8080', 'https://api.privatemode.ai']);
    const wrong = ownServiceTyped({ dialect: 'privatemode', name: 'Proxy', page: 'http://proxy.example', api: '' }, []);
    expect('field' in wrong && say(wrong.says)).toBe('Write an https address, or one of this machine, such as localhost:8080.');
  });
  it('is shown apart from the built-in ones, off until the background knows it', () => {
    const own = { dialect: 'cocos', name: 'Cube', pageOrigin: 'https://cube.example.org', apiOrigin: 'https://api.example.org' };
    expect(rowOfOwn(own, CHOICES)).toMatchObject({ name: 'Cube', picked: false, own: true, origins: ['https://cube.example.org', 'https://api.example.org'] });
    const choice = { profileId: 'cube-1', name: 'Cube', uiOrigins: [own.pageOrigin], apiOrigins: [own.apiOrigin], best: 'limited', picked: true, allowed: true, takesKey: true, hasKey: false, addedByYou: true } as const;
    expect(choiceOfOwn(own, [...CHOICES, choice])).toBe(choice);
    expect(serviceRows([...CHOICES, choice]).map((row) => [row.profileId, row.own])).toEqual([['ionet', false], ['cube-1', true]]);
  });
});

describe('a reference value', () => {
  const value = { id: 'r', addedAt: NOW, dialect: 'cocos', role: 'agent', kind: 'cocos-policy', values: { policy: ['{}'] }, properties: {}, source: 'imported', note: '' } as const;

  it('says for whom it counts', () => {
    expect(referenceViews([value, { ...value, apiOrigin: 'https://api.cube.example:8443' }]).map(({ scope }) => say(scope))).toEqual(['For every service of this kind', 'Only for api.cube.example:8443']);
    // Approved before it was kept where: it counts for nobody, and says so.
    expect(referenceViews([{ ...value, source: 'approved' }, { ...value, source: 'approved', apiOrigin: 'https://api.cube.example' }]).map(({ scope }) => say(scope))).toEqual(['Counts nowhere any more: it was approved before Assay kept where. Remove it, and approve again where you see it.', 'Only for api.cube.example']);
  });
  it('can be brought for one service of the person’s own', () => {
    const own = CHOICES.slice(0, 1).map((choice) => ({ ...choice, name: 'Our Cube', addedByYou: true, apiOrigins: ['https://api.cube.example'] }));
    expect(importChoices([...CHOICES.filter(({ addedByYou }) => !addedByYou), ...own]).map(({ apiOrigin, label }) => [apiOrigin, say(label)])).toEqual([['https://api.cube.example', 'Our Cube, api.cube.example alone']]);
  });
  it('can be brought for Privatemode, whose manifest is the same kind of file as that of a deployment of one’s own', () => {
    const privatemode = CHOICES.slice(0, 1).map((choice) => ({ ...choice, profileId: 'privatemode', name: 'Privatemode', apiOrigins: ['https://api.privatemode.ai'] }));
    expect(importChoices([...CHOICES, ...privatemode]).map(({ apiOrigin, label }) => [apiOrigin, say(label)])).toEqual([['https://api.privatemode.ai', 'Privatemode, api.privatemode.ai alone']]);
  });
  it('that counts elsewhere too says so beside a service of the person’s own', () => {
    const scopes = (addedByYou: boolean, apiOrigin?: string) => {
      const view = { ...VIEWS.verified, service: { ...VIEWS.verified.service, addedByYou }, references: VIEWS.verified.references.map((r) => ({ ...r, ...(apiOrigin === undefined ? {} : { apiOrigin }) })) };
      return evidenceModel(view, DEFAULT_SETTINGS, NOW).software.items.flatMap(({ references }) => references.map(({ scope }) => scope !== undefined && say(scope)));
    };
    expect(new Set(scopes(true))).toEqual(new Set(['For every service of this kind']));
    expect(new Set([...scopes(false), ...scopes(true, 'https://api.cube.example')])).toEqual(new Set([false]));
  });
});
