/** Every surface as a plain web page with recorded answers: `gallery.html?show=popup/limited-ionet&theme=dark&dir=rtl`. */
import { mountPopup } from '../../../src/ui/popup/popup';
import { type Recording, recordedDoors } from './recorded/doors';
import { CHOICES, SNAPSHOTS } from './recorded/snapshots';

type Show = (root: Element, base: Pick<Recording, 'direction' | 'theme'>) => Promise<void>;

const popups: readonly (readonly [string, Show])[] = Object.entries(SNAPSHOTS).map(([name, snapshot]) => [
  `popup/${name}`,
  (root, base) => mountPopup(root, recordedDoors({ ...base, snapshot, answers: { 'services.list': () => CHOICES } }), { tabId: 1 }),
]);

const SHOWS: ReadonlyMap<string, Show> = new Map<string, Show>([
  ...popups,
  ['popup/broken', (root, base) => mountPopup(root, recordedDoors({ ...base, broken: true }), { tabId: 1 })],
  ['popup/no-tab', (root, base) => mountPopup(root, recordedDoors(base), { tabId: undefined })],
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
