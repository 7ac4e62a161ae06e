/** Bent input of every kind: each reader answers with a coded fault or a value, in bounded time, and never otherwise. */
import { describe, expect, it } from 'vitest';
import { CodedError } from '../../../src/checks/error';
import { checkDstack } from '../../../src/evidence/dstack';
import { readImages } from '../../../src/evidence/dstack/images';
import { fromHex } from '../../../src/encoding/hex';
import { parseJson } from '../../../src/encoding/json';
import { parseReport } from '../../../src/providers/report/parse';
import { NEARAI } from '../../../src/providers/report/dialect';
import { readSignature } from '../../../src/providers/report/aside';
import { readKey } from '../../../src/providers/report/key';
import { newReportReader } from '../../../src/providers/report/reader';
import { parseAciReport } from '../../../src/providers/report/aci/report';
import { readReceipt } from '../../../src/providers/report/aci/receipt';
import { readSession } from '../../../src/providers/report/aci/session';
import { canonicalJson } from '../../../src/signatures/jcs';
import { seeded } from '../encoding/random';
import { BOOT, FIRMWARE, machine } from '../evidence-dstack/machine';
import { appraise, attestation, ecdsaKey } from './lab';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Bytes changed, cut, doubled or moved. */
function bend(source: Uint8Array, below: (limit: number) => number): Uint8Array {
  const bent = source.slice();
  for (let i = below(4); i >= 0; i -= 1) bent[below(bent.length)] = below(256);
  const cut = below(bent.length);
  switch (below(4)) {
    case 0:
      return bent.subarray(0, cut);
    case 1:
      return Uint8Array.from([...bent.subarray(0, cut), ...bent.subarray(Math.max(0, cut - below(40)))]);
    default:
      return bent;
  }
}

function onlyCoded(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(CodedError);
  }
}

function many(source: Uint8Array, times: number, read: (bent: Uint8Array) => unknown): void {
  const below = seeded(source.length);
  for (let i = 0; i < times; i += 1) onlyCoded(() => read(bend(source, below)));
}

const COMPOSE = `x: &x\n  image: a@sha256:${'ab'.repeat(32)}\nservices:\n  a:\n    <<: *x\n    command: >-\n      b\n  b: {image: "c", build: .}\n`;
const RECEIPT = { api_version: 'aci/1', key_id: 'a', signature: '00'.repeat(64), workload_keyset_digest: `sha256:${'00'.repeat(32)}`, event_log: [{ type: 'request.received', body_hash: `sha256:${'00'.repeat(32)}` }, { type: 'response.returned', body_hash: `sha256:${'11'.repeat(32)}` }] };
const SESSION = { api_version: 'aci/1', established_at: 1, expires_at: 2, claims: { tee_attested: { status: 'asserted' } }, evidence: { digest: `sha256:${'00'.repeat(32)}`, data: 'data:a/b;base64,AAAA' } };
const KEYSET = { not_after: 1, receipt_signing_keys: [{ key_id: 'a', algo: 'ed25519', public_key: '8139770ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25df60f5b8fc9b394' }], e2ee_public_keys: [], tls_public_keys: [{ spki_sha256: '00'.repeat(32), domain: 'a' }] };

describe('bent input', () => {
  it('reports', () => {
    const one = attestation({ gpus: 1 });
    many(bytes(JSON.stringify({ gateway_attestation: one, model_attestations: [one] })), 150, (bent) => parseReport(bent, NEARAI));
    many(bytes(JSON.stringify({ ...one, all_attestations: [one] })), 150, (bent) => parseReport(bent, NEARAI));
    many(bytes(JSON.stringify({ api_version: 'aci/1', workload_keyset_digest: '', attestation: { tee_type: 'tdx', workload_keyset: KEYSET, evidence: { quote: 'ab', event_log: '[]', app_compose: '{}' } } })), 1500, parseAciReport);
  });

  it('event logs: findings, always', () => {
    const good = machine([...FIRMWARE, ...BOOT]);
    many(bytes(JSON.stringify([...FIRMWARE, ...BOOT])), 300, (bent) => {
      const { checks } = checkDstack({ ...good, eventLog: new TextDecoder().decode(bent), appCompose: '{' });
      expect(checks[0]?.id).toBe('eventlog');
    });
  });

  it('compose files', () => many(bytes(COMPOSE), 1500, (bent) => readImages(new TextDecoder().decode(bent))));

  it('signatures, receipts, sessions, keys, canonical forms', () => {
    many(bytes(JSON.stringify({ text: 'a', signature: 'b', signing_address: 'c', signing_algo: 'ecdsa' })), 500, (body) => readSignature({ status: 200, body }));
    many(bytes(JSON.stringify(RECEIPT)), 1500, readReceipt);
    many(bytes(JSON.stringify(SESSION)), 1500, readSession);
    many(bytes(ecdsaKey(1).text), 500, (bent) => readKey(new TextDecoder().decode(bent), undefined));
    many(bytes(JSON.stringify({ ...RECEIPT, n: [1, -0.5, 1e300, '\u20ac', null, true] })), 500, (bent) => canonicalJson(parseJson(new TextDecoder().decode(bent))));
  });

  it('answers', () => {
    for (const [form, body] of [['sse', 'data: {"id":"a","choices":[]}\n\nevent: response.completed\ndata: {}\n\ndata: [DONE]\n\n'], ['json', '{"id": "a", "choices": [1.0, "\\u00e9"]}']] as const) {
      many(bytes(body), 500, (bent) => {
        const reader = newReportReader(form);
        reader.push(bent);
        expect(reader.finish('complete').responseHashes[0]?.rule).toBe('raw');
      });
    }
  });

  it('a quote bent anywhere inside a report ends as findings, and none of them proves the key', async () => {
    const one = attestation({ gpus: 0 });
    const quote = fromHex(String(one['intel_quote']));
    const below = seeded(9);
    for (let i = 0; i < 25; i += 1) {
      const bent = quote.slice();
      const at = below(bent.length - 100);
      bent[at] = (bent[at] ?? 0) ^ (1 + below(255));
      const read = await appraise({ ...one, intel_quote: Buffer.from(bent).toString('hex') });
      expect([at, read.state]).not.toEqual([at, 'verified']);
      if (read.by['quote.signature'] !== 'pass') expect([at, read.signers[0]?.binding ?? 'none']).toEqual([at, 'none']);
    }
  });
});
