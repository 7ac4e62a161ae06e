/**
 * The switchboard: every way in which the simulated services can misbehave, as data. `harmless` ones change what goes
 * over the wire and must leave an answer as good as before.
 */
import { CONTRAST_FAULTS } from './contrast/faults.ts';
import { CUBE_FAULTS } from './cube/faults.ts';
import { PRIVATEMODE_FAULTS } from './privatemode/faults.ts';
import { ACI_FAULTS } from './aci/faults.ts';
import { REPORT_FAULTS } from './report/faults.ts';

export type Service = 'attestation' | 'answers' | 'collateral' | 'cube' | 'amd' | 'report' | 'contrast' | 'privatemode';

export interface FaultRow {
  readonly service: Service;
  readonly says: string;
  readonly harmless?: true;
}

const table = {
  // What the agent's attestation says
  'nonce-of-another-request': { service: 'attestation', says: 'The quote carries the nonce of somebody else’s request; the JSON echoes ours.' },
  'quote-tampered': { service: 'attestation', says: 'One byte of the quote is changed after it was signed.' },
  'debug-td': { service: 'attestation', says: 'The TD runs with its debug attribute on.' },
  'tcb-out-of-date': { service: 'attestation', says: 'The machine has old microcode and an old TDX module (OutOfDate).' },
  'pck-revoked': { service: 'attestation', says: 'The machine’s PCK certificate is on Intel’s CRL.' },
  'service-td': { service: 'attestation', says: 'A v5 quote that names a service TD.' },
  'quote-v5': { service: 'attestation', says: 'A v5 quote with a TD 1.5 report.', harmless: true },
  'quote-padded': { service: 'attestation', says: 'The quote is followed by 70 zero bytes, as dstack’s buffers are.', harmless: true },
  'address-bound': { service: 'attestation', says: 'A later agent: report_data is address ‖ nonce, so the signing key is bound.', harmless: true },
  'tdx-error-in-200': { service: 'attestation', says: 'HTTP 200 with an error sentence where the quote should be.' },
  'gpu-error-in-200': { service: 'attestation', says: 'HTTP 200 with an error object where the GPU evidence should be.' },
  'no-cpu-field': { service: 'attestation', says: 'The report has no “cpu” field.' },
  'no-gpu-field': { service: 'attestation', says: 'The report has no “gpu” field.' },
  'attestation-truncated': { service: 'attestation', says: 'The report’s JSON ends in the middle.' },
  'attestation-malformed': { service: 'attestation', says: 'The report is an HTML page with status 200.' },
  'attestation-huge': { service: 'attestation', says: 'The report is 32 MiB long.' },
  'attestation-redirect': { service: 'attestation', says: 'The attestation request is redirected to another path.' },
  'unauthorized-401': { service: 'attestation', says: 'Attestation answers 401 whatever the login.' },
  'rate-limit-429': { service: 'attestation', says: 'Attestation answers 429 with Retry-After: 30.' },
  'server-500': { service: 'attestation', says: 'Attestation answers 500.' },
  slow: { service: 'attestation', says: 'Attestation takes 3 seconds.', harmless: true },
  'attestation-hangs': { service: 'attestation', says: 'Attestation never answers.' },
  'image-digest-differs': { service: 'attestation', says: 'Report and answers name another image digest.' },
  'image-digest-missing': { service: 'attestation', says: 'Report and answers name no image digest.', harmless: true },
  'key-rotated': { service: 'attestation', says: 'The agent restarts: a new signing key, and the attestation follows.', harmless: true },

  // What the GPU evidence says. The first group says which machine answers: a right verifier passes all of it.
  'gpu-single': { service: 'attestation', says: 'The machine has one GPU, not eight.', harmless: true },
  'gpu-blackwell': { service: 'attestation', says: 'The GPUs are Blackwells (GB100); switches are no part of their evidence.', harmless: true },
  'gpu-switches': { service: 'attestation', says: 'Eight Hoppers in protected PCIe mode, and the evidence of the four switches between them.', harmless: true },
  'gpu-decoder-on': { service: 'attestation', says: 'The GPUs’ video decoders are on, so that their firmware counts too.', harmless: true },
  'gpu-foreign': { service: 'attestation', says: 'One GPU is another machine’s and answers our nonce: genuine, and nothing in its evidence gives it away.', harmless: true },
  'gpu-switches-missing': { service: 'attestation', says: 'The GPUs are in protected PCIe mode, and no switch is attested.' },
  'gpu-fwid-missing': { service: 'attestation', says: 'Old drivers, which leave the firmware id out of the reports.' },
  'gpu-nonce-of-another-request': { service: 'attestation', says: 'The GPUs answered somebody else’s nonce; the JSON echoes ours.' },
  'gpu-one-bad': { service: 'attestation', says: 'One GPU’s report is changed after it was signed.' },
  'gpu-emulated': { service: 'attestation', says: 'One GPU is software with certificates like NVIDIA’s under a root of its own.' },
  'gpu-duplicate': { service: 'attestation', says: 'One GPU’s evidence stands in the list twice.' },
  'gpu-measurement': { service: 'attestation', says: 'One GPU measures another value in its VBIOS (index 9) and signs it.' },
  'gpu-devtools': { service: 'attestation', says: 'The GPUs run in devtools mode: other firmware, other measurements, rightly signed.' },

  // What is wrong with an answer
  'body-tampered': { service: 'answers', says: 'A word of the JSON answer is changed after signing.' },
  'sse-chunk-changed': { service: 'answers', says: 'A word of one streamed chunk is changed after signing.' },
  'signer-other-key': { service: 'answers', says: 'Signed by another key than the address beside the signature.' },
  'key-swapped': { service: 'answers', says: 'Answers are signed by a key that no attestation ever reports.' },
  'replayed-text': { service: 'answers', says: 'The previous answer’s signature under a new answer.' },
  'replayed-answer': { service: 'answers', says: 'The whole previous answer again, byte for byte.' },
  unsigned: { service: 'answers', says: 'A complete answer without any signature.' },
  'header-doubled': { service: 'answers', says: 'A second “signature” header with another value (JSON).' },
  'header-not-utf8': { service: 'answers', says: 'A header value holds a byte that is not UTF-8 (JSON).', harmless: true },
  'headers-missing': { service: 'answers', says: 'The JSON answer lacks its “signature” header and keeps the others.' },
  'cut-stream': { service: 'answers', says: 'The connection breaks in the middle of the answer.' },
  'signature-malformed': { service: 'answers', says: 'The signature is half as long as it should be.' },
  'answer-401': { service: 'answers', says: 'Completions answer 401.' },
  'answer-429': { service: 'answers', says: 'Completions answer 429 with Retry-After: 30.' },
  'answer-500': { service: 'answers', says: 'Completions answer 500.' },
  'huge-body': { service: 'answers', says: 'A correctly signed answer of 65 MiB.' },
  redirect: { service: 'answers', says: 'Completions are redirected (307) to another path, which answers well.', harmless: true },
  'cached-304': { service: 'answers', says: 'Completions answer 304 with the previous signature and no body.' },
  'gzip-answers': { service: 'answers', says: 'Answers are compressed on the wire.', harmless: true },
  'comment-lines': { service: 'answers', says: 'Keep-alive comments (“: ping”) between the events of a stream.', harmless: true },
  'chunk-after-signature': { service: 'answers', says: 'The last chunk comes after the signature event, as the real agent does at times.', harmless: true },
  'late-end': { service: 'answers', says: 'The stream stays open for a second after [DONE]; a client that cancels there drops the connection.', harmless: true },
  'one-byte-pieces': { service: 'answers', says: 'The stream arrives byte by byte in places, split inside characters and lines.', harmless: true },

  // Bytes slipped into a stream beside a valid signature
  'smuggle-data-without-space': { service: 'answers', says: 'An unsigned chunk on a line “data:” without its space.' },
  'smuggle-bare-cr': { service: 'answers', says: 'An unsigned chunk behind a bare CR inside a comment line.' },
  'smuggle-crlf': { service: 'answers', says: 'A line that ends in CR LF.' },
  'smuggle-nul': { service: 'answers', says: 'A NUL byte inside a comment line.' },
  'smuggle-bom': { service: 'answers', says: 'A byte order mark before the first, unsigned chunk.' },
  'smuggle-bom-inside': { service: 'answers', says: 'A byte order mark before an unsigned chunk in the middle; clients that decode by line drop it.' },
  'smuggle-second-signature': { service: 'answers', says: 'A second signature event.' },
  'smuggle-signature-choices': { service: 'answers', says: 'The signature event also carries “choices” with text.' },
  'smuggle-signature-two-data': { service: 'answers', says: 'The signature event has a second data line.' },
  'smuggle-extra-event-line': { service: 'answers', says: 'An unsigned chunk dressed as an “event: signature”.' },
  'smuggle-event-name': { service: 'answers', says: 'An “event: message” line before a signed chunk.' },
  'smuggle-after-done': { service: 'answers', says: 'A chunk after “data: [DONE]”.' },
  'smuggle-done-variant': { service: 'answers', says: '“data: [DONE]” with words behind it, which the agent does not hash.' },
  'smuggle-unknown-field': { service: 'answers', says: 'A line with a field that no client knows.' },
  'smuggle-id-line': { service: 'answers', says: 'An “id:” line beside a signed chunk.' },
  'smuggle-retry-line': { service: 'answers', says: 'A “retry:” line beside a signed chunk.' },

  // Intel's side
  'pcs-down': { service: 'collateral', says: 'Intel’s service closes every connection.' },
  'pcs-500': { service: 'collateral', says: 'Intel’s service answers 500.' },
  'pcs-404': { service: 'collateral', says: 'Intel’s service does not know this platform (404).' },
  'pcs-stale': { service: 'collateral', says: 'Everything Intel serves is past its nextUpdate.' },
  'pcs-rolled-back': { service: 'collateral', says: 'Intel serves older (still valid) items than before.' },
  'pcs-pck-revoked': { service: 'collateral', says: 'Intel revokes the PCK certificate of the good machine.' },
  'pcs-tcb-out-of-date': { service: 'collateral', says: 'Intel publishes a TCB recovery: the good machine is OutOfDate.' },
  'pcs-chain-header-missing': { service: 'collateral', says: 'Intel’s answers lack the issuer-chain header.' },
  'pcs-signature-bad': { service: 'collateral', says: 'TCB info whose signature does not hold.' },

  // NVIDIA's side
  'rim-down': { service: 'collateral', says: 'NVIDIA’s RIM service closes every connection.' },
  'rim-404': { service: 'collateral', says: 'NVIDIA’s RIM service knows no manifest of these versions (404).' },
  'rim-debug': { service: 'collateral', says: 'Manifests are signed under a debug root.' },
  'rim-expired': { service: 'collateral', says: 'The manifests’ signer ran out a year ago.' },
  'rim-values-differ': { service: 'collateral', says: 'NVIDIA’s manifests give another value for the first measurement.' },
  'ocsp-down': { service: 'collateral', says: 'NVIDIA’s OCSP responder closes every connection.' },
  'ocsp-stale': { service: 'collateral', says: 'OCSP answers are a week old and past their nextUpdate.' },
  'ocsp-revoked': { service: 'collateral', says: 'NVIDIA has revoked the provisioner certificate that all these GPUs share.' },
  'ocsp-rim-hold': { service: 'collateral', says: 'NVIDIA has put the signers of its manifests on hold.' },
  'ocsp-unknown': { service: 'collateral', says: 'The responder knows none of the certificates.' },
  'ocsp-nonce-missing': { service: 'collateral', says: 'OCSP answers do not give the nonce back.' },

  ...CUBE_FAULTS,

  ...REPORT_FAULTS,
  ...ACI_FAULTS,

  ...CONTRAST_FAULTS,

  ...PRIVATEMODE_FAULTS,
} as const satisfies Readonly<Record<string, FaultRow>>;

export type FaultName = keyof typeof table;

export interface Fault {
  readonly name: FaultName;
  readonly service: Service;
  /** One line for people. */
  readonly says: string;
  /** True when a right verifier must not complain. */
  readonly harmless: boolean;
}

export const isFaultName = (name: string): name is FaultName => Object.hasOwn(table, name);

export const FAULTS: readonly Fault[] = Object.keys(table).filter(isFaultName).map((name) => {
  const row: FaultRow = table[name];
  return { name, service: row.service, says: row.says, harmless: row.harmless === true };
});

/** Which faults are on, for one running simulator. */
export class Switchboard {
  readonly #on = new Set<FaultName>();
  readonly #listeners: ((name: FaultName, on: boolean) => void)[] = [];

  has(name: FaultName): boolean {
    return this.#on.has(name);
  }

  /** All that are on, in the order they were switched. */
  get on(): readonly FaultName[] {
    return [...this.#on];
  }

  /** Switches one fault; others stay as they are. */
  set(name: FaultName, on = true): void {
    if (on) this.#on.add(name);
    else this.#on.delete(name);
    for (const listener of this.#listeners) listener(name, on);
  }

  /** Everything good again, or just one service. */
  reset(service?: Service): void {
    for (const fault of FAULTS) if (this.#on.has(fault.name) && (service === undefined || fault.service === service)) this.set(fault.name, false);
  }

  onSwitch(listener: (name: FaultName, on: boolean) => void): void {
    this.#listeners.push(listener);
  }
}
