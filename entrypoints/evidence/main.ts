import '../../src/ui/styles/evidence.css';
import { doors } from '../../src/ui/browser-doors';
import { mountEvidence } from '../../src/ui/evidence/evidence';
import { rootOf } from '../../src/ui/root';

void mountEvidence(rootOf(document), doors(), { attestationId: new URLSearchParams(location.search).get('id') ?? undefined });
