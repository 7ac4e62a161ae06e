/** What happens once, right after the user installed Assay. */
import { browser } from './browser';

export function onFirstInstall(callback: () => void): void {
  browser.runtime.onInstalled.addListener(({ reason }) => {
    if (reason === 'install') callback();
  });
}
