/** Bytes slipped into a stream beside a valid signature (issue 2, section 3): each form, through the real `openai` client. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FAULTS } from '../simulator/faults';
import { Assay } from './assay';
import { BROWSER } from './browser-under-test';
import { play } from './scenario';

let assay: Assay;
beforeAll(async () => {
  assay = await Assay.start({ browser: BROWSER });
});
afterAll(async () => {
  await assay.close();
});

const FORMS = FAULTS.map((fault) => fault.name).filter((name) => name.startsWith('smuggle-'));

describe('when bytes that nobody signed are in a stream', () => {
  it('there are forms to try', () => {
    expect(FORMS.length).toBeGreaterThanOrEqual(15);
  });
  it.each(FORMS)('says failed, STREAM_BYTES_UNSIGNED: %s', async (fault) => {
    await play(assay, { name: fault, faults: [fault], form: 'stream', state: 'failed', code: 'STREAM_BYTES_UNSIGNED' });
  });
});
