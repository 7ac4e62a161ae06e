/** The browser's own texts: one locale file, picked by the browser. */
import { browser } from './browser';

export const getMessage = (key: string, substitutions?: readonly string[]): string =>
  browser.i18n.getMessage(key, substitutions === undefined ? undefined : [...substitutions]);

export const uiLocale = (): string => browser.i18n.getUILanguage();

export const uiDirection = (): 'ltr' | 'rtl' => (browser.i18n.getMessage('@@bidi_dir') === 'rtl' ? 'rtl' : 'ltr');
