/** Reading the files a command names. What cannot be read is 66; what is read is bounded. */
import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { asCoded } from '../checks/error';
import { utf8Text } from '../encoding/bytes';
import { CommandFault, usageFault } from './fault';

const MAX_FILE_BYTES = 64 * 1024 * 1024;

/** Raises a `CommandFault` of status 66 where the file is missing, a folder, not allowed, or above 64 MiB. */
export async function readBytes(path: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(path);
    if (size > MAX_FILE_BYTES) throw new CommandFault(66, 'FILE_UNREADABLE', `${path}: ${size} bytes, at most ${MAX_FILE_BYTES} are read`);
    return new Uint8Array(await readFile(path));
  } catch (error) {
    if (error instanceof CommandFault) throw error;
    throw new CommandFault(66, 'FILE_UNREADABLE', `${path}: ${reasonOf(error)}`, { cause: error });
  }
}

/** Far above any collection of endorsements; a wrong folder must not fill the memory. */
const MAX_FOLDER_FILES = 4096;
const MAX_FOLDER_BYTES = 256 * 1024 * 1024;

/** Every file directly inside a folder, in the order of their names. A `CommandFault` of status 66 as for `readBytes`. */
export async function readFolder(path: string): Promise<readonly { readonly name: string; readonly bytes: Uint8Array }[]> {
  let names: readonly string[];
  try {
    names = (await readdir(path, { withFileTypes: true })).filter((entry) => !entry.isDirectory()).map((entry) => entry.name).sort();
  } catch (error) {
    throw new CommandFault(66, 'FILE_UNREADABLE', `${path}: ${reasonOf(error)}`, { cause: error });
  }
  if (names.length > MAX_FOLDER_FILES) throw new CommandFault(66, 'FILE_UNREADABLE', `${path}: ${names.length} files, at most ${MAX_FOLDER_FILES} are read`);
  const files: { readonly name: string; readonly bytes: Uint8Array }[] = [];
  let total = 0;
  for (const name of names) {
    const bytes = await readBytes(join(path, name));
    total += bytes.length;
    if (total > MAX_FOLDER_BYTES) throw new CommandFault(66, 'FILE_UNREADABLE', `${path}: more than ${MAX_FOLDER_BYTES} bytes`);
    files.push({ name, bytes });
  }
  return files;
}

/** A text file that the user wrote; anything but UTF-8 is a usage fault. */
export async function readText(path: string): Promise<string> {
  const bytes = await readBytes(path);
  try {
    return utf8Text(bytes).replace(/^\ufeff/, '');
  } catch (error) {
    asCoded(error);
    throw usageFault(`${path} is not UTF-8 text`);
  }
}

function reasonOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'no such file';
  if (code === 'EISDIR') return 'is a folder';
  if (code === 'ENOTDIR') return 'is no folder';
  if (code === 'EACCES' || code === 'EPERM') return 'not allowed';
  if (typeof code === 'string') return code;
  throw error;
}
