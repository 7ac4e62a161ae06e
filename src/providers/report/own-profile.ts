/** Profiles of services that a user names: their own page and API, asked with the login of either, marked everywhere. */
import { utf8Bytes } from '../../encoding/bytes';
import { sha256Hex } from '../../signatures/digests';
import type { OwnService, Profile } from '../types';

const ID_DIGITS = 16;

/** Its id follows from its origins and stays the same. */
export const ownProfile = ({ pageOrigin, apiOrigin, name }: OwnService, { dialect, role, offers, needsModel }: Pick<Profile, 'dialect' | 'role' | 'offers' | 'needsModel'>): Profile => ({
  id: `${dialect}-${sha256Hex(utf8Bytes(`${pageOrigin} ${apiOrigin}`)).slice(0, ID_DIGITS)}`,
  name, dialect, role, offers, needsModel,
  uiOrigins: [pageOrigin], apiOrigins: [apiOrigin], credentials: ['page', 'key'], best: 'limited', nonceBytes: 32, bindsKeys: true, addedByYou: true,
});
