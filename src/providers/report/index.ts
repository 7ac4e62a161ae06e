/** The services of the report dialect as providers: their profiles and the pure functions over their bytes. */
import type { OwnService, Provider } from '../types';
import { appraiseReport } from './appraise';
import { readSignature, signatureRequest } from './aside';
import { judgeReportAnswer } from './judge';
import { dstackProxy, nearaiEndpoint, nearaiService, phalaService, reportRequest, type ReportService, veniceService } from './profiles';
import { newReportReader } from './reader';
import { recogniseReportExchange } from './recognise';
import { readReportRequest } from './request';
import { speaksFor } from './roles';

const providerOf = (service: ReportService): Provider => {
  const { profile, dialect, relayed } = service;
  return {
    profile,
    attestationRequest: reportRequest(service),
    appraise: (report, context) => appraiseReport(report, dialect, context),
    recognise: recogniseReportExchange,
    readRequest: readReportRequest,
    newReader: newReportReader,
    aside: { request: signatureRequest(service), read: readSignature },
    judgeAnswer: (input) => judgeReportAnswer(input, dialect, relayed),
    speaksFor: speaksFor(dialect),
  };
};

export const nearai: Provider = providerOf(nearaiService);
export const phala: Provider = providerOf(phalaService);
export const venice: Provider = providerOf(veniceService);

export const nearaiEndpointOf = (own: OwnService): Provider => providerOf(nearaiEndpoint(own));
export const dstackProxyOf = (own: OwnService): Provider => providerOf(dstackProxy(own));
