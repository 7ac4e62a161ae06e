/**
 * Runs inside the page: what can be measured of a surface. Every finding is one line of text.
 * @param {{ contrast: boolean, banned: string[] }} wants
 * @returns {string[]}
 */
export function measure(wants) {
  const findings = [];
  const shownText = (el) => (el.textContent ?? '').replace(/\s+/g, ' ').trim().slice(0, 60);
  const nameOfNode = (el) => `${el.tagName.toLowerCase()}${typeof el.className === 'string' && el.className !== '' ? `.${el.className.split(' ').join('.')}` : ''} “${shownText(el)}”`;
  const visible = (el) => el.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && el.closest('.vh') === null;
  const all = [...document.querySelectorAll('body *')].filter(visible);

  // Overflow: nothing wider than the page, nothing cut but what ends in an ellipsis or scrolls by itself.
  const page = document.scrollingElement;
  if (page.scrollWidth > page.clientWidth) findings.push(`overflow: the page is ${page.scrollWidth} wide in ${page.clientWidth}`);
  for (const el of all) {
    if (el instanceof SVGElement || el.matches('input, select, option, textarea')) continue;
    const style = getComputedStyle(el);
    if (style.display === 'inline' || style.textOverflow === 'ellipsis' || el.matches('.scroll, .who')) continue;
    if (el.scrollWidth > el.clientWidth + 1 && el.clientWidth > 0) findings.push(`overflow: ${nameOfNode(el)} ${el.scrollWidth} in ${el.clientWidth}`);
  }

  // Contrast of every text node against what it stands on.
  const channels = (colour) => {
    const [r, g, b, a = 1] = (colour.match(/[\d.]+/g) ?? []).map(Number);
    return { r, g, b, a };
  };
  const over = (top, below) => ({ r: top.r * top.a + below.r * (1 - top.a), g: top.g * top.a + below.g * (1 - top.a), b: top.b * top.a + below.b * (1 - top.a), a: 1 });
  const groundOf = (el) => {
    const grounds = [];
    for (let at = el; at !== null; at = at.parentElement) {
      const ground = channels(getComputedStyle(at).backgroundColor);
      if (ground.a > 0) grounds.unshift(ground);
      if (ground.a === 1) break;
    }
    return grounds.reduce((below, top) => over(top, below), { r: 255, g: 255, b: 255, a: 1 });
  };
  const luminance = ({ r, g, b }) => {
    const [x, y, z] = [r, g, b].map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  if (wants.contrast) {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const el = node.parentElement;
      if (el === null || node.textContent.trim() === '' || !visible(el) || el.matches('script, style')) continue;
      const ground = groundOf(el);
      const [a, b] = [luminance(over(channels(getComputedStyle(el).color), ground)), luminance(ground)].sort((x, y) => y - x);
      const ratio = (a + 0.05) / (b + 0.05);
      if (ratio < 4.5) findings.push(`contrast ${ratio.toFixed(2)}: ${nameOfNode(el)}`);
    }
  }

  // Controls: large enough, and with a name. A link inside a sentence may be as high as the sentence.
  for (const el of all.filter((e) => e.matches('button, a[href], summary, input, select, textarea'))) {
    const box = el.getBoundingClientRect();
    const label = el.closest('label') ?? (el.id === '' ? null : document.querySelector(`label[for="${CSS.escape(el.id)}"]`));
    const inSentence = el.matches('a') && getComputedStyle(el).display === 'inline';
    const hit = label !== null && el.matches('input[type=checkbox], input[type=radio]') ? { width: Math.max(box.width, label.getBoundingClientRect().width), height: Math.max(box.height, label.getBoundingClientRect().height) } : box;
    if (!inSentence && (hit.width < 24 || hit.height < 24)) findings.push(`target ${Math.round(hit.width)}×${Math.round(hit.height)}: ${nameOfNode(el)}`);
    const labelled = el.getAttribute('aria-labelledby');
    const named = el.getAttribute('aria-label') ?? (labelled === null ? null : document.getElementById(labelled)?.textContent) ?? label?.textContent ?? el.closest('label')?.textContent ?? el.textContent;
    if ((named ?? '').trim() === '') findings.push(`no name: ${el.outerHTML.slice(0, 120)}`);
  }
  for (const el of all.filter((e) => e.tagName.toLowerCase() === 'svg')) if (el.getAttribute('aria-hidden') !== 'true') findings.push('svg without aria-hidden');
  for (const el of all.filter((e) => e.matches('[role=img]'))) if ((el.getAttribute('aria-label') ?? '') === '') findings.push(`image without a name: ${nameOfNode(el)}`);

  // The document: one h1, a language, no id twice, one main.
  if (document.documentElement.lang === '') findings.push('no language');
  if (document.querySelectorAll('h1').length > 1) findings.push('more than one h1');
  if (document.querySelectorAll('main').length !== 1) findings.push('not exactly one main');
  const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
  for (const id of new Set(ids)) if (ids.filter((i) => i === id).length > 1) findings.push(`id twice: ${id}`);
  for (const el of document.querySelectorAll('[style]')) findings.push(`inline style: ${nameOfNode(el)}`);

  // Words that promise too much, and message keys that slipped through.
  const words = document.body.innerText.replaceAll(/private window/gi, '');
  for (const word of wants.banned) if (new RegExp(`\\b${word}\\b`, 'i').test(words)) findings.push(`banned word: ${word}`);
  for (const key of words.match(/\b(?:state|label|outcome|check|code|gap|reader|sum|answer|ask|action|group|options|welcome|evidence)_[a-z]\w+/g) ?? []) findings.push(`bare key: ${key}`);
  return [...new Set(findings)];
}
