/** Reads a command line strictly: an unknown option, a missing value or one word too many is a usage fault, never ignored. */
import { usageFault } from './fault';

export interface OptionRule {
  /** False for switches. */
  readonly takesValue: boolean;
  /** May be given more than once. */
  readonly repeatable?: boolean;
}

export type OptionRules = Readonly<Record<string, OptionRule>>;

export interface Arguments {
  readonly words: readonly string[];
  /** Values of each option that was given, in order; a switch has one empty value. */
  readonly options: ReadonlyMap<string, readonly string[]>;
}

/** Splits `argv` by `rules`. `--name value` and `--name=value` are the same; `--` ends the options. */
export function readArguments(argv: readonly string[], rules: OptionRules): Arguments {
  const words: string[] = [];
  const options = new Map<string, string[]>();
  const rest = [...argv];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--') {
      words.push(...rest.splice(0));
    } else if (word.startsWith('-') && word !== '-') {
      const { name, inline } = splitOption(word);
      const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
      if (rule === undefined) throw usageFault(`unknown option ${word.split('=')[0] ?? word}`);
      const value = valueOf(name, rule, inline, rest);
      const before = options.get(name) ?? [];
      if (before.length > 0 && rule.repeatable !== true) throw usageFault(`--${name} is given twice`);
      options.set(name, [...before, value]);
    } else {
      words.push(word);
    }
  }
  return { words, options };
}

/** The same arguments under the narrower rules of one kind of evidence: what belongs to another kind is refused. */
export function restrictTo(args: Arguments, rules: OptionRules, kind: string): Arguments {
  for (const [name, values] of args.options) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (rule === undefined) throw usageFault(`--${name} does not belong to ${kind}`);
    if (values.length > 1 && rule.repeatable !== true) throw usageFault(`--${name} is given twice`);
  }
  return args;
}

function splitOption(word: string): { readonly name: string; readonly inline: string | undefined } {
  if (!word.startsWith('--')) return { name: word, inline: undefined };
  const equals = word.indexOf('=');
  return equals < 0 ? { name: word.slice(2), inline: undefined } : { name: word.slice(2, equals), inline: word.slice(equals + 1) };
}

function valueOf(name: string, rule: OptionRule, inline: string | undefined, rest: string[]): string {
  if (!rule.takesValue) {
    if (inline !== undefined) throw usageFault(`--${name} takes no value`);
    return '';
  }
  const value = inline ?? rest.shift();
  if (value === undefined || value === '' || (inline === undefined && value.startsWith('--'))) throw usageFault(`--${name} needs a value`);
  return value;
}
