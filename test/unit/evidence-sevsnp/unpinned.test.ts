/** An intermediate that nobody pinned, under a root that is pinned: here the laboratory's root stands where AMD's are. */
import { describe, expect, it, vi } from 'vitest';
import { checkSnp } from '../../../src/evidence/sevsnp';
import { stateOf } from '../../../src/verdict/state';
import { ark, askCertificate, crl, input, vekCertificate } from './lab';

vi.mock('../../../src/roots/amd', async () => {
  const { anchor } = await import('./lab');
  return { AMD_ANCHORS: [anchor], AMD_INTERMEDIATES: [] };
});

describe('a newer intermediate of AMD’s', () => {
  const stateWith = async (...crls: Uint8Array[]): Promise<string> => stateOf((await checkSnp(input({ endorsements: { vek: vekCertificate, intermediates: [askCertificate], crls } }))).checks);

  it('counts with a revocation list beside it, and leaves the question open without', async () => {
    expect(await stateWith(crl({ by: ark }))).toBe('verified');
    expect(await stateWith()).toBe('incomplete');
    expect(await stateWith(crl({ by: ark, revoked: [0x20001] }))).toBe('failed');
  });
});
