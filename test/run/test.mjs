/** `npm test`: everything. `npm test -- unit lint`: only these stages, without building first what lies in .output already. */
import { fileURLToPath } from 'node:url';
import { command, ensureBrowsers, ensureGround, Needed, say } from './machine.mjs';

const names = process.argv.slice(2);

command(async () => {
  const from = performance.now();
  await ensureGround(fileURLToPath(import.meta.url), names);
  // Only now: these need what ensureGround has installed.
  const { runStages, STAGES } = await import('./stages.mjs');
  const stranger = names.find((name) => !STAGES.some((stage) => stage.name === name || stage.name.startsWith(`${name}-`)));
  if (stranger !== undefined) throw new Needed(`There is no stage ${stranger}. The stages are: ${STAGES.map((stage) => stage.name).join(' ')}`);
  const stages = names.length === 0 ? STAGES : STAGES.filter((stage) => names.some((name) => stage.name === name || stage.name.startsWith(`${name}-`)));
  const browsers = ['chromium', 'firefox'].filter((kind) => stages.some((stage) => stage.name === `e2e-${kind}`));
  if (browsers.length > 0) await ensureBrowsers(browsers, { extras: ['xvfb', 'xdotool'] });
  const { passed, failed, skipped } = await runStages(stages);
  say(`${skipped === 0 ? '' : `${skipped} skipped. `}${((performance.now() - from) / 1000).toFixed(0)} s`);
  say(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
});
