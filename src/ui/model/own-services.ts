/** Services of the user's own: what they type, what of it can be taken, and what the browser is asked for. */
import { httpsOrigin, localOrigin } from '../../encoding/origin';
import { hostsOf } from '../../providers/hosts';
import { MOST_OWN_SERVICES, type OwnDialect, OWN_DIALECTS, readOwnServices } from '../../providers/profiles';
import type { OwnService } from '../../providers/types';
import type { ServiceChoice } from '../../watch/protocol';
import { number, type Phrase, text } from '../i18n/text';

export interface Typed {
  readonly dialect: string;
  readonly name: string;
  readonly page: string;
  readonly api: string;
}

/** What keeps it from being added, beside the field that it is about. */
export interface Wrong {
  readonly field: 'name' | 'page' | 'api';
  readonly says: Phrase;
}

/**
 * `https://chat.example.org` of what was typed, with or without scheme and path; `undefined` where it names no https
 * origin. Where `local`, plain http within this machine will do, and is meant where no scheme is typed: `localhost:8080`.
 */
export function originTyped(typed: string, local = false): string | undefined {
  const trimmed = typed.trim();
  if (trimmed === '') return undefined;
  const named = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed);
  const plain = local ? originIn(named ? trimmed : `http://${trimmed}`) : undefined;
  return localOrigin(plain) ?? httpsOrigin(originIn(named ? trimmed : `https://${trimmed}`));
}

/** As the URL parser writes it, which knows more spellings of a host than people do; `undefined` where somebody is named in it too. */
function originIn(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined;
  const { origin, username, password } = new URL(address);
  return username === '' && password === '' ? origin : undefined;
}

/** The service that was typed, or why it cannot be added beside those that are there. */
export function ownServiceTyped(typed: Typed, there: readonly OwnService[]): OwnService | Wrong {
  const { local = false } = ownDialect(typed.dialect) ?? {};
  const wrong = text(local ? 'options_own_wrong_local' : 'options_own_wrong_address');
  const pageOrigin = originTyped(typed.page, local);
  if (pageOrigin === undefined) return { field: 'page', says: wrong };
  const apiOrigin = typed.api.trim() === '' ? pageOrigin : originTyped(typed.api, local);
  if (apiOrigin === undefined) return { field: 'api', says: wrong };
  const name = typed.name.trim();
  const own: OwnService = { dialect: typed.dialect, pageOrigin, apiOrigin, name };
  if (readOwnServices([own]) === undefined) {
    // What is left to be wrong: the name, or an origin of a service that Assay knows.
    const named = readOwnServices([{ ...own, name: 'x' }]) === undefined;
    return named ? { field: 'page', says: text('options_own_taken') } : { field: 'name', says: text('options_own_wrong_name') };
  }
  if (there.length >= MOST_OWN_SERVICES) return { field: 'page', says: text('options_own_full', { n: number(MOST_OWN_SERVICES) }) };
  return readOwnServices([...there, own]) === undefined ? { field: 'page', says: text('options_own_taken') } : own;
}

/** Every origin the browser has to allow for it, each once. */
export function originsOfOwn({ dialect, pageOrigin, apiOrigin }: OwnService): readonly string[] {
  const { evidenceOrigin } = ownDialect(dialect) ?? {};
  return hostsOf({ uiOrigins: [pageOrigin], apiOrigins: [apiOrigin], ...(evidenceOrigin === undefined ? {} : { evidenceOrigin }) });
}

/** Stable while it is listed: no two share an origin. */
export const idOfOwn = ({ pageOrigin, apiOrigin }: OwnService): string => `${pageOrigin} ${apiOrigin}`;

export const ownDialect = (dialect: string): OwnDialect | undefined => OWN_DIALECTS.find((known) => known.dialect === dialect);

export const dialectName = (dialect: string): string => ownDialect(dialect)?.name ?? dialect;

/** The choice that the background made of it, once it is saved. */
export const choiceOfOwn = (own: OwnService, choices: readonly ServiceChoice[]): ServiceChoice | undefined =>
  choices.find(({ uiOrigins, apiOrigins }) => uiOrigins.includes(own.pageOrigin) && apiOrigins.includes(own.apiOrigin));
