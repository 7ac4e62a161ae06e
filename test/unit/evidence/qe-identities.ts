/** QE identities signed by the simulated TCB signer, with fields of the test's choice. */
import type { TdxCollateral } from '../../../src/evidence/tdx/types';
import { qeIdentity, tcbSignature } from '../../simulator/tdx/collateral.ts';
import { NOW } from './simulated';

const signed = (text: string): TdxCollateral => ({ qe_identity: text, qe_identity_signature: tcbSignature(text, NOW) });

export const sgxIdentity = (): TdxCollateral => signed(qeIdentity('sgx', { now: NOW }));

export function identityWith(fields: Readonly<Record<string, unknown>>): TdxCollateral {
  const base = JSON.parse(qeIdentity('tdx', { now: NOW })) as Record<string, unknown>;
  return signed(JSON.stringify({ ...base, ...fields }));
}
