/** Where a page's surface is drawn: `<div id="root">` of its entrypoint. */
export function rootOf(page: Document): Element {
  const root = page.getElementById('root');
  if (root === null) throw new Error('the page has no root');
  return root;
}

/** A whole number in the page's address, as a tab id is; `undefined` for anything else. */
export function tabIn(search: string): number | undefined {
  const given = new URLSearchParams(search).get('tab');
  return given !== null && /^\d{1,15}$/.test(given) ? Number(given) : undefined;
}
