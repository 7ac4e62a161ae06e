import '../../src/ui/styles/popup.css';
import { doors } from '../../src/ui/browser-doors';
import { mountPopup } from '../../src/ui/popup/popup';
import { rootOf } from '../../src/ui/root';

const given = doors();
void mountPopup(rootOf(document), given, { tabId: await given.currentTab() });
