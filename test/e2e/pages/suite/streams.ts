/** Bodies read piece by piece, stopped, cut, copied and piped. */
import { API, applied, bodyOf, hex, newStream, readerOf, rejected, said, seenEarly, settled, stackOf, wait, type Observations } from './kit';

async function readAll(reader: ReadableStreamDefaultReader<unknown>): Promise<unknown[]> {
  const all: unknown[] = [];
  for (;;) {
    const result = await reader.read();
    if (result.done) return [...all, Object.keys(result).sort().join()];
    all.push(result.value);
  }
}
/** As the DOM types have it, a decoder takes buffers that can be shared as well; a body gives others. */
const decoding = (): ReadableWritablePair<string, Uint8Array> => new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>;
/** What is left of a stream; a Response takes none that was read from. */
async function textOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  const parts = await readAll(stream.getReader());
  return new Blob(parts.slice(0, -1) as Uint8Array<ArrayBuffer>[]).text();
}

export const streams: Observations = {
  'reader': async () => { const reader = await readerOf(newStream('n=4&ms=10').url); const parts = await readAll(reader); return [new TextDecoder().decode(await new Blob(parts.slice(0, -1) as Uint8Array<ArrayBuffer>[]).arrayBuffer()), parts.at(-1), await settled(reader.closed)]; },
  'reader, gzip': async () => { const reader = await readerOf(newStream('n=4&ms=10&gzip=1').url); return (await readAll(reader)).slice(0, -1).map((part) => hex(part as Uint8Array)).join(''); },
  'byte reader': async () => { const { body } = await bodyOf(`${API}/json`); const reader = body.getReader({ mode: 'byob' }); const { value, done } = await reader.read(new Uint8Array(100)); return [value?.length, done]; },
  'byte reader, DataView': async () => { const { body } = await bodyOf(`${API}/json`); const reader = body.getReader({ mode: 'byob' }); const { value } = await reader.read(new DataView(new ArrayBuffer(20), 4, 10)); return [value?.byteLength, value?.byteOffset, value?.constructor.name]; },
  'for await': async () => { const { response, body } = await bodyOf(newStream('n=4&ms=10').url); let length = 0; for await (const chunk of body) length += chunk.length; return [length, response.body?.locked]; },
  'for await, left': async () => { const { id, url } = newStream(); const { body } = await bodyOf(url); for await (const chunk of body) if (chunk.length > 0) break; return [await seenEarly(id), body.locked]; },
  'iterator, returned': async () => { const { id, url } = newStream(); const { body } = await bodyOf(url); const iterator = body[Symbol.asyncIterator](); await iterator.next(); await iterator.return?.(); return [await seenEarly(id), body.locked]; },
  'values without cancel': async () => { const { body } = await bodyOf(newStream('n=4&ms=10').url); for await (const chunk of body.values({ preventCancel: true })) if (chunk.length > 0) break; return [body.locked, (await textOf(body)).length > 0]; },
  'textStream': async () => { const r = await fetch(`${API}/bom`); const read: unknown = Reflect.get(r, 'textStream'); if (typeof read !== 'function') return 'none'; const all: unknown[] = []; for await (const part of read.call(r) as ReadableStream<string>) all.push(part); return [all, r.bodyUsed]; },
  'pipeThrough': async () => { const { response, body } = await bodyOf(newStream('n=4&ms=10').url); const piped = body.pipeThrough(decoding()); const locked = body.locked; const all = await readAll(piped.getReader()); return [all.slice(0, -1).join(''), locked, response.bodyUsed]; },
  'pipeThrough, cancelled': async () => { const { id, url } = newStream(); const { body } = await bodyOf(url); const reader = body.pipeThrough(decoding()).getReader(); await reader.read(); await reader.cancel('stop'); return seenEarly(id); },
  'pipeThrough, terminated': async () => { const { id, url } = newStream(); const { body } = await bodyOf(url); const piped = body.pipeThrough(new TransformStream({ transform: (_, controller) => controller.terminate() })); await readAll(piped.getReader()); return seenEarly(id); },
  'pipeThrough, failed': async () => { const { id, url } = newStream(); const { body } = await bodyOf(url); const piped = body.pipeThrough(new TransformStream({ transform: () => { throw new Error('mine'); } })); return [await settled(readAll(piped.getReader())), await seenEarly(id)]; },
  'pipeThrough, twice': async () => { const { body } = await bodyOf(newStream('n=3&ms=5').url); return (await readAll(body.pipeThrough(new TransformStream()).pipeThrough(decoding()).getReader())).length > 1; },
  'pipeThrough, wrong': async () => { const { body } = await bodyOf(`${API}/json`); try { applied(ReadableStream.prototype, 'pipeThrough', body, [{}]); } catch (error) { return [said(error), body.locked]; } return 'no error'; },
  'pipeTo': async () => { const { body } = await bodyOf(newStream('n=4&ms=10').url); let length = 0; let closed = false; await body.pipeTo(new WritableStream({ write: (chunk) => { length += chunk.length; }, close: () => { closed = true; } })); return [length, closed, body.locked]; },
  'pipeTo, failing sink': async () => { const { id, url } = newStream(); const { body } = await bodyOf(url); return [await settled(body.pipeTo(new WritableStream({ write: () => { throw new Error('sink'); } }))), await seenEarly(id)]; },
  'pipeTo, signal': async () => { const { id, url } = newStream(); const { body } = await bodyOf(url); const end = new AbortController(); setTimeout(() => end.abort(), 100); let aborted: unknown; return [await settled(body.pipeTo(new WritableStream({ abort: (reason) => { aborted = said(reason); } }), { signal: end.signal })), aborted, await seenEarly(id)]; },
  'pipeTo, without cancel': async () => { const { body } = await bodyOf(newStream('n=8&ms=10').url); const how = await settled(body.pipeTo(new WritableStream({ write: () => { throw new Error('sink'); } }), { preventCancel: true })); return [how, body.locked, (await textOf(body)).length > 0]; },
  'pipeTo, wrong': async () => { const { body } = await bodyOf(`${API}/json`); return [said(await rejected(applied(ReadableStream.prototype, 'pipeTo', body, [{}]))), body.locked]; },
  'pipeTo, wrong signal': async () => { const { body } = await bodyOf(`${API}/json`); return [said(await rejected(applied(ReadableStream.prototype, 'pipeTo', body, [new WritableStream(), { signal: 1 }]))), body.locked]; },
  'pipeTo, closed sink': async () => { const { id, url } = newStream(); const { body } = await bodyOf(url); const sink = new WritableStream(); await sink.close(); return [await settled(body.pipeTo(sink)), await seenEarly(id)]; },
  'cancel after one': async () => { const { id, url } = newStream(); const reader = await readerOf(url); await reader.read(); await reader.cancel(); return [await seenEarly(id), await settled(reader.closed)]; },
  'cancel, byte reader': async () => { const { id, url } = newStream(); const { body } = await bodyOf(url); const reader = body.getReader({ mode: 'byob' }); await reader.read(new Uint8Array(4)); await reader.cancel(); return seenEarly(id); },
  'cancel unread': async () => { const { id, url } = newStream(); const { response, body } = await bodyOf(url); await body.cancel('x'); return [await seenEarly(id), response.bodyUsed]; },
  'tee': async () => { const { body } = await bodyOf(newStream('n=4&ms=10').url); const [a, b] = body.tee(); const [x, y] = [await textOf(a), await textOf(b)]; return [x === y, x.length, body.locked]; },
  'tee, one cancelled': async () => { const { body } = await bodyOf(newStream('n=4&ms=10').url); const [a, b] = body.tee(); void a.cancel(); return (await textOf(b)).length; },
  'tee, both cancelled': async () => { const { id, url } = newStream(); const { body } = await bodyOf(url); const [a, b] = body.tee(); await Promise.all([a.cancel(), b.cancel()]); return seenEarly(id); },
  'clone, both cancelled': async () => { const { id, url } = newStream(); const r = await fetch(url); const c = r.clone(); await Promise.all([r.body?.cancel(), c.body?.cancel()]); return seenEarly(id); },
  'released with a read under way': async () => { const { body } = await bodyOf(newStream('n=6&ms=20').url); const reader = body.getReader(); await reader.read(); const pending = settled(reader.read()); reader.releaseLock(); return [typeof (await pending), (await textOf(body)).includes('[DONE]')]; },
  'abort before': async () => fetch(`${API}/json`, { signal: AbortSignal.abort() }).catch(said),
  'abort while reading': async () => { const { id, url } = newStream(); const end = new AbortController(); const reader = await readerOf(url, { signal: end.signal }); await reader.read(); end.abort(); return [await settled((async () => { for (;;) if ((await reader.read()).done) return 'done'; })()), await seenEarly(id)]; },
  'abort while reading text': async () => { const { id, url } = newStream(); const end = new AbortController(); const r = await fetch(url, { signal: end.signal }); setTimeout(() => end.abort(), 80); return [await settled(r.text()), await seenEarly(id)]; },
  'abort, own reason': async () => { const end = new AbortController(); const reader = await readerOf(newStream().url, { signal: end.signal }); await reader.read(); const reason = new Error('mine'); end.abort(reason); try { for (;;) await reader.read(); } catch (error) { return error === reason; } },
  'cut, reader': async () => { const reader = await readerOf(newStream('n=3&ms=10&cut=1').url); return settled((async () => { for (;;) if ((await reader.read()).done) return 'done'; })()); },
  'cut, text': async () => settled((await fetch(newStream('n=3&ms=10&cut=1').url)).text()),
  'cut, stack': async () => (await fetch(newStream('n=3&ms=10&cut=1').url)).text().catch(stackOf),
  'cut, for await': async () => { const { body } = await bodyOf(newStream('n=3&ms=10&cut=1').url); return settled((async () => { for await (const chunk of body) if (chunk.length === 0) return 'empty'; return 'end'; })()); },
  'cut, pipeTo': async () => { const { body } = await bodyOf(newStream('n=3&ms=10&cut=1').url); return settled(body.pipeTo(new WritableStream())); },
  'transferred': async () => { const { body } = await bodyOf(`${API}/json`); const { port1, port2 } = new MessageChannel(); port1.postMessage(body, [body]); return new Promise((done) => { port2.onmessage = (event: MessageEvent<ReadableStream<Uint8Array>>) => void textOf(event.data).then((text) => done(text.length)); }); },
  'paced': async () => {
    const reader = await readerOf(newStream('n=8&ms=40').url);
    const lags: number[] = [];
    for (;;) {
      const started = performance.now();
      if ((await reader.read()).done) break;
      lags.push(performance.now() - started);
    }
    await wait(0);
    // Piece by piece as they come, not together at the end.
    return lags.filter((lag) => lag > 20).length >= 5;
  },
};
