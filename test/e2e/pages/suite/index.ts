/** Makes every observation, one after the other, and gives what each saw. */
import { fetches } from './fetches';
import { said, type Observations } from './kit';
import { natives } from './natives';
import { others } from './others';
import { streams } from './streams';

declare global {
  interface Window {
    observe(): Promise<Record<string, unknown>>;
  }
}

const PATIENCE = 15_000;

window.observe = async () => {
  const all: Observations = { ...natives, ...fetches, ...streams, ...others };
  const seen: Record<string, unknown> = {};
  for (const [name, look] of Object.entries(all)) {
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
