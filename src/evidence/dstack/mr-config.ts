/**
 * MRCONFIGID as dstack's host sets it and its image checks it while it starts: 48 bytes, a version, a digest, zeros.
 * All zero means that it was not set, which is no match with anything.
 */
import { keccak_256 } from '@noble/hashes/sha3.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, equalBytes, isAllZero, utf8Bytes } from '../../encoding/bytes';
import { fromHex } from '../../encoding/hex';
import type { BootEvents } from './boot-events';

const DIGEST = [1, 33] as const;
const KINDS: readonly string[] = ['none', 'local-sgx', 'kms', 'tpm'];
const V3_DOMAIN = concatBytes(utf8Bytes('dstack-mr-config-v3:'), Uint8Array.of(0));

export type ConfigReading =
  | { readonly kind: 'unset' }
  /** Names the compose text itself (1), or it with the application's identity (2, 3). */
  | { readonly kind: 'names'; readonly version: 1 | 2 | 3 }
  /** Holds something else than these events give. */
  | { readonly kind: 'differs'; readonly version: 1 | 2 | 3 }
  /** Cannot be recomputed: another version, or a part is not at hand. */
  | { readonly kind: 'open'; readonly why: string };

/** `configId`: 48 bytes. `known`: the compose hash, with the rest of what was measured where it is at hand. */
export function readConfigId(configId: Uint8Array, known: Pick<BootEvents, 'composeHash'> & Partial<BootEvents>): ConfigReading {
  if (isAllZero(configId)) return { kind: 'unset' };
  const version = configId[0];
  if (!isAllZero(configId.subarray(DIGEST[1]))) return { kind: 'open', why: 'bytes behind the digest' };
  if (version !== 1 && version !== 2 && version !== 3) return { kind: 'open', why: `version ${version ?? 0}` };
  const expected = version === 1 ? fromHex(known.composeHash) : version === 2 ? digestV2(known) : digestV3(known);
  if (expected === undefined) return { kind: 'open', why: `version ${version} names more than is at hand` };
  if (equalBytes(expected, configId.subarray(...DIGEST))) return { kind: 'names', version };
  // A host may write the document of version 3 in another form than the canonical one: then nothing can be said.
  return version === 3 ? { kind: 'open', why: 'the document behind version 3 is not at hand' } : { kind: 'differs', version };
}

function digestV2({ composeHash, appId, keyProvider }: Pick<BootEvents, 'composeHash'> & Partial<BootEvents>): Uint8Array | undefined {
  const kind = KINDS.indexOf(keyProvider?.name ?? '');
  if (appId === undefined || keyProvider === undefined || kind < 0) return undefined;
  return keccak_256(concatBytes(fromHex(composeHash), fromHex(appId), Uint8Array.of(kind), fromHex(keyProvider.id)));
}

function digestV3({ composeHash, appId, instanceId, keyProvider }: Pick<BootEvents, 'composeHash'> & Partial<BootEvents>): Uint8Array | undefined {
  if (appId === undefined || instanceId === undefined || keyProvider === undefined || !KINDS.includes(keyProvider.name)) return undefined;
  const document = { app_id: appId, compose_hash: composeHash, instance_id: instanceId, key_provider: keyProvider.name, key_provider_id: keyProvider.id, version: 3 };
  return sha256(concatBytes(V3_DOMAIN, utf8Bytes(JSON.stringify(document))));
}
