/** Where a page's surface is drawn: `<div id="root">` of its entrypoint. */
export function rootOf(page: Document): Element {
  const root = page.getElementById('root');
  if (root === null) throw new Error('the page has no root');
  return root;
}
