import '../../src/ui/styles/evidence.css';
import { doors } from '../../src/platform/doors';
import { mountEvidence } from '../../src/ui/evidence/evidence';
import { rootOf } from '../../src/ui/root';

void mountEvidence(rootOf(document), doors(), { attestationId: new URLSearchParams(location.search).get('id') ?? undefined });
