/**
 * Cube's agent inside the (simulated) confidential VM: evidence for any 64 bytes of report_data and 32 of nonce, in the
 * forms of Cocos v0.8.2, and its error texts.
 */
import type { Switchboard } from '../faults.ts';
import { labelled } from '../pki/keys.ts';
import { authority, issuerOf, vekCertificate } from '../pki/amd.ts';
import { snpFields } from '../sevsnp/attestation.ts';
import { CLOUD_PROVIDER, GENOA, older, OTHER_SNP_MEASUREMENT, SNP_MEASUREMENT, vekFactsOf } from '../sevsnp/machine.ts';
import type { SnpMachine } from '../sevsnp/machine.ts';
import { toJson, toWire } from '../sevsnp/protobuf.ts';
import type { Field } from '../sevsnp/protobuf.ts';
import { certificateTable, snpReport } from '../sevsnp/report.ts';
import { OUT_OF_DATE, UP_TO_DATE } from '../tdx/machine.ts';
import { tdxQuote } from '../tdx/quote.ts';
import { boundReportData, vtpmFields } from '../vtpm/attestation.ts';
import { BANK_BYTES, attestationKey, quote } from '../vtpm/tpm.ts';
import type { Ak, Bank, Quote } from '../vtpm/tpm.ts';
import { bootEvents, eventLog, OTHER_KERNEL, registers } from '../vtpm/boot.ts';
import type { Domain } from './domains.ts';
import { quoteFields } from './quote-fields.ts';

/** What an attestation request asks for, padded. */
export interface AttestationAsked {
  /** 64 bytes. */
  readonly reportData: Buffer;
  /** 32 bytes. */
  readonly nonce: Buffer;
  /** As protojson, which is what people download, instead of the bytes. */
  readonly toJson?: boolean;
}

/** Evidence as its bytes, and the message that it is or can be turned into. */
interface Evidence {
  readonly bytes: Buffer;
  /** Absent for what go-sev-guest has no message for. */
  readonly fields?: readonly Field[];
}

/** Offset of MEASUREMENT in a report and of RTMR0 in a v4 quote: signed, and read by everyone. */
const TAMPERED_REPORT = 0x90;
const TAMPERED_QUOTE = 48 + 328;

/** Boot register that the kernel extends. */
const KERNEL_REGISTER = 4;
/** A byte of the clock in a quote by SHA-256: signed, and nothing else looks there. */
const CLOCK_FROM_END = 65;

/** The certificates behind a raw report. */
function tableOf(of: SnpMachine | 'none', now: number): Buffer {
  if (of === 'none') return Buffer.alloc(0);
  const { kind, product } = of;
  return certificateTable({ [kind]: vekCertificate(vekFactsOf(of), now).der, ask: issuerOf(kind, product).der, ark: authority('ark', product).der });
}

export class CubeAgent {
  readonly #faults: Switchboard;
  readonly #now: () => number;

  constructor(faults: Switchboard, now: () => number) {
    this.#faults = faults;
    this.#now = now;
  }

  /** The evidence, or the sentence of the agent's error. */
  attestation(domain: Domain, asked: AttestationAsked): Buffer | string {
    const evidence = this.#evidence(domain, asked, this.#faults.has('cube-report-tampered'));
    if (typeof evidence === 'string' || asked.toJson !== true) return typeof evidence === 'string' ? evidence : evidence.bytes;
    return evidence.fields === undefined ? 'attestation failed: unsupported report version' : Buffer.from(JSON.stringify(toJson(evidence.fields)));
  }

  /** `forged`: the hardware's report is changed after it was signed. */
  #evidence(domain: Domain, asked: AttestationAsked, forged: boolean): Evidence | string {
    const on = this.#faults;
    if (on.has('cube-no-cc')) return 'no confidential computing platform detected';
    const replayed = on.has('cube-replay');
    const reportData = replayed ? labelled('somebody else’s report data', 64) : on.has('cube-report-data-zero') ? Buffer.alloc(64) : asked.reportData;
    const nonce = replayed || on.has('cube-wrong-nonce') ? labelled('somebody else’s cube nonce', 32) : asked.nonce;
    if (domain.platform === 'tdx') return this.#tdx(reportData, forged);
    const machine = this.#machine(domain.machine ?? GENOA);
    if (domain.platform === 'snp') return this.#plain(machine, reportData, forged);
    const ak = attestationKey({ label: domain.platform === 'azure' ? 'azure ak' : 'vtpm ak', kind: on.has('cube-ecc-ak') ? 'ecc' : 'rsa', restricted: !on.has('cube-ak-unrestricted') });
    return this.#vtpm(machine, domain.platform === 'azure' || on.has('cube-ak-not-bound') ? undefined : reportData, nonce, ak, forged);
  }

  /** As relayed in X-Attestation-Report: made for a connection of the proxy, with a nonce of the proxy's own. */
  relayed(domain: Domain, forged: boolean): { readonly raw: Buffer; readonly nonce: Buffer } {
    const nonce = labelled('nonce of the proxy process', 64);
    const reportData = boundReportData(Buffer.from('public key of the agent’s certificate'), nonce);
    const evidence = this.#evidence(domain, { reportData, nonce: reportData.subarray(0, 32) }, forged);
    return { raw: typeof evidence === 'string' ? Buffer.alloc(0) : evidence.bytes, nonce };
  }

  #tdx(reportData: Buffer, forged: boolean): Evidence {
    const on = this.#faults;
    const bytes = tdxQuote({
      reportData, now: this.#now(), debug: on.has('cube-debug-guest'), machine: on.has('cube-tcb-old') ? OUT_OF_DATE : UP_TO_DATE, padding: 70,
      ...(forged ? { tamper: [[TAMPERED_QUOTE, 0x01] as const] } : {}),
    });
    return { bytes, fields: quoteFields(bytes) };
  }

  #machine(usual: SnpMachine): SnpMachine {
    const on = this.#faults;
    const machine = on.has('cube-tcb-old') ? older(usual) : usual;
    return on.has('cube-vlek') ? { ...machine, kind: 'vlek', cspId: CLOUD_PROVIDER } : machine;
  }

  #report(machine: SnpMachine, reportData: Buffer, version: 3 | 5, forged: boolean): Buffer {
    const on = this.#faults;
    return snpReport({
      reportData, machine, version, debug: on.has('cube-debug-guest'), measurement: on.has('cube-measurement-differs') ? OTHER_SNP_MEASUREMENT : SNP_MEASUREMENT,
      ...(forged ? { tamper: [[TAMPERED_REPORT, 0x01] as const] } : {}),
    });
  }

  /** Whose certificate stands beside the report. */
  #certificateOf(machine: SnpMachine): SnpMachine | 'none' {
    const on = this.#faults;
    if (on.has('cube-certificates-missing')) return 'none';
    return on.has('cube-wrong-vcek') ? { ...machine, label: `other ${machine.label}` } : machine;
  }

  /** Protobuf cannot carry a version 5 report, which is what Turin's firmware writes: that one comes raw. */
  #plain(machine: SnpMachine, reportData: Buffer, forged: boolean): Evidence {
    const turin = machine.product === 'Turin';
    const report = this.#report(machine, reportData, turin ? 5 : 3, forged);
    const certificateOf = this.#certificateOf(machine);
    const now = this.#now();
    const fields = turin ? undefined : snpFields({ report, machine, now, certificateOf, swapped: true });
    if (fields !== undefined && !this.#faults.has('cube-raw-form')) return { bytes: toWire(fields), fields };
    return { bytes: Buffer.concat([report, tableOf(certificateOf, now)]), ...(fields === undefined ? {} : { fields }) };
  }

  /** `reportData` is absent where the hardware report speaks of another key. */
  #vtpm(machine: SnpMachine, reportData: Buffer | undefined, nonce: Buffer, ak: Ak, forged: boolean): Evidence {
    const on = this.#faults;
    // Azure's report holds a digest over the paravisor's own data, which does not come along.
    const bound = reportData === undefined ? Buffer.concat([labelled('runtime data of the paravisor', 32), Buffer.alloc(32)]) : boundReportData(reportData, ak.publicArea);
    const snp = snpFields({ report: this.#report(machine, bound, 3, forged), machine, now: this.#now(), certificateOf: this.#certificateOf(machine), swapped: true });
    const booted = bootEvents(on.has('cube-pcr-mismatch') ? OTHER_KERNEL : undefined);
    const banks: readonly Bank[] = on.has('cube-sha1-only') ? ['sha1'] : ['sha256', 'sha384'];
    const quotes = banks.map((bank) => this.#spoiled(quote({ ak, bank, nonce, registers: registers(booted, bank) })));
    const log = eventLog(on.has('cube-event-log-forged') ? bootEvents(OTHER_KERNEL) : booted, on.has('cube-sha1-only') ? 'sha1' : 'agile');
    const fields = vtpmFields({ akPublic: ak.publicArea, quotes, snp, ...(on.has('cube-event-log-missing') ? {} : { eventLog: log }) });
    return { bytes: toWire(fields), fields };
  }

  #spoiled(made: Quote): Quote {
    const on = this.#faults;
    if (on.has('cube-quote-tampered')) {
      const attest = Buffer.from(made.attest);
      const at = attest.length - CLOCK_FROM_END;
      attest[at] = (attest[at] ?? 0) ^ 1;
      return { ...made, attest };
    }
    if (!on.has('cube-pcr-values-forged')) return made;
    const forged = labelled(`forged register/${made.bank}`, BANK_BYTES[made.bank]);
    return { ...made, registers: new Map([...made.registers].map(([index, value]) => [index, index === KERNEL_REGISTER ? forged : value])) };
  }
}
