/** The simulator's switchboard and the provider agree: every smuggling form fails, every harmless one stays good. */
import { describe, expect, it } from 'vitest';
import { FAULTS, Switchboard } from '../../simulator/faults';
import { streamEvents } from '../../simulator/ionet/stream';
import { chunk, KEY, judgeSse, statementOver, streamDigest } from './fixture';

const chunks = Array.from({ length: 6 }, (_, i) => chunk(`word ${i} `));
const digest = streamDigest(chunks.map((c) => `data: ${c}\n\n`).join(''));
const { text = '', signature = '' } = statementOver(digest);
const statement = { text, signature, signing_address: KEY.address, signing_algo: 'ecdsa' } as const;

function streamWith(...names: readonly (typeof FAULTS)[number]['name'][]): string {
  const faults = new Switchboard();
  for (const name of names) faults.set(name);
  return streamEvents({ chunks, statement, model: 'm', previousEvent: undefined }, faults).join('');
}

const smuggling = FAULTS.filter(({ name }) => name.startsWith('smuggle-'));

describe('streams of the simulator', () => {
  it('are good without a fault, and with harmless ones', () => {
    for (const names of [[], ['comment-lines'], ['chunk-after-signature'], ['comment-lines', 'chunk-after-signature']] as const) expect(judgeSse(streamWith(...names)), names.join()).toMatchObject({ state: 'verified', codes: {} });
  });

  it.each(smuggling.map((fault) => [fault.name, fault] as const))('%s: failed, STREAM_BYTES_UNSIGNED', (name) => {
    expect(judgeSse(streamWith(name))).toMatchObject({ state: 'failed', codes: { coverage: 'STREAM_BYTES_UNSIGNED' } });
  });

  it('unsigned fails', () => expect(judgeSse(streamWith('unsigned')).codes['signature']).toBe('ANSWER_UNSIGNED'));
});
