/** The room's front door for `watch`, `platform` and the entrypoints; contract.ts says what each part promises. */
export type * from './contract';
export type { HeadRecord } from './head-record';
export type { FromBackground } from './tap-protocol';
export { createObserver } from './observer';
