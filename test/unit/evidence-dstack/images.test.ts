/** Images of a compose file as Docker would take them; whatever could lead a reader of lines astray. */
import { describe, expect, it } from 'vitest';
import { type ImageUse, readImages } from '../../../src/evidence/dstack/images';

const DIGEST = `sha256:${'ab'.repeat(32)}`;
const OTHER = `sha256:${'cd'.repeat(32)}`;
const digests = (text: string): readonly (string | undefined)[] => readImages(text).map(({ digest }: ImageUse) => digest);

describe('images', () => {
  it('are read in every style a scalar has', () => {
    const styles = [`app@${DIGEST}`, `"app@${DIGEST}"`, `'app@${DIGEST}'`, `>-\n      app@${DIGEST}`, `|-\n      app@${DIGEST}`, `!!str app@${DIGEST}`, `&a app@${DIGEST}`, `app@${DIGEST} # a comment`];
    for (const style of styles) expect([style, digests(`services:\n  a:\n    image: ${style}\n`)]).toEqual([style, [DIGEST]]);
    expect(digests(`{"services": {"a": {"image": "app@${DIGEST}"}}}`)).toEqual([DIGEST]);
    expect(digests(`services: {a: {im\\\n}}`.replace('im\\\n', `image: 'app@${DIGEST}'`))).toEqual([DIGEST]);
    expect(digests(`services:\n  a:\n    "im\\x61ge": app@${DIGEST}\n`)).toEqual([DIGEST]);
  });

  it('come through anchors and merge keys', () => {
    expect(digests(`x-base: &base\n  image: app@${DIGEST}\nservices:\n  a:\n    <<: *base\n  b: *base\n`)).toEqual([DIGEST, DIGEST]);
    // A key of its own wins over a merged one.
    expect(digests(`x-base: &base\n  image: app@${DIGEST}\nservices:\n  a:\n    <<: *base\n    image: app@${OTHER}\n`)).toEqual([OTHER]);
  });

  it('in comments, texts and commands are none', () => {
    const text = `# image: evil@${OTHER}\nservices:\n  a:\n    # image: evil@${OTHER}\n    image: app@${DIGEST}\n    command: |\n      image: evil@${OTHER}\n    environment:\n      image: evil@${OTHER}\nimage: evil@${OTHER}\n`;
    expect(digests(text)).toEqual([DIGEST]);
  });

  it('that something could replace are not named by their content', () => {
    for (const image of ['app:latest', `app@${DIGEST.slice(0, -1)}`, `app@${DIGEST.toUpperCase()}`, `\${IMAGE:-app@${DIGEST}}`, `\${REGISTRY}/app@${DIGEST}`, `app@${DIGEST}x`, '7', '']) {
      expect([image, digests(`services:\n  a:\n    image: ${image}\n`)]).toEqual([image, [undefined]]);
    }
    expect(digests(`services:\n  a:\n    image: app@${DIGEST}\n    build: .\n`)).toEqual([undefined]);
    expect(digests(`services:\n  a:\n    image: app@${DIGEST}\n    extends:\n      file: other.yaml\n      service: b\n`)).toEqual([undefined]);
    expect(digests('services:\n  a:\n    build: .\n')).toEqual([undefined]);
  });
});

describe('what is no compose file', () => {
  const bombs = `a: &a [x,x,x,x,x,x,x,x,x]\n${Array.from({ length: 9 }, (_, i) => `${String.fromCharCode(98 + i)}: &${String.fromCharCode(98 + i)} [${`*${String.fromCharCode(97 + i)},`.repeat(9)}]`).join('\n')}\nservices: {a: {image: *j}}\n`;
  const files: readonly (readonly [string, string])[] = [
    ['nothing', ''], ['a word', 'a'], ['a list', '- a'], ['no services', 'version: "3"'], ['empty services', 'services: {}'], ['services that are a list', 'services: [a]'], ['a service that is text', 'services: {a: b}'],
    ['one key twice', `services:\n  a:\n    image: app@${DIGEST}\n    image: app@${OTHER}\n`], ['one service twice', `services:\n  a: {image: x}\n  a: {image: y}\n`],
    ['two documents', `services: {a: {image: x}}\n---\nservices: {a: {image: y}}\n`], ['another version’s bytes', `%YAML 1.1\n---\nservices:\n  a:\n    image: !!binary "#"\n`], ['a tag that is not known', `services:\n  a:\n    image: !reset app@${DIGEST}\n`],
    ['a reference to nothing', 'services: {a: {image: *x}}'], ['a bomb of aliases', bombs],
    ['other files', `include: [other.yaml]\nservices: {a: {image: x}}`], ['depth', `services: ${'['.repeat(600)}`], ['depth by indentation', Array.from({ length: 700 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
    ['depth by dashes', `${'- '.repeat(400)}a`], ['too long', `services: {a: {image: "${'x'.repeat(300_000)}"}}`], ['too many', `services:\n${Array.from({ length: 129 }, (_, i) => `  a${i}: {image: x}`).join('\n')}`],
    ['a key that is no text', 'services: {[a]: {image: x}}'],
  ];

  it.each(files)('%s: COMPOSE_MALFORMED', (_name, text) => {
    expect(() => readImages(text)).toThrow(/^COMPOSE_MALFORMED/);
  });

  it('a circle of references ends', () => {
    expect(digests('services: &s {a: {image: x, again: *s}}\nx: *s\n')).toEqual([undefined]);
  });
});
