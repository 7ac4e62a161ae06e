import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CODES, familyOf } from '../../../src/checks/codes';
import { codesPage } from '../../run/codes';

describe('docs/codes.md', () => {
  it('says what the interface says, of every code (if not: node test/run/codes.ts)', () => {
    const page = readFileSync(new URL('../../../docs/codes.md', import.meta.url), 'utf8');
    expect(page).toBe(codesPage());
    for (const code of CODES) expect(page).toContain(`<a id="${code}"></a>`);
    expect(new Set(CODES.map(familyOf)).size).toBeGreaterThan(30);
  });
});
