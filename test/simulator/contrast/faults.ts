/** What can go wrong at a simulated Coordinator, a deployment's own or Privatemode's; `../faults.ts` takes these rows into the one list (and says of what type they are). */
export const CONTRAST_FAULTS = {
  // Which bytes stand around the evidence: a right verifier passes all of it
  'contrast-certificates-missing': { service: 'contrast', says: 'The evidence carries no certificates: AMD must be asked.', harmless: true },
  'contrast-type-named': { service: 'contrast', says: 'A newer Coordinator: it says of what type its evidence is.', harmless: true },
  'contrast-policies-missing': { service: 'contrast', says: 'The policies’ texts do not come along.', harmless: true },
  // What is attested
  'contrast-manifest-changed': { service: 'contrast', says: 'Another manifest was set: other images, a lower TCB. The evidence attests it.' },
  'contrast-history-of-two': { service: 'contrast', says: 'An earlier manifest was in force before; the evidence attests both.' },
  'contrast-workload-report': { service: 'contrast', says: 'The evidence was asked for by another workload of the deployment, not by the Coordinator.' },
  'contrast-measurement-differs': { service: 'contrast', says: 'Other firmware was launched than the manifest names.' },
  'contrast-no-id-block': { service: 'contrast', says: 'The machine was launched without Contrast’s ID block.' },
  'contrast-debug-guest': { service: 'contrast', says: 'The guest’s policy allows debugging.' },
  'contrast-tcb-old': { service: 'contrast', says: 'The machine’s firmware is older than the manifest’s minimum.' },
  'contrast-foreign-report': { service: 'contrast', says: 'The report was minted by a Cube agent, which signs whatever 64 bytes it is given.' },
  'contrast-foreign-quote': { service: 'contrast', says: 'The quote was minted by io.net’s agent, whose layout (32 bytes, then zeros) fits Contrast’s.' },
  // What does not fit what is attested
  'contrast-manifest-swapped': { service: 'contrast', says: 'The answer carries another manifest than the evidence attests.' },
  'contrast-mesh-ca-swapped': { service: 'contrast', says: 'The answer carries the mesh CA of an impostor, who also agrees keys.' },
  'contrast-nonce-replayed': { service: 'contrast', says: 'The evidence was made for somebody else’s nonce.' },
  'contrast-report-tampered': { service: 'contrast', says: 'One byte of the report is changed after it was signed.' },
  'contrast-policy-stray': { service: 'contrast', says: 'A policy comes along that no manifest names.' },
  'contrast-insecure': { service: 'contrast', says: 'The evidence is of a development platform, which no hardware signs.' },
  'contrast-version-unknown': { service: 'contrast', says: 'The Coordinator is of a release line that nobody has read (v2.0.0).' },
  // What the service says
  'contrast-not-set': { service: 'contrast', says: 'The Coordinator has no manifest yet, or needs recovery (412).' },
  'contrast-down': { service: 'contrast', says: 'The Coordinator cannot be reached (503).' },
  'contrast-malformed': { service: 'contrast', says: 'Attestation answers an HTML page with status 200.' },
  'contrast-cut': { service: 'contrast', says: 'The connection breaks in the middle of an answer.' },
} as const;

export type ContrastFault = keyof typeof CONTRAST_FAULTS;
