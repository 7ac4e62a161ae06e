/**
 * The mark as paths on a grid of 16: a bead in a cupel. Drawn in three places from these facts alone: the toolbar
 * (bitmaps and SVG files) and our own pages. Shape tells the state without colour (UI.md 2, 3).
 */

/** `nopermission` is drawn as `off`. */
export type MarkState = 'verified' | 'limited' | 'incomplete' | 'failed' | 'checking' | 'waiting' | 'off';
export const MARK_STATES: readonly MarkState[] = ['verified', 'limited', 'incomplete', 'failed', 'checking', 'waiting', 'off'];

/** What a shape is made of: the cup, the state's own colour, the plate of `failed` and what is cut out of it. */
export type Ink = 'cup' | 'state' | 'plate' | 'knock';

export interface Shape {
  readonly path: string;
  readonly fill?: Ink;
  readonly stroke?: Ink;
  readonly width?: number;
  /** Dash, gap and where the first dash begins. */
  readonly dash?: readonly [dash: number, gap: number, offset: number];
  /** Dots that move while checking, in this order. */
  readonly boils?: number;
}

const CUP: Shape = { path: 'M1 8H2.97A5.25 5.25 0 0 0 13.03 8H15L13.35 14.25Q13.15 15 12.4 15H3.6Q2.85 15 2.65 14.25Z', fill: 'cup' };

/** A circle as a path, clockwise from its right end, as SVG's own circles run. */
function circle(x: number, y: number, r: number): string {
  const [start, end] = [x + r, x - r].map((n) => Math.round(n * 100) / 100);
  return `M${start} ${y}A${r} ${r} 0 1 1 ${end} ${y}A${r} ${r} 0 1 1 ${start} ${y}Z`;
}

const dot = (x: number, y: number, boils: number): Shape => ({ path: circle(x, y, 1.35), fill: 'state', boils });

export const MARKS: Readonly<Record<MarkState, readonly Shape[]>> = {
  verified: [CUP, { path: circle(8, 6, 4), fill: 'state' }],
  limited: [CUP, { path: circle(8, 6, 3.35), stroke: 'state', width: 1.3 }, { path: 'M4 6a4 4 0 0 0 8 0Z', fill: 'state' }],
  incomplete: [CUP, { path: circle(8, 6, 3.5), stroke: 'state', width: 1.9, dash: [4.73, 2.6, -1.3] }],
  failed: [
    { path: 'M4.6 0H11.4L16 4.6V11.4L11.4 16H4.6L0 11.4V4.6Z', fill: 'plate' },
    { path: 'M4.6 4.6L11.4 11.4M11.4 4.6L4.6 11.4', stroke: 'knock', width: 2.6 },
  ],
  checking: [CUP, dot(4.6, 5.6, 0), dot(8, 3.4, 1), dot(11.4, 5.6, 2)],
  waiting: [CUP],
  off: [{ path: 'M1.9 8.2H14.1L12.6 14.3H3.4Z', stroke: 'state', width: 1.4 }],
};
