/** ACI (aci/1) as a provider: Phala's newer line, and whoever else speaks it. */
import { toHex } from '../../../encoding/hex';
import type { Profile, Provider } from '../../types';
import { MAX_REPORT_BYTES } from '../dialect';
import { newReportReader } from '../reader';
import { recogniseReportExchange } from '../recognise';
import { readReportRequest } from '../request';
import { ACI, appraiseAci } from './appraise';
import { judgeAciAnswer, readReceiptAside, receiptIdIn, receiptRequest } from './judge';

const profile: Profile = {
  id: 'aci', name: 'Phala', dialect: ACI.id, role: 'gateway', uiOrigins: [], apiOrigins: ['https://inference.phala.com'], credentials: ['none', 'page', 'key'], best: 'limited',
  offers: { cpu: true, gpu: false, signatures: true }, needsModel: false, nonceBytes: 32, bindsKeys: true,
};

export const aci: Provider = {
  profile,
  attestationRequest: ({ apiOrigin, nonce }) => ({ method: 'GET', url: `${apiOrigin}/v1/aci/attestation?nonce=${toHex(nonce)}`, headers: { accept: 'application/json' }, maxBytes: MAX_REPORT_BYTES }),
  appraise: appraiseAci,
  recognise: recogniseReportExchange,
  readRequest: readReportRequest,
  newReader: newReportReader,
  aside: { idIn: receiptIdIn, request: receiptRequest, read: readReceiptAside },
  keysFromEvidence: true,
  judgeAnswer: judgeAciAnswer,
};
