/** What the toolbar button shows of a tab: icon and badge, from the snapshot alone (UI.md 2 and 3). */
import type { State } from '../verdict/state';
import type { TabSnapshot } from './snapshot';

/** The icon's shapes; `nopermission` looks as `off`. */
export type IconState = State | 'off' | 'waiting' | 'checking';

export interface ToolbarFace {
  readonly icon: IconState;
  readonly badge: '' | '!' | '?';
}

/** What is said in words, of a snapshot: the tooltip is also the button's accessible name. Made by the interface, which has the texts. */
export interface Words {
  readonly tooltip: (snapshot: TabSnapshot) => string;
  /** The system notice of a failure; `undefined` for every other state. */
  readonly notice: (snapshot: TabSnapshot) => { readonly title: string; readonly message: string } | undefined;
}

const BADGES: Readonly<Partial<Record<IconState, '!' | '?'>>> = { failed: '!', incomplete: '?' };

export function toolbarFace(snapshot: TabSnapshot): ToolbarFace {
  // While re-checking, the old verdict stays in sight.
  const shown = snapshot.state === 'checking' ? (snapshot.before ?? 'checking') : snapshot.state;
  const icon: IconState = shown === 'nopermission' ? 'off' : shown;
  return { icon, badge: BADGES[icon] ?? '' };
}
