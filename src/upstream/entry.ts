import { bashbrewPlatforms } from '../core/platform.ts';
import { cleanPath, trimListItem } from './go-text.ts';
import { type Field, fieldText, lineOf, type Paragraph } from './paragraphs.ts';
import { RefusedFile } from './refusal.ts';

/** What decides the build of an entry, its lists apart. Paths are clean. */
interface BuildFields {
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

/** The text of a field, or `fallback` where the paragraph does not have it. */
function textOf(paragraph: Paragraph, key: string, fallback: string): string {
  const field = paragraph.fields.get(key);
  return field === undefined ? fallback : fieldText(field);
}

/** The items of a list field, split at commas, empty ones too; none where the paragraph does not have the field. */
function listOf(paragraph: Paragraph, key: string): string[] {
  const field = paragraph.fields.get(key);
  return field === undefined ? [] : trimListItem(fieldText(field)).split(',').map(trimListItem);
}

/** The line where an item of a field stands, or where the paragraph begins. */
export function placeOf(paragraph: Paragraph, key: string, item = ''): number {
  const field: Field | undefined = paragraph.fields.get(key);
  return field === undefined ? paragraph.line : lineOf(field, item);
}

/** Throws {@link RefusedFile} at a field that bashbrew's decoder has no use for: it holds its own state by these names. */
function checkReservedFields(paragraph: Paragraph): void {
  for (const key of ['Values', 'Paragraph', 'ArchValues']) {
    const line = paragraph.fields.get(key)?.line;
    if (line === undefined) continue;
    throw new RefusedFile(
      'upstream/reserved-field',
      line,
      '`Values`, `Paragraph` and `ArchValues` are not fields.',
      key,
    );
  }
}

// bashbrew's `MaintainersRegex`, of which a space is an ASCII one. Its `\s+` after the name would take quadratic time over a
// long run of blanks; here they are part of the name, and the last character before `<` or `(` must be one.
const maintainerPattern =
  /^[^\t\n\f\r <>()][^<>()]*(?<=[\t\n\f\r ])(?:<[^\t\n\f\r <>()]+>[\t\n\f\r ]+)?\(@[^\t\n\f\r <>()]+\)$/;

/** Counts the maintainers of a paragraph; throws {@link RefusedFile} at one that is not written as they are. */
function countMaintainers(paragraph: Paragraph): number {
  const maintainers = listOf(paragraph, 'Maintainers');
  const bad = maintainers.find((maintainer) => !maintainerPattern.test(maintainer));
  if (bad === undefined) return maintainers.length;
  const rule = 'A maintainer is `Full Name <address> (@handle)`, or without the address.';
  throw new RefusedFile('upstream/bad-maintainer', placeOf(paragraph, 'Maintainers', bad), rule, bad);
}

/** Sorts architectures by name and makes them unique. */
export function sortedArchitectures(architectures: readonly string[]): string[] {
  return [...new Set(architectures)].sort();
}

/** Throws {@link RefusedFile} at an architecture that bashbrew does not know. */
function checkArchitectures(paragraph: Paragraph, architectures: readonly string[]): void {
  const bad = architectures.find((name) => !Object.hasOwn(bashbrewPlatforms, name));
  if (bad === undefined) return;
  const rule = `An architecture is one of ${Object.keys(bashbrewPlatforms).join(', ')}.`;
  throw new RefusedFile('upstream/bad-architecture', placeOf(paragraph, 'Architectures', bad), rule, bad);
}
