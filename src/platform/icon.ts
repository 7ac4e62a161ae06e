/** The toolbar's picture of a state: bitmaps where the browser wants them (Chrome), SVG files elsewhere (Firefox). */
import { type Ink, MARKS, type MarkState, type Shape } from './mark';

/** Whether the toolbar behind the icon is light or dark. */
export type Toolbar = 'light' | 'dark';

export const ICON_SIZES = [16, 24, 32, 48] as const;
export type IconSize = (typeof ICON_SIZES)[number];

const GRID = 16;

interface Inks {
  readonly cup: string;
  readonly plate: string;
  readonly knock: string;
  readonly state: Readonly<Record<MarkState, string>>;
}

/** Brass and cinnabar are a little stronger here than on our pages: a toolbar is seen from the corner of the eye. */
const INKS: Readonly<Record<Toolbar, Inks>> = {
  light: {
    cup: '#1d1b17', plate: '#b0241c', knock: '#ffffff',
    state: { verified: '#15655a', limited: '#37557c', incomplete: '#9a6700', failed: '#b0241c', checking: '#4f4b43', waiting: '#5f5a50', off: '#5f5a50' },
  },
  dark: {
    cup: '#f1eee7', plate: '#ff6f61', knock: '#161513',
    state: { verified: '#74cdb9', limited: '#a4bfe2', incomplete: '#e5b95c', failed: '#ff6f61', checking: '#c2bdb1', waiting: '#c2bdb1', off: '#a8a295' },
  },
};

/** The cup of `waiting` is as quiet as the state itself. */
export function inkOf(state: MarkState, ink: Ink, toolbar: Toolbar): string {
  const inks = INKS[toolbar];
  if (ink === 'state' || (ink === 'cup' && state === 'waiting')) return inks.state[state];
  return inks[ink];
}

/** The drawing calls a canvas of either kind offers. */
type Pen = Pick<OffscreenCanvasRenderingContext2D, 'fill' | 'stroke' | 'setLineDash' | 'save' | 'restore' | 'scale' | 'fillStyle' | 'strokeStyle' | 'lineWidth' | 'lineDashOffset' | 'lineJoin'>;

function drawShape(pen: Pen, shape: Shape, state: MarkState, toolbar: Toolbar): void {
  const path = new Path2D(shape.path);
  if (shape.fill !== undefined) {
    pen.fillStyle = inkOf(state, shape.fill, toolbar);
    // oxlint-disable-next-line unicorn/no-array-fill-with-reference-type -- a canvas, not an array
    pen.fill(path);
  }
  if (shape.stroke === undefined) return;
  pen.strokeStyle = inkOf(state, shape.stroke, toolbar);
  pen.lineWidth = shape.width ?? 1;
  pen.lineJoin = 'round';
  pen.setLineDash(shape.dash === undefined ? [] : [shape.dash[0], shape.dash[1]]);
  pen.lineDashOffset = shape.dash?.[2] ?? 0;
  pen.stroke(path);
}

/** Draws a state's mark into a square of `size` pixels. */
export function drawMark(pen: Pen, state: MarkState, toolbar: Toolbar, size: number): void {
  pen.save();
  pen.scale(size / GRID, size / GRID);
  for (const shape of MARKS[state]) drawShape(pen, shape, state, toolbar);
  pen.restore();
}

/** For `action.setIcon({ imageData })`: one bitmap a size. */
export function iconBitmaps(state: MarkState, toolbar: Toolbar): Record<IconSize, ImageData> {
  const bitmap = (size: IconSize): ImageData => {
    const pen = new OffscreenCanvas(size, size).getContext('2d');
    if (pen === null) throw new Error('this browser draws no bitmaps here');
    drawMark(pen, state, toolbar, size);
    return pen.getImageData(0, 0, size, size);
  };
  return { 16: bitmap(16), 24: bitmap(24), 32: bitmap(32), 48: bitmap(48) };
}

/** For `action.setIcon({ path })`: a file under assets/icons, from the extension's root. */
export const iconFile = (state: MarkState, toolbar: Toolbar): string => `/icons/${state}-${toolbar}.svg`;

/** Colours of the badge on `failed` and `incomplete`; none elsewhere. */
export const BADGE_COLOURS = { failed: { ground: '#b0241c', text: '#ffffff' }, incomplete: { ground: '#7a5200', text: '#ffffff' } } as const;

/** The same picture as an SVG document, for the files in assets/icons. */
export function markSvg(state: MarkState, toolbar: Toolbar): string {
  const shapes = MARKS[state].map((shape) => {
    const stroke = shape.stroke === undefined ? '' : ` stroke="${inkOf(state, shape.stroke, toolbar)}" stroke-width="${shape.width ?? 1}" stroke-linejoin="round"`;
    const dash = shape.dash === undefined ? '' : ` stroke-dasharray="${shape.dash[0]} ${shape.dash[1]}" stroke-dashoffset="${shape.dash[2]}"`;
    return `<path d="${shape.path}" fill="${shape.fill === undefined ? 'none' : inkOf(state, shape.fill, toolbar)}"${stroke}${dash}/>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${GRID} ${GRID}" width="${GRID}" height="${GRID}">${shapes.join('')}</svg>\n`;
}
