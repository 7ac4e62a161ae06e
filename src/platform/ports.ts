/** The ports between the relays of pages and the background. Who sent a message is what the browser says, never the message. */
import type { Runtime } from 'webextension-polyfill';
import type { RelayConnection, RelayLink } from '../observe/contract';
import type { RelayDoor } from '../observe/relay';
import { type FromBackground, RELAY_PORT, WAKE_MESSAGE } from '../observe/tap-protocol';
import { browser } from './browser';

/** The sender as the browser names it; `undefined` when it is no page of a tab. `origin` is right for about:blank frames too. */
function senderOf(port: Runtime.Port): Omit<RelayLink, 'send' | 'close'> | undefined {
  const { sender } = port;
  if (sender === undefined || sender.id !== browser.runtime.id || sender.tab?.id === undefined) return undefined;
  const { tab, frameId } = sender;
  const named = 'origin' in sender ? sender.origin : undefined;
  const origin = typeof named === 'string' ? named : sender.url !== undefined && URL.canParse(sender.url) ? new URL(sender.url).origin : undefined;
  return tab?.id === undefined || origin === undefined ? undefined : { tabId: tab.id, frameId: frameId ?? 0, origin, incognito: tab.incognito };
}

/** False where the other end is gone, or this worker is just ending: the relay hands over again to the next one. */
function sent(port: Runtime.Port, message: FromBackground): boolean {
  try {
    port.postMessage(message);
    return true;
  } catch {
    return false; // browsers say "gone" by throwing; what it costs is one hand-over, which is repeated
  }
}

/** Calls `connect` for every relay that connects. To be called once, synchronously, when the background starts. */
export function listenToRelays(connect: (link: RelayLink) => RelayConnection): void {
  browser.runtime.onConnect.addListener((port) => {
    if (port.name !== RELAY_PORT) return;
    const sender = senderOf(port);
    if (sender === undefined) {
      port.disconnect();
      return;
    }
    let open = true;
    const connection = connect({
      ...sender,
      send: (message) => {
        if (open) open = sent(port, message);
      },
      close: () => {
        open = false;
        port.disconnect();
      },
    });
    // Refused already (a page that is no longer granted): Chromium then has no events of this port any more.
    if (!open) return;
    port.onMessage.addListener((message: unknown) => connection.message(message));
    port.onDisconnect.addListener(() => {
      open = false;
      connection.closed();
    });
  });
}

/** Asks the relays of a tab, or of all tabs, to connect: their port went with an earlier worker. */
export function wakeRelays(tabId: number | undefined): void {
  const wake = (id: number): void => {
    browser.tabs.sendMessage(id, WAKE_MESSAGE).catch(() => undefined); // no relay in that tab: nothing to wake
  };
  if (tabId !== undefined) wake(tabId);
  else {
    void browser.tabs.query({}).then((tabs) => {
      for (const { id } of tabs) if (id !== undefined) wake(id);
    });
  }
}

/** The relay's door, in the isolated world of a page. */
export const relayDoor: RelayDoor = {
  open: ({ message, closed }) => {
    try {
      const port = browser.runtime.connect({ name: RELAY_PORT });
      let open = true;
      port.onMessage.addListener((value: unknown) => message(value));
      port.onDisconnect.addListener(() => {
        open = false;
        closed();
      });
      return {
        send: (value) => {
          if (open) port.postMessage(value);
        },
      };
    } catch {
      return undefined; // the extension was updated or removed: this document's relay has nobody to speak to any more
    }
  },
  onWake: (callback) => {
    browser.runtime.onMessage.addListener((message: unknown) => {
      if (message === WAKE_MESSAGE) callback();
      return undefined;
    });
  },
};
