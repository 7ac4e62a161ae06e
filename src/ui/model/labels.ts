/** Plain names of checks: `check_<id>` in the locale file, ids as CLI.md writes them with dots and hyphens as underscores. */
import { deviceOf, placedId } from '../../verdict/groups';
import { firstOf } from '../i18n/picked';
import { type Phrase, text } from '../i18n/text';
import { deviceLabel, namesOf, withoutNumber } from './devices';
import { placeWords } from './places';

/** `quote[1].nonce` is `quote.nonce` of number 1. */
const INDEXED = /^(\w+)\[(\d+)\](.*)$/;

/** `qe.report` → `check_qe_report`, then `check_qe`. */
function keysFor(id: string): readonly string[] {
  const parts = id.split('.');
  return parts.map((_part, i) => `check_${parts.slice(0, parts.length - i).join('_')}`.replaceAll('-', '_'));
}

/** The name of a check; one that has no name of its own takes that of its family, and in the last resort its id. Of several machines it names its own. */
export function labelOf(id: string): Phrase {
  const device = deviceOf({ id });
  if (device !== undefined) return deviceLabel(namesOf(device.kind, [device.index], device.place), labelOf(withoutNumber(id)));
  const { base, place } = placedId(id);
  if (place !== undefined) return text('label_placed', { name: { kind: 'phrase', value: labelOf(base) }, place: { kind: 'phrase', value: placeWords(place) } });
  const indexed = INDEXED.exec(id);
  if (indexed === null) return firstOf(keysFor(id), id);
  // Only a start-up chip's quotes are numbered.
  const family = indexed[1] === 'quote' ? 'vtpm_quote' : (indexed[1] ?? '');
  const name = firstOf(keysFor(`${family}${indexed[3] ?? ''}`), id);
  return { key: 'label_numbered', args: { name: { kind: 'phrase', value: name }, number: indexed[2] ?? '' } };
}
