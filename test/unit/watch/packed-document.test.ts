import { describe, expect, it } from 'vitest';
import { pass, weak } from '../../../src/checks/check';
import { newDocument, withAnswer, withAttestation } from '../../../src/watch/document';
import { packDocument, unpackDocument } from '../../../src/watch/packed-document';
import { answer, attestation, BAD, document, GAP } from './fixtures';

/** Eight GPUs beside a processor: what fifty answers of a large machine carry. */
const MACHINE = Array.from({ length: 120 }, (_, i) => weak(`gpu[${i % 8}].check${i}`, 'GPU_COLOCATION_NOT_PROVEN', 'x'.repeat(60), { expected: 'e'.repeat(64), actual: 'f'.repeat(64) }));

function busy() {
  let d = withAttestation(newDocument(document()), attestation(MACHINE));
  for (let n = 1; n <= 50; n += 1) d = withAnswer(d, answer(n, [...MACHINE, pass('evidence.time', `${n} s before the answer`), pass('response.hash', `${n}`)]));
  return d;
}

describe('a document in the browser’s memory', () => {
  it('comes back as it was', () => {
    const failed = withAttestation(withAnswer(withAnswer(document(), answer(1, BAD)), answer(2, GAP)), attestation(BAD));
    for (const one of [document(), failed, busy()]) expect(unpackDocument(JSON.parse(JSON.stringify(packDocument(one))))).toEqual(one);
  });

  it('holds a check once, however many answers rest on it', () => {
    const bytes = JSON.stringify(packDocument(busy())).length;
    expect(packDocument(busy()).table).toHaveLength(120 + 2 * 50);
    expect(bytes).toBeLessThan(JSON.stringify(busy()).length / 10);
  });

  it('is nothing where something else lies in its place', () => {
    for (const other of [undefined, null, 7, 'x', {}, { ...document() }, { ...packDocument(document()), table: 1 }, { ...packDocument(busy()), table: packDocument(busy()).table.slice(1, 9) }]) expect(unpackDocument(other)).toBeUndefined();
  });
});
