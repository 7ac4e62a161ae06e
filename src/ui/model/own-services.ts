/** Services of the user's own: what they type, what of it can be taken, and what the browser is asked for. */
import { httpsOrigin } from '../../encoding/origin';
import { MOST_OWN_SERVICES, OWN_DIALECTS, readOwnServices } from '../../providers/profiles';
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

/** `https://chat.example.org` of what was typed, with or without scheme and path; `undefined` where it names no https origin. */
export function originTyped(typed: string): string | undefined {
  const trimmed = typed.trim();
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`;
  if (trimmed === '' || !URL.canParse(address)) return undefined;
  const url = new URL(address);
  return url.username === '' && url.password === '' ? httpsOrigin(url.origin) : undefined;
}

/** The service that was typed, or why it cannot be added beside those that are there. */
export function ownServiceTyped(typed: Typed, there: readonly OwnService[]): OwnService | Wrong {
  const pageOrigin = originTyped(typed.page);
  if (pageOrigin === undefined) return { field: 'page', says: text('options_own_wrong_address') };
  const apiOrigin = typed.api.trim() === '' ? pageOrigin : originTyped(typed.api);
  if (apiOrigin === undefined) return { field: 'api', says: text('options_own_wrong_address') };
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
export const originsOfOwn = ({ pageOrigin, apiOrigin }: OwnService): readonly string[] => [...new Set([pageOrigin, apiOrigin])];

/** Stable while it is listed: no two share an origin. */
export const idOfOwn = ({ pageOrigin, apiOrigin }: OwnService): string => `${pageOrigin} ${apiOrigin}`;

export const dialectName = (dialect: string): string => OWN_DIALECTS.find((known) => known.dialect === dialect)?.name ?? dialect;

/** The choice that the background made of it, once it is saved. */
export const choiceOfOwn = (own: OwnService, choices: readonly ServiceChoice[]): ServiceChoice | undefined =>
  choices.find(({ uiOrigins, apiOrigins }) => uiOrigins.includes(own.pageOrigin) && apiOrigins.includes(own.apiOrigin));
