/** What every scenario looks at, all at once: the answer, the tab, the popup, the toolbar button, the record. */
import { expect } from 'vitest';
import type { Code } from '../../src/checks/codes';
import type { State } from '../../src/verdict/state';
import type { AnswerView, TabSnapshot } from '../../src/watch/snapshot';
import type { FaultName } from '../simulator/faults';
import { type Assay, type Chat, codesOf, isOfVendors, words } from './assay';
import type { Toolbar } from './browsers';
import { until } from './wait';

export interface Expected {
  readonly state: State;
  /** Among the codes of the answer's checks. */
  readonly code?: Code;
  /** Where the tab stands worse than its answer: what is wrong is the evidence, and no answer can be tied to it. */
  readonly tab?: { readonly state: State; readonly code: Code };
  /** The background was ended in between: Chromium then cannot tell which picture the button shows. */
  readonly ended?: true;
}

const BADGE: Readonly<Record<State, string>> = { failed: '!', incomplete: '?', limited: '', verified: '' };

/** The pictures seen so far: one state always has one picture, and no two states share one. */
const pictures = new Map<string, string>();

function expectPicture(browser: string, state: State, icon: string): void {
  expect(icon, `the toolbar shows a picture in ${state}`).not.toBe('');
  const key = `${browser} ${state}`;
  const known = pictures.get(key);
  if (known !== undefined) return expect(icon, `the picture of ${state}`).toBe(known);
  expect([...pictures.values()], `the picture of ${state} is its own`).not.toContain(icon);
  pictures.set(key, icon);
}

/** The tooltip up to the service's name. */
const tipOf = (state: State): string => words(`state_${state}_tip`).split('$')[0] ?? '';

/** The toolbar is painted a moment after the state is known. */
export async function expectToolbar(assay: Assay, tabId: number, state: State, ended = false): Promise<void> {
  let last: Toolbar | undefined;
  const painted = until(`the button of ${state}`, async () => {
    last = await assay.toolbar(tabId);
    // Icon, badge and title are set one after the other: what is known of the picture is waited for too.
    const known = pictures.get(`${assay.browser.name} ${state}`);
    const isPainted = ended ? known === undefined || last.icon === '' || last.icon === known : last.icon !== '' && (known === undefined || last.icon === known);
    return last.badge === BADGE[state] && last.title.startsWith(tipOf(state)) && isPainted ? last : undefined;
  });
  const { icon } = await painted.catch((cause: unknown) => {
    throw new Error(`the toolbar button should show ${state} and shows ${JSON.stringify(last)}`, { cause });
  });
  if (icon !== '') expectPicture(assay.browser.name, state, icon);
}

/** What popups of this run have said: one state with one cause always says the same. */
const said = new Set<string>();

/** The popup says the state and, where there is a fault, its code. Looked at once for each state and cause. */
export async function expectPopup(assay: Assay, tabId: number, tab: TabSnapshot): Promise<void> {
  const what = `${tab.service?.profileId} ${tab.state} ${tab.leading?.code}`;
  if (said.has(what)) return;
  const popup = await assay.popup(tabId);
  try {
    const shown = await popup.shown();
    expect(shown.state).toBe(tab.state);
    expect(shown.headline).not.toBe('');
    if (tab.state === 'failed') expect(shown.codes, 'the code of what failed').toContain(tab.leading?.code);
    said.add(what);
  } finally {
    await popup.close();
  }
}

/** What Assay says of an answer that was just judged, in its answer and its tab. */
export function expectVerdict({ answer, tab }: { readonly answer: AnswerView; readonly tab: TabSnapshot }, expected: Expected): void {
  const said = JSON.stringify(answer.checks.filter((check) => check.outcome !== 'pass'));
  expect(answer.state, said).toBe(expected.state);
  if (expected.code !== undefined) expect(codesOf(answer), said).toContain(expected.code);
  expect(tab.state).toBe(expected.tab?.state ?? expected.state);
  if (expected.tab !== undefined) expect(tab.leading?.code).toBe(expected.tab.code);
}

/** Everything Assay says of it: popup, button and record too. */
export async function expectEverywhere(assay: Assay, chat: Chat, judged: { readonly answer: AnswerView; readonly tab: TabSnapshot }, expected: Expected): Promise<void> {
  const { answer, tab } = judged;
  expectVerdict(judged, expected);
  await expectToolbar(assay, chat.tabId, expected.tab?.state ?? expected.state, expected.ended);
  await expectPopup(assay, chat.tabId, tab);
  const record = await until('the answer on record', async () => (await assay.records()).find((one) => one.id.endsWith(`/${answer.id}`)));
  expect(record.state).toBe(expected.state);
  if (expected.code !== undefined) expect(record.codes).toContain(expected.code);
}

/** Everything Assay says, or (where other scenarios have shown the rest) the answer and the tab alone. */
export type Thoroughness = 'everywhere' | 'verdict';

export interface Scenario extends Expected {
  readonly name: string;
  readonly faults?: readonly FaultName[];
  /** GPUs of the machine: one, unless the scenario is about several. */
  readonly gpus?: 1 | 8;
  readonly form: 'json' | 'stream';
  /** Ask once before the faults are switched on. */
  readonly before?: 'json' | 'stream';
}

/** What a scenario finds: everything forgotten, or the world as the one before it left it, for faults of answers alone. */
export type World = 'new' | 'as it is';

/** Where the scenario before ended well and its service's evidence is good, so that a next one can go on with it. */
const sound = new WeakSet<Assay>();

/** The faults off, and where it must be or the scenario asks for it, everything forgotten. */
async function prepare(assay: Assay, faults: readonly FaultName[], world: World): Promise<void> {
  if (world === 'as it is' && sound.has(assay)) {
    assay.renew();
    return;
  }
  await assay.forget('ready', faults.some(isOfVendors) ? 'gone' : undefined);
}

/** The world, one page, the faults, one answer, everything looked at. */
export async function play(assay: Assay, scenario: Scenario, how: Thoroughness = 'everywhere', world: World = 'new'): Promise<void> {
  const { faults = [] } = scenario;
  await prepare(assay, faults, world);
  sound.delete(assay);
  if (scenario.gpus === 8) assay.simulator.fault('gpu-single', false);
  const chat = await assay.chat();
  try {
    if (scenario.before !== undefined) await chat.ask(scenario.before);
    for (const fault of faults) assay.simulator.fault(fault);
    const judged = await chat.ask(scenario.form);
    if (how === 'everywhere') await expectEverywhere(assay, chat, judged, scenario);
    else expectVerdict(judged, scenario);
    // A key that was swapped leaves evidence that reports another one than signs next.
    if (world === 'as it is' && !faults.includes('key-swapped')) sound.add(assay);
  } finally {
    await chat.close();
  }
}
