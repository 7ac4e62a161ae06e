/** Where evidence is to be had for a page, by which way and about what; or why none can be asked for. */
import type { Code } from '../checks/codes';
import type { CredentialWay, Provider } from '../providers/types';
import { PRIVATE_PREFIX } from '../records/private';
import type { Access } from './access';
import type { Asked, RunStore, Target } from './attestor';
import type { DocumentState } from './document';
import type { PageSessions } from './sessions';

export interface AskingDoors {
  clock(): Promise<number>;
  readonly run: RunStore;
  readonly access: Access;
  readonly sessions: PageSessions;
  /** The way the user has opened for this service and page, if any. */
  wayFor(provider: Provider, pageOrigin: string, apiOrigin: string): Promise<CredentialWay | undefined>;
  /** True when a `page` request has a login to go with. */
  hasLogin(where: { tabId: number; pageOrigin: string; apiOrigin: string }): boolean;
}

type Place = Pick<DocumentState, 'incognito' | 'pageOrigin'>;

export class Asking {
  readonly #doors: AskingDoors;

  constructor(doors: AskingDoors) {
    this.#doors = doors;
  }

  /** The API that speaks for a page before any request of it was seen. */
  apiOf(document: Pick<DocumentState, 'profileId' | 'pageOrigin'>): string {
    const provider = this.#doors.access.providerById(document.profileId);
    return provider?.profile.apiOrigins[0] ?? document.pageOrigin;
  }

  /** Where evidence is to be had for this page; `named` is what the answer's own request was about. */
  async asked(document: DocumentState, apiOrigin: string, named?: string): Promise<Asked> {
    const { pageOrigin, incognito, tabId, profileId } = document;
    const { granted } = this.#doors.access;
    const provider = this.#doors.access.providerById(profileId);
    const at = await this.#doors.clock();
    if (provider === undefined) return { target: undefined, problem: { code: 'NOT_CHECKABLE', detail: profileId, at } };
    // Nothing is asked of a service that the user took back, however long ago the asking was planned.
    if (!granted(pageOrigin) || !granted(apiOrigin)) return { target: undefined, problem: { code: 'CANCELLED', detail: 'no longer allowed', at } };
    // What a page hears from another service's API is not of this one: neither's evidence speaks for the other, and no login goes there in its name.
    if (!provider.profile.apiOrigins.includes(apiOrigin)) return { target: undefined, problem: { code: 'NOT_CHECKABLE', detail: apiOrigin, at } };
    const sessions = provider.session === undefined ? {} : { sessionOf: (name: string) => this.#doors.sessions.of({ provider, pageOrigin, apiOrigin, incognito }, name) };
    const way = await this.#doors.wayFor(provider, pageOrigin, apiOrigin);
    if (way === undefined) return { target: undefined, problem: { code: wantedBy(provider, document), detail: '', at }, ...sessions };
    const last = await this.#doors.run.get(subjectKey(document, apiOrigin));
    const model = named ?? (typeof last === 'string' ? last : undefined);
    return { target: { provider, pageOrigin, apiOrigin, model, way, incognito, tabId }, ...sessions };
  }

  /** Remembers what a page's newest request was about, for evidence that is asked for before the next. */
  async remember(place: Place, apiOrigin: string, subject: string): Promise<void> {
    await this.#doors.run.set(subjectKey(place, apiOrigin), subject);
  }

  /** Whether a request could be made at all: a login to go with, and the model where the dialect names one. */
  ready(target: Target): boolean {
    if (target.way === 'page' && !this.#doors.hasLogin(target)) return false;
    return target.model !== undefined || !target.provider.profile.needsModel;
  }

  /** True when the service wants a login and the user has not yet said that Assay may ask through this page. */
  async consentNeeded(document: DocumentState): Promise<boolean> {
    const provider = this.#doors.access.providerById(document.profileId);
    if (provider === undefined || !provider.profile.credentials.includes('page')) return false;
    return (await this.#doors.wayFor(provider, document.pageOrigin, this.apiOf(document))) === undefined;
  }
}

/** What is missing where no way is open. */
function wantedBy({ session, profile }: Provider, document: DocumentState): Code {
  // Where pages attest by themselves, a login of ours is a choice.
  if (session !== undefined) return isUnkept(document) ? 'STORAGE_FAILED' : 'SESSION_NOT_SEEN';
  return profile.credentials.includes('page') ? 'LOGIN_NEEDED' : 'KEY_NEEDED';
}

const isUnkept = ({ attestation }: DocumentState): boolean => attestation?.checks[0]?.code === 'STORAGE_FAILED';

const subjectKey = (place: Place, apiOrigin: string): string => `${place.incognito ? PRIVATE_PREFIX : ''}model:${place.pageOrigin}:${apiOrigin}`;
