/** What can go wrong between Privatemode's page and its deployment, beside what can at its Coordinator (`../contrast/faults.ts`); `../faults.ts` takes these rows into the one list (and says of what type they are). */
export const PRIVATEMODE_FAULTS = {
  // The manifest that its operator publishes
  'privatemode-cdn-differs': { service: 'privatemode', says: 'The published manifest is not the one in force: the page refuses the deployment.' },
  // The key agreement
  'privatemode-secret-of-workload': { service: 'privatemode', says: 'Another workload of the deployment, with a certificate of its own, agrees the key.' },
  'privatemode-secret-foreign': { service: 'privatemode', says: 'Whoever agrees the key has its certificate from another mesh.' },
  'privatemode-secret-signature': { service: 'privatemode', says: 'The agreement is signed by another key than the certificate’s.' },
  'privatemode-secret-down': { service: 'privatemode', says: 'The key service cannot be reached (503).' },
  'privatemode-split-view': { service: 'privatemode', says: 'The web chat is shown an impostor, who also agrees its keys; whoever else asks sees the real deployment.' },
  // Answers
  'privatemode-plain': { service: 'privatemode', says: 'The gateway answers by itself, unencrypted, and says nothing of it.' },
  'privatemode-plain-marked': { service: 'privatemode', says: 'The gateway answers by itself, unencrypted, under “Privatemode-Encrypted: false”, which its proxy passes on.' },
  'privatemode-plain-part': { service: 'privatemode', says: 'Among encrypted fields stands one in plain text (in a stream: one chunk).' },
  'privatemode-reflected': { service: 'privatemode', says: 'The gateway sends an encrypted field of the request back in the place of the answer’s first: it opens.' },
  'privatemode-other-secret': { service: 'privatemode', says: 'The answer is encrypted under a secret that nobody has agreed here.' },
  'privatemode-other-request': { service: 'privatemode', says: 'The answer carries the nonce of another request.' },
  'privatemode-cut': { service: 'privatemode', says: 'The connection breaks in the middle of the stream.' },
  'privatemode-500': { service: 'privatemode', says: 'The gateway answers chats with 500 and an error in plain text, which is as it should be.' },
  'privatemode-key-refused': { service: 'privatemode', says: 'The gateway takes no key for valid (401).' },
} as const;

export type PrivatemodeFault = keyof typeof PRIVATEMODE_FAULTS;
