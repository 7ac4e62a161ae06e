import '../../src/ui/styles/form.css';
import { doors } from '../../src/ui/browser-doors';
import { mountOptions } from '../../src/ui/options/options';
import { rootOf } from '../../src/ui/root';

mountOptions(rootOf(document), doors());
