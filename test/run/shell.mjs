/**
 * Child processes of the two commands. Every child is its own process group and is ended with us, so that Ctrl-C
 * leaves nothing behind. Built-ins only: this runs before node_modules exists.
 */
import { spawn } from 'node:child_process';

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
/** @type {(() => void | Promise<void>)[]} */
const endings = [];

/** Runs `ending` when the command is interrupted (children started here are ended anyway). */
export function onInterrupt(ending) {
  endings.push(ending);
}

/** Ends a child and all that it started. */
export function end(child, signal = 'SIGTERM') {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

let interrupted = false;
function interrupt(signal) {
  if (interrupted) return;
  interrupted = true;
  for (const child of running) end(child);
  const hard = setTimeout(() => {
    for (const child of running) end(child, 'SIGKILL');
  }, 4000);
  hard.unref();
  void Promise.allSettled([...endings.map(async (ending) => ending()), ...[...running].map((child) => new Promise((done) => child.once('close', done)))]).then(() => {
    process.exit(signal === 'SIGINT' ? 130 : 143);
  });
}
process.on('SIGINT', () => interrupt('SIGINT'));
process.on('SIGTERM', () => interrupt('SIGTERM'));
process.on('exit', () => {
  for (const child of running) end(child, 'SIGKILL');
});

/**
 * Runs a command to its end. Output is kept and returned; `show` passes it on to the terminal instead.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: Record<string, string>, cwd?: string, show?: boolean, timeoutMs?: number, onLine?: (line: string) => void }} [options]
 * @returns {Promise<{ code: number, output: string, timedOut: boolean }>} code 127 when the command does not exist
 */
export function run(command, args, options = {}) {
  const { promise, resolve } = withResolvers();
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: options.show === true ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  running.add(child);
  let output = '';
  let pending = '';
  const take = (chunk) => {
    const text = chunk.toString();
    output += text;
    if (options.onLine === undefined) return;
    const lines = (pending + text).split('\n');
    pending = lines.pop() ?? '';
    for (const line of lines) options.onLine(line);
  };
  child.stdout?.on('data', take);
  child.stderr?.on('data', take);
  let timedOut = false;
  const timer = options.timeoutMs === undefined ? undefined : setTimeout(() => {
    timedOut = true;
    end(child);
    setTimeout(() => end(child, 'SIGKILL'), 5000).unref();
  }, options.timeoutMs);
  child.on('error', (error) => {
    clearTimeout(timer);
    running.delete(child);
    resolve({ code: error.code === 'ENOENT' ? 127 : 126, output: `${output}${error.message}`, timedOut });
  });
  child.on('close', (code) => {
    clearTimeout(timer);
    running.delete(child);
    resolve({ code: code ?? 1, output, timedOut });
  });
  return promise;
}

// Promise.withResolvers is not in Node 20.
function withResolvers() {
  let resolve;
  const promise = new Promise((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
