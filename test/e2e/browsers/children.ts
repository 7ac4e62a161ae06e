/** Browser processes: each in its own process group, ended with all it started, none left when the tests end. */
import { spawn, type ChildProcess } from 'node:child_process';

const running = new Set<ChildProcess>();

function signal(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

// Vitest ends its workers so; without a listener none of those of `exit` would run.
process.once('SIGTERM', () => process.exit(143));
process.on('exit', () => {
  for (const child of running) signal(child, 'SIGKILL');
});

export function startChild(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  const child = spawn(program, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  running.add(child);
  child.stdout.resume();
  child.once('exit', () => running.delete(child));
  return child;
}

/** Ends the whole group: politely, then for certain. */
export async function endChild(child: ChildProcess, patience = 5000): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const gone = new Promise<void>((done) => { child.once('exit', () => done()); });
    signal(child, 'SIGTERM');
    const timer = setTimeout(() => signal(child, 'SIGKILL'), patience);
    await gone;
    clearTimeout(timer);
  }
  signal(child, 'SIGKILL');
}
