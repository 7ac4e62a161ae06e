/** `assay verify nitro`: one AWS Nitro Enclaves attestation document. */
import { type Check, weak } from '../checks/check';
import { fromHex, isHex } from '../encoding/hex';
import { checkNitro } from '../evidence/nitro';
import type { NitroClaims } from '../evidence/nitro/types';
import type { Arguments } from './arguments';
import { anchorsFor, type Context } from './context';
import { usageFault } from './fault';
import type { Findings } from './result';

export async function verifyNitro(file: Uint8Array, { options }: Arguments, context: Context): Promise<Findings> {
  if (context.references.length > 0) throw usageFault('--reference: no kind of value is compared with a Nitro document', 'REFERENCE_MALFORMED');
  const nonce = readHex(options, 'nonce');
  const userData = readHex(options, 'user-data');
  const { checks, claims } = await checkNitro({
    document: file,
    anchors: anchorsFor(context, 'aws', 'nitro'),
    now: context.now,
    // CLI.md gives Nitro no rules of its own: debug is judged as for other guests of a cloud.
    policy: { allowDebug: context.policy.snp.allowDebug },
    ...(nonce === undefined ? {} : { nonce }),
    ...(userData === undefined ? {} : { userData }),
  });
  return { checks: [...checks, ...unbound(claims, nonce)], claims: { tee: 'nitro', ...claims }, subject: 'Nitro document' };
}

/** Without the nonce that was sent, a document is at most three hours old and anybody's. */
function unbound(claims: NitroClaims | undefined, nonce: Uint8Array | undefined): readonly Check[] {
  if (claims === undefined || nonce !== undefined) return [];
  return [weak('nonce', 'NO_REPORT_DATA_EXPECTED', 'no --nonce to compare with', claims.nonce === undefined ? {} : { actual: claims.nonce })];
}

function readHex(options: Arguments['options'], name: string): Uint8Array | undefined {
  const digits = options.get(name)?.[0]?.replace(/^0x/i, '');
  if (digits === undefined) return undefined;
  if (!isHex(digits)) throw usageFault(`--${name} is not hex`);
  return fromHex(digits);
}
