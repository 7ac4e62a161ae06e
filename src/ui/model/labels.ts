/** Plain names of checks: `check_<id>` in the locale file, ids as CLI.md writes them with dots and hyphens as underscores. */
import { deviceOf } from '../../verdict/groups';
import type { Phrase } from '../i18n/text';
import { deviceLabel, namesOf, withoutNumber } from './devices';

/** `quote[1].nonce` is `quote.nonce` of number 1. */
const INDEXED = /^(\w+)\[(\d+)\](.*)$/;

/** `qe.report` → `check_qe_report`, then `check_qe`. */
function keysFor(id: string): readonly string[] {
  const parts = id.split('.');
  return parts.map((_part, i) => `check_${parts.slice(0, parts.length - i).join('_')}`.replaceAll('-', '_'));
}

/** The name of a check; one that has no name of its own takes that of its family, and in the last resort its id. */
export function labelOf(id: string): Phrase {
  const device = deviceOf({ id });
  if (device !== undefined) return deviceLabel(namesOf(device.kind, [device.index]), labelOf(withoutNumber(id)));
  const indexed = INDEXED.exec(id);
  if (indexed === null) return { firstOf: keysFor(id), otherwise: id };
  // Only a start-up chip's quotes are numbered.
  const family = indexed[1] === 'quote' ? 'vtpm_quote' : (indexed[1] ?? '');
  const name: Phrase = { firstOf: keysFor(`${family}${indexed[3] ?? ''}`), otherwise: id };
  return { key: 'label_numbered', args: { name: { kind: 'phrase', value: name }, number: indexed[2] ?? '' } };
}
