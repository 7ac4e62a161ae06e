// What the peer expects of Node, for the browser bundle of the bench alone.
import { Buffer } from 'buffer';
export { Buffer };
export const process = { env: {}, version: 'v24.0.0', browser: true };
