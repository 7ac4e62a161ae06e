/** Temporary folders of a browser run: the extension as it is loaded, and the profile. Both are gone when the process is. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const kept = new Set<string>();
process.on('exit', () => {
  // A browser that is being killed may write its last words for a moment.
  for (const folder of kept) rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
});

export interface Folder {
  readonly path: string;
  remove(): void;
}

export function temporary(name: string): Folder {
  const path = mkdtempSync(join(tmpdir(), `assay-${name}-`));
  kept.add(path);
  return {
    path,
    remove: () => {
      // A browser's helpers may write their last words for a moment after it ended.
      rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
      kept.delete(path);
    },
  };
}

interface Manifest {
  host_permissions?: string[];
  optional_host_permissions?: string[];
}

/** What a user's own services are asked for under. Granted stands only what is tested: the simulated deployments. */
const ANY_HOST = 'https://*/*';
const OWN_DEPLOYMENTS = ['https://cube.example/*', 'https://contrast.example/*', 'https://chat.example/*', 'https://deepseek-v3-1.completions.near.ai/*'];

/** A copy of a built extension; with `granted`, its optional hosts are required ones. Nothing else is touched. */
export function loadable(extension: string, hosts: 'granted' | 'asked'): Folder {
  const folder = temporary('extension');
  cpSync(extension, folder.path, { recursive: true });
  if (hosts === 'asked') return folder;
  const file = join(folder.path, 'manifest.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as Manifest;
  manifest.host_permissions = [...(manifest.host_permissions ?? []), ...(manifest.optional_host_permissions ?? []).flatMap((host) => (host === ANY_HOST ? OWN_DEPLOYMENTS : [host]))];
  delete manifest.optional_host_permissions;
  writeFileSync(file, JSON.stringify(manifest));
  return folder;
}
