/** The locale file: every text is there, none is left over, none promises too much, and its placeholders fit the code. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import messages from '../../../assets/_locales/en/messages.json';
import { CODES, FAMILIES, familyOf } from '../../../src/checks/codes';
import type { CatalogueMessage } from '../../../src/ui/i18n/catalogue';
import { orderOf, SHARED_FACTS } from '../../../src/ui/i18n/text';
import { BARE } from '../../../src/ui/model/family';
import { labelOf } from '../../../src/ui/model/labels';
import BANNED from '../../e2e/ui/banned.json';

const root = join(import.meta.dirname, '../../..');
const entries: readonly (readonly [string, CatalogueMessage])[] = Object.entries(messages);
const keys = entries.map(([key]) => key);

function sources(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
}

describe('words', () => {
  it('never promise what no check proves', () => {
    const bad = entries.flatMap(([key, { message }]) => BANNED.filter((word) => new RegExp(`\\b${word}\\b`, 'i').test(message.replaceAll(/private windows?/gi, ''))).map((word) => `${key}: ${word}`));
    expect(bad).toEqual([]);
  });

  it('avoid a tone that is not ours', () => {
    const bad = entries.filter(([, { message }]) => /\b(we|oops|sorry|something went wrong)\b|!/i.test(message)).map(([key]) => key);
    expect(bad).toEqual([]);
  });

  it('hold no markup and no stray dollar sign', () => {
    const bad = entries.filter(([, { message }]) => /[<>]/.test(message) || message.replaceAll(/\$[A-Z]+\$/g, '').includes('$')).map(([key]) => key);
    expect(bad).toEqual([]);
  });

  it('find the words they look for', () => {
    expect(BANNED.some((word) => new RegExp(`\\b${word}\\b`, 'i').test('Your chat is Secure.'))).toBe(true);
    expect(BANNED.some((word) => new RegExp(`\\b${word}\\b`, 'i').test('Privatemode'))).toBe(false);
  });
});

describe('placeholders', () => {
  const named = ({ message }: CatalogueMessage) => [...new Set([...message.matchAll(/\$([A-Z]+)\$/g)].map(([, name]) => (name ?? '').toLowerCase()))].sort();

  it('are declared exactly as they are used', () => {
    for (const [key, entry] of entries) expect([key, ...Object.keys(entry.placeholders ?? {}).sort()]).toEqual([key, ...named(entry)]);
  });

  it('are numbered as the code fills them', () => {
    for (const [key, entry] of entries) {
      const names = named(entry);
      const order = orderOf(key, /_(one|other)$/.test(key) ? [...new Set([...names, 'n'])] : names);
      for (const name of names) expect([key, name, entry.placeholders?.[name]?.content]).toEqual([key, name, `$${order.indexOf(name) + 1}`]);
    }
  });

  it('are at most nine', () => {
    expect(SHARED_FACTS.length).toBeLessThanOrEqual(9);
    for (const [, entry] of entries) expect(Object.keys(entry.placeholders ?? {}).length).toBeLessThanOrEqual(9);
  });

  it('have a bare form wherever a sentence names a fact that a check may lack', () => {
    const lacking = new Set(['advisories', 'date', 'seconds', 'until']);
    for (const [key, entry] of entries) {
      const wants = named(entry).filter((name) => lacking.has(name));
      if (!/^(code|gap)_/.test(key) || wants.length === 0) continue;
      const bare = Object.entries(BARE).find(([of]) => of === key)?.[1];
      expect([key, bare?.wants]).toEqual([key, wants[0]]);
    }
  });
});

describe('plurals', () => {
  it('come in pairs', () => {
    for (const key of keys) {
      if (key.endsWith('_one')) expect(keys).toContain(key.replace(/_one$/, '_other'));
      if (key.endsWith('_other')) expect(keys).toContain(key.replace(/_other$/, '_one'));
    }
  });
});

describe('codes', () => {
  it('have three sentences for each family', () => {
    for (const family of FAMILIES) for (const part of ['happened', 'means', 'do']) expect(keys).toContain(`code_${family}_${part}`);
  });

  it('have no sentences for a family that is not there', () => {
    const known = new Set(FAMILIES.flatMap((family) => ['happened', 'means', 'do'].flatMap((part) => [`code_${family}_${part}`, `code_${family}_${part}_bare`])));
    expect(keys.filter((key) => key.startsWith('code_') && !known.has(key))).toEqual([]);
  });

  it('all name a family', () => {
    for (const code of CODES) expect(FAMILIES).toContain(familyOf(code));
  });
});

/** Ids of CLI.md, Output. */
const CLI_IDS = `parse pck.chain pck.revocation tcbinfo qeidentity qe.report qe.binding quote.signature tdx.module tcb policy.debug policy.attributes policy.xfam policy.servicetd reportdata
  vek.chain vek.revocation vek.binding report.signature policy.guest policy.platform policy.vmpl measurement
  gpu[0].parse gpu[0].chain gpu[0].signature gpu[0].nonce gpu[0].fwid gpu[0].rim.driver gpu[0].rim.vbios gpu[0].measurements gpu[0].revocation switch[0].chain
  list.family list.duplicates list.switches ak quote[0].signature quote[0].nonce pcr eventlog ak.binding
  doc manifest.parse manifest.pin manifest.history hostdata guestpolicy platform mitigation chipid vmpl idblock meshca
  format signature signer response.hash request.hash coverage replay`.split(/\s+/);

const labelled = (id: string): boolean => {
  const label = labelOf(id);
  const phrase = 'key' in label && label.args?.['name'] !== undefined && typeof label.args['name'] === 'object' && label.args['name'].kind === 'phrase' ? label.args['name'].value : label;
  return 'key' in phrase && keys.includes(phrase.key);
};

describe('checks', () => {
  it('of the command line have a plain name', () => {
    expect(CLI_IDS.filter((id) => !labelled(id))).toEqual([]);
  });

  it('without a name of their own or of their family are shown by their id, and no message is asked for', () => {
    expect(labelOf('quantum.dice')).toEqual({ literal: 'quantum.dice' });
  });

  it('that are built have a plain name', () => {
    const made = /\b(?:pass|weak|unknown|fail|absent)\(\s*'([a-z][\w.[\]]*)'/g;
    const built = new Set(['checks', 'evidence', 'collateral', 'providers', 'verdict', 'watch'].flatMap((room) => sources(`src/${room}`)).flatMap((code) => [...code.matchAll(made)].map(([, id]) => id ?? '')));
    expect(built.size).toBeGreaterThan(20);
    // NVIDIA's checks are made without the device they are about.
    expect([...built].filter((id) => !labelled(id) && !labelled(`gpu[0].${id}`))).toEqual([]);
  });
});

describe('keys', () => {
  const code = ['src/ui', 'src/watch', 'src/platform', 'entrypoints'].flatMap(sources).concat(readFileSync(join(root, 'wxt.config.ts'), 'utf8'));
  const literals = new Set(code.flatMap((text) => [...text.matchAll(/['"]([a-z]\w+)['"]/gi)].map(([, key]) => key ?? '')));
  const templates = code.flatMap((text) => [...text.matchAll(/`([a-z]+_\w*)\$\{[^`]*?\}(\w*)`/gi)].map(([, start, end]) => new RegExp(`^${start ?? ''}.+${end ?? ''}$`)));
  const manifest = new Set(code.flatMap((text) => [...text.matchAll(/__MSG_(\w+?)__/g)].map(([, key]) => key ?? '')));

  it('are all used', () => {
    const used = (key: string): boolean => literals.has(key) || manifest.has(key) || literals.has(key.replace(/_(one|other)$/, '')) || templates.some((made) => made.test(key));
    expect(keys.filter((key) => !used(key))).toEqual([]);
  });

  it('that code and manifest use are all there', () => {
    const asked = [...manifest, ...code.flatMap((text) => [...text.matchAll(/(?:getMessage\(|\bkey: )'([a-z]\w*_\w+)'/g)].map(([, key]) => key ?? ''))];
    expect(asked.filter((key) => !keys.includes(key))).toEqual([]);
  });
});
