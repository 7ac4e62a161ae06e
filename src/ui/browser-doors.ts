/** The doors of the interface as the browser opens them. Surfaces take `Doors`; only the entrypoints call this. */
import { getMessage, uiDirection, uiLocale } from '../platform/i18n';
import { askBackground, followTab } from '../platform/messages';
import { onPermissionsChanged, removeOrigins, requestOrigins } from '../platform/permissions';
import { reportScheme } from '../platform/toolbar';
import { activeTabId, closePopup, openOwnPage, reloadTab } from '../platform/tabs';
import type { BackgroundClient, RequestOf, RequestType, ResponseOf } from '../watch/protocol';
import type { TabSnapshot } from '../watch/snapshot';
import { type Doors, pathOf, type SavedFile } from './doors';

/**
 * Both ends of this way are ours and built together: what the background answers is of the protocol's form, and the
 * sender was checked where the request arrived. This is the one place where that is taken as given.
 */
const client: BackgroundClient = {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  ask: <T extends RequestType>(type: T, request: RequestOf<T>) => askBackground(type, request) as Promise<ResponseOf<T>>,
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  watchTab: (tabId, onSnapshot) => followTab(tabId, (snapshot) => onSnapshot(snapshot as TabSnapshot)),
};

function save(file: SavedFile): Promise<void> {
  const content = typeof file.content === 'string' ? file.content : new Uint8Array(file.content);
  const url = URL.createObjectURL(new Blob([content], { type: file.type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = file.name;
  link.click();
  // The browser has taken the blob over once the click was handled; a minute is generous.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
  return Promise.resolve();
}

/** A page of ours may name the tab it speaks of (`popup.html?tab=7`); the toolbar's popup speaks of the active tab. */
function namedTab(): number | undefined {
  const named = new URLSearchParams(location.search).get('tab');
  return named !== null && /^\d{1,15}$/.test(named) ? Number(named) : undefined;
}

export function doors(): Doors {
  // A colour scheme that could not be told costs the toolbar a shade, nothing else.
  void reportScheme().catch(() => undefined);
  return {
    client,
    i18n: { getMessage, locale: uiLocale(), direction: uiDirection() },
    permissions: { request: requestOrigins, remove: removeOrigins, onChange: onPermissionsChanged },
    openPage: (target) => openOwnPage(pathOf(target)),
    copy: (text) => navigator.clipboard.writeText(text),
    save,
    // Loaded when it is wanted: most pages never judge anything themselves.
    checkFiles: async (files, settings) => (await import('./check-files')).checkFiles(files, settings),
    now: () => Date.now(),
    currentTab: async () => namedTab() ?? activeTabId(),
    reloadTab,
    close: closePopup,
  };
}
