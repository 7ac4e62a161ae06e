/** The browser's message lookup over a locale file's own form, for places without a browser: tests, the gallery, the command line. */
import type { I18n } from '../doors';

export interface CatalogueMessage {
  readonly message: string;
  readonly placeholders?: Readonly<Record<string, { readonly content: string }>>;
}

/** Named placeholders (`$SERVICE$`, any case) stand for their `content`, in which `$1`…`$9` are the substitutions; `$$` is a dollar sign. */
export function catalogueI18n(messages: Readonly<Record<string, CatalogueMessage>>, locale: string, direction: 'ltr' | 'rtl' = 'ltr'): I18n {
  const substitute = (content: string, values: readonly string[]): string => content.replaceAll(/\$([1-9])/g, (_whole, digit: string) => values[Number(digit) - 1] ?? '');
  return {
    locale,
    direction,
    getMessage(key, values = []) {
      const entry = Object.hasOwn(messages, key) ? messages[key] : undefined;
      if (entry === undefined) return '';
      const named = new Map(Object.entries(entry.placeholders ?? {}).map(([name, { content }]) => [name.toLowerCase(), content]));
      return entry.message.replaceAll(/\$\$|\$([A-Za-z0-9_@]+)\$|\$([1-9])/g, (whole, name: string | undefined, digit: string | undefined) => {
        if (name !== undefined) return substitute(named.get(name.toLowerCase()) ?? '', values);
        return digit === undefined ? '$' : (values[Number(digit) - 1] ?? whole);
      });
    },
  };
}
