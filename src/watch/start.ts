/**
 * The background, put together: every part gets its doors here and nothing is decided here. Listeners are registered
 * before the first await, as the browser demands; what needs stored state waits for `ready`.
 */
import { clock, FLAVOUR } from '#flavour';
import { amdKds } from '../collateral/amd-kds';
import { clockBehind, intelCollateral, newestVendorDate } from '../collateral/intel-pcs';
import { nvidiaNras } from '../collateral/nvidia-nras';
import { nvidiaOcsp } from '../collateral/nvidia-ocsp';
import { nvidiaRims } from '../collateral/nvidia-rim';
import { createObserver } from '../observe/observer';
import { listenToAlarms, everyHours, setAlarm } from '../platform/alarms';
import { syncContentScripts } from '../platform/content-scripts';
import { listenToDocuments } from '../platform/documents';
import { fetchGetter } from '../platform/getter';
import { onFirstInstall } from '../platform/installed';
import { keyFor, loadSettings, saveSettings, setKey } from '../platform/local';
import { serveRequests, serveTabPorts } from '../platform/messages';
import { listenToNotices, notify } from '../platform/notify';
import { allowed, onPermissionsChanged } from '../platform/permissions';
import { listenToRelays, wakeRelays } from '../platform/ports';
import { sessionStore } from '../platform/session';
import { listenToTabs, openOwnPage, openPages, pageOf } from '../platform/tabs';
import { paint } from '../platform/toolbar';
import { listenToRequests } from '../platform/web-request';
import { evidenceOriginOf, hostsOf, watchedOriginsOf } from '../providers/hosts';
import { providersOf } from '../providers/registry';
import type { CredentialWay, Provider } from '../providers/types';
import { storedAnswers, sweepAnswers } from '../records/answers';
import { privateAttestations, storedAttestations, sweepAttestations } from '../records/attestations';
import { collateralStore, privateCollateral } from '../records/collateral';
import { type Database, openDatabase } from '../records/database';
import { forgetPrivate } from '../records/private';
import { firstSeen } from '../records/first-seen';
import { storedReferences } from '../records/references';
import { privateReplayMemory, storedReplayMemory, sweepReplay } from '../records/replay';
import { policyOf } from '../records/settings';
import { VENDOR_ANCHORS } from '../roots/anchors';
import { Access } from './access';
import { appraiserOf } from './appraiser';
import { Attestor } from './attestor';
import { DocumentBook } from './documents';
import { ExchangeHomes } from './exchange-homes';
import { Judge } from './judge';
import { MINUTE } from './limits';
import { OpenAnswers } from './open-answers';
import { Painter } from './painter';
import { handleRequest } from './requests';
import { requestHandlers } from './service';
import type { TabSnapshot } from './snapshot';
import { idleSnapshot, snapshotOf } from './tab-state';
import { PageSessions } from './sessions';
import { serviceView } from './views';
import type { Words } from './toolbar';
import { Watch } from './watch';

/** Removed by the build: the day this version was made (ms since the epoch). No honest clock shows an earlier one. */
declare const __BUILD_DATE__: number;

const HOUSEKEEPING = 'housekeeping';
const RETRY = 'retry:';

/** Faults of ours end in the worker's console, where a developer finds them; they hold no content. */
const fault = (error: unknown): void => {
  // oxlint-disable-next-line no-console -- the one place where Assay writes a fault of its own
  console.error('Assay:', error);
};

function openOnce(): () => Promise<Database> {
  let opened: Promise<Database> | undefined;
  return () => {
    opened ??= openDatabase().catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
}

async function wayFor(provider: Provider, pageOrigin: string, apiOrigin: string): Promise<CredentialWay | undefined> {
  const { credentials } = provider.profile;
  if (credentials.includes('none')) return 'none';
  if (credentials.includes('key') && (await keyFor(evidenceOriginOf(provider.profile, apiOrigin))) !== undefined) return 'key';
  return credentials.includes('page') && (await loadSettings()).pageConsents.includes(pageOrigin) ? 'page' : undefined;
}

/** When things happened, in the browser's own time: that is what its request events carry. Dates of evidence are judged by `clock`. */
const browserTime = () => Promise.resolve(Date.now());

const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));

const pause = (ms: number) => new Promise<void>((done) => { setTimeout(done, ms); });

/** Starts everything. Called once, synchronously, at the top of the background. */
export function startBackground(words: Words): void {
  const open = openOnce();
  const collateral = collateralStore(open, () => Date.now());
  const hiddenCollateral = privateCollateral(collateral, sessionStore);
  const references = storedReferences(open);
  const normal = { attestations: storedAttestations(open), replay: storedReplayMemory(open) };
  const hidden = { attestations: privateAttestations(sessionStore), replay: privateReplayMemory(sessionStore) };
  const answers = storedAnswers(open);
  const anchors = [...VENDOR_ANCHORS, ...FLAVOUR.anchors];

  const access = new Access({ providers: async () => providersOf((await loadSettings()).ownServices), picked: async () => (await loadSettings()).services, allowed });
  const openAnswers = new OpenAnswers(sessionStore);
  const book = new DocumentBook(sessionStore, {
    changed: (tabId) => painter.changed(tabId),
    forgotten: (documentId) => run(async () => {
      for (const { id } of await openAnswers.of(documentId)) judge.drop(id);
      await openAnswers.forget(documentId);
    }),
    failed: fault,
  });
  const appraiser = appraiserOf({
    clock,
    policy: async (now) => policyOf(await loadSettings(), now),
    references: () => references.list(),
    sources: async (now, incognito) => {
      const store = incognito ? hiddenCollateral : collateral;
      const doors = { get: fetchGetter(), store, now: () => now };
      const { nvidiaSecondOpinion } = await loadSettings();
      return {
        tdxCollateral: intelCollateral({ ...doors, now, anchors }), snpCollateral: amdKds(doors, anchors), rims: nvidiaRims(doors, anchors), ocsp: nvidiaOcsp({ ...doors, random }),
        ...(nvidiaSecondOpinion ? { secondOpinion: nvidiaNras(doors) } : {}),
      };
    },
    anchors,
    firstSeen: (name, value, incognito) => firstSeen(incognito ? hiddenCollateral : collateral, name, value, Date.now()),
    clockBehind: async (now) => clockBehind(now, __BUILD_DATE__, await newestVendorDate(collateral)),
  });
  const observer = createObserver({
    providerFor: access.providerFor,
    granted: access.granted,
    extraApiOrigins: () => access.ownApiOrigins,
    consented: (origin) => consents.has(origin),
    now: () => Date.now(),
    setTimer: (ms, then) => {
      const timer = setTimeout(() => then(), ms);
      return () => clearTimeout(timer);
    },
    store: {
      put: (record) => sessionStore.set(`head:${record.id}`, record),
      delete: (id) => sessionStore.remove(`head:${id}`),
      list: async () => (await sessionStore.entries('head:')).map(([, value]) => value),
    },
    wakeRelays,
    onExchange: (event) => run(() => watch.onExchange(event)),
    onFault: fault,
  });
  const attestor = new Attestor({
    clock: browserTime,
    random,
    run: sessionStore,
    storeFor: (incognito) => (incognito ? hidden : normal).attestations,
    getter: fetchGetter,
    keyFor,
    throughPage: async (where, request) => {
      const response = await observer.pageGetter(where)(request.url, request);
      return { status: response.status, contentType: response.header('content-type'), retryAfter: response.header('retry-after'), body: response.body };
    },
    appraise: appraiser.evidence,
  });
  const maxAgeMs = async () => (await loadSettings()).cacheMinutes * MINUTE;
  const judge = new Judge({ attestor, pause, appraise: appraiser.evidence, relayed: appraiser.relayed, replayFor: (incognito) => (incognito ? hidden : normal).replay, attestation: (id, incognito) => (incognito ? hidden : normal).attestations.get(id), clock: browserTime, runId, maxAgeMs });
  const watch = new Watch({
    sessions: new PageSessions({ random, run: sessionStore, storeFor: (incognito) => (incognito ? hidden : normal).attestations }),
    clock: browserTime, run: sessionStore, access, book, open: openAnswers, homes: new ExchangeHomes(sessionStore), attestor, judge, maxAgeMs, wayFor,
    hasLogin: (where) => observer.hasLogin(where),
    record: (answer) => answers.put(answer),
    // The browser may keep alarms on disk: of a private window nothing goes there.
    retryAt: ({ documentId, incognito }, at) => {
      if (incognito) setTimeout(() => run(() => watch.retry(documentId)), Math.max(0, at - Date.now()));
      else setAlarm(`${RETRY}${documentId}`, at);
    },
    fault,
  });
  const snapshot = (tabId: number) => tabSnapshot(tabId, { access, book, watch });
  const painter = new Painter({
    snapshot,
    words,
    paint,
    notify,
    notificationsWanted: async () => (await loadSettings()).notifications,
    // A document that is gone meanwhile may have been of a private window.
    isPrivate: (tabId) => book.shown(tabId)?.incognito ?? true,
    run: sessionStore,
    fault,
  });

  /** Page origins through which Assay may ask, as far as they were read: asked at every page's first word. */
  let consents: ReadonlySet<string> = new Set();
  /** Grants or choices changed: what is watched, injected and shown follows. */
  const accessChanged = async () => {
    const watched = await access.refresh();
    const { pageConsents } = await loadSettings();
    const consentsDiffer = pageConsents.some((origin) => !consents.has(origin)) || pageConsents.length !== consents.size;
    consents = new Set(pageConsents);
    observer.grantsChanged();
    book.keepOnly(access.granted);
    if (consentsDiffer) observer.consentsChanged();
    await syncContentScripts(watched.map((provider) => ({ origins: watchedOriginsOf(provider.profile), loginOrigins: provider.profile.uiOrigins })), pageConsents);
    for (const page of await openPages()) painter.changed(page.tabId);
  };
  const housekeeping = async () => {
    const db = await open();
    const now = Date.now();
    await Promise.all([sweepReplay(db, now), sweepAttestations(db, now), sweepAnswers(db)]);
  };
  const dropPrivateIfLast = async () => {
    if (!(await openPages()).some((page) => page.incognito)) await forgetPrivate(sessionStore);
  };

  // Everything an event needs of stored state is there once this has settled.
  const ready = (async () => {
    await access.refresh();
    await book.load();
    // Before the first page speaks: one that hears of no consent forgets its login.
    consents = new Set((await loadSettings()).pageConsents);
    await observer.start();
    // Pages whose login is known say so to this new background.
    if (consents.size > 0) observer.consentsChanged();
    await accessChanged();
  })();
  ready.catch(fault);
  /** Runs an event's work after start-up and makes its fault visible. */
  const run = (work: () => Promise<void> | void): void => {
    void ready.then(work).catch(fault);
  };

  listenToRequests(observer.heads);
  listenToRelays((link) => observer.connect(link));
  listenToDocuments((shown) =>
    run(() => {
      // The scripts in its page know built-in services alone: they hear of this one once they are connected.
      if (access.providerOfPage(shown.origin)?.profile.addedByYou === true) wakeRelays(shown.tabId);
      return watch.onDocument(shown);
    }),
  );
  listenToTabs({
    onPage: (page) =>
      run(() => {
        watch.onPage(page.tabId, page.origin);
        painter.changed(page.tabId);
      }),
    onClosed: (tabId) =>
      run(async () => {
        book.close(tabId);
        await dropPrivateIfLast();
      }),
  });
  onPermissionsChanged(() =>
    run(async () => {
      await pickWhatIsAllowed(access.known);
      await accessChanged();
    }),
  );
  listenToAlarms((name) => {
    if (name === HOUSEKEEPING) run(housekeeping);
    else if (name.startsWith(RETRY)) run(() => watch.retry(name.slice(RETRY.length)));
  });
  void everyHours(HOUSEKEEPING, 12).catch(fault);
  listenToNotices();
  // Nothing is watched until the user picked it: the first page says so and asks.
  onFirstInstall(() => void openOwnPage('/welcome.html').catch(fault));

  const handlers = requestHandlers({
    clock: browserTime, watch, book, access, references, flavour: FLAVOUR.name, snapshot, appraise: appraiser.evidence,
    attestation: async (id) => (await normal.attestations.get(id)) ?? hidden.attestations.get(id),
    settings: loadSettings,
    saveSettings,
    allowed,
    keyFor,
    setKey,
    kept: async () => {
      const db = await open();
      const [attestations, answerCount, collateralCount, referenceCount] = await Promise.all([db.count('attestations'), db.count('answers'), db.count('collateral'), db.count('references')]);
      return { attestations, answers: answerCount, collateral: collateralCount, references: referenceCount };
    },
    clearRecords: async () => {
      const db = await open();
      // Reference values are the user's own; signatures seen stay, or a replay would pass.
      await Promise.all([db.clear('attestations'), db.clear('answers'), db.clear('collateral')]);
    },
    accessChanged,
  });
  serveRequests(async (type, request) => {
    await ready;
    return handleRequest(handlers, type, request);
  });
  serveTabPorts((tabId, push) => painter.view(tabId, push));
}

/** A permission given by the browser's own controls counts as picking the service. */
async function pickWhatIsAllowed(known: readonly Provider[]): Promise<void> {
  const { services } = await loadSettings();
  const added: string[] = [];
  for (const provider of known) {
    if (provider.profile.addedByYou !== true && !services.includes(provider.profile.id) && (await allowed(hostsOf(provider.profile)))) added.push(provider.profile.id);
  }
  if (added.length > 0) await saveSettings({ services: [...services, ...added] });
}

/** Names this run of the browser; made once and kept in its memory. */
let named: Promise<string> | undefined;
function runId(): Promise<string> {
  named ??= nameRun().catch((error: unknown) => {
    named = undefined;
    throw error;
  });
  return named;
}

async function nameRun(): Promise<string> {
  const known = await sessionStore.get('run');
  if (typeof known === 'string') return known;
  const made = crypto.randomUUID();
  await sessionStore.set('run', made);
  return made;
}

async function tabSnapshot(tabId: number, { access, book, watch }: { access: Access; book: DocumentBook; watch: Watch }): Promise<TabSnapshot> {
  const shown = book.shown(tabId);
  const provider = shown === undefined ? undefined : access.providerById(shown.profileId);
  if (shown !== undefined && provider !== undefined) {
    return snapshotOf(shown, { service: serviceView(provider, shown.pageOrigin), allowed: access.granted(shown.pageOrigin), consentNeeded: await watch.consentNeeded(shown) });
  }
  const page = await pageOf(tabId);
  const known = page?.origin === undefined ? undefined : access.providerOfPage(page.origin);
  if (page?.origin === undefined || known === undefined) return idleSnapshot(tabId, page?.origin === undefined ? {} : { origin: page.origin }, 'off');
  return idleSnapshot(tabId, { origin: page.origin, service: serviceView(known, page.origin) }, access.granted(page.origin) ? 'reload' : 'nopermission');
}
