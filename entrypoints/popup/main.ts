import '../../src/ui/styles/popup.css';
import { doors } from '../../src/ui/browser-doors';
import { mountPopup } from '../../src/ui/popup/popup';
import { rootOf, tabIn } from '../../src/ui/root';

const given = doors();
// `?tab=` lets the popup be opened as a page of its own for a tab that is not in front.
void mountPopup(rootOf(document), given, { tabId: tabIn(location.search) ?? (await given.currentTab()) });
