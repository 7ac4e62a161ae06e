/** The options that every kind of evidence shares, read once: time, policy, anchors, reference values, network. */
import { asCoded } from '../checks/error';
import type { Getter } from '../checks/getter';
import { DEFAULT, GENUINE, type Policy } from '../checks/policy';
import { readReferencesBeside } from '../records/reference-file';
import type { ReferenceValue } from '../checks/reference';
import { type Anchor, VENDOR_ANCHORS } from '../roots/anchors';
import { fingerprintOf, readCertificate, readPemCertificates } from '../x509/certificate';
import type { Arguments, OptionRules } from './arguments';
import { usageFault } from './fault';
import { readBytes, readText } from './files';
import { readPolicy } from './policy-file';
import { readTime } from './time';

export const COMMON_OPTIONS: OptionRules = {
  at: { takesValue: true },
  offline: { takesValue: false },
  policy: { takesValue: true },
  reference: { takesValue: true, repeatable: true },
  require: { takesValue: true },
  'trust-anchor': { takesValue: true, repeatable: true },
  json: { takesValue: false },
};

export interface Context {
  /** Ms since the epoch. */
  readonly now: number;
  /** `now` was given: it is taken as given, no clock is doubted. */
  readonly nowGiven: boolean;
  readonly policy: Policy;
  readonly references: readonly ReferenceValue[];
  /** Certificates of laboratory roots; empty for the vendors' own. */
  readonly customAnchors: readonly Pick<Anchor, 'subject' | 'spki' | 'fingerprint' | 'source'>[];
  readonly require: 'verified' | 'limited' | undefined;
  /** Absent with `--offline`. */
  readonly get: Getter | undefined;
  /** Says on stderr what takes time. */
  readonly progress: (text: string) => void;
}

export interface Surroundings {
  readonly clock: () => number;
  readonly get: Getter;
  readonly progress: (text: string) => void;
}

export async function readContext({ options }: Arguments, around: Surroundings): Promise<Context> {
  const at = options.get('at')?.[0];
  const require = options.get('require')?.[0];
  if (require !== undefined && require !== 'verified' && require !== 'limited') throw usageFault(`--require ${require}: verified or limited`);
  return {
    now: at === undefined ? around.clock() : readTime(at),
    nowGiven: at !== undefined,
    policy: await policyOf(options.get('policy')?.[0] ?? 'default'),
    references: (await Promise.all((options.get('reference') ?? []).map(async (path) => asUsage(path, readReferencesBeside, await readText(path))))).flat(),
    customAnchors: (await Promise.all((options.get('trust-anchor') ?? []).map(readAnchors))).flat(),
    require,
    get: options.has('offline') ? undefined : around.get,
    progress: around.progress,
  };
}

/** The vendors' anchors, or the given ones in their place. */
export function anchorsFor(context: Context, vendor: Anchor['vendor'], kind: Anchor['kind']): readonly Anchor[] {
  if (context.customAnchors.length === 0) return VENDOR_ANCHORS;
  return context.customAnchors.map((anchor) => ({ ...anchor, vendor, kind }));
}

async function policyOf(name: string): Promise<Policy> {
  const builtIn = [DEFAULT, GENUINE].find((policy) => policy.name === name);
  if (builtIn !== undefined) return builtIn;
  const text = await readText(name);
  return asUsage(name, (given) => readPolicy(given, name.split(/[/\\]/).pop() ?? name), text);
}

async function readAnchors(path: string): Promise<Context['customAnchors']> {
  const bytes = await readBytes(path);
  const certificates = asUsage(
    path,
    (given) => (given[0] === 0x30 ? [readCertificate(given)] : readPemCertificates(new TextDecoder().decode(given))),
    bytes,
  );
  return certificates.map((certificate) => ({
    subject: certificate.subject.commonName ?? path,
    spki: certificate.spkiHex,
    fingerprint: fingerprintOf(certificate),
    source: path,
  }));
}

/** A file of the user's that is not in its form: the command was given wrongly, and the form's own code says how. */
export function asUsage<T, R>(path: string, read: (given: T) => R, given: T): R {
  try {
    return read(given);
  } catch (error) {
    const { code, detail } = asCoded(error);
    throw usageFault(`${path}: ${detail}`, code);
  }
}

