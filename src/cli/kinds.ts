/** The kinds of evidence that the command line knows by name, and telling them apart by their bytes. */
import { asCoded } from '../checks/error';
import { utf8Text } from '../encoding/bytes';
import { type JsonValue, parseJson } from '../encoding/json';
import { looksLikeCocos } from '../evidence/cocos';
import { readTranscriptFile } from '../evidence/nvidia';
import type { Arguments, OptionRules } from './arguments';
import type { Context } from './context';
import { usageFault } from './fault';
import { readBytes } from './files';
import type { Findings } from './result';
import { verifyAnswer } from './verify-answer';
import { verifyCocos } from './verify-cocos';
import { verifyContrast } from './verify-contrast';
import { verifyNvidia } from './verify-nvidia';
import { verifyNitro } from './verify-nitro';
import { verifyReport } from './verify-report';
import { reportIn, verifySnp } from './verify-snp';
import { quoteIn, verifyTdx } from './verify-tdx';

export const KINDS = ['tdx', 'snp', 'nvidia', 'cocos', 'contrast', 'nitro', 'report', 'answer', 'proof'] as const;
export type Kind = (typeof KINDS)[number];

export interface Verifier {
  /** Beside the common ones. */
  readonly options: OptionRules;
  /** Judges the one file a kind takes; kinds without a file are judged from their options. */
  readonly run: (args: Arguments, context: Context) => Promise<Findings>;
}

const value = { takesValue: true } as const;
const values = { takesValue: true, repeatable: true } as const;

/** The one file that a kind's command names. */
function fileOf({ words }: Arguments, kind: Kind): string {
  const [path, more] = words;
  if (path === undefined) throw usageFault(`verify ${kind} needs a file`);
  if (more !== undefined) throw usageFault(`one word too many: ${more}`);
  return path;
}

function noFile({ words }: Arguments): void {
  if (words[0] !== undefined) throw usageFault(`one word too many: ${words[0]}`);
}

/** The kinds whose verifier is built. */
export const VERIFIERS: Readonly<Partial<Record<Kind, Verifier>>> = {
  tdx: {
    options: { collateral: value, 'report-data': value },
    run: async (args, context) => verifyTdx(await readBytes(fileOf(args, 'tdx')), args, context),
  },
  nvidia: {
    options: { nonce: value, certs: value, rims: value, ocsp: value },
    run: async (args, context) => verifyNvidia(await readBytes(fileOf(args, 'nvidia')), args, context),
  },
  snp: {
    options: { vek: value, ca: values, crl: values, 'report-data': value },
    run: async (args, context) => verifySnp(await readBytes(fileOf(args, 'snp')), args, context),
  },
  contrast: {
    options: { nonce: value, manifest: value, 'single-manifest': { takesValue: false }, secret: value, vek: value, ca: values, crl: values, collateral: value },
    run: async (args, context) => verifyContrast(await readBytes(fileOf(args, 'contrast')), args, context),
  },
  cocos: {
    options: { 'report-data': value, nonce: value, 'cocos-policy': value, vek: value, ca: values, crl: values, collateral: value },
    run: async (args, context) => verifyCocos(await readBytes(fileOf(args, 'cocos')), args, context),
  },
  nitro: {
    options: { nonce: value, 'user-data': value },
    run: async (args, context) => verifyNitro(await readBytes(fileOf(args, 'nitro')), args, context),
  },
  report: {
    options: { dialect: value, nonce: value },
    run: async (args, context) => verifyReport(await readBytes(fileOf(args, 'report')), args, context),
  },
  answer: {
    options: { dialect: value, request: value, response: value, headers: value, signature: value, address: value },
    run: async (args, context) => {
      noFile(args);
      return verifyAnswer(args, context);
    },
  },
};

export const isKind = (word: string): word is Kind => KINDS.some((kind) => kind === word);

/** The verifier of a kind; `VERIFIER_NOT_BUILT`, 64, where there is none yet. */
export function verifierOf(kind: Kind): Verifier {
  const verifier = VERIFIERS[kind];
  if (verifier === undefined) throw usageFault(`${kind} is recognised, its verifier is not built`, 'VERIFIER_NOT_BUILT');
  return verifier;
}

const startsWith = (bytes: Uint8Array, ...first: readonly number[]): boolean => first.every((byte, i) => bytes[i] === byte);

/** What a file is, from its bytes alone; `undefined` when it is nothing that is known here. Telling apart is no finding. */
export function kindOfFile(bytes: Uint8Array): Kind | undefined {
  if (quoteIn(bytes) !== undefined) return 'tdx';
  if (reportIn(bytes) !== undefined) return 'snp';
  // COSE_Sign1 with ES384, tagged or not.
  if (startsWith(bytes, 0x84, 0x44, 0xa1, 0x01, 0x38, 0x22) || startsWith(bytes, 0xd2, 0x84, 0x44, 0xa1, 0x01, 0x38, 0x22)) return 'nitro';
  if (looksLikeCocos(bytes)) return 'cocos';
  if (readTranscriptFile(bytes) !== undefined) return 'nvidia';
  return kindOfJson(bytes);
}

function kindOfJson(bytes: Uint8Array): Kind | undefined {
  let json: JsonValue;
  try {
    json = parseJson(utf8Text(bytes), { maxLength: 16 * 1024 * 1024 });
  } catch (error) {
    asCoded(error);
    return undefined;
  }
  const first: JsonValue | undefined = isList(json) ? json[0] : json;
  if (!(first instanceof Map)) return undefined;
  const has = (...names: readonly string[]): boolean => names.every((name) => first.has(name));
  if (has('evidence', 'certificate') || has('evidence_list')) return 'nvidia';
  if (isList(json)) return undefined;
  if (has('assayProof')) return 'proof';
  if (has('AttestationDoc') || has('manifests', 'policies') || has('Manifests', 'Policies') || has('coordinatorPolicyHash')) return 'contrast';
  if (has('signing_address') || has('intel_quote') || has('cpu', 'gpu') || has('gateway_attestation') || has('model_attestations')) return 'report';
  return undefined;
}

const isList = (json: JsonValue): json is readonly JsonValue[] => Array.isArray(json);
