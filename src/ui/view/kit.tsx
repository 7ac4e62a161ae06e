/** What every component needs: words and doors. */
import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import type { Doors } from '../doors';
import { type Say, sayWith } from '../i18n/say';

export interface Kit {
  readonly say: Say;
  readonly doors: Doors;
}

export const KitContext = createContext<Kit | undefined>(undefined);

export const kitOf = (doors: Doors): Kit => ({ doors, say: sayWith(doors.i18n, () => doors.now()) });

export function useKit(): Kit {
  const kit = useContext(KitContext);
  if (kit === undefined) throw new Error('a component was drawn outside its surface');
  return kit;
}

export const useSay = (): Say => useKit().say;

/** The time, anew every `everyMs`, so that "3 minutes ago" stays true while it is looked at. */
export function useNow(everyMs: number): number {
  const { doors } = useKit();
  const [now, setNow] = useState(() => doors.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(doors.now()), everyMs);
    return () => clearInterval(timer);
  }, [doors, everyMs]);
  return now;
}

/** Tells the document which language and direction it is in, and forces a theme where the user chose one. */
export function dress(document: Document, say: Say, title: string, theme: 'system' | 'light' | 'dark'): void {
  const html = document.documentElement;
  html.lang = say.locale;
  html.dir = say.direction;
  document.title = title;
  if (theme === 'system') delete html.dataset['theme'];
  else html.dataset['theme'] = theme;
}
