/** Words that Assay never says of anything: they promise what no check proves (DESIGN 2). Whole words, any case. */
export const BANNED = [
  'secure', 'secures', 'secured', 'securely', 'securing', 'security', 'insecure',
  'safe', 'safer', 'safest', 'safely', 'safety', 'unsafe',
  'private', 'privately', 'privacy',
  'trust', 'trusts', 'trusted', 'trusting', 'trustworthy', 'untrusted',
  'guarantee', 'guarantees', 'guaranteed', 'guaranteeing',
];
