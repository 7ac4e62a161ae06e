/**
 * The page's world (registered at run time for granted origins). A plain script, not one of WXT's content scripts:
 * those run inside an asynchronous wrapper.
 */
import { defineUnlistedScript } from 'wxt/utils/define-unlisted-script';
import { installTap } from '../src/observe/tap/install';
import { captureLogin } from '../src/observe/tap/login';
import { originsFor } from '../src/observe/tap/origins';

export default defineUnlistedScript(() => {
  installTap(originsFor(location.origin), captureLogin, false);
});
