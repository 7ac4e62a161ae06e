/** What `assay --help` says: the commands of CLI.md, those that are not built yet marked. */
import { KINDS, VERIFIERS } from './kinds';

const COMMANDS: Readonly<Record<(typeof KINDS)[number], string>> = {
  tdx: 'verify tdx <quote>      [--collateral <json>] [--report-data <hex>]',
  snp: 'verify snp <report>     [--vek <der|pem>] [--ca <der|pem>]... [--crl <der>]... [--report-data <hex>]',
  nvidia: 'verify nvidia <json|raw|hex>  --nonce <hex> [--certs <pem>] [--rims <dir>] [--ocsp <dir>]',
  cocos: 'verify cocos <file>     --report-data <hex> --nonce <hex> [--cocos-policy <json>] [--vek <der|pem>] [--ca <der|pem>]... [--crl <der>]... [--collateral <json>]',
  contrast: 'verify contrast <json>  --nonce <hex> [--manifest <file>] [--single-manifest] [--secret <json>] [--vek <der|pem>] [--ca <der|pem>]... [--crl <der>]... [--collateral <json>]',
  nitro: 'verify nitro <doc>      [--nonce <hex>] [--user-data <hex>]',
  report: 'verify report <json>    --dialect <id> --nonce <hex>',
  answer: 'verify answer           --dialect <id> --request <file> --response <file> [--headers <file>] [--signature <json>] [--address <hex>]',
  proof: 'verify proof <json>',
};

export const usage = (): string =>
  [
    'assay: checks confidential-computing evidence and signed answers, locally, against the hardware vendors’ own roots',
    '',
    '  assay verify <file>     any kind below, told apart by its bytes',
    ...KINDS.map((kind) => `  assay ${COMMANDS[kind]}${VERIFIERS[kind] === undefined ? '   (not built yet)' : ''}`),
    '',
    'common:',
    '  --at <RFC 3339 | unix seconds>      judge at this time instead of now',
    '  --offline                           ask nobody; what is not given is missing',
    '  --policy genuine|default|<file>     what is accepted (default)',
    '  --reference <json>                  expected software; may be repeated',
    '  --require verified|limited          exit 3 for a lesser state',
    '  --trust-anchor <der|pem>            roots of a laboratory in place of the vendors’; may be repeated',
    '  --json                              one JSON object on standard output, and nothing else',
    '',
    'exit status: 0 verified or limited, 1 failed, 2 incomplete, 3 less than required, 64 usage, 66 unreadable file, 70 internal error',
    '',
  ].join('\n');
