/** Marks, outcome glyphs and the icons of controls. All are decoration: the word beside them is the name. */
import type { ComponentChildren } from 'preact';
import { MARKS, type MarkState } from '../../platform/mark';
import type { Kind } from '../model/outcome';

interface SvgProps {
  readonly of: string;
  readonly size: number;
  readonly children: ComponentChildren;
}

const Svg = ({ of, size, children }: SvgProps) => (
  <svg class={`ic ${of}`} viewBox="0 0 16 16" width={size} height={size} aria-hidden="true" focusable="false">
    {children}
  </svg>
);

const ink = (name: string | undefined): string => (name === undefined ? 'none' : name === 'state' ? 'currentColor' : `var(--icon-${name})`);

/** The mark of a state (UI.md 2). */
export const Mark = ({ state, size }: { readonly state: MarkState; readonly size: number }) => (
  <Svg of={`st st-${state}`} size={size}>
    {MARKS[state].map((shape, i) => (
      <path
        key={i}
        d={shape.path}
        fill={ink(shape.fill)}
        stroke={ink(shape.stroke)}
        stroke-width={shape.width}
        stroke-linejoin="round"
        class={shape.boils === undefined ? (i > 0 ? 'bead' : undefined) : `boil boil-${shape.boils}`}
        stroke-dasharray={shape.dash === undefined ? undefined : `${shape.dash[0]} ${shape.dash[1]}`}
        stroke-dashoffset={shape.dash?.[2]}
      />
    ))}
  </Svg>
);

const HALF = (
  <>
    <circle cx="8" cy="8" r="4.4" fill="none" stroke="currentColor" stroke-width="1.3" />
    <path d="M3 8a5 5 0 0 0 10 0Z" fill="currentColor" />
  </>
);

const GLYPHS: Readonly<Record<Kind, ComponentChildren>> = {
  pass: <circle cx="8" cy="8" r="5" fill="currentColor" />,
  weak: HALF,
  partly: HALF,
  claimed: (
    <>
      <circle cx="8" cy="8" r="5.2" fill="none" stroke="currentColor" stroke-width="1.3" />
      <path d="M6.3 6v2.2q0 1.2-1 1.6M10.2 6v2.2q0 1.2-1 1.6" stroke="currentColor" stroke-width="1.5" fill="none" />
    </>
  ),
  unknown: <circle cx="8" cy="8" r="4.6" fill="none" stroke="currentColor" stroke-width="2.2" stroke-dasharray="6.2 3.43" stroke-dashoffset="-1.7" />,
  absent: <path d="M3.5 8H12.5" stroke="currentColor" stroke-width="2" fill="none" />,
  fail: (
    <>
      <path d="M5 1H11L15 5V11L11 15H5L1 11V5Z" fill="var(--icon-plate)" />
      <path d="M5.2 5.2L10.8 10.8M10.8 5.2L5.2 10.8" stroke="var(--icon-knock)" stroke-width="2" fill="none" />
    </>
  ),
  running: (
    <>
      <circle class="boil boil-0" cx="3.5" cy="8" r="1.5" fill="currentColor" />
      <circle class="boil boil-1" cx="8" cy="8" r="1.5" fill="currentColor" />
      <circle class="boil boil-2" cx="12.5" cy="8" r="1.5" fill="currentColor" />
    </>
  ),
};

/** The glyph of an outcome; nothing to go by is drawn as a bar. */
export const Glyph = ({ kind, size = 14 }: { readonly kind: Kind | undefined; readonly size?: number }) => (
  <Svg of={`out out-${kind ?? 'absent'}`} size={size}>
    {GLYPHS[kind ?? 'absent']}
  </Svg>
);

const PATHS = {
  again: { d: 'M13 8a5 5 0 1 1-1.6-3.7M13.2 2v3h-3', width: 1.4 },
  page: { d: 'M3 2.5h7l3 3v8H3ZM5.5 7.5h5M5.5 10h5', width: 1.3 },
  copy: { d: 'M5.5 5.5V3.2q0-.7.7-.7h6.6q.7 0 .7.7v6.6q0 .7-.7.7H10.5M3.2 5.5h6.6q.7 0 .7.7v6.6q0 .7-.7.7H3.2q-.7 0-.7-.7V6.2q0-.7.7-.7Z', width: 1.3 },
  options: { d: 'M10 8a2 2 0 1 1-4 0a2 2 0 1 1 4 0ZM8 1.8v2M8 12.2v2M1.8 8h2M12.2 8h2M3.6 3.6l1.4 1.4M11 11l1.4 1.4M12.4 3.6L11 5M5 11l-1.4 1.4', width: 1.4 },
  save: { d: 'M8 2.5v7M5 7l3 3 3-3M3 13h10', width: 1.4 },
  chevron: { d: 'M6 3.5L10.5 8L6 12.5', width: 1.5 },
  outward: { d: 'M9 3h4v4M13 3L7.5 8.5M11.5 9.5V13H3V4.5h3.5', width: 1.3 },
} as const;

export type UiIcon = keyof typeof PATHS;

export const Icon = ({ name, size = 16 }: { readonly name: UiIcon; readonly size?: number }) => (
  <Svg of={name === 'chevron' ? 'chev' : 'ui'} size={size}>
    <path d={PATHS[name].d} fill="none" stroke="currentColor" stroke-width={PATHS[name].width} />
  </Svg>
);
