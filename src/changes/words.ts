import { counted, someOf } from '../core/words.ts';
import { countDiff } from '../diff/diff.ts';
import type { DiffCounts, ImageDiff, LockDiff, PlatformChange, Release } from '../diff/types.ts';
import { tagVersion } from '../select/tag-version.ts';

/** What a title is made of: how it shows names, and which may stand in it. */
export interface TitleStyle {
  readonly show: (name: string) => string;
  /** A name that must not stand there is only counted. */
  readonly isFit: (name: string) => boolean;
  /** The most characters; absent: any number. */
  readonly longest?: number;
}

/** How many names a title has of a kind, and whether it has all counts; the first that is short enough is taken: names say more than counts. */
interface Shape {
  readonly names: number;
  readonly versions: number;
  readonly isBrief: boolean;
}

const shapes: readonly Shape[] = [
  ...[3, 2, 1].flatMap((names) =>
    [3, 1].flatMap((versions) => [false, true].map((isBrief) => ({ names, versions, isBrief }))),
  ),
  ...[false, true].map((isBrief) => ({ names: 0, versions: 0, isBrief })),
];
const plainStyle: TitleStyle = { show: (name) => name, isFit: () => true };

/**
 * One line on the whole change, what matters first: series that ended and images that are gone, releases with their
 * versions, then the rest in numbers: `golang 1.25 ended; golang 1.27.0 and 1.26.7; 63 groups rebuilt`. Images with the most
 * tags ended and the most groups released come first, those of only pre-releases last. Where it names nothing of these it begins with the images: `debian, golang: 14 tags moved`.
 */
export function titleOf(diff: LockDiff, style: TitleStyle = plainStyle): string {
  const counts = countDiff(diff);
  if (diff.images.length === 0) return withoutTags(diff);
  const longest = style.longest ?? Number.POSITIVE_INFINITY;
  const lines = shapes.map((shape) => titleWith(diff, counts, style, shape));
  return lines.find(({ length }) => length <= longest) ?? 'many images and tags';
}

function titleWith(diff: LockDiff, counts: DiffCounts, style: TitleStyle, shape: Shape): string {
  const { names: most, isBrief } = shape;
  const isByRules = diff.config !== undefined;
  const gone = diff.images.filter(({ gone }) => gone === true);
  const byEndings = mostFirst(diff.images, ({ ended }) => [ended.flatMap(({ tags }) => tags).length]);
  const ended = namedOf(byEndings, style, shape, ({ ended }) => ended.map(({ series }) => series));
  const byReleases = mostFirst(diff.images, ({ releases }) => [releases.filter(isFinal).length, releases.length]);
  const released = namedOf(byReleases, style, shape, ({ releases }) => newVersions(releases));
  const named = [
    ...(ended === '' ? [] : [`${ended} ${isByRules ? 'left' : 'ended'}`]),
    ...(gone.length === 0 ? [] : [`${namesOf(gone, style, most)} gone`]),
    ...(released === '' ? [] : [released]),
  ];
  const goneTags = countDiff({ images: gone }).removed;
  const rest = { ...counts, removed: counts.removed - goneTags };
  const words = countWords(isBrief ? { ...rest, moved: 0, added: 0, removed: 0, floating: 0 } : rest);
  if (named.length > 0) return [...named, ...(words === '' ? [] : [words])].join('; ');
  return `${namesOf(diff.images, style, most)}: ${countWords(rest)}`;
}

const isFinal = ({ version }: Release) => tagVersion(version.to)?.prerelease === undefined;

/** Images by how much there is of each kind, the most first; equal ones by name. */
function mostFirst(images: readonly ImageDiff[], countsOf: (image: ImageDiff) => readonly number[]): ImageDiff[] {
  return images.toSorted((one, other) => {
    const counts = countsOf(one);
    const differences = countsOf(other).map((count, index) => count - (counts[index] ?? 0));
    return differences.find((difference) => difference !== 0) ?? 0;
  });
}

/** Names of images, those that do not fit counted. */
function namesOf(images: readonly ImageDiff[], { show, isFit }: TitleStyle, most: number): string {
  const names = images
    .map(({ image }) => image)
    .filter(isFit)
    .slice(0, most);
  const more = images.length - names.length;
  if (names.length === 0) return counted(more, 'image');
  return `${names.map(show).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** Images with some words each, such as `golang 1.26.7 and 1.25.14, node 24.6.0 and 7 more`; empty where none has any. */
function namedOf(
  images: readonly ImageDiff[],
  { show, isFit }: TitleStyle,
  { names: most, versions }: Shape,
  wordsOf: (image: ImageDiff) => readonly string[],
): string {
  const all = images.flatMap((image) => {
    const words = wordsOf(image);
    return words.length === 0 ? [] : [{ image: image.image, words: words.map((word) => versionWord(word, isFit)) }];
  });
  const shown = all.filter(({ image }) => isFit(image)).slice(0, most);
  const more = all.length - shown.length;
  const texts = shown.map(({ image, words }) => {
    const known = [...new Set(words.filter((word) => word !== undefined))];
    return known.length === 0 ? show(image) : `${show(image)} ${inARow(known.map(show), versions)}`;
  });
  if (all.length === 0) return '';
  if (texts.length === 0) return `versions of ${counted(all.length, 'image')}`;
  return `${texts.join(', ')}${more > 0 ? ` and ${counted(more, 'more image')}` : ''}`;
}

/** A version as a title may have it: a day in it as `2026-08-11`, which no forge takes for a commit. */
function versionWord(version: string, isFit: (name: string) => boolean): string | undefined {
  if (isFit(version)) return version;
  const [, year, month, day] = /(?:^|[-_.])(20\d\d)(\d\d)(\d\d)(?:[-_.]|$)/.exec(version) ?? [];
  return year === undefined ? undefined : `${year}-${month}-${day}`;
}

function inARow(words: readonly string[], most: number): string {
  const shown = words.slice(0, Math.max(1, most));
  const more = words.length - shown.length;
  if (more > 0) return `${shown.join(', ')} and more`;
  return shown.length > 1 ? `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}` : shown.join('');
}

/** The new versions of releases, each once, in the order in which upstream lists their groups. */
function newVersions(releases: readonly Release[]): string[] {
  return [...new Set(releases.map(({ version }) => version.to))];
}

function withoutTags({ upstream: { from, to }, config }: LockDiff): string {
  if (config !== undefined) return 'no tag changes; the rules in mirrors.yaml have changed';
  return from === to ? 'no change' : 'no tag changes; a newer upstream commit';
}

/**
 * The counts that are not zero and have no words of their own, such as `14 tags moved, 3 added, 1 group rebuilt`; the first
 * one says what is counted.
 */
export function countWords(counts: DiffCounts): string {
  const tags = [
    [counts.moved, 'moved'],
    [counts.added, 'added'],
    [counts.removed + counts.floating, 'removed'],
    [counts.pending, 'pending'],
    [counts.awaiting ?? 0, 'waiting for a release'],
    [counts.withdrawn ?? 0, 'no longer pending'],
  ] as const;
  const words = tags.filter(([count]) => count > 0).map(([count, word]) => ({ count, word }));
  const inWords = words.map(({ count, word }, index) =>
    index === 0 ? `${counted(count, 'tag')} ${word}` : `${count} ${word}`,
  );
  if (counts.rebuilt > 0) inWords.push(`${counted(counts.rebuilt, 'group')} rebuilt`);
  const { details = 0 } = counts;
  if (details > 0) inWords.push(`details of ${counted(details, 'tag')}`);
  return inWords.join(', ');
}

/** What changes of tags whose digest stays. */
export const detailWords = 'same digest, other details of the index';

/** A digest short enough for a table: its first 12 hexadecimal digits. */
export function shortDigest(digest: string): string {
  return digest.replace(/^sha256:/, '').slice(0, 12);
}

/** What a change of platforms is, such as `loses linux/386; gains linux/riscv64`. */
export function platformWords({ lost, gained }: PlatformChange): string {
  const parts = [
    ...(lost.length > 0 ? [`loses ${lost.join(', ')}`] : []),
    ...(gained.length > 0 ? [`gains ${gained.join(', ')}`] : []),
  ];
  return parts.join('; ');
}

/** Tags in backquotes, the first ones where there are many. */
export function tagWords(tags: readonly string[], most = 4): string {
  return someOf(
    tags.map((tag) => `\`${tag}\``),
    most,
  );
}
