/**
 * The page's natives as they are at document_start, before any page script: the tap works with these alone, so that a
 * page which replaces them later neither sees nor bends it. After the start no code of the tap may use the iterator
 * protocol, spread calls, `instanceof`, or a method looked up on an object: all of these can run page code.
 */
const { apply, defineProperty, getOwnPropertyDescriptor, setPrototypeOf } = Reflect;
const PageProxy = Proxy;

/** A native with its receiver as first argument; it throws on a wrong one as the native does. `R` is what the specification says it returns. */
export type Native<R> = (self: unknown, ...args: readonly unknown[]) => R;

function native<R>(owner: object, key: PropertyKey, kind: 'get' | 'value'): Native<R> {
  const found: unknown = getOwnPropertyDescriptor(owner, key)?.[kind];
  if (typeof found !== 'function') throw new TypeError(String(key));
  return (self, ...args) => apply(found, self, args);
}

export const method = <R>(owner: object, key: PropertyKey): Native<R> => native<R>(owner, key, 'value');
export const getter = <R>(owner: object, key: PropertyKey): Native<R> => native<R>(owner, key, 'get');

/** Takes the prototype away: natives look options up through it, where a page could add some. */
export function bare<T extends object>(options: T): T {
  setPrototypeOf(options, null);
  return options;
}

/** What runs in a native's place. `call` is the native: with the page's own receiver and arguments unless others are given. */
export type Hook = (call: (self?: unknown, args?: readonly unknown[]) => unknown, self: unknown, args: readonly unknown[]) => unknown;

/**
 * Puts a Proxy in the place of a native method or getter: name, length, properties and descriptor stay as they were;
 * only `toString` can tell. Does nothing where this browser lacks the native.
 */
export function hook(owner: object, key: PropertyKey, run: Hook): void {
  const found = getOwnPropertyDescriptor(owner, key);
  if (found === undefined) return;
  const descriptor = bare(found);
  const kind = descriptor.get === undefined ? 'value' : 'get';
  const inPlace: unknown = descriptor[kind];
  if (typeof inPlace !== 'function') return;
  const handler: ProxyHandler<typeof inPlace> = {
    apply: (target, self: unknown, args: readonly unknown[]) => run((otherSelf = self, otherArgs = args) => apply(target, otherSelf, otherArgs), self, args),
  };
  descriptor[kind] = new PageProxy(inPlace, bare(handler));
  defineProperty(owner, key, descriptor);
}

const promiseThen = method<Promise<unknown>>(Promise.prototype, 'then');
const settled = Promise.resolve();

/** The derived promise of the native `then`. */
export const afterwards = (promise: unknown, done: (value: unknown) => unknown, failed: (error: unknown) => unknown): Promise<unknown> => promiseThen(promise, done, failed);

/** Runs after the promise reactions that are already due. */
export function soon(run: () => void): void {
  void promiseThen(settled, run);
}

/** A weak map that no page can look into. */
export interface Marks<V> {
  of(key: unknown): V | undefined;
  set(key: object, value: V): void;
}

export function marks<V>(): Marks<V> {
  const map = new WeakMap<object, V>();
  const get = method<V | undefined>(WeakMap.prototype, 'get');
  const set = method<unknown>(WeakMap.prototype, 'set');
  return {
    of: (key) => get(map, key),
    set: (key, value) => {
      set(map, key, value);
    },
  };
}
