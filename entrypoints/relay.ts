/**
 * The isolated world beside the page. A plain script, not one of WXT's content scripts: those announce themselves to
 * the page with an event and a message that it can see.
 */
import { defineUnlistedScript } from 'wxt/utils/define-unlisted-script';
import { startRelay } from '../src/observe/relay';
import { announceDocument } from '../src/platform/documents';
import { relayDoor } from '../src/platform/ports';

export default defineUnlistedScript(() => {
  startRelay(relayDoor);
  announceDocument();
});
