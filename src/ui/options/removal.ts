/** Removing with a way back. */
import { useEffect, useRef, useState } from 'preact/hooks';

const UNDO_MS = 8_000;

export interface Removal {
  readonly going: ReadonlySet<string>;
  readonly start: (id: string) => void;
  readonly undo: (id: string) => void;
}

/** Removing waits a little, so that it can be undone. Leaving the page removes what waits. */
export function useRemoval(remove: (id: string) => void): Removal {
  const [going, setGoing] = useState<ReadonlySet<string>>(new Set());
  const timers = useRef(new Map<string, ReturnType<typeof setTimeout>>());
  const removeNow = useRef(remove);
  removeNow.current = remove;

  const settle = (id: string): boolean => {
    clearTimeout(timers.current.get(id));
    setGoing((before) => new Set([...before].filter((other) => other !== id)));
    return timers.current.delete(id);
  };
  const finish = (id: string): void => {
    if (settle(id)) removeNow.current(id);
  };
  useEffect(() => {
    const leave = (): void => [...timers.current.keys()].forEach(finish);
    addEventListener('pagehide', leave);
    return () => {
      removeEventListener('pagehide', leave);
      leave();
    };
  }, []);

  return {
    going,
    start(id) {
      setGoing((before) => new Set([...before, id]));
      timers.current.set(id, setTimeout(() => finish(id), UNDO_MS));
    },
    undo: (id) => void settle(id),
  };
}
