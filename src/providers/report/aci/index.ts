/** ACI (aci/1) as a provider: Phala's newer line, and whoever else speaks it. */
import { toHex } from '../../../encoding/hex';
import type { OwnService, Profile, Provider } from '../../types';
import { MAX_REPORT_BYTES } from '../dialect';
import { newReportReader } from '../reader';
import { recogniseReportExchange } from '../recognise';
import { readReportRequest } from '../request';
import { appraiseAci } from './appraise';
import { judgeAciAnswer, readReceiptAside, receiptIdIn, receiptRequest } from './judge';
import { aciProfileOf, profile } from './profile';
import { sessionRequest } from './upstream';

const providerOf = (profile: Profile): Provider => ({
  profile,
  attestationRequest: ({ apiOrigin, nonce }) => ({ method: 'GET', url: `${apiOrigin}/v1/aci/attestation?nonce=${toHex(nonce)}`, headers: { accept: 'application/json' }, maxBytes: MAX_REPORT_BYTES }),
  appraise: appraiseAci,
  recognise: recogniseReportExchange,
  readRequest: readReportRequest,
  newReader: newReportReader,
  aside: { idIn: receiptIdIn, request: receiptRequest, read: readReceiptAside, recordRequest: sessionRequest },
  keysFromEvidence: true,
  judgeAnswer: judgeAciAnswer,
});

export const aci: Provider = providerOf(profile);
/** A gateway that the user names. */
export const aciOf = (own: OwnService): Provider => providerOf(aciProfileOf(own));
