/** The tap for pages through which the user agreed to ask: it also notes the login that the page itself uses. */
import { defineUnlistedScript } from 'wxt/utils/define-unlisted-script';
import { installTap } from '../src/observe/tap/install';
import { captureLogin } from '../src/observe/tap/login';
import { API_ORIGINS } from '../src/observe/tap/origins';

export default defineUnlistedScript(() => {
  const tap = installTap(API_ORIGINS);
  if (tap !== undefined) captureLogin(tap);
});
