/** What our own pages may ask of the background, answered from the same parts that judge. */
import { CodedError } from '../checks/error';
import { referencesFor } from '../checks/reference';
import { type FileIsFor, readReferences } from '../records/reference-file';
import { hostsOf, evidenceOriginsOf } from '../providers/hosts';
import { PROFILES, readOwnServices } from '../providers/profiles';
import { providersOf } from '../providers/registry';
import type { Appraisal, OwnService, Profile, Provider } from '../providers/types';
import type { StoredAttestation } from '../records/database';
import type { ReferenceStore } from '../records/references';
import type { Settings } from '../records/settings';
import type { Access } from './access';
import { approveOnSight } from './approve';
import type { DocumentBook } from './documents';
import { withAcknowledgement } from './document';
import type { Kept, ServiceChoice } from './protocol';
import type { RequestHandlers } from './requests';
import type { EvidenceView, TabSnapshot } from './snapshot';
import { evidenceView } from './views';
import type { Watch } from './watch';

export interface ServiceDoors {
  clock(): Promise<number>;
  readonly watch: Watch;
  readonly book: DocumentBook;
  readonly access: Access;
  readonly references: ReferenceStore;
  readonly flavour: 'shipped' | 'simulator';
  snapshot(tabId: number): Promise<TabSnapshot>;
  attestation(id: string): Promise<StoredAttestation | undefined>;
  appraise(provider: Provider, stored: StoredAttestation): Promise<Appraisal>;
  settings(): Promise<Settings>;
  /** Stores what of the patch is of its form. */
  saveSettings(patch: Partial<Settings>): Promise<Settings>;
  allowed(origins: readonly string[]): Promise<boolean>;
  keyFor(apiOrigin: string): Promise<string | undefined>;
  setKey(apiOrigin: string, key: string): Promise<void>;
  kept(): Promise<Kept>;
  clearRecords(): Promise<void>;
  /** Settings or grants changed: content scripts and watched origins follow. */
  accessChanged(): Promise<void>;
}

export function requestHandlers(doors: ServiceDoors): RequestHandlers {
  const found = async (attestationId: string): Promise<{ stored: StoredAttestation; provider: Provider } | undefined> => {
    const stored = await doors.attestation(attestationId);
    const provider = stored === undefined ? undefined : doors.access.providerById(stored.profileId);
    return stored === undefined || provider === undefined ? undefined : { stored, provider };
  };
  return {
    'tab.get': ({ tabId }) => doors.snapshot(tabId),
    'tab.recheck': async ({ tabId }) => {
      await doors.watch.recheck(tabId);
      return null;
    },
    'tab.stop': async ({ tabId }) => {
      await doors.watch.stop(tabId);
      return null;
    },
    'tab.acknowledge': ({ tabId }) => {
      const shown = doors.book.shown(tabId);
      if (shown !== undefined) doors.book.update(shown.documentId, withAcknowledgement);
      return Promise.resolve(null);
    },
    'consent.set': async ({ pageOrigin, allow }) => {
      const others = (await doors.settings()).pageConsents.filter((o) => o !== pageOrigin);
      await doors.saveSettings({ pageConsents: allow ? [...others, pageOrigin] : others });
      await doors.accessChanged();
      await doors.watch.reconsider();
      return null;
    },
    'evidence.get': async ({ attestationId }): Promise<EvidenceView | null> => {
      const kept = await found(attestationId);
      if (kept === undefined) return null;
      const appraisal = await doors.appraise(kept.provider, kept.stored);
      const answers = doors.book.allShown().flatMap((d) => d.answers.filter((a) => a.attestationId === attestationId));
      return evidenceView({ ...kept, appraisal, at: await doors.clock(), references: referencesFor(await doors.references.list(), kept.stored.apiOrigin), answers, flavour: doors.flavour });
    },
    'reference.list': () => doors.references.list(),
    'reference.import': async ({ text, apiOrigin }) => {
      const service = apiOrigin === undefined ? undefined : serviceAt(apiOrigin, doors.access.known);
      const added = await doors.references.add(readReferences(text, service), await doors.clock());
      await doors.watch.reconsider();
      return added;
    },
    'reference.approve': async (request) => {
      const added = await approveOnSight({ ...doors, evidence: found }, request);
      await doors.watch.reconsider();
      return added;
    },
    'reference.remove': async ({ id }) => {
      await doors.references.remove(id);
      await doors.watch.reconsider();
      return null;
    },
    'settings.get': () => doors.settings(),
    'settings.set': async ({ patch }) => {
      const before = await doors.settings();
      const settings = await forgetGone(before, await doors.saveSettings(withAdded(patch, before)), doors);
      await doors.accessChanged();
      if (!sameJudgement(before, settings)) await doors.watch.reconsider();
      return settings;
    },
    'services.list': () => Promise.all(doors.access.known.map((provider) => serviceChoice(provider, doors))),
    'key.set': async ({ profileId, apiOrigin, key }) => {
      const provider = doors.access.providerById(profileId);
      // A key goes to the exact origin it was typed for, and only where the profile takes one.
      if (provider === undefined || !evidenceOriginsOf(provider.profile).includes(apiOrigin) || !provider.profile.credentials.includes('key')) throw new CodedError('REQUEST_MALFORMED', 'apiOrigin');
      await doors.setKey(apiOrigin, key);
      await doors.watch.reconsider();
      return null;
    },
    'records.kept': () => doors.kept(),
    'records.clear': async () => {
      await doors.clearRecords();
      return null;
    },
  };
}

/** A value can only be for a service that is known: for any other it would never count, and nobody would notice. */
function serviceAt(apiOrigin: string, known: readonly Pick<Provider, 'profile'>[]): FileIsFor {
  const provider = known.find(({ profile }) => evidenceOriginsOf(profile).includes(apiOrigin));
  if (provider === undefined) throw new CodedError('REQUEST_MALFORMED', 'apiOrigin');
  return { dialect: provider.profile.dialect, apiOrigin };
}

/** The user's own services alone. */
const ownOf = (own: readonly OwnService[]): readonly Profile[] => providersOf(own).flatMap(({ profile }) => (profile.addedByYou === true ? [profile] : []));

/** A domain that the user adds is picked by that. */
function withAdded(patch: Partial<Settings>, before: Settings): Partial<Settings> {
  const own = readOwnServices(patch.ownServices);
  if (own === undefined) return patch;
  const known = ownOf(before.ownServices).map(({ id }) => id);
  const added = ownOf(own).flatMap(({ id }) => (known.includes(id) ? [] : [id]));
  return { ...patch, services: [...new Set([...(patch.services ?? before.services), ...added])] };
}

/** With a domain that the user takes back go the key that was typed for it, where no other service uses it, and the consent to ask through its pages. */
async function forgetGone(before: Settings, settings: Settings, { setKey, saveSettings }: Pick<ServiceDoors, 'setKey' | 'saveSettings'>): Promise<Settings> {
  const kept = [...ownOf(settings.ownServices), ...PROFILES.filter(({ id }) => settings.services.includes(id))].flatMap(hostsOf);
  const gone = ownOf(before.ownServices).flatMap(hostsOf).filter((origin) => !kept.includes(origin));
  for (const origin of new Set(gone)) await setKey(origin, '');
  const pageConsents = settings.pageConsents.filter((origin) => !gone.includes(origin));
  return pageConsents.length === settings.pageConsents.length ? settings : saveSettings({ pageConsents });
}

/** Settings that change no verdict need none made anew. */
const sameJudgement = (a: Settings, b: Settings): boolean =>
  a.acceptOutOfDateUntil === b.acceptOutOfDateUntil && a.allowSeptVeOff === b.allowSeptVeOff && a.minEvaluationDataNumber === b.minEvaluationDataNumber && a.nvidiaSecondOpinion === b.nvidiaSecondOpinion;

async function serviceChoice(provider: Provider, doors: ServiceDoors): Promise<ServiceChoice> {
  const { id, name, uiOrigins, apiOrigins, evidenceOrigin, best, credentials, addedByYou = false } = provider.profile;
  const keys = await Promise.all(evidenceOriginsOf(provider.profile).map((origin) => doors.keyFor(origin)));
  return {
    profileId: id, name, uiOrigins, apiOrigins, best,
    ...(evidenceOrigin === undefined ? {} : { evidenceOrigin }),
    picked: (await doors.settings()).services.includes(id),
    addedByYou,
    allowed: await doors.allowed(hostsOf(provider.profile)),
    takesKey: credentials.includes('key'),
    hasKey: keys.some((key) => key !== undefined),
  };
}
