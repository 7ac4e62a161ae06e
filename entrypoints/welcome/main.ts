import '../../src/ui/styles/form.css';
import { doors } from '../../src/ui/browser-doors';
import { mountWelcome } from '../../src/ui/welcome/welcome';
import { rootOf } from '../../src/ui/root';

mountWelcome(rootOf(document), doors());
