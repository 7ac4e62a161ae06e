/**
 * What differs between the shipped build and the simulator flavour. The simulator's build puts another module in this
 * one's place (alias `#flavour` in wxt.config.ts); a test proves that no shipped bundle holds any of it.
 */
import type { Anchor } from './anchors';

export const FLAVOUR: { readonly name: 'shipped' | 'simulator'; readonly anchors: readonly Anchor[] } = { name: 'shipped', anchors: [] };

/** Ms since the epoch. The simulator's clock can be moved by its tests; this one cannot. */
export const clock = (): Promise<number> => Promise.resolve(Date.now());
