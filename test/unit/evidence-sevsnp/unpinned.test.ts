/** An intermediate that nobody pinned, under a root that is pinned: here the laboratory's root stands where AMD's are. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkSnp } from '../../../src/evidence/sevsnp';
import { AMD_ANCHORS } from '../../../src/roots/amd';
import type { Anchor } from '../../../src/roots/anchors';
import { stateOf } from '../../../src/verdict/state';
import { anchor, ark, askCertificate, crl, input, vekCertificate } from './lab';

// Files share their modules here, so the list itself is lent to, and given back as it was.
const pinned = AMD_ANCHORS as Anchor[];
beforeAll(() => {
  pinned.push(anchor);
});
afterAll(() => {
  pinned.splice(pinned.indexOf(anchor), 1);
});

describe('a newer intermediate of AMD’s', () => {
  const stateWith = async (...crls: Uint8Array[]): Promise<string> => stateOf((await checkSnp(input({ endorsements: { vek: vekCertificate, intermediates: [askCertificate], crls } }))).checks);

  it('counts with a revocation list beside it, and leaves the question open without', async () => {
    expect(await stateWith(crl({ by: ark }))).toBe('verified');
    expect(await stateWith()).toBe('incomplete');
    expect(await stateWith(crl({ by: ark, revoked: [0x20001] }))).toBe('failed');
  });
});
