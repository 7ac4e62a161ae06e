import { describe, expect, it } from 'vitest';
import { newDocument, withAnswer, withStep } from '../../../src/watch/document';
import { DocumentBook } from '../../../src/watch/documents';
import { answer, document, GOOD, PAGE, runStore } from './fixtures';

const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const fresh = (n: number, tabId = 7) => newDocument({ tabId, documentId: id(n), pageOrigin: PAGE, profileId: 'example', incognito: false, openedAt: n });

function book(run = runStore()) {
  const changed: number[] = [];
  const forgotten: string[] = [];
  const faults: unknown[] = [];
  return { run, changed, forgotten, faults, book: new DocumentBook(run, { changed: (tab) => changed.push(tab), forgotten: (d) => forgotten.push(d), failed: (e) => faults.push(e) }) };
}

describe('the documents of a tab', () => {
  it('begin with a clean slate and come back as they were left', () => {
    const b = book().book;
    b.show(fresh(1));
    b.update(id(1), (d) => withAnswer(d, answer(1, GOOD)));
    b.show(fresh(2));
    expect(b.shown(7)?.answers).toEqual([]);
    b.show(fresh(1));
    expect(b.shown(7)?.answers.length).toBe(1);
  });

  it('are not shown while a foreign page is, and not lost either', () => {
    const b = book().book;
    b.show(document());
    b.hide(7);
    expect(b.shown(7)).toBeUndefined();
    expect(b.allShown()).toEqual([]);
    b.show(document());
    expect(b.shown(7)?.pageOrigin).toBe(PAGE);
  });

  it('do not come back under another origin that uses the same id', () => {
    const b = book().book;
    b.show(fresh(1));
    b.update(id(1), (d) => withAnswer(d, answer(1, GOOD)));
    b.show({ ...fresh(1), pageOrigin: 'https://evil.example' });
    expect(b.shown(7)?.answers).toEqual([]);
  });

  it('survive the worker', async () => {
    const first = book();
    first.book.show(fresh(1));
    first.book.update(id(1), (d) => withAnswer(d, answer(1, GOOD)));
    await first.book.settled();
    const second = book(first.run);
    await second.book.load();
    expect(second.book.shown(7)).toEqual(first.book.shown(7));
    expect(first.faults).toEqual([]);
  });

  it('keep the last of many changes, in order', async () => {
    const b = book();
    b.book.show(fresh(1));
    for (let n = 1; n <= 30; n += 1) b.book.update(id(1), (d) => withAnswer(d, answer(n, GOOD)));
    await b.book.settled();
    expect(JSON.parse(b.run.kept.get(`doc:${id(1)}`) ?? '{}')).toMatchObject({ answers: { length: 30 } });
  });

  it('are at rest after the worker’s end: what was being done ended with it', async () => {
    const first = book();
    first.book.show(fresh(1));
    first.book.update(id(1), (d) => withStep(d, 'asking-service'));
    await first.book.settled();
    const second = book(first.run);
    await second.book.load();
    expect(second.book.shown(7)).toBeDefined();
    expect(second.book.shown(7)?.step).toBeUndefined();
  });

  it('go when their origin is no longer allowed, and do not come back with it', async () => {
    const b = book();
    b.book.show(fresh(1));
    b.book.show({ ...fresh(2, 8), pageOrigin: 'https://kept.example' });
    b.book.keepOnly((origin) => origin === 'https://kept.example');
    await b.book.settled();
    expect([b.book.shown(7), b.book.shown(8)?.pageOrigin]).toEqual([undefined, 'https://kept.example']);
    expect(b.forgotten).toEqual([id(1)]);
    expect(b.run.kept.has(`doc:${id(1)}`)).toBe(false);
  });

  it('show how much has arrived without writing it each time', async () => {
    const b = book();
    b.book.show(fresh(1));
    await b.book.settled();
    const before = b.run.kept.get(`doc:${id(1)}`);
    b.book.updateInMemory(id(1), (d) => withAnswer(d, answer(1, GOOD)));
    await b.book.settled();
    expect(b.book.shown(7)?.answers.length).toBe(1);
    expect(b.run.kept.get(`doc:${id(1)}`)).toBe(before);
  });

  it('leave the memory when the tab closes, and when too many came after them', async () => {
    const b = book();
    for (let n = 1; n <= 9; n += 1) b.book.show(fresh(n));
    expect(b.forgotten).toEqual([1, 2, 3, 4].map(id));
    b.book.close(7);
    await b.book.settled();
    expect([...b.run.kept.keys()]).toEqual([]);
  });

  it('that take nothing of their kind from the memory: foreign values are passed over', async () => {
    const run = runStore();
    await run.set('doc:x', { documentId: 'x' });
    await run.set('doc:y', 7);
    await run.set('tab:3', 'x');
    const b = book(run).book;
    await b.load();
    expect(b.allShown()).toEqual([]);
  });
});
