import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ionet } from '../../../src/providers/ionet';
import { agentForm } from '../../../src/providers/ionet/request';

const read = (body: string) => ionet.readRequest(new TextEncoder().encode(body));
const rules = (body: string) => read(body).hashes.map(({ rule }) => rule);

describe('the agent’s form of a request', () => {
  it('puts declared fields first and in their order, fills in stream, drops top-level nulls alone', () => {
    expect(agentForm('{"seed": 7, "stop": null, "model": "m", "top_p": null, "messages": [{"role": "user", "name": null}], "x": null}')).toBe(
      '{"messages":[{"role":"user","name":null}],"model":"m","stream":false,"seed":7}',
    );
    expect(agentForm('{"stream":null,"model":"m"}')).toBe('{"model":"m"}');
    expect(agentForm('{"stream":true,"n":2,"max_tokens":10.0,"logprobs":true,"temperature":1,"top_p":1e-5}')).toBe('{"temperature":1.0,"max_tokens":10,"stream":true,"top_p":1e-05,"n":2,"logprobs":true}');
  });

  it('keeps long integers and floats of unknown fields as Python would', () => {
    expect(agentForm('{"messages":[],"seed":123456789012345678901,"x":{"a":[1.0,1E2,"\\/\\u00C9"]}}')).toBe(
      '{"messages":[],"stream":false,"seed":123456789012345678901,"x":{"a":[1.0,100.0,"/\\u00c9"]}}',
    );
  });

  it('is not guessed where pydantic would coerce or refuse', () => {
    for (const body of ['{"temperature":"0.5"}', '{"stream":"yes"}', '{"stream":1}', '{"max_tokens":1.5}', '{"model":7}', '{"messages":{}}']) expect(agentForm(body), body).toBeUndefined();
  });
});

describe('reading a request', () => {
  it('offers the agent’s form and the raw bytes, and the model', () => {
    expect(read('{"model":"m","messages":[]}').model).toBe('m');
    expect(rules('{"model":"m"}')).toEqual(['agent-form', 'raw']);
    expect(read('{"model":"m"}').hashes[0]?.sha256).toBe(createHash('sha256').update('{"model":"m","stream":false}').digest('hex'));
  });

  it('has the raw digest alone for anything that is not one JSON object', () => {
    for (const body of ['', 'x', '[]', '{"a":1,"a":2}', '{"model":"m"', '['.repeat(100), '\ufeff{}']) {
      expect(rules(body), body).toEqual(['raw']);
      expect(read(body).model).toBeUndefined();
    }
    expect(ionet.readRequest(Uint8Array.of(0x7b, 0xff, 0x7d)).hashes).toHaveLength(1);
    expect(rules(`{"model":"m","x":"${'y'.repeat(5 * 1024 * 1024)}"}`)).toEqual(['raw']);
  });
});
