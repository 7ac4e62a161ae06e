/** `assay verify report`: what a service answered when it was asked for evidence, judged as the extension judges it. */
import { fromHex, isHex } from '../encoding/hex';
import { PROVIDERS, providerByDialect } from '../providers/registry';
import type { Appraisal, EvidencePart, Provider } from '../providers/types';
import { type Anchor, VENDOR_ANCHORS } from '../roots/anchors';
import type { Arguments } from './arguments';
import type { Context } from './context';
import { usageFault } from './fault';
import type { Findings } from './result';
import { sourcesFor } from './sources';

export async function verifyReport(file: Uint8Array, { options }: Arguments, context: Context): Promise<Findings> {
  const provider = providerFor(options.get('dialect')?.[0]);
  const nonce = nonceFor(provider, options.get('nonce')?.[0]);
  const anchors = anchorsOf(context);
  const appraisal = await provider.appraise(
    { body: file, status: 200, contentType: undefined, nonce },
    { now: context.now, policy: context.policy, anchors, references: context.references, ...sourcesFor(context, anchors) },
  );
  const { dialect, name } = provider.profile;
  return { checks: appraisal.checks, claims: { dialect, ...claimsOf(appraisal) }, subject: `report of ${name} (${dialect})` };
}

function providerFor(dialect: string | undefined): Provider {
  const built = `built are ${PROVIDERS.map(({ profile }) => profile.dialect).join(', ')}`;
  if (dialect === undefined) throw usageFault(`verify report needs --dialect: ${built}`);
  const provider = providerByDialect(dialect);
  if (provider === undefined) throw usageFault(`--dialect ${dialect}: ${built}`, 'VERIFIER_NOT_BUILT');
  return provider;
}

/** A report answers a number; without it nothing in it is known to be fresh, so it must be named. */
function nonceFor({ profile }: Provider, text: string | undefined): Uint8Array {
  if (text === undefined) throw usageFault('verify report needs --nonce');
  const digits = text.replace(/^0x/i, '');
  if (!isHex(digits, profile.nonceBytes)) throw usageFault(`--nonce is not ${profile.nonceBytes} bytes of hex`);
  return fromHex(digits);
}

/** A laboratory's root stands in for those of every vendor: a report mixes their evidence. */
function anchorsOf({ customAnchors }: Context): readonly Anchor[] {
  if (customAnchors.length === 0) return VENDOR_ANCHORS;
  const kinds = new Map(VENDOR_ANCHORS.map(({ kind, vendor }) => [kind, vendor]));
  return [...kinds].flatMap(([kind, vendor]) => customAnchors.map((anchor) => ({ ...anchor, kind, vendor })));
}

/** The fields of each kind of evidence as its own command prints them; `devices` from all lists of GPUs. */
function claimsOf({ parts, signers, software }: Appraisal): Readonly<Record<string, unknown>> {
  const devices = parts.flatMap((part) => (part.kind === 'nvidia' ? part.claims : []));
  const machine = parts.flatMap(fieldsOf)[0];
  return {
    ...machine,
    ...(devices.length === 0 ? {} : { devices }),
    signers: signers.map(({ address, algorithm, binding }) => ({ address: address.replace(/^0x/i, '').toLowerCase(), algorithm, binding })),
    software: software.map(({ kind, role, values, basis }) => ({ kind, role, values, basis })),
  };
}

const fieldsOf = (part: EvidencePart): readonly object[] => ((part.kind === 'tdx' || part.kind === 'snp') && part.claims !== undefined ? [part.claims] : []);
