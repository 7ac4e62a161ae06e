import type { BrowserName } from './browsers';

/** Which browser this run drives: ASSAY_BROWSER, Chromium unless said otherwise. */
export const BROWSER: BrowserName = process.env['ASSAY_BROWSER'] === 'firefox' ? 'firefox' : 'chromium';

/** Every other one of these, so that both browsers together try all. */
export const inThisBrowser = <T>(all: readonly T[]): readonly T[] => all.filter((_, i) => i % 2 === (BROWSER === 'chromium' ? 0 : 1));
