/** Writes docs/codes.md from the code table and the locale file, so that what is documented is what is said. `node test/run/codes.ts` */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CODES, FAMILIES, familyOf, type Family } from '../../src/checks/codes.ts';

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

interface Message {
  readonly message: string;
  readonly placeholders?: Readonly<Record<string, unknown>>;
}

/** A message with its placeholders as words: `$SERVICE$` reads *service*. */
function words(messages: Readonly<Record<string, Message>>, key: string): string {
  const found = messages[key];
  if (found === undefined) throw new Error(`the locale file has no ${key}`);
  return found.message.replace(/\$([A-Z_]+)\$/g, (_whole, name: string) => `*${name.toLowerCase()}*`);
}

/** The page as text. */
export function codesPage(): string {
  const messages = JSON.parse(readFileSync(at('assets/_locales/en/messages.json'), 'utf8')) as Readonly<Record<string, Message>>;
  const byFamily = new Map<Family, string[]>(FAMILIES.map((family) => [family, []]));
  for (const code of CODES) byFamily.get(familyOf(code))?.push(code);
  const entries = [...byFamily].map(([family, codes]) =>
    [
      `## ${words(messages, `code_${family}_happened`)}`,
      '',
      codes.map((code) => `<a id="${code}"></a>\`${code}\``).join(' · '),
      '',
      `**What it means.** ${words(messages, `code_${family}_means`)}`,
      '',
      `**What to do.** ${words(messages, `code_${family}_do`)}`,
      '',
    ].join('\n'),
  );
  return [
    '# Codes',
    '',
    'Every finding that is not a plain pass carries a stable code. The same code can be a failure (a contradiction was proven), or open (it could not be determined now): the finding says which. Codes that need the same next step share their words. Words in *italics* are filled in.',
    '',
    'This page is written by `node test/run/codes.ts` from the code table and the texts of the interface; a test holds it to them.',
    '',
    ...entries,
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(at('docs/codes.md'), codesPage());
