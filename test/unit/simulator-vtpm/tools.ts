/** Others' TPM code, where this machine has it (Debian: swtpm, tpm2-tools): a checker of quotes and logs, and a software TPM that makes real ones. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BootEvent } from '../../simulator/vtpm/boot';
import { BANK_BYTES, BANK_ID, digest } from '../../simulator/vtpm/tpm';
import type { Bank, Quote } from '../../simulator/vtpm/tpm';

const there = (tool: string, ...args: readonly string[]): boolean => spawnSync(tool, args, { stdio: 'ignore' }).error === undefined;
export const hasTools = there('tpm2_checkquote', '--version');
export const hasTpm = hasTools && there('swtpm', '--version');

export function inFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'assay-tpm-'));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** TPM2B_PUBLIC, as tpm2-tools read keys. */
function sizedPublic(area: Uint8Array): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(area.length);
  return Buffer.concat([length, area]);
}

/** The values of one bank as tpm2_quote writes them: the selection, then lists of up to eight digests, as C lays them out. */
function serialised(bank: Bank, registers: ReadonlyMap<number, Uint8Array>): Buffer {
  const selection = Buffer.alloc(132);
  selection.writeUInt32LE(1, 0);
  selection.writeUInt16LE(BANK_ID[bank], 4);
  selection[6] = 3;
  for (const index of registers.keys()) selection[7 + (index >> 3)] = (selection[7 + (index >> 3)] ?? 0) | (1 << (index & 7));
  const values = [...registers.values()];
  const lists = Array.from({ length: Math.ceil(values.length / 8) }, (_, at) => {
    const list = Buffer.alloc(532);
    const own = values.slice(8 * at, 8 * at + 8);
    list.writeUInt32LE(own.length, 0);
    for (const [index, value] of own.entries()) {
      list.writeUInt16LE(value.length, 4 + 66 * index);
      list.set(value, 6 + 66 * index);
    }
    return list;
  });
  const count = Buffer.alloc(4);
  count.writeUInt32LE(lists.length);
  return Buffer.concat([selection, count, ...lists]);
}

/** What tpm2_checkquote says: empty when all holds, else its complaints. */
export const checkedByTools = (akPublic: Uint8Array, { attest, signature, bank, registers }: Quote, nonce: Uint8Array): string =>
  inFolder((folder) => {
    const files = { public: sizedPublic(akPublic), message: attest, signature, pcr: serialised(bank, registers) };
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
    const args = Object.keys(files).flatMap((name) => [`--${name}`, join(folder, name)]);
    const result = spawnSync('tpm2_checkquote', [...args, '-g', 'sha256', '-q', Buffer.from(nonce).toString('hex')], { encoding: 'utf8' });
    return result.status === 0 ? '' : result.stderr || 'failed without a word';
  });

/** Register values that tpm2_eventlog replays a log to: bank → register → hex. */
export const replayedByTools = (log: Uint8Array): Readonly<Record<string, Readonly<Record<number, string>>>> =>
  inFolder((folder) => {
    const file = join(folder, 'log');
    writeFileSync(file, log);
    const text = execFileSync('tpm2_eventlog', [file], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    const found: Record<string, Record<number, string>> = {};
    let bank: Record<number, string> = {};
    for (const line of text.slice(text.lastIndexOf('\npcrs:')).split('\n')) {
      const name = /^ {2}(\w+):$/.exec(line)?.[1];
      if (name !== undefined) bank = found[name] = {};
      const [, index, value] = /^ {4}(\d+) +: 0x([0-9a-f]+)$/.exec(line) ?? [];
      if (index !== undefined && value !== undefined) bank[Number(index)] = value;
    }
    return found;
  });

export interface RealQuotes {
  /** TPMT_PUBLIC. */
  readonly akPublic: Buffer;
  readonly quotes: readonly Quote[];
}

const wait = (ms: number): Promise<void> => new Promise((done) => { setTimeout(done, ms); });

/** A software TPM that is started, measures these events, and quotes all registers of the banks; nothing of it outlives the call. */
export async function quotedByRealTpm(events: readonly BootEvent[], kind: 'rsa' | 'ecc', banks: readonly Bank[], nonce: Uint8Array): Promise<RealQuotes> {
  const folder = mkdtempSync(join(tmpdir(), 'assay-swtpm-'));
  const at = (name: string): string => join(folder, name);
  mkdirSync(at('state'));
  const tpm = spawn('swtpm', ['socket', '--tpm2', '--tpmstate', `dir=${at('state')}`, '--server', `type=unixio,path=${at('sock')}`, '--ctrl', `type=unixio,path=${at('sock.ctrl')}`, '--flags', 'not-need-init,startup-clear'], { stdio: 'ignore' });
  const run = (tool: string, ...args: readonly string[]): void => { execFileSync(tool, args, { env: { ...process.env, TPM2TOOLS_TCTI: `swtpm:path=${at('sock')}` }, stdio: ['ignore', 'ignore', 'pipe'] }); };
  try {
    for (let tries = 0; spawnSync('test', ['-S', at('sock')]).status !== 0; tries += 1) {
      if (tries > 100) throw new Error('swtpm does not start');
      await wait(50);
    }
    for (const { register, measured } of events) {
      run('tpm2_pcrextend', `${register}:${(['sha1', 'sha256', 'sha384'] as const).map((bank) => `${bank}=${digest(bank, measured).toString('hex')}`).join(',')}`);
    }
    run('tpm2_createek', '-c', at('ek'), '-G', 'rsa');
    run('tpm2_flushcontext', '-t');
    run('tpm2_createak', '-C', at('ek'), '-c', at('ak'), '-G', kind, '-g', 'sha256', '-s', kind === 'rsa' ? 'rsassa' : 'ecdsa', '-u', at('public'), '-f', 'tss');
    run('tpm2_flushcontext', '-t');
    const quotes = banks.map((bank): Quote => {
      run('tpm2_quote', '-c', at('ak'), '-l', `${bank}:all`, '-q', Buffer.from(nonce).toString('hex'), '-m', at('message'), '-s', at('signature'), '-o', at('values'), '-F', 'values', '-g', 'sha256');
      run('tpm2_flushcontext', '-t');
      const values = readFileSync(at('values'));
      const bytes = BANK_BYTES[bank];
      return { attest: readFileSync(at('message')), signature: readFileSync(at('signature')), bank, registers: new Map(Array.from({ length: 24 }, (_, index) => [index, values.subarray(index * bytes, (index + 1) * bytes)])) };
    });
    return { akPublic: readFileSync(at('public')).subarray(2), quotes };
  } finally {
    const ended = new Promise((done) => { tpm.once('exit', done); });
    tpm.kill();
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
}
