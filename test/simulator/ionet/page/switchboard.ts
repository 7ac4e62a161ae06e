/** The page's view of the faults: a list to search and switch, kept in step with the simulator. */

interface Fault {
  readonly name: string;
  readonly service: string;
  readonly says: string;
  readonly harmless: boolean;
}

const TITLES: Readonly<Record<string, string>> = { attestation: 'Attestation', answers: 'Answers', collateral: 'Intel’s and NVIDIA’s services' };

function part<K extends keyof HTMLElementTagNameMap>(tag: K, text = '', className = ''): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  element.textContent = text;
  if (className !== '') element.className = className;
  return element;
}

const post = async (path: string, body: object): Promise<void> => {
  await fetch(`/__sim/${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
};

/** Resolves when some of the element can be seen. */
const inView = async (element: Element): Promise<void> =>
  await new Promise((done) => {
    const watch = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      watch.disconnect();
      done();
    });
    watch.observe(element);
  });

/** A list of hundreds of rows, made once somebody can see it: small windows, as most tests use, begin without. `titles` names the services whose faults are listed, and how each list is called. */
export async function switchboard(into: HTMLElement, status: HTMLElement, allGood: HTMLButtonElement, find: HTMLInputElement, titles: Readonly<Record<string, string>> = TITLES): Promise<void> {
  const boxes = new Map<string, HTMLInputElement>();
  const rows: { readonly row: HTMLElement; readonly text: string }[] = [];

  const show = (on: readonly string[]): void => {
    for (const [name, box] of boxes) box.checked = on.includes(name);
    status.textContent = on.length === 0 ? 'Everything works as it should.' : `Switched on: ${on.join(', ')}`;
    status.dataset['on'] = String(on.length > 0);
  };
  const refresh = async (): Promise<readonly Fault[]> => {
    const answer: { readonly faults: readonly Fault[]; readonly on: readonly string[] } = await (await fetch('/__sim/faults')).json();
    queueMicrotask(() => show(answer.on));
    return answer.faults;
  };

  await inView(into);
  const faults = await refresh();
  for (const [service, title] of Object.entries(titles)) {
    const group = part('fieldset');
    group.append(part('legend', title));
    for (const fault of faults.filter((item) => item.service === service)) {
      const row = part('label', '', 'fault');
      const box = part('input');
      box.type = 'checkbox';
      box.name = fault.name;
      box.addEventListener('change', () => { void post('fault', { name: fault.name, on: box.checked }).then(refresh); });
      boxes.set(fault.name, box);
      row.append(box, part('b', fault.name), part('small', fault.harmless ? `${fault.says} Must stay good.` : fault.says));
      rows.push({ row, text: `${fault.name} ${fault.says}`.toLowerCase() });
      group.append(row);
    }
    into.append(group);
  }
  allGood.addEventListener('click', () => { void post('reset', {}).then(refresh); });
  find.addEventListener('input', () => {
    const wanted = find.value.trim().toLowerCase();
    for (const { row, text } of rows) row.hidden = !text.includes(wanted);
  });
  window.addEventListener('focus', () => { void refresh(); });
}
