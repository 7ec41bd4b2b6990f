import { defined } from '../core/defined.ts';
import { groupBy } from '../core/group-by.ts';
import type { ImageName, Tag } from '../core/names.ts';
import { inPlatformOrder, type PlatformText } from '../core/platform.ts';
import { cleanText } from '../core/text.ts';
import type { EntrySource, Group, UpstreamImage, UpstreamLog } from '../upstream/types.ts';
import { forgePages, isSameRepository, pathInRepository, shownRepository } from './links.ts';
import type { SourceEvidence, SourcePlace, SourceStep, Step, UpstreamSubject } from './types.ts';

/** The images of upstream at one commit, with the `sources` of their groups. */
export type ImagesAt = ReadonlyMap<ImageName, UpstreamImage>;

/**
 * What upstream's entries say of the tags of a step, at two commits; `undefined` where the later one does not have them.
 * Pure.
 *
 * @param before absent where the earlier commit is not known
 * @param platforms those that are mirrored; absent: all
 */
export function sourceEvidence(
  step: Pick<Step, 'image' | 'tags'>,
  before: ImagesAt | undefined,
  after: ImagesAt,
  platforms?: readonly PlatformText[],
): SourceEvidence | undefined {
  const isMirrored = ({ platform }: EntrySource): boolean => platforms?.includes(platform) ?? true;
  const now = (groupOf(after, step)?.sources ?? []).filter(isMirrored);
  if (now.length === 0) return undefined;
  const old = (before === undefined ? undefined : groupOf(before, step))?.sources?.filter(isMirrored) ?? [];
  const pairs = pairUp(old, now);
  const steps = [...groupBy(pairs, (pair) => JSON.stringify([pair.from, pair.to])).values()].map(sourceStep);
  return { isSame: pairs.every(({ from, to }) => from !== undefined && isSamePlace(from, to)), steps };
}

/** The group that has the most of the step's tags, which lead from one version to the next. */
function groupOf(images: ImagesAt, { image, tags }: Pick<Step, 'image' | 'tags'>): Group | undefined {
  const wanted = new Set<Tag>(tags);
  const counted = (images.get(image)?.groups ?? []).map((group) => ({
    group,
    count: group.tags.filter((tag) => wanted.has(tag)).length,
  }));
  const most = Math.max(0, ...counted.map(({ count }) => count));
  return most === 0 ? undefined : counted.find(({ count }) => count === most)?.group;
}

interface Pair {
  readonly platform: PlatformText;
  readonly from: SourcePlace | undefined;
  readonly to: SourcePlace;
}

/** A platform may have several sources, as Windows has versions: those of one folder belong together, else those of one position. */
function pairUp(old: readonly EntrySource[], now: readonly EntrySource[]): Pair[] {
  const oldOf = groupBy(old, ({ platform }) => platform);
  return [...groupBy(now, ({ platform }) => platform)].flatMap(([platform, sources]) => {
    const own = oldOf.get(platform) ?? [];
    return sources.map((source, index): Pair => {
      const sameFolder = own.find(({ directory, file }) => directory === source.directory && file === source.file);
      const from = sameFolder ?? own[Math.min(index, own.length - 1)];
      return { platform, from: from && placeOf(from), to: placeOf(source) };
    });
  });
}

const longestPath = 300;
/** bashbrew checks `GitCommit`, but not one for a single architecture. */
const commitPattern = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** A place as it may be shown: without credentials. */
function placeOf({ repository, commit, directory, file }: EntrySource): SourcePlace {
  return {
    repository: cleanText(shownRepository(repository), longestPath),
    commit: cleanText(commit, longestPath),
    directory: cleanText(directory, longestPath),
    file: cleanText(file, longestPath),
  };
}

function isSamePlace(one: SourcePlace, other: SourcePlace): boolean {
  const fieldsOf = ({ repository, commit, directory, file }: SourcePlace) => [repository, commit, directory, file];
  return JSON.stringify(fieldsOf(one)) === JSON.stringify(fieldsOf(other));
}

function sourceStep(pairs: readonly Pair[]): SourceStep {
  const [{ from, to }] = pairs as readonly [Pair, ...Pair[]];
  const pages = forgePages(to.repository);
  const path = pathInRepository(to.directory, to.file);
  const isCompared =
    from !== undefined && isSameRepository(from.repository, to.repository) && from.commit !== to.commit;
  const areCommits = [from ?? to, to].every(({ commit }) => commitPattern.test(commit));
  const compare = isCompared && areCommits ? pages?.compare?.(from.commit, to.commit) : undefined;
  const dockerfile = path !== undefined && commitPattern.test(to.commit) ? pages?.file(to.commit, path) : undefined;
  return {
    platforms: inPlatformOrder(pairs.map(({ platform }) => platform)),
    to,
    ...defined({ from, compare, dockerfile }),
  };
}

/**
 * The commits of a log by the image whose file they changed, the newest last. A merge says less than what it merged: it
 * counts only where nothing else changed the file. Pure.
 *
 * @param repository upstream's address
 */
export function commitsByImage(
  log: Extract<UpstreamLog, { readonly state: 'read' }>,
  repository: string,
  images: ReadonlySet<ImageName>,
): Map<ImageName, readonly UpstreamSubject[]> {
  const pages = forgePages(repository);
  const found = new Map<ImageName, readonly UpstreamSubject[]>();
  for (const image of images) {
    const own = log.commits.filter(({ files }) => files.includes(image));
    const plain = own.filter(({ isMerge }) => !isMerge);
    const shown = plain.length > 0 ? plain : own;
    if (shown.length === 0) continue;
    found.set(
      image,
      shown.map(({ sha, subject }) => ({ sha, subject, ...defined({ url: pages?.commit(sha) }) })),
    );
  }
  return found;
}
