/** In functions that tests send into extension pages: the API as both browsers give it there, with promises. */
declare const chrome: import('webextension-polyfill').Browser;
