/** The evidence page's model of a report about one machine, as one flat thing. */
import type { Settings } from '../../../src/records/settings';
import { evidenceModel as modelOf, type EvidenceModel, type MachineModel } from '../../../src/ui/model/evidence';
import type { EvidenceView } from '../../../src/watch/snapshot';

export function evidenceModel(view: EvidenceView, settings: Settings, now: number): EvidenceModel & Omit<MachineModel, 'intro'> & { readonly machineIntro: MachineModel['intro'] } {
  const whole = modelOf(view, settings, now);
  const [only, ...others] = whole.machines;
  if (only === undefined || others.length > 0) throw new Error(`${whole.machines.length} machines`);
  return { ...only, ...whole, machineIntro: only.intro };
}
