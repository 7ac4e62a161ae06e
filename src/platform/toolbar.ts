/** Sets the toolbar button of a tab: icon, badge, and the title that is also its accessible name. */
import type { Action } from 'webextension-polyfill';
import { browser } from './browser';
import { BADGE_COLOURS, iconBitmaps, iconFile, type Toolbar } from './icon';
import type { MarkState } from './mark';

const SCHEME = 'toolbar';

/** A worker cannot see the colour scheme: our pages tell it when they open. */
export async function reportScheme(): Promise<void> {
  await browser.storage.local.set({ [SCHEME]: matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light' });
}

async function toolbarScheme(): Promise<Toolbar> {
  if (typeof matchMedia === 'function') return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  return (await browser.storage.local.get(SCHEME))[SCHEME] === 'dark' ? 'dark' : 'light';
}

/** Chrome takes bitmaps only; Firefox takes our SVG files, which stay sharp at every scale. */
const takesFiles = (): boolean => browser.runtime.getURL('').startsWith('moz-extension:');

/** The polyfill's type asks for an index signature that real `ImageData` does not have. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
const bitmapsOf = (icon: MarkState, scheme: Toolbar) => iconBitmaps(icon, scheme) as unknown as Record<string, Action.ImageDataType>;

export interface Face {
  readonly icon: MarkState;
  readonly badge: string;
  readonly title: string;
}

const isOpen = (tabId: number): Promise<boolean> => browser.tabs.get(tabId).then(() => true, () => false);

export async function paint(tabId: number, face: Face): Promise<void> {
  // A tab that was closed meanwhile has no button any more; Chromium complains of it outside every promise.
  if (!(await isOpen(tabId))) return;
  try {
    await paintOpen(tabId, face, await toolbarScheme());
  } catch (error) {
    if (await isOpen(tabId)) throw error;
  }
}

async function paintOpen(tabId: number, face: Face, scheme: Toolbar): Promise<void> {
  const { action } = browser;
  await Promise.all([
    takesFiles() ? action.setIcon({ tabId, path: iconFile(face.icon, scheme) }) : action.setIcon({ tabId, imageData: bitmapsOf(face.icon, scheme) }),
    action.setTitle({ tabId, title: face.title }),
    action.setBadgeText({ tabId, text: face.badge }),
  ]);
  const colours = face.icon === 'failed' || face.icon === 'incomplete' ? BADGE_COLOURS[face.icon] : undefined;
  if (colours === undefined) return;
  await Promise.all([action.setBadgeBackgroundColor({ tabId, color: colours.ground }), action.setBadgeTextColor({ tabId, color: colours.text })]);
}
