/**
 * What view models say: message keys with named arguments, never sentences. The locale file alone holds words;
 * its keys and placeholder names are checked by the compiler.
 */
import type messages from '../../../assets/_locales/en/messages.json';

type Messages = typeof messages;
export type MessageKey = keyof Messages;

/** Stem of a message with the forms `_one` and `_other`; the form is picked by `Intl.PluralRules` for `n`. */
export type PluralStem = MessageKey extends infer K ? (K extends `${infer Stem}_one` ? Stem : never) : never;

/** A value inside a message; dates and numbers are formatted for the language that is shown. */
export type Arg =
  | string
  | { readonly kind: 'number'; readonly value: number }
  /** Ms since the epoch. */
  | { readonly kind: 'time' | 'date' | 'datetime' | 'ago' | 'in'; readonly value: number }
  | { readonly kind: 'bytes'; readonly value: number }
  | { readonly kind: 'list'; readonly value: readonly string[] }
  | { readonly kind: 'phrase'; readonly value: Phrase }
  /** Several short phrases in a row: "12 hold, 1 gap". */
  | { readonly kind: 'row'; readonly value: readonly Phrase[] };

export type Args = Readonly<Record<string, Arg>>;

/** Something to say: a message, a message with plural forms, or data that needs no translation. */
export type Phrase =
  | { readonly key: MessageKey; readonly args?: Args }
  | { readonly plural: PluralStem; readonly n: number; readonly args?: Args }
  | { readonly literal: string };

type PlaceholdersOf<K extends MessageKey> = Messages[K] extends { placeholders: infer P } ? keyof P & string : never;
type ArgsOf<K extends MessageKey> = [PlaceholdersOf<K>] extends [never] ? [] : [args: { readonly [Name in PlaceholdersOf<K>]: Arg }];

/** A message by its key; the compiler wants exactly the placeholders that the locale file names. */
export function text<K extends MessageKey>(key: K, ...args: ArgsOf<K>): Phrase {
  const given: Args | undefined = args[0];
  return given === undefined ? { key } : { key, args: given };
}

/** A message about `n` things; `n` itself may be used as a placeholder. */
export const plural = (stem: PluralStem, n: number, args: Args = {}): Phrase => ({ plural: stem, n, args });

/** Data shown as it is: names from profiles, values, codes. */
export const literal = (value: string): Phrase => ({ literal: value });

export const number = (value: number): Arg => ({ kind: 'number', value });

/**
 * Messages that are picked by code, state or gap share one numbering, so that one set of facts fits all of them:
 * `$1` is the service, `$2` the vendor and so on. A test holds the locale file to it.
 */
export const SHARED_FACTS = ['service', 'vendor', 'advisories', 'host', 'date', 'seconds', 'n', 'total', 'done'] as const;
export type SharedFact = (typeof SHARED_FACTS)[number];
export type Facts = Readonly<Partial<Record<SharedFact, Arg>>>;

const SHARED = /^(code|gap|reader|state)_/;

/** Where each named argument goes: the shared numbering, or else the message's own names in alphabetical order. */
export const orderOf = (key: string, names: readonly string[]): readonly string[] => (SHARED.test(key) ? SHARED_FACTS : [...names].sort());
