/** Registers the relay and the tap for the origins the user granted, and for no others. */
import type { Scripting } from 'webextension-polyfill';
import { browser } from './browser';
import { isAsPlanned, planScripts, type PlannedScript, type WatchedService } from './content-script-plan';
import { patternOf } from './permissions';

const registration = ({ id, file, world, matches }: PlannedScript): Scripting.RegisteredContentScript => ({
  id,
  js: [file],
  matches: [...matches],
  world,
  runAt: 'document_start',
  allFrames: true,
  // Frames without an address of their own (about:blank, srcdoc) belong to the page that made them.
  matchOriginAsFallback: true,
  persistAcrossSessions: true,
});

let last: Promise<void> = Promise.resolve();

/**
 * Brings the registrations in line with grants and consents. To be called at every start of the background (Chromium
 * loses registrations of unpacked extensions on restart) and after every change; calls run one after another.
 */
export function syncContentScripts(services: readonly WatchedService[], consents: readonly string[]): Promise<void> {
  const run = last.then(() => sync(planScripts(services, consents, patternOf)));
  last = run.catch(() => undefined); // the caller hears of it; the next call starts afresh
  return run;
}

async function sync(planned: readonly PlannedScript[]): Promise<void> {
  const registered = await browser.scripting.getRegisteredContentScripts();
  if (isAsPlanned(planned, registered)) return;
  // All anew, in one call: the order of registration is the order in which they run.
  if (registered.length > 0) await browser.scripting.unregisterContentScripts({ ids: registered.map(({ id }) => id) });
  if (planned.length > 0) await browser.scripting.registerContentScripts(planned.map(registration));
}
