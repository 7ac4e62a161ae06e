import { describe, expect, it } from 'vitest';
import { CodedError } from '../../../src/checks/error';
import { ionet } from '../../../src/providers/ionet';
import { hostsOf } from '../../../src/providers/hosts';
import { providerByDialect, providerById, providerOfApi, providerOfPage, PROVIDERS } from '../../../src/providers/registry';

const API = 'https://api.intelligence.io.net';
const kind = (path: string, over: { method?: string; status?: number; type?: string | null; twice?: boolean } = {}): string => {
  const type = over.type === undefined ? 'application/json' : over.type;
  const header = { name: 'Content-Type', value: type ?? '' };
  const found = ionet.recognise({ url: API + path, method: over.method ?? 'POST', status: over.status ?? 200, headers: type === null ? [] : over.twice === true ? [header, header] : [header] });
  return found.kind === 'answer' ? found.form : found.kind;
};

describe('what an exchange is', () => {
  const path = '/v1/private/completions';

  it('an answer, by its media type', () => {
    expect(kind(path)).toBe('json');
    expect(kind(`${path}?x=1`, { type: 'Application/JSON; charset=utf-8' })).toBe('json');
    expect(kind(path, { type: 'text/event-stream; charset=utf-8' })).toBe('sse');
    expect(kind(path, { type: 'text/event-stream', status: 201 })).toBe('sse');
    expect(kind(`${path}/moved`)).toBe('json');
  });

  it('never dropped for a missing, odd or doubled media type, nor for an error status with a body a page could show', () => {
    for (const type of [null, 'text/html', 'text/plain', 'application/octet-stream']) expect(kind(path, { type })).toBe('unrecognised');
    expect(kind(path, { twice: true })).toBe('unrecognised');
    expect(kind(path, { status: 500 })).toBe('unrecognised');
    expect(kind(path, { status: 401, type: 'text/event-stream' })).toBe('unrecognised');
    expect(kind('/v1/private/other')).toBe('unrecognised');
  });

  it('the attestation request, models outside, and what is none of our concern', () => {
    expect(kind('/v1/private/attestation')).toBe('attestation');
    expect(kind('/v1/private/attestation', { status: 401 })).toBe('attestation');
    expect(kind('/v1/chat/completions')).toBe('outside');
    expect(kind('/api/v1/chat/completions', { type: 'text/event-stream' })).toBe('outside');
    for (const type of [null, 'text/plain', 'application/octet-stream']) expect(kind('/v1/chat/completions', { type })).toBe('outside');
    expect(kind('/v1/chat/completions', { twice: true })).toBe('outside');
    expect(kind('/v1/models', { method: 'GET' })).toBe('ignored');
    expect(kind(path, { method: 'OPTIONS', status: 204, type: null })).toBe('ignored');
    expect(kind('/assets/x.js', { type: 'text/javascript' })).toBe('ignored');
    expect(kind(path, { status: 502, type: 'text/html' })).toBe('ignored');
  });
});

describe('the registry', () => {
  it('finds providers by whole origins', () => {
    expect(providerOfPage('https://ai.io.net')).toBe(ionet);
    expect(providerOfApi(API)).toBe(ionet);
    for (const near of ['https://ai.io.net.evil.example', 'https://evil-ai.io.net', 'https://io.net', 'http://ai.io.net', 'https://ai.io.net:444', 'https://AI.io.net', 'https://ai.io.net/', `${API}.example`, '']) {
      expect(providerOfPage(near), near).toBeUndefined();
      expect(providerOfApi(near), near).toBeUndefined();
    }
    expect(providerById('ionet')).toBe(ionet);
    expect(providerByDialect('ionet-agent')).toBe(ionet);
    expect(providerByDialect('ionet')).toBeUndefined();
  });

  it('asks for whole hosts over https alone', () => {
    expect(hostsOf(ionet.profile)).toEqual(['https://ai.io.net', API]);
    for (const origin of PROVIDERS.flatMap(({ profile }) => hostsOf(profile))) expect(origin).toMatch(/^https:\/\/[a-z0-9.-]+$/);
  });

  it('mistake 24: no profile leads to a local or unencrypted service', () => {
    for (const origin of PROVIDERS.flatMap(({ profile }) => hostsOf(profile))) expect(origin).not.toMatch(/localhost|127\.|^http:/);
  });
});

describe('asking for evidence', () => {
  const nonce = new Uint8Array(32).fill(0xab);

  it('mistake 5: sends all 64 hex characters of our number, and the model', () => {
    const request = ionet.attestationRequest({ apiOrigin: API, nonce, model: 'uuid' });
    expect(request).toMatchObject({ method: 'POST', url: `${API}/v1/private/attestation` });
    expect(JSON.parse(request.body ?? '')).toEqual({ model_id: 'uuid', nonce: 'ab'.repeat(32) });
    expect(request.headers['authorization']).toBeUndefined();
  });

  it('refuses without a model', () => {
    for (const model of [undefined, '']) expect(() => ionet.attestationRequest({ apiOrigin: API, nonce, model })).toThrow(CodedError);
  });

  it('finds the id that the endpoint wants in the model list', () => {
    const id = '6f1c7b8e-3d0a-4c55-9a3e-51a7e0c0a001';
    const list = (text: string) => new TextEncoder().encode(text);
    const { modelLookup } = ionet;
    if (modelLookup === undefined) throw new Error('no look-up');
    expect(modelLookup.isId(id)).toBe(true);
    expect(modelLookup.isId('meta-llama/Llama-3.3-70B-Instruct')).toBe(false);
    expect(modelLookup.request(API)).toMatchObject({ method: 'GET', url: `${API}/v1/models` });
    const models = list(JSON.stringify({ data: [{ name: 'other', model_id: 'x' }, { name: 'm', model_id: 'no uuid' }, { id: 'm', model_id: id }] }));
    expect(modelLookup.idIn(models, 'm')).toBe(id);
    expect(modelLookup.idIn(models, 'other')).toBeUndefined();
    expect(modelLookup.idIn(models, 'n')).toBeUndefined();
    for (const bad of ['{}', '[]', 'x', '{"data":{}}']) expect(() => modelLookup.idIn(list(bad), 'm')).toThrow(CodedError);
  });
});
