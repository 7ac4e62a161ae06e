import { defineBackground } from 'wxt/utils/define-background';
import { startBackground } from '../src/watch/start';

export default defineBackground(() => startBackground());
