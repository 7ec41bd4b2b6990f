import picomatch from 'picomatch';
import type { Pattern, Rule } from '../../src/config/types.ts';
import { parseImageName, parseTag } from '../../src/core/names.ts';
import type { Library, Refusal, UpstreamImage } from '../../src/upstream/types.ts';

/** A pattern as mirrors.yaml writes it. */
function pattern(text: string): Pattern {
  const regex = /^\/(.*)\/$/.exec(text);
  if (regex?.[1] !== undefined) {
    const compiled = new RegExp(regex[1]);
    return { kind: 'regex', text, matches: (value) => compiled.test(value) };
  }
  const isMatch = picomatch(text, { dot: true });
  return { kind: 'glob', text, matches: (value) => isMatch(value) };
}

export interface RuleFields {
  readonly tags?: readonly string[];
  readonly versions?: readonly string[];
  readonly line?: number;
}

export function include(image: string, fields: RuleFields = {}): Rule {
  return rule('include', image, fields);
}

export function exclude(image: string, fields: RuleFields = {}): Rule {
  return rule('exclude', image, fields);
}

function rule(kind: Rule['kind'], image: string, { tags, versions, line = 1 }: RuleFields): Rule {
  return {
    kind,
    index: line,
    place: { file: 'mirrors.yaml', line, column: 7 },
    image: pattern(image),
    ...(tags === undefined ? {} : { tags: tags.map(pattern) }),
    ...(versions === undefined ? {} : { versions }),
  };
}

/** A library of images, each a list of groups, each a line of tags. */
export function library(
  images: Readonly<Record<string, readonly string[]>>,
  refusals: readonly Refusal[] = [],
): Library {
  return {
    commit: { repository: 'https://git.example/official-images.git', sha: '0'.repeat(40) },
    images: Object.entries(images).map(([name, groups]) => upstreamImage(name, groups)),
    refusals,
  };
}

function upstreamImage(name: string, groups: readonly string[]): UpstreamImage {
  return {
    name: parseImageName(name),
    entryCount: groups.length,
    groups: groups.map((tags) => ({
      tags: tags.split(' ').map(parseTag),
      platforms: ['linux/amd64', 'linux/arm64/v8'],
      shared: false,
    })),
  };
}

export function refusal(image: string): Refusal {
  return {
    image,
    file: `library/${image}`,
    line: 3,
    commit: '0'.repeat(40),
    code: 'upstream/bad-line',
    message: 'A line is `Field: value`.',
    value: 'nonsense',
  };
}

/** A small library with the kinds of tags that upstream has. */
export const small = library({
  alpine: ['20260805 edge', '3.23.2 3.23 3 latest', '3.22.4 3.22'],
  debian: ['bookworm bookworm-20260918 12.12 12', 'bookworm-slim 12-slim', 'trixie 13.3 13 latest'],
  golang: ['1.27.0-trixie 1.27-trixie', '1.27.0 1.27 1 latest', '1.28rc1-trixie 1.28-rc-trixie'],
  'eclipse-temurin': ['8u502-b07-jdk 8-jdk', '21.0.9_10-jdk 21-jdk'],
  python: [
    '3.13.2-slim-bookworm 3.13-slim-bookworm',
    '3.12.9-slim-bookworm 3.12-slim-bookworm',
    '3.15.0a7-slim 3.15-rc-slim',
  ],
  centos: [],
});
