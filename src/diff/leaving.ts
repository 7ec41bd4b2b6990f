import { compareVersions } from '../config/version-range.ts';
import { groupBy } from '../core/group-by.ts';
import type { Digest, Tag } from '../core/names.ts';
import type { LockedGroup } from '../lock/types.ts';
import { tagVersion } from '../select/tag-version.ts';
import { inCommon, type Succession } from './releases.ts';
import { beginnings, dayOf, formOf, isFixed, isPrerelease, numbersBegin } from './tag-words.ts';
import type { AwaitingTag, Ending, TagChange } from './types.ts';

/** What becomes of the tags that leave. */
interface Leaving {
  readonly ended: readonly Ending[];
  readonly floating: readonly TagChange[];
  readonly removed: readonly TagChange[];
  readonly awaiting: readonly AwaitingTag[];
  /** By the release that replaced them. */
  readonly replaced: ReadonlyMap<Succession, readonly TagChange[]>;
}

/** What an image's tags are before and after. */
interface Tags {
  readonly before: readonly LockedGroup[];
  /** Those that are locked after the change. */
  readonly stays: ReadonlySet<Tag>;
  /** Those that are locked or pending after the change. */
  readonly after: ReadonlySet<Tag>;
  readonly releases: readonly Succession[];
  /** The tags of each group that is announced and not published. */
  readonly pending: readonly (readonly Tag[])[];
}

type Fate =
  | { readonly kind: 'replaced'; readonly by: Succession }
  | { readonly kind: 'ended'; readonly series: string }
  | { readonly kind: 'awaiting'; readonly until: Tag }
  | { readonly kind: 'floating' | 'removed' };

/**
 * Sorts the tags that left, by the first rule that fits:
 * 1. of an image without a tag left: removed;
 * 2. of a series without a tag left (see `seriesThatEnded`): ended, and with it the tags without a version beside it where
 *    no release takes the place of the group; not where a release does, and only fixed tags left;
 * 3. a release takes the place of the group, and the tag is fixed or the release brings one of its form: replaced;
 * 4. a pre-release whose version is released now, with the tags of pre-releases beside it: replaced;
 * 5. fixed, of a group whose next version is pending: awaiting it;
 * 6. a tag that floats: floating; any other: removed.
 */
export function sortLeaving(tags: Tags): Leaving {
  const leaving = tags.before
    .map((group) => ({ group, left: group.tags.filter((tag) => !tags.stays.has(tag)) }))
    .filter(({ left }) => left.length > 0);
  const ends = leaving.length === 0 ? () => undefined : seriesThatEnded(tags);
  const fates = leaving.flatMap(({ group, left }) => {
    const follows = followsOf(group, left, tags);
    return left.map((tag) => ({
      change: { tag, digest: group.digest },
      fate: tags.after.size === 0 ? ({ kind: 'removed' } as const) : fateOf(tag, group, tags, follows, ends),
    }));
  });
  const of = (kind: Fate['kind']) => fates.filter(({ fate }) => fate.kind === kind).map(({ change }) => change);
  const ended = fates.flatMap(({ change, fate }) => (fate.kind === 'ended' ? [{ change, series: fate.series }] : []));
  const replaced = fates.flatMap(({ change, fate }) => (fate.kind === 'replaced' ? [{ change, by: fate.by }] : []));
  const awaiting = fates.flatMap(({ change, fate }) =>
    fate.kind === 'awaiting' ? [{ ...change, until: fate.until }] : [],
  );
  const changes = (own: readonly { readonly change: TagChange }[]) => own.map(({ change }) => change);
  return {
    ended: joined([...groupBy(ended, ({ series }) => series)].map(([series, own]) => ({ series, tags: changes(own) }))),
    floating: of('floating'),
    removed: of('removed'),
    awaiting,
    replaced: new Map([...groupBy(replaced, ({ by }) => by)].map(([by, own]) => [by, changes(own)])),
  };
}

/** A series of which each group belongs to another one too, as `1` to `2018` of amazonlinux, is told with that one. */
function joined(endings: readonly Ending[]): Ending[] {
  const digests = ({ tags }: Ending) => new Set(tags.map(({ digest }) => digest));
  const wide = endings.toSorted(
    (one, other) => digests(other).size - digests(one).size || other.tags.length - one.tags.length,
  );
  const isWithin = (ending: Ending, all: ReadonlySet<Digest>) => ending.tags.every(({ digest }) => all.has(digest));
  const under = (ending: Ending) => wide.find((other) => isWithin(ending, digests(other))) ?? ending;
  return [...groupBy(endings, under)].map(([{ series, tags }, own]) => ({
    ...{ series, tags: [...tags, ...own.flatMap((other) => (other.series === series ? [] : other.tags))] },
  }));
}

function followsOf(group: LockedGroup, left: readonly Tag[], tags: Tags): Follows {
  const pending = left.flatMap((tag): [Tag, Tag][] => {
    const until = successorIn(tag, group, tags);
    return until === undefined ? [] : [[tag, until]];
  });
  const releases = tags.releases.filter(({ old }) => old.digest === group.digest);
  return { releases, brings: formsOf(releases), pending: new Map(pending) };
}

/** The first release that brings a new tag of a form. */
function formsOf(releases: readonly Succession[]): Map<string, Succession> {
  const forms = releases.flatMap((release) =>
    release.fresh.tags.filter((tag) => !release.old.tags.includes(tag)).map((tag) => [formOf(tag), release] as const),
  );
  return new Map(forms.reverse());
}

function fateOf(tag: Tag, group: LockedGroup, { stays, releases }: Tags, follows: Follows, ends: SeriesEnds): Fate {
  const { releases: own } = follows;
  const isEnd = own.length === 0 || group.tags.some((other) => !stays.has(other) && !isFixed(other));
  const series =
    (isEnd ? ends(tag, follows) : undefined) ?? (own.length > 0 ? undefined : endBeside(group, stays, follows, ends));
  if (series !== undefined) return { kind: 'ended', series };
  const by =
    follows.brings.get(formOf(tag)) ?? (isFixed(tag) ? own[0] : undefined) ?? releasedFrom(tag, group, releases);
  if (by !== undefined) return { kind: 'replaced', by };
  const until = follows.pending.get(tag);
  if (until !== undefined) return { kind: 'awaiting', until };
  return { kind: isFixed(tag) || isPrerelease(tag) ? 'removed' : 'floating' };
}

/**
 * The tag of the next version in a pending group: one that takes over tags of this group; else the nearest in any, where one
 * does so (tags of one digest may be announced in two groups), or where no tag of this group is left.
 */
function successorIn(tag: Tag, { tags }: LockedGroup, { pending, stays }: Tags): Tag | undefined {
  if (pending.length === 0 || !isFixed(tag)) return undefined;
  const follows = (other: Tag) => isFixed(other) && formOf(other) === formOf(tag) && isNewer(other, tag);
  const heirs = pending.filter((own) => own.some((other) => tags.includes(other)));
  const heir = heirs.flat().find(follows);
  if (heir !== undefined) return heir;
  if (heirs.length === 0 && tags.some((other) => stays.has(other))) return undefined;
  const common = (other: Tag) => commonNumbers(tag, other);
  const near = pending.flat().filter((other) => follows(other) && common(other) > 0);
  return near.sort((one, other) => common(other) - common(one))[0];
}

/** How many numbers two versions have in common from the first on; 0 for a pre-release that follows a release. */
function commonNumbers(tag: Tag, other: Tag): number {
  const [from, to] = [tagVersion(tag), tagVersion(other)];
  if (from === undefined || to === undefined) return 0;
  return from.prerelease === undefined && to.prerelease !== undefined ? 0 : inCommon(from, to);
}

function isNewer(one: Tag, other: Tag): boolean {
  const [version, earlier] = [tagVersion(one), tagVersion(other)];
  if (version !== undefined && earlier !== undefined) return compareVersions(version, earlier) > 0;
  return (dayOf(one) ?? '') > (dayOf(other) ?? '');
}

function endBeside(
  group: LockedGroup,
  stays: ReadonlySet<Tag>,
  follows: Follows,
  ends: SeriesEnds,
): string | undefined {
  if (group.tags.some((tag) => stays.has(tag))) return undefined;
  return group.tags.map((tag) => ends(tag, follows)).find((series) => series !== undefined);
}

/** The release that a pre-release became; that of a tag beside it where it gives no full version itself, as `8.4-rc`. */
function releasedFrom(tag: Tag, { tags }: LockedGroup, releases: readonly Succession[]): Succession | undefined {
  if (!isPrerelease(tag)) return undefined;
  const beside = tags.filter((other) => isPrerelease(other) && isFixed(other));
  const numbers = new Set([tag, ...beside].map((other) => tagVersion(other)?.numbers.join('.')));
  const final = releases.filter(({ fresh }) =>
    fresh.tags.some((other) => !isPrerelease(other) && numbers.has(tagVersion(other)?.numbers.join('.') ?? '')),
  );
  return final.find(({ fresh }) => fresh.tags.some((other) => formOf(other) === formOf(tag))) ?? final[0];
}

/** What takes the place of a group. */
interface Follows {
  readonly releases: readonly Succession[];
  /** Which of them brings a tag of a form. */
  readonly brings: ReadonlyMap<string, Succession>;
  /** The tag of a pending group that replaces each tag that left, where there is one. */
  readonly pending: ReadonlyMap<Tag, Tag>;
}

/** The series of a tag, such as `1.25`, where no tag of it is left. */
type SeriesEnds = (tag: Tag, follows: Follows) => string | undefined;

/**
 * A series is the shortest beginning of a version that no tag begins with any more: one number or two. Where a
 * release takes the place of the group, two numbers are only a series where the image had another one beside it, as
 * `1.25` and `1.26` of golang; not `24.5` of node, which `24.6` follows. Two numbers that no third ever stood behind, as
 * `18.4` of postgres and `8u492` of Java, are no series where a version of the same first number follows.
 */
function seriesThatEnded({ before, after }: Tags): SeriesEnds {
  const left = new Set([...after].flatMap(numbersBegin));
  const known = before.flatMap(({ tags }) => tags.map(beginnings));
  const beside = groupBy(new Set(known.flat()), (text) => text.replace(/(?:^|\.)\d+$/, ''));
  const haveMore = new Set(known.flatMap(([, second, third]) => (third === undefined ? [] : second)));
  const firstOf = (text: string) => /\d+/.exec(text)?.[0];
  return (tag, { releases, pending }) => {
    const own = beginnings(tag);
    const [index, series] = [...own.entries()].find(([, text]) => !left.has(text)) ?? [];
    if (index === undefined || series === undefined || index > 1) return undefined;
    const next = [...releases.map(({ version }) => version.to), ...pending.values()];
    if (index === 1 && next.some((text) => firstOf(text) === firstOf(series)) && !haveMore.has(series))
      return undefined;
    const isParallel = index === 0 || (beside.get(own[0] ?? '') ?? []).length > 1;
    return releases.length > 0 && !isParallel ? undefined : series;
  };
}
