/** Turns phrases into words of the language that is shown. */
import type { I18n } from '../doors';
import { type Arg, type Args, orderOf, type Phrase } from './text';

export interface Say {
  (phrase: Phrase): string;
  readonly locale: string;
  readonly direction: 'ltr' | 'rtl';
  readonly time: (at: number) => string;
  readonly date: (at: number) => string;
  readonly number: (value: number) => string;
  readonly bytes: (value: number) => string;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Clock times are written with 24 hours: evidence is compared by the second, and rows stay narrow. */
function formatters(locale: string) {
  const time = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
  const date = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric' });
  const number = new Intl.NumberFormat(locale);
  const unit = (name: string, digits: number) => new Intl.NumberFormat(locale, { style: 'unit', unit: name, unitDisplay: 'short', maximumFractionDigits: digits });
  const kilobyte = unit('kilobyte', 1);
  const megabyte = unit('megabyte', 1);
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'always' });
  const list = new Intl.ListFormat(locale, { style: 'long', type: 'conjunction' });
  const row = new Intl.ListFormat(locale, { style: 'long', type: 'unit' });
  return { row, time, date, number, kilobyte, megabyte, relative, list, plural: new Intl.PluralRules(locale) };
}

/** Words for `i18n`; `now` (ms since the epoch) is asked each time something is said to be ago. */
export function sayWith(i18n: I18n, now: () => number): Say {
  const f = formatters(i18n.locale);
  const bytes = (n: number): string => (n < 1_000 ? i18n.getMessage('label_bytes', [f.number.format(n)]) : n < 1_000_000 ? f.kilobyte.format(n / 1_000) : f.megabyte.format(n / 1_000_000));
  // A date that cannot be read is said to be unknown: formatting it would throw.
  const known = (format: Intl.DateTimeFormat, at: number): string => (Number.isFinite(at) ? format.format(at) : i18n.getMessage('label_unknown_date'));
  const time = (at: number): string => known(f.time, at);
  const date = (at: number): string => known(f.date, at);

  /** Past times are negative. Under a minute ago is "just now"; seconds are counted only towards the future. */
  function relative(at: number): string {
    const span = at - now();
    const size = Math.abs(span);
    if (size < MINUTE) return span <= 0 ? i18n.getMessage('label_just_now') : f.relative.format(Math.ceil(span / 1_000), 'second');
    if (size < HOUR) return f.relative.format(Math.trunc(span / MINUTE), 'minute');
    return size < DAY ? f.relative.format(Math.trunc(span / HOUR), 'hour') : f.relative.format(Math.trunc(span / DAY), 'day');
  }

  function words(arg: Arg | undefined): string {
    if (arg === undefined) return '';
    if (typeof arg === 'string') return arg;
    switch (arg.kind) {
      case 'number':
        return f.number.format(arg.value);
      case 'time':
        return time(arg.value);
      case 'date':
        return date(arg.value);
      case 'datetime':
        return `${date(arg.value)}, ${time(arg.value)}`;
      case 'ago':
      case 'in':
        return relative(arg.value);
      case 'bytes':
        return bytes(arg.value);
      case 'list':
        return f.list.format(arg.value);
      case 'phrase':
        return say(arg.value);
      case 'row':
        return f.row.format(arg.value.map(say));
    }
  }

  function message(key: string, args: Args): string {
    const substitutions = orderOf(key, Object.keys(args)).map((name) => words(args[name]));
    const said = i18n.getMessage(key, substitutions);
    return said === '' ? key : said;
  }

  function say(phrase: Phrase): string {
    if ('literal' in phrase) return phrase.literal;
    if ('plural' in phrase) return message(`${phrase.plural}_${f.plural.select(phrase.n) === 'one' ? 'one' : 'other'}`, { ...phrase.args, n: { kind: 'number', value: phrase.n } });
    return message(phrase.key, phrase.args ?? {});
  }

  return Object.assign(say, { locale: i18n.locale, direction: i18n.direction, time, date, bytes, number: (n: number) => f.number.format(n) });
}
