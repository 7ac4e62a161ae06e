/** Every surface as a plain web page with recorded answers: `gallery.html?show=popup/limited-ionet&theme=dark&dir=rtl`. */
import { mountEvidence } from '../../../src/ui/evidence/evidence';
import { mountPopup } from '../../../src/ui/popup/popup';
import { type Recording, recordedDoors } from './recorded/doors';
import { VIEWS } from './recorded/evidence';
import { CHOICES, SNAPSHOTS } from './recorded/snapshots';

type Show = (root: Element, base: Pick<Recording, 'direction' | 'theme'>) => Promise<void>;

const popups: readonly (readonly [string, Show])[] = Object.entries(SNAPSHOTS).map(([name, snapshot]) => [
  `popup/${name}`,
  (root, base) => mountPopup(root, recordedDoors({ ...base, snapshot, answers: { 'services.list': () => CHOICES } }), { tabId: 1 }),
]);

const evidence: readonly (readonly [string, Show])[] = Object.entries(VIEWS).map(([name, view]) => [
  `evidence/${name}`,
  (root, base) => mountEvidence(root, recordedDoors({ ...base, answers: { 'evidence.get': () => view } }), { attestationId: view.attestation.id }),
]);

const SHOWS: ReadonlyMap<string, Show> = new Map<string, Show>([
  ...popups,
  ['popup/broken', (root, base) => mountPopup(root, recordedDoors({ ...base, broken: true }), { tabId: 1 })],
  ['popup/no-tab', (root, base) => mountPopup(root, recordedDoors(base), { tabId: undefined })],
  ...evidence,
  ['evidence/gone', (root, base) => mountEvidence(root, recordedDoors({ ...base, answers: { 'evidence.get': () => null } }), { attestationId: 'x' })],
  ['evidence/refused', (root, base) => mountEvidence(root, recordedDoors({ ...base, broken: true }), { attestationId: 'x' })],
  ['evidence/none', (root, base) => mountEvidence(root, recordedDoors(base), { attestationId: undefined })],
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
