import { launchChromium } from './chromium.ts';
import { launchFirefox } from './firefox.ts';
import type { Browser, LaunchOptions } from './types.ts';

export type BrowserName = Browser['name'];

/** The folder in .output that holds a build for this browser. */
export const buildOf = (name: BrowserName, flavour: 'shipped' | 'simulator'): string =>
  `${name === 'chromium' ? 'chrome' : 'firefox'}-mv3${flavour === 'simulator' ? '-simulator' : ''}`;

export const launch = async (name: BrowserName, options: LaunchOptions): Promise<Browser> => (name === 'chromium' ? await launchChromium(options) : await launchFirefox(options));

export type { Browser, LaunchOptions, Page, Toolbar } from './types.ts';
