/** The one door to the browser's extension API. No other file imports it. */
export { default as browser } from 'webextension-polyfill';
