import { Lab } from './lab.ts';
const lab = await Lab.start((process.argv[2] ?? 'chromium') as 'chromium', 'tap');
const control = await lab.browser.openExtension('manifest.json');
console.log(JSON.stringify(await control.evaluate(async () => await chrome.scripting.getRegisteredContentScripts())));
const page = await lab.browser.open('https://ai.io.net/early');
console.log(JSON.stringify(await page.evaluate(() => [(window as any).early, String(Response.prototype.text)])));
console.log(await lab.browser.problems());
await lab.close();
