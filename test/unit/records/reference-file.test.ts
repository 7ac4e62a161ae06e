import { describe, expect, it } from 'vitest';
import { CodedError } from '../../../src/checks/error';
import { readReferences } from '../../../src/records/reference-file';

const digest = `sha256:${'ab'.repeat(32)}`;
const good = { dialect: 'ionet-agent', role: 'agent', kind: 'image-digest', values: { digest: [digest] }, note: 'release 1.2' };

describe('a reference value file', () => {
  it('holds one value or a list; single values and upper case are taken in', () => {
    expect(readReferences(JSON.stringify(good))).toEqual([{ ...good, properties: {}, source: 'imported' }]);
    expect(readReferences(JSON.stringify([good, { ...good, values: { digest: digest.toUpperCase().replace('SHA256', 'sha256') } }])).map((r) => r.values['digest'])).toEqual([[digest], [digest]]);
    const registers = { dialect: 'ionet-agent', role: 'agent', kind: 'tdx-registers', values: { mrTd: 'ab'.repeat(48), rtmr1: ['cd'.repeat(48), 'ef'.repeat(48)] }, properties: { collectsOwnGpu: true } };
    expect(readReferences(JSON.stringify(registers))[0]).toMatchObject({ properties: { collectsOwnGpu: true }, values: { rtmr1: ['cd'.repeat(48), 'ef'.repeat(48)] } });
  });

  it('is imported whatever it says of itself: a file cannot make itself a verified release', () => {
    expect(readReferences(JSON.stringify({ ...good, source: 'release' }))[0]?.source).toBe('imported');
    expect(readReferences(JSON.stringify({ ...good, source: 'approved' }))[0]?.source).toBe('imported');
  });

  it.each([
    ['no JSON', '{'],
    ['null', 'null'],
    ['an empty list', '[]'],
    ['a number', '7'],
    ['an unknown field', JSON.stringify({ ...good, trust: true })],
    ['an unknown role', JSON.stringify({ ...good, role: 'boss' })],
    ['an unknown kind', JSON.stringify({ ...good, kind: 'hash' })],
    ['no values', JSON.stringify({ ...good, values: {} })],
    ['an empty value list', JSON.stringify({ ...good, values: { digest: [] } })],
    ['a short digest', JSON.stringify({ ...good, values: { digest: ['sha256:ab'] } })],
    ['registers of nothing but zeros', JSON.stringify({ ...good, kind: 'tdx-registers', values: { rtmr3: '00'.repeat(48), mrConfigId: ['00'.repeat(48)] } })],
    ['a register of another kind', JSON.stringify({ ...good, values: { mrTd: 'ab'.repeat(48) } })],
    ['a register name that is none', JSON.stringify({ ...good, kind: 'tdx-registers', values: { rtmr9: 'ab'.repeat(48) } })],
    ...[{ measurement: 'ab'.repeat(32) }, { hostData: 'ab'.repeat(48) }, { measurement: '00'.repeat(48) }, { measurement: 'ab'.repeat(48), 'sha1 pcr 4': 'ab'.repeat(20) }, { measurement: 'ab'.repeat(48), 'sha256 pcr 24': 'ab'.repeat(32) }, { measurement: 'ab'.repeat(48), 'sha384 pcr 4': 'ab'.repeat(32) }, { mrTd: 'ab'.repeat(48) }]
      .map((values) => [`a launch with ${Object.keys(values).join(', ')} that is none: ${JSON.stringify(values).length}`, JSON.stringify({ ...good, kind: 'snp-launch', values })] satisfies [string, string]),
    ['an unknown property', JSON.stringify({ ...good, properties: { magic: true } })],
    ['a property that is no flag', JSON.stringify({ ...good, properties: { verifiesModel: 'yes' } })],
    ['a doubled field', `{"dialect":"d","role":"agent","role":"agent","kind":"image-digest","values":{"digest":["${digest}"]}}`],
    ['a prototype key', `{"__proto__":{"x":1},"dialect":"d","role":"agent","kind":"image-digest","values":{"digest":["${digest}"]}}`],
    ...['http://cube.example', 'https://cube.example/', 'https://cube.example/path', 'https://CUBE.example', 'https://user@cube.example', 'cube.example', '', 'https://*.example', 'https://cube.example:443', 7, null, ['https://cube.example']].map((apiOrigin) => [`a service that is no exact origin: ${JSON.stringify(apiOrigin)}`, JSON.stringify({ ...good, apiOrigin })] satisfies [string, string]),
    ['a huge file', ' '.repeat(1_048_577)],
  ])('is refused with its reason: %s', (_name, text) => {
    expect(() => readReferences(text)).toThrow(CodedError);
    expect(() => readReferences(text)).toThrow(/^REFERENCE_MALFORMED/);
  });
});

describe('a file for one service', () => {
  const apiOrigin = 'https://cube.example';
  const service = { dialect: 'ionet-agent', apiOrigin };
  const refused = (value: unknown, one: { dialect: string; apiOrigin: string }) => expect(() => readReferences(JSON.stringify(value), one)).toThrow(/^REFERENCE_MALFORMED/);

  it('may say so itself', () => {
    expect(readReferences(JSON.stringify({ ...good, apiOrigin }))[0]?.apiOrigin).toBe(apiOrigin);
    expect(readReferences(JSON.stringify(good))[0]).not.toHaveProperty('apiOrigin');
  });

  it('counts for the one that the person names, each value of it', () => {
    expect(readReferences(JSON.stringify([good, { ...good, apiOrigin }]), service).map((value) => value.apiOrigin)).toEqual([apiOrigin, apiOrigin]);
    const policy = readReferences(JSON.stringify({ policy: { policy: 196608 } }), { dialect: 'cocos', apiOrigin });
    expect(policy).toMatchObject([{ dialect: 'cocos', kind: 'cocos-policy', apiOrigin }]);
  });

  it('is refused where it says that it is for another one, or speaks another dialect', () => {
    refused({ ...good, apiOrigin: 'https://other.example' }, service);
    refused([{ ...good }, { ...good, apiOrigin: 'https://other.example' }], service);
    refused(good, { dialect: 'cocos', apiOrigin });
    refused({ policy: { policy: 196608 } }, service);
  });
});
