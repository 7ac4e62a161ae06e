import type { BrowserName } from './browsers';

/** Which browser this run drives: ASSAY_BROWSER, Chromium unless said otherwise. */
export const BROWSER: BrowserName = process.env['ASSAY_BROWSER'] === 'firefox' ? 'firefox' : 'chromium';
