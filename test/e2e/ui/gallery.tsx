/** Every surface as a plain web page with recorded answers: `gallery.html?show=popup/limited-ionet&theme=dark&dir=rtl`. */
import { CodedError } from '../../../src/checks/error';
import { checkFiles } from '../../../src/ui/check-files';
import type { ServiceChoice } from '../../../src/watch/protocol';
import { mountEvidence } from '../../../src/ui/evidence/evidence';
import { mountOptions } from '../../../src/ui/options/options';
import { mountPopup } from '../../../src/ui/popup/popup';
import { mountWelcome } from '../../../src/ui/welcome/welcome';
import { type Recording, recordedDoors } from './recorded/doors';
import { reference, VIEWS } from './recorded/evidence';
import { CHOICES, NOW, SNAPSHOTS } from './recorded/snapshots';

type Show = (root: Element, base: Pick<Recording, 'direction' | 'theme'>) => Promise<void>;

const popups: readonly (readonly [string, Show])[] = Object.entries(SNAPSHOTS).map(([name, snapshot]) => [
  `popup/${name}`,
  (root, base) => mountPopup(root, recordedDoors({ ...base, snapshot, answers: { 'services.list': () => CHOICES } }), { tabId: 1 }),
]);

const evidence: readonly (readonly [string, Show])[] = Object.entries(VIEWS).map(([name, view]) => [
  `evidence/${name}`,
  (root, base) => mountEvidence(root, recordedDoors({ ...base, answers: { 'evidence.get': () => view, 'reference.approve': () => reference({ rtmr3: ['44'.repeat(48)] }, { source: 'approved' }) } }), { attestationId: view.attestation.id }),
]);

const malformed = (): never => {
  throw new CodedError('REFERENCE_MALFORMED', 'dialect');
};
const KEPT = { attestations: 31, answers: 1_204, collateral: 9, references: 2 } as const;
const REFERENCES = [
  reference({ mrTd: ['3d'.repeat(48)], rtmr3: ['44'.repeat(48)] }),
  reference({ digest: [`sha256:${'cf47db86'.repeat(8)}`] }, { id: 'ref-2', kind: 'image-digest', source: 'approved', note: '' }),
];
const filled = { 'services.list': () => CHOICES, 'reference.list': () => REFERENCES, 'records.kept': () => KEPT, 'reference.import': () => REFERENCES } as const;
const OWN = [
  { dialect: 'cocos', name: 'Cube at work', pageOrigin: 'https://cube.example.org', apiOrigin: 'https://cube.example.org' },
  { dialect: 'cocos', name: 'Ministerium für vertrauliche Rechenmaschinenwirtschaft', pageOrigin: 'https://ein-sehr-langer-rechnername.unterabteilung.nachweise.example.museum', apiOrigin: 'https://api.unterabteilung.nachweise.example.museum' },
] as const;
const OWN_CHOICE: ServiceChoice = { profileId: 'cube-1', name: 'Cube at work', uiOrigins: ['https://cube.example.org'], apiOrigins: ['https://cube.example.org'], best: 'limited', picked: true, allowed: true, takesKey: true, hasKey: false, addedByYou: true };
const withOwn = { ...filled, 'services.list': () => [...CHOICES, OWN_CHOICE] } as const;
const empty = { ...filled, 'services.list': () => CHOICES.map((c) => ({ ...c, picked: false, allowed: false })), 'reference.list': () => [], 'records.kept': () => ({ attestations: 0, answers: 0, collateral: 0, references: 0 }) } as const;
const asking = { ...filled, 'services.list': () => CHOICES.map((c) => ({ ...c, allowed: false, hasKey: true })) } as const;

const SHOWS: ReadonlyMap<string, Show> = new Map<string, Show>([
  ...popups,
  ['popup/broken', (root, base) => mountPopup(root, recordedDoors({ ...base, broken: true }), { tabId: 1 })],
  ['popup/no-tab', (root, base) => mountPopup(root, recordedDoors(base), { tabId: undefined })],
  ...evidence,
  ['evidence/gone', (root, base) => mountEvidence(root, recordedDoors({ ...base, answers: { 'evidence.get': () => null } }), { attestationId: 'x' })],
  ['evidence/refused', (root, base) => mountEvidence(root, recordedDoors({ ...base, broken: true }), { attestationId: 'x' })],
  ['options/filled', async (root, base) => mountOptions(root, recordedDoors({ ...base, answers: filled, settings: { pageConsents: ['https://ai.io.net'] } }))],
  ['options/empty', async (root, base) => mountOptions(root, recordedDoors({ ...base, answers: empty }))],
  ['options/asking', async (root, base) => mountOptions(root, recordedDoors({ ...base, answers: asking, settings: { acceptOutOfDateUntil: NOW + 30 * 86_400_000 } }))],
  ['options/own', async (root, base) => mountOptions(root, recordedDoors({ ...base, answers: withOwn, settings: { ownServices: OWN, nvidiaSecondOpinion: true } }))],
  ['options/refused', async (root, base) => mountOptions(root, recordedDoors({ ...base, answers: empty, refuses: true }))],
  ['options/malformed', async (root, base) => mountOptions(root, recordedDoors({ ...base, answers: { ...filled, 'reference.import': malformed } }))],
  ['welcome/refused', async (root, base) => mountWelcome(root, recordedDoors({ ...base, answers: empty, refuses: true }))],
  ['options/broken', async (root, base) => mountOptions(root, recordedDoors({ ...base, broken: true }))],
  ['welcome/first', async (root, base) => mountWelcome(root, recordedDoors({ ...base, answers: empty }))],
  ['welcome/on', async (root, base) => mountWelcome(root, recordedDoors({ ...base, answers: filled }))],
  ['welcome/broken', async (root, base) => mountWelcome(root, recordedDoors({ ...base, broken: true }))],
  ['evidence/choose', (root, base) => mountEvidence(root, recordedDoors({ ...base, files: VIEWS.files }), { attestationId: undefined })],
  // The one surface that judges by itself: here with the real verifier, and nobody to ask.
  ['evidence/choose-real', (root, base) => mountEvidence(root, { ...recordedDoors(base), checkFiles }, { attestationId: undefined })],
  ['evidence/choose-broken', (root, base) => mountEvidence(root, recordedDoors(base), { attestationId: undefined })],
]);

async function main(): Promise<void> {
  const asked = new URLSearchParams(location.search);
  const show = asked.get('show');
  const root = document.getElementById('root');
  if (root === null) throw new Error('no root');
  if (show === null) {
    // The list is what the script asks for.
    root.textContent = JSON.stringify([...SHOWS.keys()]);
    return;
  }
  const theme = asked.get('theme');
  const made = SHOWS.get(show);
  if (made === undefined) throw new Error(`no such surface: ${show}`);
  await made(root, { direction: asked.get('dir') === 'rtl' ? 'rtl' : 'ltr', theme: theme === 'dark' || theme === 'light' ? theme : 'system' });
}

void main();
