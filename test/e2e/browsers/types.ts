/** One interface over two browsers, so that every scenario is written once. */

/** Where the simulated world is; what of `Simulator` (test/simulator/server.ts) a browser needs to know. */
export interface World {
  readonly proxyPort: number;
  readonly hostResolverRules: string;
  readonly spkiHash: string;
  readonly caDer: Uint8Array;
}

export interface LaunchOptions {
  /** A folder that holds a built extension. */
  readonly extension: string;
  readonly world: World;
  /**
   * `granted`: the optional hosts of the manifest are made required ones, the code stays as it is (headless Chromium
   * cannot answer its permission dialog). `asked`: the manifest as it was built.
   */
  readonly hosts?: 'granted' | 'asked';
  /** Allows the extension in private windows, as a user may. */
  readonly privateWindows?: boolean;
  /** Lets Chromium show extensions the certificates of connections, which it does only when started so. Firefox always does. */
  readonly certificates?: 'shown';
  /** A display such as `:99` makes the browser headed on it; `''` where the system needs no name for it. */
  readonly display?: string;
  /** CSS pixels to device pixels; 1 unless said otherwise. */
  readonly scale?: number;
  readonly theme?: 'light' | 'dark';
  readonly window?: { readonly width: number; readonly height: number };
}

/** What the toolbar button shows for one tab. */
export interface Toolbar {
  readonly title: string;
  readonly badge: string;
  /** Names the picture: equal for equal pictures; `''` where it is not known (Chromium, after the background was ended). */
  readonly icon: string;
}

export interface Page {
  /** The id that the extension API gives this tab. */
  readonly tabId: number;
  goto(url: string): Promise<void>;
  reload(): Promise<void>;
  url(): Promise<string>;
  /**
   * Runs a function in the page's own world and brings its (awaited) JSON value back. It is sent as text, so it may
   * use nothing from outside but its argument.
   */
  evaluate<Result>(fn: () => Result | Promise<Result>): Promise<Result>;
  evaluate<Result, Argument>(fn: (argument: Argument) => Result | Promise<Result>, argument: Argument): Promise<Result>;
  /** A real click, with the user activation that permission requests need; waits for the element. */
  click(selector: string): Promise<void>;
  /** The same on the button that bears these words. */
  press(words: string): Promise<void>;
  /** Types into a field after emptying it. */
  fill(selector: string, text: string): Promise<void>;
  /** PNG of what the window shows, or of one element of it. */
  screenshot(file: string, selector?: string): Promise<void>;
  bringToFront(): Promise<void>;
  close(): Promise<void>;
  readonly closed: boolean;
}

export interface Browser {
  readonly name: 'chromium' | 'firefox';
  /** `chrome-extension://…` or `moz-extension://…`, without a slash at the end. */
  readonly extensionOrigin: string;
  /** A new tab in the front. */
  open(url: string): Promise<Page>;
  /** A page of the extension in a new tab, such as `popup.html?tab=7`. */
  openExtension(path: string): Promise<Page>;
  /** A tab in a new private window; for launches with `privateWindows`. */
  openPrivate(url: string): Promise<Page>;
  /** Ends the background (service worker or event page) at once, as the browser does when it likes to. */
  killBackground(): Promise<void>;
  /** Whether the background runs now. Asking does not wake it. */
  backgroundRuns(): Promise<boolean>;
  toolbar(tabId: number): Promise<Toolbar>;
  /** Errors and warnings that the extension's own pages and background wrote or threw, since the start. */
  problems(): Promise<readonly string[]>;
  grant(origins: readonly string[]): Promise<void>;
  revoke(origins: readonly string[]): Promise<void>;
  /** Settles when the browser is gone, whoever ended it. */
  readonly ended: Promise<void>;
  /** Ends the browser with all it started and removes its profile. */
  close(): Promise<void>;
}
