/** Tabs as `watch` needs them: which page is shown, and when that changes. */
import { browser } from './browser';

export interface TabPage {
  readonly tabId: number;
  /** Origin of the shown page; absent where the browser does not let us see it. */
  readonly origin: string | undefined;
  readonly incognito: boolean;
}

function originOf(url: string | undefined): string | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const { origin, protocol } = new URL(url);
  return protocol === 'https:' || protocol === 'http:' ? origin : undefined;
}

export async function pageOf(tabId: number): Promise<TabPage | undefined> {
  try {
    const tab = await browser.tabs.get(tabId);
    return { tabId, origin: originOf(tab.url), incognito: tab.incognito };
  } catch {
    return undefined; // the tab is gone: the browser's way to say so is an error
  }
}

export async function openPages(): Promise<readonly TabPage[]> {
  const tabs = await browser.tabs.query({});
  return tabs.flatMap((tab) => (tab.id === undefined ? [] : [{ tabId: tab.id, origin: originOf(tab.url), incognito: tab.incognito }]));
}

/** The tab in front of the user, or the one a page of ours was opened for. */
export async function activeTabId(): Promise<number | undefined> {
  const [tab] = await browser.tabs.query({ active: true, currentWindow: true });
  return tab?.id;
}

export interface TabEvents {
  /** A tab shows another page, or the same one anew. */
  onPage(page: TabPage): void;
  onClosed(tabId: number): void;
}

export function listenToTabs(events: TabEvents): void {
  browser.tabs.onUpdated.addListener((tabId, change, tab) => {
    if (change.status === undefined && change.url === undefined) return;
    events.onPage({ tabId, origin: originOf(tab.url), incognito: tab.incognito });
  });
  browser.tabs.onRemoved.addListener((tabId) => events.onClosed(tabId));
}

/** Brings a tab and its window to the front. */
export async function showTab(tabId: number): Promise<void> {
  const tab = await browser.tabs.update(tabId, { active: true });
  if (tab?.windowId !== undefined) await browser.windows.update(tab.windowId, { focused: true });
}

/** Opens one of our own pages; `path` begins with a slash. */
export async function openOwnPage(path: string): Promise<void> {
  await browser.tabs.create({ url: browser.runtime.getURL(path) });
}

export const reloadTab = (tabId: number): Promise<void> => browser.tabs.reload(tabId);

/** Closes the popup; does nothing on pages. */
export function closePopup(): void {
  if (browser.extension.getViews({ type: 'popup' }).includes(window)) window.close();
}
