import { beforeEach, describe, expect, it } from 'vitest';
import { Painter } from '../../../src/watch/painter';
import type { TabSnapshot } from '../../../src/watch/snapshot';
import { idleSnapshot } from '../../../src/watch/tab-state';
import { PAGE, runStore } from './fixtures';

const failed = (tabId = 1, origin = PAGE): TabSnapshot => ({ ...idleSnapshot(tabId, { origin }, 'off'), state: 'failed' });

let painted: string[];
let notices: string[];
let wanted: boolean;
let hidden: boolean;
let run: ReturnType<typeof runStore>;
let snapshots: Map<number, TabSnapshot>;
const faults: unknown[] = [];

const painter = () =>
  new Painter({
    snapshot: (tabId) => Promise.resolve(snapshots.get(tabId) ?? idleSnapshot(tabId, {}, 'off')),
    words: { tooltip: (s) => `tip ${s.state}`, notice: (s) => (s.state === 'failed' ? { title: 'Assay', message: s.pageOrigin ?? '' } : undefined) },
    paint: (tabId, face) => Promise.resolve(void painted.push(`${tabId} ${face.icon} ${face.badge} ${face.title}`)),
    notify: (tabId, _title, message) => Promise.resolve(void notices.push(`${tabId} ${message}`)),
    notificationsWanted: () => Promise.resolve(wanted),
    isPrivate: () => hidden,
    run,
    fault: (error) => faults.push(error),
  });
const settled = () => new Promise((done) => setTimeout(done, 5));

beforeEach(() => {
  painted = [];
  notices = [];
  wanted = true;
  hidden = false;
  run = runStore();
  snapshots = new Map([[1, failed()]]);
});

describe('the picture of a tab', () => {
  it('goes to the toolbar and to every page that shows the tab, and to none that stopped', async () => {
    const p = painter();
    const seen: string[] = [];
    const stop = p.view(1, (s) => seen.push(s.state));
    await settled();
    stop();
    p.changed(1);
    await settled();
    expect(painted).toEqual(['1 failed ! tip failed', '1 failed ! tip failed']);
    expect(seen).toEqual(['failed']);
  });

  it('is made as often as keeps up, and the last change is never lost', async () => {
    const p = painter();
    for (let i = 0; i < 50; i += 1) p.changed(1);
    snapshots.set(1, idleSnapshot(1, {}, 'off'));
    await settled();
    expect(painted.length).toBeLessThan(50);
    expect(painted.at(-1)).toBe('1 off  tip off');
  });
});

describe('the notice', () => {
  it('comes once per origin and browser run, also over the worker’s end', async () => {
    const p = painter();
    p.changed(1);
    await settled();
    p.changed(1);
    await settled();
    painter().changed(1);
    snapshots.set(2, failed(2, 'https://other.example'));
    p.changed(2);
    await settled();
    expect(notices).toEqual([`1 ${PAGE}`, '2 https://other.example']);
  });

  it('does not come when it is not wanted, nor for private windows, nor for any other state', async () => {
    wanted = false;
    painter().changed(1);
    await settled();
    wanted = true;
    hidden = true;
    painter().changed(1);
    await settled();
    hidden = false;
    snapshots.set(1, { ...failed(), state: 'incomplete' });
    painter().changed(1);
    await settled();
    expect(notices).toEqual([]);
    expect(faults).toEqual([]);
  });
});
