import {
  checkArchitectures,
  checkReservedFields,
  countMaintainers,
  listOf,
  placeOf,
  sortedArchitectures,
  textOf,
} from './entry-fields.ts';
import { cleanPath } from './go-text.ts';
import type { Paragraph } from './paragraphs.ts';
import { RefusedFile } from './refusal.ts';

/** What decides the build of an entry, its lists apart. Paths are clean. */
export interface BuildFields {
  readonly gitRepo: string;
  readonly gitFetch: string;
  readonly gitCommit: string;
  readonly directory: string;
  readonly file: string;
  readonly builder: string;
}

/** What the first paragraph of a file gives to the entries below it. */
export interface Defaults {
  readonly sharedTags: readonly string[];
  /** bashbrew's names, sorted and unique. */
  readonly architectures: readonly string[];
  readonly build: BuildFields;
  /** Values for one architecture, such as `s390x-GitCommit`, that are not empty. */
  readonly archValues: ReadonlyMap<string, string>;
  readonly hasConstraints: boolean;
}

/** An entry as its paragraph and the defaults give it, not yet merged. */
export interface Entry {
  readonly paragraph: Paragraph;
  readonly tags: readonly string[];
  readonly sharedTags: readonly string[];
  readonly architectures: readonly string[];
  readonly build: BuildFields;
  /** The paragraph's own values for one architecture; an empty one takes the default away. */
  readonly archValues: ReadonlyMap<string, string>;
  /** The paragraph's own constraints, which follow the default ones. */
  readonly constraints: readonly string[];
}

const builtIn: BuildFields = {
  gitRepo: '',
  gitFetch: 'refs/heads/master',
  gitCommit: '',
  directory: '.',
  file: 'Dockerfile',
  builder: '',
};

function readBuildFields(paragraph: Paragraph, defaults: BuildFields): BuildFields {
  const ownDirectory = paragraph.fields.has('Directory');
  return {
    gitRepo: textOf(paragraph, 'GitRepo', defaults.gitRepo),
    gitFetch: textOf(paragraph, 'GitFetch', defaults.gitFetch),
    gitCommit: textOf(paragraph, 'GitCommit', defaults.gitCommit),
    directory: ownDirectory ? cleanPath(textOf(paragraph, 'Directory', '')) : defaults.directory,
    file: textOf(paragraph, 'File', defaults.file),
    builder: textOf(paragraph, 'Builder', defaults.builder),
  };
}

function readArchValues(paragraph: Paragraph): Map<string, string> {
  const values = new Map<string, string>();
  for (const key of paragraph.fields.keys()) {
    if (!/-(?:GitRepo|GitFetch|GitCommit|Directory|File|Builder)$/.test(key)) continue;
    const value = textOf(paragraph, key, '');
    values.set(key, key.endsWith('-Directory') && value !== '' ? cleanPath(value) : value);
  }
  return values;
}

function ownOr(own: string[], defaults: readonly string[]): readonly string[] {
  return own.length > 0 ? own : defaults;
}

/**
 * Reads the first paragraph of a library file. Throws {@link RefusedFile} where bashbrew refuses it: no or bad maintainers,
 * tags, an unknown architecture.
 */
export function readDefaults(paragraph: Paragraph): Defaults {
  checkReservedFields(paragraph);
  if (countMaintainers(paragraph) === 0) {
    throw new RefusedFile(
      'upstream/no-maintainers',
      paragraph.line,
      'The first paragraph names the `Maintainers`; one of the older line format does not.',
    );
  }
  if (paragraph.fields.has('Tags')) {
    const rule = 'The first paragraph holds defaults, and no `Tags`.';
    throw new RefusedFile('upstream/global-tags', placeOf(paragraph, 'Tags'), rule, textOf(paragraph, 'Tags', ''));
  }
  const architectures = sortedArchitectures(ownOr(listOf(paragraph, 'Architectures'), ['amd64']));
  checkArchitectures(paragraph, architectures);
  return {
    sharedTags: listOf(paragraph, 'SharedTags'),
    architectures,
    build: readBuildFields(paragraph, builtIn),
    archValues: new Map([...readArchValues(paragraph)].filter(([, value]) => value !== '')),
    hasConstraints: paragraph.fields.has('Constraints'),
  };
}

/**
 * Reads an entry. Its shared tags and architectures replace the default ones, its constraints follow them. Throws
 * {@link RefusedFile} where bashbrew refuses it; tags are checked when the entry is added.
 */
export function readEntry(paragraph: Paragraph, defaults: Defaults): Entry {
  checkReservedFields(paragraph);
  countMaintainers(paragraph);
  const build = readBuildFields(paragraph, defaults.build);
  checkGitFields(paragraph, build);
  const tags = listOf(paragraph, 'Tags');
  if (tags.length === 0) throw new RefusedFile('upstream/no-tags', paragraph.line, 'An entry has `Tags`.');
  const ownArchitectures = listOf(paragraph, 'Architectures');
  checkArchitectures(paragraph, ownArchitectures);
  return {
    paragraph,
    tags,
    sharedTags: ownOr(listOf(paragraph, 'SharedTags'), defaults.sharedTags),
    architectures: ownArchitectures.length > 0 ? sortedArchitectures(ownArchitectures) : defaults.architectures,
    build,
    archValues: readArchValues(paragraph),
    constraints: listOf(paragraph, 'Constraints'),
  };
}

function checkGitFields(paragraph: Paragraph, build: BuildFields): void {
  if (!/^refs\/(?:heads|tags)\/[^*?:]+$/.test(build.gitFetch)) {
    const rule = '`GitFetch` is `refs/heads/…` or `refs/tags/…`.';
    throw new RefusedFile('upstream/bad-git-fetch', placeOf(paragraph, 'GitFetch'), rule, build.gitFetch);
  }
  if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(build.gitCommit)) {
    const rule = '`GitCommit` is a whole commit, 40 or 64 hexadecimal digits.';
    throw new RefusedFile('upstream/bad-git-commit', placeOf(paragraph, 'GitCommit'), rule, build.gitCommit);
  }
  if (build.gitRepo === '') {
    throw new RefusedFile('upstream/no-git-repo', placeOf(paragraph, 'GitRepo'), 'An entry has a `GitRepo`.');
  }
}
