import { it } from 'vitest';
import { Assay } from '../assay';
it('lead', async () => {
  const B = (process.env['B'] ?? 'chromium') as 'chromium';
  const assay = await Assay.start({ browser: B, user: 'ready' });
  try {
    const chat = await assay.chat();
    await chat.ask('stream'); await chat.ask('json');
    const shot = async (path: string, name: string) => { const p = await assay.browser.openExtension(path); await new Promise((r) => setTimeout(r, 1500)); await p.screenshot(`/tmp/try/${B}-${name}.png`); await p.close(); };
    await shot(`popup.html?tabId=${chat.tabId}`, 'popup-limited');
    const s = await chat.snapshot();
    await shot(`evidence.html?id=${s.attestation?.id}`, 'evidence');
    await shot('options.html', 'options'); await shot('welcome.html', 'welcome');
    assay.simulator.fault('sse-chunk-changed');
    await chat.ask('stream');
    await shot(`popup.html?tabId=${chat.tabId}`, 'popup-failed');
    console.log(await assay.browser.problems());
  } finally { await assay.close(); }
}, 90000);
