/** What can go wrong at the simulated Cube service and at AMD's key service; `faults.ts` takes these rows into the one list (and says of what type they are). */
export const CUBE_FAULTS = {
  // Which machine answers: a right verifier passes all of it
  'cube-raw-form': { service: 'cube', says: 'Plain SEV-SNP evidence comes as the raw 1184-byte report with its certificate table, not as protobuf.', harmless: true },
  'cube-vlek': { service: 'cube', says: 'The machine’s cloud provider holds the signing key (VLEK).', harmless: true },
  'cube-ecc-ak': { service: 'cube', says: 'The TPM’s attestation key is ECC P-256, not RSA.', harmless: true },
  'cube-event-log-missing': { service: 'cube', says: 'The TPM’s evidence comes without its event log.', harmless: true },
  'cube-certificates-missing': { service: 'cube', says: 'The evidence carries no certificates: AMD must be asked.', harmless: true },
  // What the evidence says
  'cube-report-data-zero': { service: 'cube', says: 'The evidence answers 64 zero bytes instead of ours, as the stock page’s own request does.' },
  'cube-wrong-nonce': { service: 'cube', says: 'The TPM quotes answer somebody else’s nonce.' },
  'cube-replay': { service: 'cube', says: 'All evidence was made for somebody else’s request.' },
  'cube-ak-not-bound': { service: 'cube', says: 'The hardware report speaks of another attestation key, as Azure’s does.' },
  'cube-ak-unrestricted': { service: 'cube', says: 'The attestation key may sign anything, so software could have made up the quotes.' },
  'cube-pcr-mismatch': { service: 'cube', says: 'Another kernel was booted: quote, values and log agree with each other, and not with the policy.' },
  'cube-pcr-values-forged': { service: 'cube', says: 'The register values beside the quote are not the quoted ones.' },
  'cube-event-log-forged': { service: 'cube', says: 'The event log tells of another kernel than the registers.' },
  'cube-sha1-only': { service: 'cube', says: 'The TPM quotes its SHA-1 registers alone, with a log in the old form.' },
  'cube-quote-tampered': { service: 'cube', says: 'One byte of a TPM quote is changed after it was signed.' },
  'cube-measurement-differs': { service: 'cube', says: 'Other firmware was launched than the policy names.' },
  'cube-debug-guest': { service: 'cube', says: 'The guest’s policy allows debugging (or the TD runs with its debug attribute).' },
  'cube-tcb-old': { service: 'cube', says: 'The machine’s firmware is old: its TCB is below the policy’s minimum.' },
  'cube-report-tampered': { service: 'cube', says: 'One byte of the hardware’s report is changed after it was signed.' },
  'cube-wrong-vcek': { service: 'cube', says: 'The certificate beside the report is another chip’s.' },
  // What the service says
  'cube-no-cc': { service: 'cube', says: 'The agent finds no confidential hardware (400).' },
  'cube-agent-down': { service: 'cube', says: 'The proxy does not reach the agent (502, “Bad Gateway”).' },
  'cube-token-missing': { service: 'cube', says: 'The proxy sees no session whatever the request carries (401, “missing session”).' },
  'cube-token-expired': { service: 'cube', says: 'The proxy takes no session for valid any more (401, “invalid session”).' },
  'cube-malformed': { service: 'cube', says: 'Attestation answers an HTML page with status 200.' },
  'cube-slow': { service: 'cube', says: 'Attestation takes 3 seconds.', harmless: true },
  'cube-policy-changed': { service: 'cube', says: 'The policy endpoint hands out another policy than before; evidence stays as it was.' },
  'cube-policy-rounded': { service: 'cube', says: 'The policy was saved by the web page: its 64-bit numbers are rounded.' },
  'cube-policy-names-nothing': { service: 'cube', says: 'The policy names no software: no measurement and no registers.' },
  'cube-policy-absent': { service: 'cube', says: 'No policy is stored (200 with an empty body).' },
  // What stands beside an answer
  'cube-headers-disagree': { service: 'cube', says: 'The doubled X-Attestation headers contradict each other.' },
  'cube-headers-missing': { service: 'cube', says: 'Answers carry no X-Attestation headers.', harmless: true },
  'cube-no-atls': { service: 'cube', says: 'The proxy itself says that its link to the agent is not attested (NoCC).' },
  'cube-header-forged': { service: 'cube', says: 'The evidence in the header is changed after it was signed.' },

  // AMD's side
  'kds-down': { service: 'amd', says: 'AMD’s key service closes every connection.' },
  'kds-500': { service: 'amd', says: 'AMD’s key service answers 500.' },
  'kds-429': { service: 'amd', says: 'AMD’s key service answers 429 with Retry-After: 30.' },
  'kds-404': { service: 'amd', says: 'AMD knows no such chip and TCB (404).' },
  'kds-wrong-vcek': { service: 'amd', says: 'AMD’s key service hands out another chip’s certificate.' },
  'kds-crl-rolled-back': { service: 'amd', says: 'AMD serves an older (still valid) list of revoked certificates than before.' },
  'kds-crl-stale': { service: 'amd', says: 'AMD’s lists are past their nextUpdate.' },
  'kds-crl-signature-bad': { service: 'amd', says: 'AMD’s lists are signed by another key.' },
  'kds-ask-revoked': { service: 'amd', says: 'AMD has revoked the intermediates of all product lines.' },
} as const;

export type CubeFault = keyof typeof CUBE_FAULTS;
