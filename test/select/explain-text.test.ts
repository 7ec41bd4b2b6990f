import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { explain, explainImage, parseSubject } from '../../src/select/explain.ts';
import { explainText } from '../../src/select/explain-text.ts';
import type { Rules } from '../../src/select/types.ts';
import type { Library } from '../../src/upstream/types.ts';
import { exclude, include, library, refusal, small } from '../support/selection.ts';

const rules: Rules = {
  include: [include('debian', { tags: ['12*', 'bookworm*'], line: 12 }), include('alpine', { line: 9 })],
  exclude: [exclude('*', { tags: ['*-slim'], line: 20 })],
};

function answer(text: string, from: Library = small, colour = false): string {
  const subject = parseSubject(text);
  const { image, tag } = subject;
  const fate = tag === undefined ? explainImage(from, rules, image) : explain(from, rules, image, tag);
  return explainText(fate, subject, { colour });
}

describe('the answer for people', () => {
  test('names the rule and its place, and the tags of the same image, for a selected tag', () => {
    expect(answer('debian:12')).toBe(
      [
        'debian:12 is selected.',
        '  include rule  mirrors.yaml:12:7  {image: debian, tags: ["12*", "bookworm*"]}',
        '  same image    bookworm, bookworm-20260918, 12.12',
        '  platforms     linux/amd64, linux/arm64/v8',
      ].join('\n'),
    );
  });

  test('names both kinds of rules for an excluded tag', () => {
    expect(answer('debian:12-slim')).toBe(
      [
        'debian:12-slim is excluded: an include rule matches it, and so does an exclude rule.',
        '  exclude rule  mirrors.yaml:20:7  {image: "*", tags: ["*-slim"]}',
        '  include rule  mirrors.yaml:12:7  {image: debian, tags: ["12*", "bookworm*"]}',
        '  same image    bookworm-slim',
        '  platforms     linux/amd64, linux/arm64/v8',
      ].join('\n'),
    );
  });

  test('names the nearest rule and what failed for an unmatched tag', () => {
    expect(answer('debian:trixie')).toContain(
      '  nearest rule  mirrors.yaml:12:7  {image: debian, tags: ["12*", "bookworm*"]}\n' +
        '  but           no pattern in its tags matches: `12*`, `bookworm*`\n',
    );
    expect(answer('golang:1')).toContain('  nearest rule  none is for the image golang\n');
  });

  test('asks what was meant by an unknown tag or image', () => {
    expect(answer('debian:bookwrm')).toBe(
      'debian:bookwrm is unknown: upstream lists 10 tags of the image, and not this one.\n' +
        '  did you mean  debian:bookworm, debian:bookworm-slim, debian:bookworm-20260918',
    );
    expect(answer('goland:1')).toBe('goland:1 is unknown: upstream has no image goland.\n  did you mean  golang');
    expect(answer('zzz:1')).toBe('zzz:1 is unknown: upstream has no image zzz.');
    expect(answer('centos:7')).toBe(
      'centos:7 is unknown: the image is retired, and upstream lists no tag of it any more.',
    );
  });

  test('counts for an image as a whole', () => {
    expect(answer('debian')).toBe(
      [
        'debian has 10 tags upstream, 4 of them selected.',
        '  include rule  mirrors.yaml:12:7  {image: debian, tags: ["12*", "bookworm*"]}  matches 6, 4 selected',
        '  exclude rule  mirrors.yaml:20:7  {image: "*", tags: ["*-slim"]}  matches 2, 2 taken from include rules',
      ].join('\n'),
    );
    expect(answer('centos')).toBe(
      'centos has no tags: the image is retired, and upstream lists no tag of it any more.',
    );
  });

  test('shows a dozen mates of a big group, and counts the rest', () => {
    const tags = Array.from({ length: 20 }, (_, index) => `3.${index}`);
    expect(answer('alpine:3.0', library({ alpine: [tags.join(' ')] }))).toContain('3.11, 3.12 and 7 more\n');
  });

  test('never puts a control character from upstream on the terminal', () => {
    const refused = library({}, [{ ...refusal('mono'), value: 'x\u001b[2J\u009b\u202ey' }]);
    expect(answer('mono:6', refused)).toContain('(x\\u{1b}[2J\\u{9b}\\u{202e}y)');
  });

  test('says the same in colour', () => {
    for (const text of ['debian:12', 'debian:12-slim', 'debian:trixie', 'debian:x', 'debian', 'goland']) {
      expect(answer(text, small, true)).not.toBe(answer(text));
      expect(stripVTControlCharacters(answer(text, small, true))).toBe(answer(text));
    }
  });
});
