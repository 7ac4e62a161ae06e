/** Approving on sight takes the software of the machine that was looked at, not of whichever comes first in the report. */
import { expect, it } from 'vitest';
import type { ReferenceValue } from '../../../src/checks/reference';
import { nearai } from '../../../src/providers/report';
import type { SoftwareIdentity } from '../../../src/providers/types';
import type { StoredAttestation } from '../../../src/records/database';
import { approveOnSight, type ApproveDoors } from '../../../src/watch/approve';

const software = (['gateway', 'model[0]'] as const).map((place): SoftwareIdentity => ({ kind: 'dstack-app', dialect: 'nearai', role: place === 'gateway' ? 'gateway' : 'model', basis: 'hardware', place, values: { composeHash: place } }));

const stored: StoredAttestation = {
  id: 'a', key: 'k', profileId: 'nearai', pageOrigin: 'https://private.near.ai', apiOrigin: 'https://cloud-api.near.ai', model: undefined, way: 'none', nonce: new Uint8Array(32),
  requestedAt: 0, receivedAt: 0, status: 200, contentType: undefined, body: new Uint8Array(), signers: [],
};

function approving() {
  const added: ReferenceValue[] = [];
  const doors: ApproveDoors = {
    clock: () => Promise.resolve(0),
    evidence: (id) => Promise.resolve(id === 'a' ? { stored, provider: nearai } : undefined),
    appraise: () => Promise.resolve({ software }),
    references: { add: (values) => Promise.resolve(values.map((value) => (added.push(value), { ...value, id: 'r', addedAt: 0 }))) },
  };
  return { doors, added };
}

it.each(['gateway', 'model[0]'])('of %s', async (place) => {
  const { doors, added } = approving();
  await approveOnSight(doors, { attestationId: 'a', kind: 'dstack-app', place });
  expect(added.map(({ role, values, source }) => ({ role, values, source }))).toEqual([{ role: place === 'gateway' ? 'gateway' : 'model', values: { composeHash: [place] }, source: 'approved' }]);
});

it('counts for the service that it was seen at alone: others may speak the same dialect', async () => {
  const { doors, added } = approving();
  await approveOnSight(doors, { attestationId: 'a', kind: 'dstack-app', place: 'gateway' });
  expect(added.map(({ apiOrigin }) => apiOrigin)).toEqual(['https://cloud-api.near.ai']);
});

it.each([
  ['of no machine where there are several', { attestationId: 'a', kind: 'dstack-app' }],
  ['of another kind', { attestationId: 'a', kind: 'tdx-registers', place: 'gateway' }],
  ['of evidence that is gone', { attestationId: 'b', kind: 'dstack-app', place: 'gateway' }],
] as const)('there is nothing to approve %s', async (_what, request) => {
  const { doors, added } = approving();
  await expect(approveOnSight(doors, request)).rejects.toThrow(/NOT_KEPT/);
  expect(added).toEqual([]);
});
