/** The words of the toolbar button and of the system notice: from the same model as the popup's headline. */
import { getMessage, uiDirection, uiLocale } from '../platform/i18n';
import type { TabSnapshot } from '../watch/snapshot';
import { sayWith } from './i18n/say';
import { noticeOf, tooltipOf } from './model/headline';

export interface ToolbarWords {
  readonly tooltip: (snapshot: TabSnapshot) => string;
  readonly notice: (snapshot: TabSnapshot) => { readonly title: string; readonly message: string } | undefined;
}

export function toolbarWords(): ToolbarWords {
  const now = (): number => Date.now();
  const say = sayWith({ getMessage, locale: uiLocale(), direction: uiDirection() }, now);
  return {
    tooltip: (snapshot) => say(tooltipOf(snapshot, now())),
    notice: (snapshot) => {
      const notice = noticeOf(snapshot, now());
      return notice === undefined ? undefined : { title: say(notice.title), message: say(notice.message) };
    },
  };
}
