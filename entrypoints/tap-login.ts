/** The tap for pages through which the user agreed to ask: from its first request on it notes the login that the page uses. */
import { defineUnlistedScript } from 'wxt/utils/define-unlisted-script';
import { installTap } from '../src/observe/tap/install';
import { captureLogin } from '../src/observe/tap/login';
import { originsFor } from '../src/observe/tap/origins';

export default defineUnlistedScript(() => {
  installTap(originsFor(location.origin), captureLogin, true);
});
