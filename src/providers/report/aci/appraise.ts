/** Judges an ACI report: is the hardware genuine, does it hold this keyset and our number, is its software known. */
import { absent, type Check, fail, pass, unknown } from '../../../checks/check';
import { asCoded } from '../../../checks/error';
import { equalBytes } from '../../../encoding/bytes';
import { bindingCheck } from '../../shared/binding-checks';
import type { BindingReading } from '../../shared/bindings';
import type { Appraisal, AppraiseContext, FetchedReport } from '../../types';
import { judgeCpu } from '../cpu';
import { boundTogether } from '../key-check';
import { reportRefusal } from '../refusal';
import { modelMachineCheck } from '../roles';
import { type Keyset, reportDataFor } from './keyset';
import { ACI } from './profile';
import { type AciReport, parseAciReport } from './report';

/** Judges with the clock, endorsements and reference values of now. Bad input becomes checks; it never raises on one. */
export async function appraiseAci(report: FetchedReport, context: AppraiseContext): Promise<Appraisal> {
  const refusal = reportRefusal(report.status);
  if (refusal !== undefined) return nothing(refusal);
  let parsed: AciReport;
  try {
    parsed = parseAciReport(report.body);
  } catch (error) {
    const { code, detail } = asCoded(error);
    // The kind is the service's own word, and a word must not hide what the evidence would show: it stays open.
    return nothing((code === 'VERIFIER_NOT_BUILT' ? unknown : fail)('evidence', code, detail, { basis: 'derived' }));
  }
  const { keyset, statedDigest, evidence } = parsed;
  const cpu = await judgeCpu(evidence, report.nonce, (reportData) => readKeysetBinding(keyset, report.nonce, reportData), ACI, context);
  const binding = bindingCheck(keyset.digest, cpu.reading, cpu.match, cpu.unproven);
  const { encryptionKeys } = keyset;
  return {
    checks: [
      ...cpu.checks, ...cpu.software, ...keysetChecks(keyset, statedDigest, context), binding,
      ...(encryptionKeys.length === 0 ? [] : [boundTogether('in the same keyset', encryptionKeys.join(' ').slice(0, 160), binding)]), modelMachineCheck(cpu.verifiesModel), channelCheck(keyset, cpu.reading),
    ],
    signers: [...keyset.receiptKeys.values()].map((address) => ({ address, algorithm: 'ed25519', binding: cpu.bound ? cpu.reading.layout : 'none' })),
    keyset: keyset.digest,
    software: cpu.identities,
    parts: cpu.parts,
    ...(cpu.bound && keyset.tls.length > 0 ? { channelKeys: keyset.tls.map(({ spkiSha256, domain }) => ({ spkiSha256, ...(domain === undefined ? {} : { host: domain }) })) } : {}),
  };
}

const nothing = (check: Check): Appraisal => ({ checks: [check], signers: [], software: [], parts: [] });

/** One digest over keyset and number: both are bound or neither is. A statement without a number binds the keyset and proves no time. */
function readKeysetBinding(keyset: Keyset, nonce: Uint8Array, reportData: Uint8Array): BindingReading {
  if (equalBytes(reportData, reportDataFor(keyset.digest, nonce))) return { layout: 'sha256(keyset,nonce)', fresh: true, unexplained: false };
  if (equalBytes(reportData, reportDataFor(keyset.digest, undefined))) return { layout: 'sha256(keyset,nonce)', fresh: false, unexplained: false };
  return { layout: 'none', fresh: false, unexplained: true };
}

function keysetChecks({ digest, notAfter, receiptKeys }: Keyset, stated: string, { now, clockBehind }: AppraiseContext): readonly Check[] {
  const until = new Date(notAfter).toISOString();
  const date =
    clockBehind !== undefined ? unknown('key.keyset', 'CLOCK_BEHIND', clockBehind.detail)
    : now >= notAfter ? fail('key.keyset', 'KEYSET_EXPIRED', until, { basis: 'derived' })
    : pass('key.keyset', `${receiptKeys.size} receipt keys, until ${until}`, { basis: 'derived', actual: digest });
  return stated === digest ? [date] : [fail('key.keyset', 'REPORT_DATA_MISMATCH', 'the report names its keyset by another digest', { basis: 'derived', expected: digest, actual: stated.slice(0, 80) })];
}

/** The keyset names the connection's keys; whether this browser talked to one of them is for its own eyes. */
function channelCheck({ tls }: Keyset, { layout, fresh }: BindingReading): Check {
  const bound = tls.length > 0 && fresh && layout !== 'none';
  return absent('channel', bound ? 'browser' : 'service', 'CHANNEL_NOT_BOUND', bound ? 'bound, not compared here' : 'the keyset names no key of a connection');
}
