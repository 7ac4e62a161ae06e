/** The process around a run: real arguments, clock, network and terminal. */
import { fetchGetter } from '../platform/getter';
import { run } from './command';
import { paintIf } from './print';

/** Put in by the build. */
declare const __VERSION__: string;

// Whoever reads may stop reading (`assay … | head`): the verdict's exit status stands, so a closed pipe is no fault.
const readerIsGone = (): undefined => undefined;
for (const stream of [process.stdout, process.stderr]) stream.on('error', readerIsGone);

const outcome = await run(process.argv.slice(2), {
  version: __VERSION__,
  clock: () => Date.now(),
  get: fetchGetter(),
  progress: (text) => process.stderr.write(`assay: ${text}\n`),
  paint: paintIf(process.stdout.isTTY && process.env['NO_COLOR'] === undefined && process.env['TERM'] !== 'dumb'),
});

process.stderr.write(outcome.stderr, () => {
  process.stdout.write(outcome.stdout, () => process.exit(outcome.status));
});
