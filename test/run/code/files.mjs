/** Rules about every file that is, or would be, committed: no secrets, no traces of the machine it was written on. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const LARGEST = 512 * 1024;
const LOCK = 'package-lock.json';

/** Committed files and new ones that git would take, as text; what is not text is given as an empty one. */
export function projectFiles(root) {
  const names = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root }).toString().split('\0').filter((name) => name !== '' && existsSync(join(root, name)));
  return names.map((path) => {
    const bytes = readFileSync(join(root, path));
    return { path, size: statSync(join(root, path)).size, text: bytes.includes(0) ? '' : bytes.toString('utf8') };
  });
}

const grep = (files, pattern, what) =>
  files.flatMap((file) => file.text.split('\n').flatMap((line, index) => (pattern.test(line) ? [`${file.path}:${index + 1} ${what}`] : [])));

// [K] so that this file is not its own finding.
const SECRETS = [
  [/-----BEGIN ([A-Z]+ )?PRIVATE [K]EY-----/, 'holds a private key'],
  [/\b(gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{40,}|npm_[A-Za-z0-9]{36}|AKIA[A-Z0-9]{16}|xox[abp]-[\w-]{20,}|sk-[A-Za-z0-9]{32,})\b/, 'holds what looks like a token'],
  [/_auth(Token)?\s*=/, 'holds a registry credential'],
];

export function secrets(files) {
  return SECRETS.flatMap(([pattern, what]) => grep(files, pattern, what));
}

/** Absolute places of one machine: its homes, its work folders, its drives. */
export function machinePaths(files) {
  return grep(files, new RegExp(String.raw`(^|[\s"'\`(=:,])(/(work|root|Users|private/var)/|/home/[\w.-]+/|[A-Z]:\\Users\\)`), 'names a path of one machine');
}

/** Where packages were downloaded from is nobody's business and differs from machine to machine. */
export function registries(files, hosts) {
  const named = hosts.filter((host) => host !== '').map((host) => host.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  const lock = files.filter((file) => file.path === LOCK);
  return [
    ...grep(lock, /"resolved":\s*"http/, 'records a download address'),
    ...(named.length === 0 ? [] : grep(files, new RegExp(named.join('|')), 'names a package registry')),
  ];
}

export function largeFiles(files) {
  return files.filter((file) => file.size > LARGEST && file.path !== LOCK).map((file) => `${file.path} has ${Math.round(file.size / 1024)} kB`);
}
