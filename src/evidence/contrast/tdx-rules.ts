/** Contrast's rules over a TDX quote: does it fit a reference value of the manifest? Each rule finds for itself. */
import { ByteReader } from '../../encoding/bytes';
import { fromHex, toHex } from '../../encoding/hex';
import type { TdReport } from '../tdx/report';
import type { TdxClaims } from '../tdx/types';
import { contradiction, undetermined } from '../findings';
import type { Fault } from '../findings';
import type { TdxReference } from './manifest-types';
import type { PckOptions } from './pck-options';
import type { Finding, Findings } from './rules';

export interface TdxSubject {
  /** The raw quote, v4. */
  readonly quote: Uint8Array;
  readonly body: TdReport;
  /** What Intel wrote into the machine's certificate; why it could not be read otherwise. */
  readonly options: PckOptions | Fault;
  readonly tcb: TdxClaims['tcb'];
}

/** All rules but `hostdata`; `mitigation vmpl idblock` are not TDX's. */
export const tdxFindings = (subject: TdxSubject, reference: TdxReference): Findings => ({
  measurement: measurement(subject.body, reference),
  tcb: tcb(subject, reference),
  guestpolicy: guestPolicy(subject.body, reference),
  platform: platform(subject.options, reference),
  chipid: chip(subject.options, reference),
});

function compare(code: 'MEASUREMENT_MISMATCH' | 'TD_ATTRIBUTES' | 'XFAM', values: readonly (readonly [string, Uint8Array | undefined, string | undefined])[]): readonly Fault[] {
  return values.flatMap(([name, bytes, expected = '']) => {
    const actual = toHex(bytes ?? new Uint8Array());
    return actual === expected ? [] : [contradiction(code, name, { expected, actual })];
  });
}

function measurement(body: TdReport, { mrTd, mrSeam, rtmrs }: TdxReference): Finding {
  const registers = [['MRTD', body.mrTd, mrTd], ['MRSEAM', body.mrSeam, mrSeam], ...body.rtmr.map((rtmr, i) => [`RTMR${i}`, rtmr, rtmrs[i]] as const)] as const;
  return { faults: compare('MEASUREMENT_MISMATCH', registers), holds: 'MRTD, MRSEAM, RTMR0 to 3', actual: toHex(body.mrTd) };
}

function guestPolicy(body: TdReport, { tdAttributes, xfam }: TdxReference): Finding {
  return {
    faults: [...compare('TD_ATTRIBUTES', [['TDATTRIBUTES', body.tdAttributesBytes, tdAttributes]]), ...compare('XFAM', [['XFAM', body.xfamBytes, xfam]])],
    holds: `TDATTRIBUTES ${tdAttributes}, XFAM ${xfam}`,
  };
}

function tcb({ quote, body, tcb: fact }: TdxSubject, reference: TdxReference): Finding {
  const least = reference.minimumEvaluationDataNumber;
  const faults: Fault[] = [];
  if (least > 0 && fact === undefined) faults.push(undetermined('TCB_INFO_MISSING', `Intel’s list ${least} or later is asked for`));
  if (fact !== undefined && fact.evaluationDataNumber < least) {
    faults.push(contradiction('TCB_EVALUATION_TOO_OLD', `list ${fact.evaluationDataNumber}`, { expected: `${least}`, actual: `${fact.evaluationDataNumber}` }));
  }
  const header = new ByteReader(quote);
  header.skip(8);
  const [pceSvn, qeSvn] = [header.u16le(), header.u16le()];
  if (pceSvn < reference.minimumPceSvn) faults.push(contradiction('TCB_BELOW_POLICY', 'PCE SVN', { expected: `${reference.minimumPceSvn}`, actual: `${pceSvn}` }));
  if (qeSvn < reference.minimumQeSvn) faults.push(contradiction('TCB_BELOW_POLICY', 'QE SVN', { expected: `${reference.minimumQeSvn}`, actual: `${qeSvn}` }));
  const { minimumTeeTcbSvn: svns } = reference;
  if (svns !== undefined && fromHex(svns).some((svn, i) => (body.teeTcbSvn[i] ?? 0) < svn)) faults.push(contradiction('TCB_BELOW_POLICY', 'TEE TCB SVN', { expected: svns, actual: toHex(body.teeTcbSvn) }));
  return { faults, holds: fact === undefined ? 'no list asked for' : `Intel’s list ${fact.evaluationDataNumber}, at least ${least}` };
}

const isFault = (options: PckOptions | Fault): options is Fault => 'outcome' in options;

function platform(options: PckOptions | Fault, { memoryIntegrity, smtDisabled, staticPlatform }: TdxReference): Finding {
  const asked = [...(memoryIntegrity ? ['memory integrity'] : []), ...(smtDisabled ? ['SMT off'] : []), ...(staticPlatform ? ['static platform'] : [])];
  if (asked.length === 0) return { faults: [], holds: 'nothing asked for' };
  if (isFault(options)) return { faults: [options], holds: '' };
  const { sgxType, smtEnabled, dynamicPlatform } = options;
  const wrong = (what: string, actual: string): Fault => contradiction('PLATFORM_MISMATCH', what, { expected: what, actual });
  return {
    faults: [
      ...(memoryIntegrity && sgxType !== 2 ? [wrong('memory integrity', `SGX type ${sgxType}`)] : []),
      ...(smtDisabled && smtEnabled !== false ? [wrong('SMT off', smtEnabled === undefined ? 'not said' : 'on')] : []),
      ...(staticPlatform && dynamicPlatform !== false ? [wrong('static platform', dynamicPlatform === undefined ? 'not said' : 'dynamic')] : []),
    ],
    holds: asked.join(', '),
  };
}

function chip(options: PckOptions | Fault, { piids }: TdxReference): Finding {
  if (piids.length === 0) return { faults: [], holds: 'the manifest allows every platform instance' };
  if (isFault(options)) return { faults: [options], holds: '' };
  const { piid } = options;
  if (piid !== undefined && piids.includes(piid)) return { faults: [], holds: `one of ${piids.length}`, actual: piid };
  return { faults: [contradiction('CHIP_NOT_ALLOWED', `${piids.length} platform instances are allowed`, piid === undefined ? {} : { actual: piid })], holds: '' };
}
