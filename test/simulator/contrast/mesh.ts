/**
 * The certificate authorities that a Coordinator holds, and what it issues to workloads: P-384, ecdsa-with-SHA384, names as
 * Contrast gives them. The root lasts; the mesh CA certifies the intermediate's key by itself, so that it can be the only
 * anchor of a client. Keys come from the deployment's label: a Coordinator that restarts has the same ones.
 */
import { extension, ORGANISATION } from '../pki/certificate.ts';
import { bits, boolean, explicit, implicit, integer, oid, pem, sequence, set, time, utf8 } from '../pki/der.ts';
import { labelled } from '../pki/keys.ts';
import { ECDSA_SHA384 } from '../pki/nvidia.ts';
import { derivedP384, signCertificate } from '../pki/p384.ts';
import type { P384Key } from '../pki/p384.ts';

const DAY = 86_400_000;
const FROM = Date.UTC(2025, 0, 1);
const UNTIL = Date.UTC(2045, 0, 1);

const name = (commonName: string): Buffer => {
  const part = (type: string, value: string): Buffer => set(sequence(oid(type), utf8(value)));
  return sequence(part('2.5.4.10', ORGANISATION), part('2.5.4.3', commonName));
};

interface Parts {
  readonly subject: string;
  readonly issuer: string;
  readonly spki: Uint8Array;
  readonly by: P384Key;
  /** Ms since the epoch. */
  readonly from: number;
  readonly until: number;
  readonly extensions: readonly Buffer[];
}

function serialOf(label: string): Buffer {
  const bytes = Buffer.from(labelled(`mesh serial/${label}`, 16));
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes;
}

function certificate({ subject, issuer, spki, by, from, until, extensions }: Parts): Buffer {
  const body = sequence(
    explicit(0, integer(2)), integer(serialOf(`${issuer}/${subject}/${from}`)), ECDSA_SHA384, name(issuer), sequence(time(from), time(until)), name(subject), spki, explicit(3, sequence(...extensions)),
  );
  return sequence(body, ECDSA_SHA384, bits(signCertificate(by, body)));
}

// cA, keyCertSign and cRLSign
const AUTHORITY = [extension('2.5.29.19', sequence(boolean(true)), true), extension('2.5.29.15', bits(Buffer.from([0x06]), 1), true)];
const SERVER_AUTH = oid('1.3.6.1.5.5.7.3.1');
const CLIENT_AUTH = oid('1.3.6.1.5.5.7.3.2');

export interface Member {
  readonly key: P384Key;
  /** DER. */
  readonly certificate: Buffer;
}

export interface Mesh {
  /** PEM, as in the Coordinator's answers; always the same bytes. */
  readonly rootCa: string;
  readonly meshCa: string;
  /** What a workload gets whose policy names these (DNS) names, issued at `now` (ms since the epoch). */
  issue(names: readonly string[], now: number): Member;
}

const ROOT = 'system:coordinator:root';
const INTERMEDIATE = 'system:coordinator:intermediate';

function made(label: string): Mesh {
  const rootKey = derivedP384(`contrast/${label}/root`);
  const meshKey = derivedP384(`contrast/${label}/mesh`);
  const authority = (subject: string, key: P384Key): string =>
    pem('CERTIFICATE', certificate({ subject, issuer: subject, spki: key.spki, by: key, from: FROM, until: UNTIL, extensions: AUTHORITY }));
  return {
    rootCa: authority(ROOT, rootKey),
    meshCa: authority(INTERMEDIATE, meshKey),
    issue: (names, now) => {
      const [commonName = ''] = names;
      const key = derivedP384(`contrast/${label}/member/${names.join(' ')}`);
      const from = Math.floor(now / DAY) * DAY - DAY;
      const extensions = [
        extension('2.5.29.17', sequence(...names.map((one) => implicit(2, Buffer.from(one, 'latin1'))))),
        extension('2.5.29.37', sequence(SERVER_AUTH, CLIENT_AUTH)),
        extension('2.5.29.15', bits(Buffer.from([0x80]), 7), true),
      ];
      return { key, certificate: certificate({ subject: commonName, issuer: INTERMEDIATE, spki: key.spki, by: meshKey, from, until: from + 365 * DAY, extensions }) };
    },
  };
}

const known = new Map<string, Mesh>();

/** The authorities of one deployment; another label is another deployment. */
export function meshOf(label: string): Mesh {
  const found = known.get(label) ?? made(label);
  known.set(label, found);
  return found;
}
