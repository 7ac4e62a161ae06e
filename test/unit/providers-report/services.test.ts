/** Which services speak these dialects: built in or named by a user, asked where, promised what. */
import { describe, expect, it } from 'vitest';
import { PROFILES, readOwnServices } from '../../../src/providers/profiles';
import { PROVIDERS, providerByDialect, providerOfApi, providerOfPage, providersOf } from '../../../src/providers/registry';
import { PHALA, VENICE } from '../../../src/providers/report/dialect';
import type { OwnService } from '../../../src/providers/types';
import { appraise, attestation } from './lab';

const NONCE = new Uint8Array(32).fill(1);
const own = (dialect: string, over: Partial<OwnService> = {}): OwnService => ({ dialect, name: 'Mine', pageOrigin: 'https://chat.example', apiOrigin: 'https://qwen3.completions.near.ai', ...over });
const ownProvider = (dialect: string) => providersOf([own(dialect)])[PROVIDERS.length];

describe('services that are built in', () => {
  it('are found by page and API, each of one profile', () => {
    for (const [id, page, apis] of [
      ['nearai', 'https://private.near.ai', ['https://private.near.ai', 'https://cloud-api.near.ai']], ['phala', 'https://chat.redpill.ai', ['https://api.redpill.ai']],
      ['aci', 'https://inference.phala.com', ['https://inference.phala.com']], ['venice', 'https://venice.ai', ['https://api.venice.ai', 'https://outerface.venice.ai']],
    ] as const) {
      expect(providerOfPage(page)?.profile.id).toBe(id);
      expect(apis.map((api) => providerOfApi(api)?.profile.id)).toEqual(apis.map(() => id));
    }
    const origins = PROFILES.flatMap(({ uiOrigins, apiOrigins }) => [...new Set([...uiOrigins, ...apiOrigins])]);
    expect(new Set(origins).size).toBe(origins.length);
  });

  it('have one profile for each dialect, and promise signatures with keys that they bind', () => {
    for (const dialect of ['nearai', 'phala', 'aci', 'venice']) expect(providerByDialect(dialect)?.profile).toMatchObject({ dialect, nonceBytes: 32, bindsKeys: true, offers: { cpu: true, signatures: true } });
  });

  it('Venice’s own page chats where no protocol is documented: such an answer is told, never passed over', () => {
    const kind = (url: string, type = 'application/octet-stream', status = 200) => providerByDialect('venice')?.recognise({ url, method: 'POST', status, headers: [{ name: 'content-type', value: type }] }).kind;
    for (const type of ['application/octet-stream', 'text/plain', 'text/event-stream']) expect(kind('https://outerface.venice.ai/api/inference/chat', type)).toBe('unrecognised');
    expect(kind('https://outerface.venice.ai/api/inference/chat', 'text/html', 500)).toBe('ignored');
    expect(kind('https://outerface.venice.ai/api/user/session', 'text/plain')).toBe('ignored');
    expect(kind('https://api.venice.ai/api/v1/chat/completions', 'text/event-stream')).toBe('answer');
  });
});

describe('services that a user names', () => {
  it('are taken with the page and the API that were typed, and with no origin of a built-in one', () => {
    for (const dialect of ['nearai', 'phala', 'aci']) {
      expect(readOwnServices([own(dialect)])).toEqual([own(dialect)]);
      for (const taken of ['https://cloud-api.near.ai', 'https://inference.phala.com', 'https://outerface.venice.ai']) expect(readOwnServices([own(dialect, { apiOrigin: taken })])).toBeUndefined();
      expect(ownProvider(dialect)?.profile).toMatchObject({ dialect, addedByYou: true, uiOrigins: ['https://chat.example'], apiOrigins: ['https://qwen3.completions.near.ai'], best: 'limited' });
      expect(ownProvider(dialect)?.profile.id).toMatch(new RegExp(`^${dialect}-[0-9a-f]{16}$`));
    }
    expect(readOwnServices([own('venice')])).toBeUndefined();
  });

  it('are asked as their dialect is, at their own origin', () => {
    const asked = (dialect: string) => ownProvider(dialect)?.attestationRequest({ apiOrigin: 'https://qwen3.completions.near.ai', nonce: NONCE, model: 'a/b' }).url;
    expect(asked('nearai')).toBe(`https://qwen3.completions.near.ai/v1/attestation/report?model=a%2Fb&nonce=${'01'.repeat(32)}&signing_algo=ecdsa&include_tls_fingerprint=true`);
    expect(asked('phala')).toBe(asked('nearai'));
    expect(asked('aci')).toBe(`https://qwen3.completions.near.ai/v1/aci/attestation?nonce=${'01'.repeat(32)}`);
    expect(['nearai', 'phala', 'aci'].map((dialect) => ownProvider(dialect)?.profile.role)).toEqual(['model', 'model', 'gateway']);
  });
});

describe('a service’s word for its own verification', () => {
  it('is a claim where its envelope has one, and lifts nothing', async () => {
    const said = async (verified: unknown, dialect = VENICE) => {
      const { checks, state } = await appraise(attestation({ over: { verified } }), {}, dialect);
      const claim = checks.find(({ id }) => id === 'evidence.claimed');
      return [claim?.outcome, claim?.basis, claim?.code, state];
    };
    expect(await said(true)).toEqual(['pass', 'claimed', undefined, 'limited']);
    expect(await said(false)).toEqual(['unknown', 'claimed', 'RELAYED_NOT_ATTESTED', 'incomplete']);
    for (const nothing of [undefined, 'true', 1, null]) expect(await said(nothing)).toEqual([undefined, undefined, undefined, 'limited']);
    expect(await said(true, PHALA)).toEqual([undefined, undefined, undefined, 'limited']);
    // Whatever it says, evidence of another key is evidence of another key.
    expect((await appraise(attestation({ over: { verified: true, signing_address: `0x${'11'.repeat(20)}` } }), {}, VENICE)).state).toBe('failed');
  });
});
