/** Runs the simulator by itself: `node test/simulator/main.ts [--port N] [--proxy-port N] [--pace MS]`. */
import { parseArgs } from 'node:util';
import { CONTRAST_HOST } from './contrast/service.ts';
import { CUBE_HOST } from './cube/service.ts';
import { PRIVATEMODE_PAGE_HOST } from './privatemode/services.ts';
import { NEAR_PAGE_HOST, REDPILL_PAGE_HOST } from './report/services.ts';
import { startSimulator } from './server.ts';

/** Chat pages beside io.net's. */
const PAGES = [NEAR_PAGE_HOST, REDPILL_PAGE_HOST, CUBE_HOST, CONTRAST_HOST, PRIVATEMODE_PAGE_HOST];

const { values } = parseArgs({ options: { port: { type: 'string' }, 'proxy-port': { type: 'string' }, pace: { type: 'string' } } });
const simulator = await startSimulator({ port: Number(values.port ?? 0), proxyPort: Number(values['proxy-port'] ?? 0), pace: Number(values.pace ?? 30) });

console.log(`Assay simulator: https://127.0.0.1:${simulator.port}  (CONNECT proxy: 127.0.0.1:${simulator.proxyPort})

Chromium   chromium --user-data-dir=$(mktemp -d) --ignore-certificate-errors-spki-list=${simulator.spkiHash} \\
             --host-resolver-rules="${simulator.hostResolverRules}" https://ai.io.net/
Firefox    set the HTTPS proxy to 127.0.0.1:${simulator.proxyPort}, accept the certificate, open https://ai.io.net/
curl       curl -k --connect-to ::127.0.0.1:${simulator.port} https://api.intelligence.io.net/v1/models -H "Authorization: Bearer ${simulator.login}"
A fault    curl -k https://127.0.0.1:${simulator.port}/__sim/fault -d '{"name":"debug-td"}'
All good   curl -k https://127.0.0.1:${simulator.port}/__sim/reset -d '{}'
Their list curl -k https://127.0.0.1:${simulator.port}/__sim/faults

Others, in the same browser: ${PAGES.map((host) => `https://${host}/`).join('  ')}

Ctrl-C ends it.`);

const stop = (): void => { simulator.close().then(() => process.exit(0), (error: unknown) => { console.error(error); process.exit(1); }); };
process.once('SIGINT', stop);
process.once('SIGTERM', stop);
