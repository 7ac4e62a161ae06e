/** What the toolbar button says of a tab: icon, badge and the full sentence, from the snapshot alone (UI.md 2 and 3). */
import { familyOf } from '../checks/codes';
import type { State } from '../verdict/state';
import type { TabSnapshot } from './snapshot';

/** The icon's shapes; `nopermission` looks as `off`. */
export type IconState = State | 'off' | 'waiting' | 'checking';

export interface ToolbarFace {
  readonly icon: IconState;
  readonly badge: '' | '!' | '?';
  /** Message keys with their substitutions, joined by a blank: the tooltip is also the button's accessible name. */
  readonly title: readonly { readonly key: string; readonly substitutions: readonly string[] }[];
}

const BADGES: Readonly<Partial<Record<IconState, '!' | '?'>>> = { failed: '!', incomplete: '?' };

export function toolbarFace(snapshot: TabSnapshot): ToolbarFace {
  // While re-checking, the old verdict stays in sight.
  const shown = snapshot.state === 'checking' ? (snapshot.before ?? 'checking') : snapshot.state;
  const icon: IconState = shown === 'nopermission' ? 'off' : shown;
  const service = snapshot.service?.name ?? snapshot.host ?? '';
  const title = [{ key: `state_${shown}_tip`, substitutions: [service] }];
  const code = shown === 'failed' ? snapshot.leading?.code : undefined;
  if (code !== undefined) title.push({ key: `code_${familyOf(code)}_happened`, substitutions: [service] });
  return { icon, badge: BADGES[icon] ?? '', title };
}
