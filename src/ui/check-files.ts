/**
 * Judges downloaded files in the page itself: nothing of them leaves it. What a vendor has to be asked for comes from the
 * same getters as the background's; what is kept is read, and nothing is added to it.
 */
import { clock, FLAVOUR } from '#flavour';
import type { ByteStore } from '../checks/getter';
import { referencesFor } from '../checks/reference';
import { amdKds } from '../collateral/amd-kds';
import { clockBehind, intelCollateral, newestVendorDate } from '../collateral/intel-pcs';
import { toBase64 } from '../encoding/base64';
import { toHex } from '../encoding/hex';
import { fetchGetter } from '../platform/getter';
import { checkCocosFiles } from '../providers/cube/files';
import { DIALECT } from '../providers/cube/names';
import { collateralStore } from '../records/collateral';
import { openDatabase } from '../records/database';
import { storedReferences } from '../records/references';
import { policyOf, type Settings } from '../records/settings';
import { VENDOR_ANCHORS } from '../roots/anchors';
import { stateOf } from '../verdict/state';
import type { EvidenceView } from '../watch/snapshot';
import { partView } from '../watch/views';
import { type FilesToCheck, FROM_FILES } from './model/files';

/** Ms since the epoch of the build: no clock can be before it. */
declare const __BUILD_DATE__: number;

/** Reads what the background keeps; what is fetched for a file stays in this page. */
function readThrough(kept: ByteStore): ByteStore {
  const own = new Map<string, Uint8Array>();
  return {
    get: async (key) => own.get(key) ?? (await kept.get(key)),
    put: (key, value) => {
      own.set(key, value);
      return Promise.resolve();
    },
  };
}

/** The view of an evidence page over files. Never rejects for anything that the files hold. */
export async function checkFiles(files: FilesToCheck, settings: Settings): Promise<EvidenceView> {
  const db = openDatabase();
  const store = readThrough(collateralStore(() => db, () => Date.now()));
  const now = await clock();
  const anchors = [...VENDOR_ANCHORS, ...FLAVOUR.anchors];
  const doors = { get: fetchGetter(), store, now: () => now };
  const behind = clockBehind(now, __BUILD_DATE__, await newestVendorDate(store));
  // Nobody says which service a file is of: what is for one alone cannot count.
  const references = referencesFor(await storedReferences(() => db).list(), undefined).filter(({ dialect }) => dialect === DIALECT);
  const found = await checkCocosFiles(
    {
      report: files.report.bytes,
      references,
      ...(files.policy === undefined ? {} : { policy: files.policy }),
      ...(files.reportData === undefined ? {} : { reportData: files.reportData }),
      ...(files.nonce === undefined ? {} : { nonce: files.nonce }),
    },
    {
      now,
      policy: policyOf(settings, now),
      anchors,
      tdxCollateral: intelCollateral({ ...doors, now, anchors }),
      snpCollateral: amdKds(doors, anchors),
      ...(behind === undefined ? {} : { clockBehind: { detail: behind } }),
    },
  );
  (await db).close();
  return {
    service: { profileId: FROM_FILES, name: files.report.name, host: files.policy?.name ?? '', apiOrigins: [], addedByYou: false, best: 'limited' },
    dialect: DIALECT,
    attestation: { id: '', state: stateOf(found.checks), checks: found.checks, appraisedAt: now, through: 'none', signers: [] },
    nonce: files.reportData === undefined ? '' : toHex(files.reportData),
    ...(files.nonce === undefined ? {} : { vtpmNonce: toHex(files.nonce) }),
    reportBase64: toBase64(files.report.bytes),
    parts: found.parts.map(partView),
    software: found.software,
    references: files.policy === undefined ? references : [],
    answers: [],
    flavour: FLAVOUR.name,
  };
}
