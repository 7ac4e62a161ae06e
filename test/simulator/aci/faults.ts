/** What can go wrong at the simulated ACI gateway and at Venice; `../faults.ts` takes these rows into the one list. */
export const ACI_FAULTS = {
  // Keyset and evidence
  'aci-keyset-rotated': { service: 'report', says: 'The gateway has new keys, in its evidence and under its receipts.', harmless: true },
  'aci-keyset-expired': { service: 'report', says: 'The keyset’s last day was yesterday.' },
  'aci-keyset-swapped': { service: 'report', says: 'Another keyset stands beside the evidence than it binds, and receipts are signed by a key of that one.' },
  'aci-keyset-minted': { service: 'report', says: 'The evidence is of a machine that runs io.net’s agent, which signs any number: asked for the one that this keyset needs.' },
  'aci-stub-quote': { service: 'report', says: 'A development build: text in the place of a quote.' },
  'aci-from-cache': { service: 'report', says: 'The report that is kept for requests without a nonce, whatever nonce was sent.' },
  'aci-software-differs': { service: 'report', says: 'The gateway’s machine runs another application and measures and reports it truly.' },
  'aci-connection-differs': { service: 'report', says: 'The keyset names the key of another connection than the one that it came through.' },
  'aci-500': { service: 'report', says: 'Evidence answers 500.' },
  // Receipts and answers
  'aci-receipt-late': { service: 'report', says: 'Receipts can be had two seconds after the answer’s end, 404 before.', harmless: true },
  'aci-receipt-404': { service: 'report', says: 'No receipt is ever found (404).' },
  'aci-receipt-of-another': { service: 'report', says: 'Every answer gets the receipt of the first one.' },
  'aci-receipt-tampered': { service: 'report', says: 'The time in the receipt is changed after it was signed.' },
  'aci-receipt-unknown-key': { service: 'report', says: 'Receipts are signed by a key that no evidence reports.' },
  'aci-receipt-other-model': { service: 'report', says: 'The receipt names another model than was asked for.' },
  'aci-receipt-unverified': { service: 'report', says: 'The receipt says that the machine of the model was not verified, and that it did not have to be.' },
  'aci-answer-tampered': { service: 'report', says: 'A word of the answer is changed after it was signed.' },
  'aci-encrypted': { service: 'report', says: 'Contents are encrypted for the page, as headers beside the answer say; here the page cannot read them.', harmless: true },
  // Venice
  'venice-passed-through': { service: 'report', says: 'Venice hands on the machine’s answer as it was signed.', harmless: true },
  'venice-not-verified': { service: 'report', says: 'Venice says itself that it could not verify the machine.' },
  'venice-other-models-key': { service: 'report', says: 'Answers are signed by the key of another model than the evidence is of.' },
  'venice-key-differs': { service: 'report', says: 'Beside the evidence of a machine stands another key than it binds.' },
} as const;

export type AciFault = keyof typeof ACI_FAULTS;
