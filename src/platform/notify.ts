/** System notices: without buttons, a click opens the tab they speak of. */
import { browser } from './browser';
import { showTab } from './tabs';

const PREFIX = 'assay-tab-';

export async function notify(tabId: number, title: string, message: string): Promise<void> {
  await browser.notifications.create(`${PREFIX}${tabId}`, { type: 'basic', iconUrl: browser.runtime.getURL('icons/128.png'), title, message });
}

export function listenToNotices(): void {
  browser.notifications.onClicked.addListener((id) => {
    if (!id.startsWith(PREFIX)) return;
    void showTab(Number(id.slice(PREFIX.length)));
    void browser.notifications.clear(id);
  });
}
