/** `assay verify answer`: one recorded answer, without an attestation. What holds here ties it to a key, not to a machine. */
import { absent, type Check, fail, pass, unknown, weak } from '../checks/check';
import type { ExchangeHead } from '../providers/exchange';
import { PROVIDERS, providerByDialect } from '../providers/registry';
import type { AnswerFindings, Provider } from '../providers/types';
import { normalAddress } from '../signatures/eip191';
import { isHex } from '../encoding/hex';
import type { Arguments } from './arguments';
import type { Context } from './context';
import { usageFault } from './fault';
import { readBytes } from './files';
import { type HeadersFile, readHeaders } from './headers-file';
import type { Findings } from './result';

const CHUNK = 64 * 1024;

export async function verifyAnswer({ options }: Arguments, context: Context): Promise<Findings> {
  const one = (name: string): string | undefined => options.get(name)?.[0];
  const required = (name: string): string => {
    const value = one(name);
    if (value === undefined) throw usageFault(`verify answer needs --${name}`);
    return value;
  };
  const provider = providerFor(required('dialect'));
  const address = addressOf(one('address'));
  const request = await readBytes(required('request'));
  const response = await readBytes(required('response'));
  const apart = one('signature');
  // Where a service signs apart from its answers, the file is what its signature endpoint sent.
  const aside = provider.aside === undefined || apart === undefined ? undefined : provider.aside.read({ status: 200, body: await readBytes(apart) });
  const file = await headersOf(one('headers'), provider.aside === undefined ? apart : undefined);
  const form = formOf(file, response);
  const { hashes, model } = provider.readRequest(request);
  const findings = provider.judgeAnswer({ head: headOf(provider, file, form, hashes, model, context.now), form, reading: readingOf(provider, form, response), cut: false, bodyBasis: 'derived', ...(aside === undefined ? {} : { aside }), ...(address === undefined ? {} : { keys: [address] }) });
  return {
    checks: [...findings.checks, provider.profile.offers.signatures ? signerCheck(findings, address) : absent('signer', 'service', 'ANSWERS_NOT_SIGNED', 'nobody signs answers', { basis: 'derived' })],
    claims: {
      dialect: provider.profile.dialect, form, length: response.length,
      ...(model === undefined ? {} : { model }),
      ...(findings.signer === undefined ? {} : { signer: findings.signer.address.replace(/^0x/, ''), algorithm: findings.signer.algorithm }),
    },
    subject: `answer (${provider.profile.dialect})`,
  };
}

function providerFor(dialect: string): Provider {
  const provider = providerByDialect(dialect);
  if (provider !== undefined) return provider;
  throw usageFault(`--dialect ${dialect}: built are ${PROVIDERS.map(({ profile }) => profile.dialect).join(', ')}`, 'VERIFIER_NOT_BUILT');
}

function addressOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const address = normalAddress(text);
  if (address !== undefined) return address;
  const key = text.replace(/^0x/i, '');
  if (isHex(key, 32)) return key.toLowerCase();
  throw usageFault('--address is neither 20 bytes of hex nor an Ed25519 key of 32');
}

/** `--signature` is the same statement as the headers, as one JSON object. */
async function headersOf(headers: string | undefined, signature: string | undefined): Promise<HeadersFile> {
  if (headers !== undefined && signature !== undefined) {
    const [beside, apart] = [readHeaders(await readBytes(headers), headers), readHeaders(await readBytes(signature), signature)];
    return { ...beside, headers: [...beside.headers, ...apart.headers] };
  }
  const path = headers ?? signature;
  return path === undefined ? { headers: [] } : readHeaders(await readBytes(path), path);
}

/** As announced, where a content type is given; else by the first byte. */
function formOf(file: HeadersFile, response: Uint8Array): 'json' | 'sse' {
  const type = file.headers.find(({ name }) => name.toLowerCase() === 'content-type')?.value;
  if (typeof type === 'string' && /^text\/event-stream\b/i.test(type)) return 'sse';
  if (typeof type === 'string' && /^application\/([\w.-]+\+)?json\b/i.test(type)) return 'json';
  return response.find((byte) => byte > 0x20) === 0x7b ? 'json' : 'sse';
}

function headOf(provider: Provider, file: HeadersFile, form: 'json' | 'sse', hashes: ExchangeHead['requestHashes'], model: string | undefined, now: number): ExchangeHead {
  return {
    id: form, url: provider.profile.apiOrigins[0] ?? '', method: 'POST', tabId: -1, initiator: undefined, incognito: false, status: file.status ?? 200, headers: file.headers,
    fromCache: false, startedAt: now, headersAt: now, requestHashes: hashes, requestUnseen: false, model,
  };
}

function readingOf(provider: Provider, form: 'json' | 'sse', response: Uint8Array) {
  const reader = provider.newReader(form);
  for (let at = 0; at < response.length; at += CHUNK) reader.push(response.subarray(at, at + CHUNK));
  return reader.finish('complete');
}

/** No evidence vouches for any key here: equal to the expected address is as good as the word of whoever gave it. */
function signerCheck({ signer, checks }: AnswerFindings, expected: string | undefined): Check {
  if (signer === undefined) {
    const why = checks.find(({ id, code }) => (id === 'signature' || id === 'format') && code !== undefined)?.code ?? 'ANSWER_UNSIGNED';
    return unknown('signer', why, 'no valid signature to compare', { basis: 'derived' });
  }
  if (expected === undefined) return weak('signer', 'SIGNER_NOT_BOUND', 'no evidence and no --address to compare with', { basis: 'claimed', actual: signer.address });
  if (expected !== signer.address) return fail('signer', 'SIGNER_MISMATCH', 'not the given --address', { basis: 'derived', expected, actual: signer.address });
  return pass('signer', 'the given --address', { basis: 'claimed', expected, actual: signer.address });
}
