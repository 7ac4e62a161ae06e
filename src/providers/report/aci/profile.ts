/**
 * Services that speak ACI (aci/1), as data: Phala's gateway, and those that a user names. Evidence is for everybody; a
 * receipt only for whoever made the request, so both are asked for with the login that the chat itself has.
 */
import type { OwnService, Profile } from '../../types';
import { ownProfile } from '../own-profile';

/** Names the dialect in reference values and on the command line. */
export const ACI = { id: 'aci', logPromised: true } as const;

const OFFERS: Profile['offers'] = { cpu: true, gpu: false, signatures: true };

/** No chat page of Phala's was seen to speak to it; what its own origin serves is watched. */
export const profile: Profile = {
  id: 'aci', name: 'Phala', dialect: ACI.id, role: 'gateway', uiOrigins: ['https://inference.phala.com'], apiOrigins: ['https://inference.phala.com'],
  credentials: ['page', 'key'], best: 'limited', offers: OFFERS, needsModel: false, nonceBytes: 32, bindsKeys: true,
};

export const aciProfileOf = (own: OwnService): Profile => ownProfile(own, { dialect: ACI.id, role: 'gateway', offers: OFFERS, needsModel: false });
