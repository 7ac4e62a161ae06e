/** A downloaded report and, beside it, a policy: judged from the files alone. Cocos’s own tools offer this only by name. */
import { type Check, unknown } from '../../checks/check';
import { asCoded } from '../../checks/error';
import type { ReferenceValue } from '../../checks/reference';
import { readCocosPolicy } from '../../evidence/cocos/policy-read';
import { type CocosContext, type CocosFindings, judgeCocos } from './evidence';
import type { PinnedPolicy } from './policies';

export interface CocosFiles {
  /** Evidence in any form that Cube or its page hands out. */
  readonly report: Uint8Array;
  /** The policy's JSON text, and the name under which checks cite it. */
  readonly policy?: { readonly text: string; readonly name: string };
  /** The 64 bytes that were sent as report_data, where the user knows them. */
  readonly reportData?: Uint8Array;
  readonly nonce?: Uint8Array;
  /** Registers of kind `tdx-registers` that the user knows; used where no policy is given. */
  readonly references?: readonly ReferenceValue[];
}

/**
 * All checks over the files. Never raises on bad input: a policy that cannot be read is `POLICY_MALFORMED`, unknown, and the
 * evidence is judged all the same. Without `reportData` freshness stays open, so the state is at most `limited`.
 */
export async function checkCocosFiles(files: CocosFiles, context: CocosContext): Promise<CocosFindings> {
  const { pinned, unread } = policyIn(files.policy);
  const found = await judgeCocos(
    {
      evidence: files.report,
      policies: pinned,
      references: files.references ?? [],
      complete: false,
      ...(files.reportData === undefined ? {} : { reportData: files.reportData }),
      ...(files.nonce === undefined ? {} : { nonce: files.nonce }),
    },
    context,
  );
  return { ...found, checks: [...found.checks, ...unread] };
}

function policyIn(policy: CocosFiles['policy']): { readonly pinned: readonly PinnedPolicy[]; readonly unread: readonly Check[] } {
  if (policy === undefined) return { pinned: [], unread: [] };
  try {
    return { pinned: [{ policy: readCocosPolicy(policy.text), source: `imported: ${policy.name}` }], unread: [] };
  } catch (error) {
    const { code, detail } = asCoded(error);
    return { pinned: [], unread: [unknown('cocos.policy_file', code, detail, { basis: 'derived' })] };
  }
}
