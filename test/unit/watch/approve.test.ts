/** Approving on sight takes the software of the machine that was looked at, not of whichever comes first in the report. */
import { expect, it } from 'vitest';
import type { ReferenceValue } from '../../../src/checks/reference';
import { nearai } from '../../../src/providers/report';
import { requestHandlers, type ServiceDoors } from '../../../src/watch/service';

const software = (['gateway', 'model[0]'] as const).map((place) => ({ kind: 'dstack-app', dialect: 'nearai', role: place === 'gateway' ? 'gateway' : 'model', basis: 'hardware', place, values: { composeHash: place } }));

function approving() {
  const added: ReferenceValue[] = [];
  const doors = {
    attestation: () => Promise.resolve({ profileId: 'nearai' }),
    access: { providerById: () => nearai },
    appraise: () => Promise.resolve({ checks: [], signers: [], parts: [], software }),
    references: { add: (values: readonly ReferenceValue[]) => Promise.resolve(values.map((value) => (added.push(value), { ...value, id: 'r', addedAt: 0 }))) },
    watch: { reconsider: () => Promise.resolve() },
    clock: () => Promise.resolve(0),
  };
  return { handlers: requestHandlers(doors as unknown as ServiceDoors), added };
}

it.each(['gateway', 'model[0]'])('of %s', async (place) => {
  const { handlers, added } = approving();
  await handlers['reference.approve']({ attestationId: 'a', kind: 'dstack-app', place });
  expect(added.map(({ role, values, source }) => ({ role, values, source }))).toEqual([{ role: place === 'gateway' ? 'gateway' : 'model', values: { composeHash: [place] }, source: 'approved' }]);
});

it('of no machine there is nothing to approve where there are several', async () => {
  const { handlers, added } = approving();
  await expect(handlers['reference.approve']({ attestationId: 'a', kind: 'dstack-app' })).rejects.toThrow(/NOT_KEPT/);
  expect(added).toEqual([]);
});
