import { writeFileSync } from 'node:fs';
import { Lab } from '/work/main/test/e2e/pages/lab.ts';
const name = (process.argv[2] ?? 'chromium') as 'chromium' | 'firefox';
for (const watching of (process.argv[3] ?? 'idle,tap').split(',') as ('idle' | 'tap' | 'login')[]) {
  const t = Date.now();
  const lab = await Lab.start(name, watching);
  try {
    const page = await lab.browser.open('https://ai.io.net/suite');
    const seen = await page.evaluate(() => window.observe());
    writeFileSync(`/tmp/obs/${name}-${watching}.json`, JSON.stringify(seen, null, 1));
    const told = await lab.told();
    writeFileSync(`/tmp/obs/${name}-${watching}-told.json`, JSON.stringify(told, null, 1));
    console.log(name, watching, Object.keys(seen).length, 'observations', told.length, 'events', Date.now() - t, 'ms', await lab.browser.problems());
  } finally { await lab.close(); }
}
