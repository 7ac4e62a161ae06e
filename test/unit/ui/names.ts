/** Names of checks as people read them, and which checks have none of their own. */
import messages from '../../../assets/_locales/en/messages.json';
import { catalogueI18n } from '../../../src/ui/i18n/catalogue';
import { sayWith } from '../../../src/ui/i18n/say';
import { labelOf } from '../../../src/ui/model/labels';
import { placedId } from '../../../src/verdict/groups';
import { NOW } from '../evidence-contrast/lab';

/** Messages that were asked for and are not there: Firefox writes an error for each. */
export const unknownKeys: string[] = [];
const english = catalogueI18n(messages, 'en');
export const say = sayWith({ ...english, getMessage: (key, values) => (Object.hasOwn(messages, key) ? english.getMessage(key, values) : (unknownKeys.push(key), '')) }, () => NOW);
export const label = (id: string): string => say(labelOf(id));

/** The one message that names this check and no other: its family's name would not do. */
const ownKey = (id: string): string => `check_${placedId(id).base.replace(/\[\d+\]/, '').replaceAll('.', '_').replaceAll('-', '_')}`;
export const nameless = (ids: Iterable<string>): readonly string[] => [...new Set(ids)].filter((id) => !Object.hasOwn(messages, ownKey(id)));
