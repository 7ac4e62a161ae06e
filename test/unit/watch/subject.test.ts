import { describe, expect, it } from 'vitest';
import { contrastOf } from '../../../src/providers/contrast';
import { ionet } from '../../../src/providers/ionet';
import { privatemode } from '../../../src/providers/privatemode';
import { subjectOf } from '../../../src/watch/subject';

const request = { url: 'https://api.example/v1/chat/completions', model: 'm' };

describe('what evidence is asked about', () => {
  it('is the model where it is about one', () => {
    expect(subjectOf(ionet, request)).toBe('m');
    expect(subjectOf(ionet, { ...request, model: 'm'.repeat(257) })).toBeUndefined();
  });
  it('is nothing where one deployment serves them all: each model would else be asked about anew', () => {
    const own = contrastOf({ dialect: 'contrast', pageOrigin: 'https://chat.example', apiOrigin: 'https://api.example', name: 'Ours' });
    for (const provider of [own, privatemode]) expect(subjectOf(provider, request)).toBeUndefined();
  });
});
