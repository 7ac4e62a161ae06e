/** The evidence page over real evidence: every field it draws has words, and nothing that was judged goes unsaid. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import messages from '../../../assets/_locales/en/messages.json';
import { DEFAULT } from '../../../src/checks/policy';
import { checkGpus } from '../../../src/evidence/nvidia';
import { rimShelf } from '../../../src/evidence/nvidia/shelves';
import { checkCocosFiles } from '../../../src/providers/cube/files';
import type { EvidencePart } from '../../../src/providers/types';
import { DEFAULT_SETTINGS } from '../../../src/records/settings';
import { VENDOR_ANCHORS } from '../../../src/roots/anchors';
import { catalogueI18n } from '../../../src/ui/i18n/catalogue';
import { sayWith } from '../../../src/ui/i18n/say';
import type { Phrase } from '../../../src/ui/i18n/text';
import { evidenceModel } from '../../../src/ui/model/evidence';
import { FROM_FILES, roleOf } from '../../../src/ui/model/files';
import type { Check } from '../../../src/checks/check';
import { stateOf } from '../../../src/verdict/state';
import type { EvidenceView } from '../../../src/watch/snapshot';
import { partView } from '../../../src/watch/views';
import { VIEWS } from '../../e2e/ui/recorded/evidence';
import { filesNamed, inputFor, P1, P3 } from '../../vectors/nvidia-set';
import { vector, vectorsPresent } from '../../vectors/shared';

const now = Date.parse('2026-11-22T00:00:00Z');
const say = sayWith(catalogueI18n(messages, 'en'), () => now);
const bytes = (path: string): Uint8Array => new Uint8Array(readFileSync(vector(`cube-and-cocos/${path}`)));

const view = (checks: readonly Check[], parts: readonly EvidencePart[], files: boolean): EvidenceView => ({
  service: { profileId: files ? FROM_FILES : 'x', name: 'x', host: files ? '' : 'x.example', apiOrigins: [], addedByYou: false, best: 'limited' },
  dialect: 'cocos', attestation: { id: '', state: stateOf(checks), checks, appraisedAt: now, through: 'none', signers: [] },
  nonce: '', reportBase64: '', parts: parts.map(partView), software: [], references: [], answers: [], flavour: 'shipped',
});

/** Every phrase anywhere in a model. */
function phrasesIn(value: unknown): readonly Phrase[] {
  if (Array.isArray(value)) return value.flatMap(phrasesIn);
  if (typeof value !== 'object' || value === null) return [];
  const own = isPhrase(value) ? [value] : [];
  return [...own, ...Object.values(value).flatMap(phrasesIn)];
}
const isPhrase = (value: object): value is Phrase => ('key' in value && typeof value.key === 'string') || ('plural' in value && 'n' in value) || 'literal' in value;

function expectWords(of: EvidenceView): void {
  const model = evidenceModel(of, DEFAULT_SETTINGS, now);
  const phrases = phrasesIn(model);
  expect(phrases.length).toBeGreaterThan(20);
  for (const phrase of phrases) {
    if ('literal' in phrase) continue;
    const said = say(phrase);
    expect(said).toEqual(expect.not.stringMatching(/^$|\$|undefined|NaN|Invalid Date|unknown date/));
    // A key that was not found would be said as it is.
    expect([said, Object.hasOwn(messages, said)]).toEqual([said, false]);
  }
}

describe('every view of the gallery', () => {
  it.each(Object.entries(VIEWS).filter(([name]) => name !== 'nothing'))('has words for all it draws: %s', (_name, shown) => expectWords(shown));
});

describe.skipIf(!vectorsPresent)('recorded evidence', () => {
  it.each(['cocos/vtpm-svsm-attestation-61c3afce.pb', 'cocos/quote-ubuntu-sha1.pb'])('of a start-up chip: %s', async (path) => {
    const found = await checkCocosFiles({ report: bytes(path) }, { now, policy: DEFAULT, anchors: VENDOR_ANCHORS, tdxCollateral: () => Promise.resolve({ collateral: {} }), snpCollateral: (_report, sent) => Promise.resolve({ endorsements: sent }) });
    expectWords(view(found.checks, found.parts, true));
    expect(evidenceModel(view(found.checks, found.parts, true), DEFAULT_SETTINGS, now).machines[0]?.vtpm[0]?.log?.groups.length).toBeGreaterThan(3);
  });

  it('of a GPU and of a switch, with manifests and without answers', async () => {
    for (const set of [P1, P3]) {
      const result = await checkGpus(inputFor([set.device()], { now: set.now, nonce: set.nonce, rims: rimShelf(filesNamed(...set.rims)), ocsp: () => Promise.resolve({ candidates: [], problem: { code: 'COLLATERAL_UNREACHABLE', detail: 'ocsp.ndis.nvidia.com' } }) }));
      const shown = view(result.checks, [{ kind: 'nvidia', raw: new Uint8Array([91, 93]), count: 1, devices: result.facts.devices, claims: result.claims.devices }], false);
      expectWords(shown);
      const gpus = evidenceModel(shown, DEFAULT_SETTINGS, now).machines[0]?.gpus;
      expect(gpus?.rows).toHaveLength(1);
      expect(gpus?.rows[0]?.cells.filter((cell) => cell === 'match')).toHaveLength(set.compared);
      expect(gpus?.endorsers.manifests).toHaveLength(set.rims.length);
    }
  });

  it('tells recorded policies from recorded reports', () => {
    expect(roleOf(bytes('cocos-policies/attestation_policy.json'))).toBe('policy');
    expect(roleOf(bytes('cocos/vtpm-svsm-attestation-61c3afce.pb'))).toBe('report');
  });
});
