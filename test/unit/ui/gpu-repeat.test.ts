/** What the evidence page hands out for GPUs repeats the judgement: the archive's folders through the command line's own shelves. */
import { describe, expect, it } from 'vitest';
import { DEFAULT } from '../../../src/checks/policy';
import { checkGpus } from '../../../src/evidence/nvidia';
import { rimShelf } from '../../../src/evidence/nvidia/shelves';
import { judgeGpus } from '../../../src/providers/shared/gpu-evidence';
import { VENDOR_ANCHORS } from '../../../src/roots/anchors';
import { filesNamed, inputFor, P1 } from '../../vectors/nvidia-set';
import { vectorsPresent } from '../../vectors/shared';

describe.skipIf(!vectorsPresent)('GPU endorsements beside the evidence', () => {
  it('hold every manifest that was compared with, once, and give the same comparison again', async () => {
    const device = P1.device();
    const nobody = { candidates: [], problem: { code: 'COLLATERAL_UNREACHABLE', detail: 'x' } } as const;
    const { part } = await judgeGpus(
      { devices: [device, device], raw: new Uint8Array(), nonce: P1.nonce },
      { now: P1.now, policy: DEFAULT, anchors: VENDOR_ANCHORS, references: [], rims: rimShelf(filesNamed(...P1.rims)), ocsp: () => Promise.resolve(nobody), tdxCollateral: () => Promise.resolve({ collateral: {} }), snpCollateral: (_report, sent) => Promise.resolve({ endorsements: sent }) },
    );
    if (part.kind !== 'nvidia') throw new Error('no GPUs');
    expect(part.endorsements?.rims.map(({ id }) => id)).toEqual(['NV_GPU_DRIVER_GH100_550.90.07', 'NV_GPU_VBIOS_1010_0200_882_96009F0001']);
    const files = (part.endorsements?.rims ?? []).map(({ id, xml }) => ({ name: `${id}.xml`, bytes: new TextEncoder().encode(xml) }));
    const again = await checkGpus(inputFor([device], { now: P1.now, nonce: P1.nonce, rims: rimShelf(files) }));
    expect(again.checks.find((c) => c.id === 'gpu[0].measurements')).toMatchObject({ outcome: 'pass', detail: '32 compared, 35 skipped' });
  });
});
