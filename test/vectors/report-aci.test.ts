/** ACI's own test vectors, byte for byte: every form and digest the protocol's document names is made here anew. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT } from '../../src/checks/policy';
import { CodedError } from '../../src/checks/error';
import { fromHex, toHex } from '../../src/encoding/hex';
import { type JsonValue, parseJson } from '../../src/encoding/json';
import { appraiseAci } from '../../src/providers/report/aci/appraise';
import { readKeyset, reportDataFor, statementOf } from '../../src/providers/report/aci/keyset';
import { readReceipt, verifyReceipt } from '../../src/providers/report/aci/receipt';
import { readSession } from '../../src/providers/report/aci/session';
import { VENDOR_ANCHORS } from '../../src/roots/anchors';
import { sha256Hex } from '../../src/signatures/digests';
import { canonicalJson } from '../../src/signatures/jcs';
import { NO_ENDORSEMENTS } from '../unit/providers/no-endorsements';
import { assay, build } from './built-cli';
import { vector, vectorsPresent } from './shared';

const text = (name: string): string => readFileSync(vector(`ionet-and-relatives/aci/${name}`), 'utf8');
const bytes = (value: string): Uint8Array => new TextEncoder().encode(value);
/** The fenced blocks of the document, in order. */
const blocks = vectorsPresent ? [...text('aci-test-vectors.md').matchAll(/```text\n([\s\S]*?)\n```/g)].map(([, block]) => block ?? '') : [];
const blockWith = (start: string): string => blocks.find((block) => block.startsWith(start)) ?? '';
const namedIn = (name: string): string => (blocks.map((block) => new RegExp(`^${name} = (?:sha256\\(statement\\) = )?(\\S+)`, 'm').exec(block)?.[1]).find((value) => value !== undefined) ?? '');
const NONCE = Uint8Array.from({ length: 32 }, (_, i) => i);

/** The same document written otherwise: members backwards, white space, escapes. */
function shuffled(json: string): string {
  const turn = (value: unknown): unknown => (Array.isArray(value) ? value.map(turn) : value !== null && typeof value === 'object' ? Object.fromEntries(Object.entries(value).toReversed().map(([k, v]) => [k, turn(v)])) : value);
  return JSON.stringify(turn(JSON.parse(json)), null, 3).replaceAll('a', '\\u0061');
}

describe.skipIf(!vectorsPresent)('aci-test-vectors.md', () => {
  it('1: the keyset’s canonical form and digest, whatever form it comes in', () => {
    const canonical = blockWith('{"e2ee_public_keys"');
    expect(canonical.length).toBeGreaterThan(100);
    for (const form of [canonical, shuffled(canonical)]) {
      expect(canonicalJson(parseJson(form))).toBe(canonical);
      expect(readKeyset(parseJson(form)).digest).toBe(namedIn('workload_keyset_digest'));
    }
    expect(readKeyset(parseJson(canonical))).toMatchObject({ notAfter: 1_800_000_000_000, tls: [{ domain: 'api.example.com' }] });
  });

  it('2: the statement with and without a number, and the 64 bytes', () => {
    const digest = namedIn('workload_keyset_digest');
    const statements = blocks.filter((block) => block.startsWith('{"keyset_digest"'));
    expect(statements).toEqual([statementOf(digest, NONCE), statementOf(digest, undefined)]);
    const reportData = blocks.flatMap((block) => /^report_data = (?:sha256\(statement\) = )?([0-9a-f]{64})$/m.exec(block)?.[1] ?? []);
    expect(reportData).toEqual([NONCE, undefined].map((nonce) => toHex(reportDataFor(digest, nonce)).slice(0, 64)));
    expect(blocks).toContain(toHex(reportDataFor(digest, NONCE)));
  });

  it('3: the session’s id and its evidence', () => {
    const canonical = blocks.find((block) => block.startsWith('{"api_version"') && block.includes('"upstream_name"')) ?? '';
    for (const form of [canonical, shuffled(canonical)]) {
      expect(readSession(bytes(form))).toMatchObject({ id: namedIn('session_id'), claims: { tee_attested: 'asserted', gpu_attested: 'unknown' }, establishedAt: 1_750_000_000_000 });
    }
    expect(new TextDecoder().decode(readSession(bytes(canonical)).evidence)).toBe('example-evidence');
    expect(() => readSession(bytes(canonical.replace('ZXhhbXBsZS1ldmlkZW5jZQ', 'ZXhhbXBsZS1ldmlkZW5jZR'))).id).toThrow(CodedError);
    expect(() => readSession(bytes(canonical.replace('data:text/plain;base64,ZXhh', 'data:text/plain;base64,ZXho'))).id).toThrow(/^REPORT_DATA_MISMATCH/);
  });

  it('4: the receipt’s signed form, its digests and its signature', () => {
    const [unsigned = '', served = ''] = blocks.filter((block) => block.startsWith('{"api_version"') && block.includes('"receipt_id"'));
    const keys = readKeyset(parseJson(blockWith('{"e2ee_public_keys"'))).receiptKeys;
    for (const form of [served, shuffled(served)]) {
      const receipt = readReceipt(bytes(form));
      expect(receipt.signed).toBe(unsigned);
      expect(sha256Hex(bytes(receipt.signed))).toBe(/sha256\(signing input\) = ([0-9a-f]{64})/.exec(text('aci-test-vectors.md'))?.[1]);
      expect(verifyReceipt(receipt, keys)).toBe('8139770ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25df60f5b8fc9b394');
      expect(receipt).toMatchObject({ keysetDigest: namedIn('workload_keyset_digest'), chatId: 'chatcmpl-123', model: 'demo-model', upstream: { sessionId: namedIn('session_id') } });
      expect(receipt.request).toBe(sha256Hex(bytes('{"messages":[{"content":"hi","role":"user"}],"model":"demo-model"}')));
      expect(receipt.response).toBe(sha256Hex(bytes('{"choices":[],"id":"chatcmpl-123"}')));
    }
    for (const [from, to] of [['rcpt-0001', 'rcpt-0002'], ['1750000000', '1750000001'], ['"required":true', '"required":false'], ['demo-model', 'demo-mode1']] as const) {
      expect(() => verifyReceipt(readReceipt(bytes(served.replace(from, to))), keys)).toThrow(/^SIGNATURE_INVALID/);
    }
    expect(() => verifyReceipt(readReceipt(bytes(served.replace('"key_id":"receipt-1"', '"key_id":"receipt-2"'))), keys)).toThrow(/^SIGNER_MISMATCH/);
  });

  it('E2EE v2: the associated data are canonical as they stand', () => {
    const data = [...text('e2ee-v2-test-vectors.md').matchAll(/```text\n(\{[\s\S]*?\})\n```/g)].map(([, block]) => block ?? '');
    expect(data).toHaveLength(2);
    for (const block of data) expect([block, shuffled(block)].map((form) => canonicalJson(parseJson(form)))).toEqual([block, block]);
  });
});

describe.skipIf(!vectorsPresent)('the stub report', () => {
  const report = (): Map<string, JsonValue> => {
    const value = parseJson(text('aci_report.stub.json'));
    return new Map(value instanceof Map ? value : []);
  };

  it('names its keyset by the digest that is made here', () => {
    const attestation = report().get('attestation');
    const keyset = attestation instanceof Map ? attestation.get('workload_keyset') : undefined;
    // The number that its report_data answers is not on record.
    expect(readKeyset(keyset ?? null).digest).toBe(report().get('workload_keyset_digest'));
  });

  it('and is refused as hardware', async () => {
    const { checks, signers } = await appraiseAci(
      { body: bytes(text('aci_report.stub.json')), status: 200, contentType: undefined, nonce: fromHex('11'.repeat(32)) },
      { now: Date.parse('2026-11-22T00:00:00Z'), policy: DEFAULT, anchors: VENDOR_ANCHORS, references: [], ...NO_ENDORSEMENTS },
    );
    expect(checks[0]).toMatchObject({ id: 'parse', outcome: 'fail' });
    expect(signers.map(({ binding }) => binding)).toEqual(['none']);
  });
});

describe.skipIf(!vectorsPresent)('the command line', () => {
  beforeAll(build);

  it('verify report --dialect aci: 1 for the stub; nearai for what is no report of its kind: 1', () => {
    const stub = vector('ionet-and-relatives/aci/aci_report.stub.json');
    expect(assay('verify', 'report', stub, '--dialect', 'aci', '--nonce', '11'.repeat(32), '--offline')).toMatchObject({ status: 1, json: { state: 'failed' } });
    expect(assay('verify', 'report', stub, '--dialect', 'nearai', '--nonce', '11'.repeat(32), '--offline')).toMatchObject({ status: 1, codes: ['EVIDENCE_MISSING'] });
  });
});
