/** Makes the observations, one after the other, and gives what each saw. */
import { fetches } from './fetches';
import { said, type Observations } from './kit';
import { natives } from './natives';
import { others } from './others';
import { streams } from './streams';

declare global {
  interface Window {
    /** All of them, or those of these names. */
    observe(names?: readonly string[]): Promise<Record<string, unknown>>;
  }
}

const PATIENCE = 15_000;

window.observe = async (names) => {
  const all: Observations = { ...natives, ...fetches, ...streams, ...others };
  const seen: Record<string, unknown> = {};
  for (const [name, look] of Object.entries(all)) {
    if (names?.includes(name) === false) continue;
    const late = new Promise((_, failed) => { setTimeout(() => failed(new Error('too late')), PATIENCE); });
    try {
      seen[name] = await Promise.race([(async () => look())(), late]);
    } catch (error) {
      seen[name] = `threw ${said(error)}`;
    }
  }
  // JSON drops what is undefined; as text it is compared.
  return JSON.parse(JSON.stringify(seen, (_, value: unknown) => (value === undefined ? 'undefined' : value))) as Record<string, unknown>;
};
