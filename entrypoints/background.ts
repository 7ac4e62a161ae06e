import { defineBackground } from 'wxt/utils/define-background';
import { toolbarWords } from '../src/ui/toolbar-words';
import { startBackground } from '../src/watch/start';

export default defineBackground(() => startBackground(toolbarWords()));
