import type { Rule } from '../../config/types.ts';
import { defined } from '../../core/defined.ts';
import { groupBy } from '../../core/group-by.ts';
import type { Digest, ImageName, Tag } from '../../core/names.ts';
import { isPending, type LockedImage, lockedGroups } from '../../lock/types.ts';
import { judgeTag, rulesForImage } from '../../select/select.ts';
import type { Rules } from '../../select/types.ts';
import { coverTags, type RuleDraft } from '../../suggest/cover.ts';
import type { Group, Library, UpstreamImage } from '../../upstream/types.ts';

/**
 * What becomes of a tag that the source has. `mirrored`: locked. `pending`: the lockfile waits for it. `unlocked`: the rules
 * select it, and the lockfile does not have it. `excluded`: an exclude rule takes it. `unselected`: no include rule selects it.
 * `ended`: official-images does not list it, or not any more. `unknown`: official-images cannot be read for the image, or has none of the name.
 */
export const tagStates = ['mirrored', 'pending', 'unlocked', 'excluded', 'unselected', 'ended', 'unknown'] as const;
export type TagState = (typeof tagStates)[number];

/** A tag as the source lists it. A registry's own list has only names. */
export interface SourceTag {
  readonly name: string;
  readonly digest?: Digest;
  /** When it was last pushed, ISO 8601. */
  readonly pushed?: string;
}

export interface ComparedTag extends SourceTag {
  readonly state: TagState;
  /** The digest of the lockfile; also of a tag that is not maintained any more. */
  readonly locked?: Digest;
  /** Whether the source has another digest than the one that is locked. */
  readonly isNewer: boolean;
  /** The rules that exclude it. */
  readonly rules: readonly Rule[];
}

/** An include rule that would add a group of tags that no rule selects, and nothing else of the image. */
export interface Addition {
  readonly draft: RuleDraft;
  /** What it adds, of what the source has. */
  readonly tags: readonly Tag[];
}

export interface ComparedImage {
  readonly image: ImageName;
  /** Whether the source has a repository of this name. */
  readonly isAtSource: boolean;
  readonly tags: readonly ComparedTag[];
  /** Tags that official-images lists and the source does not have. */
  readonly absent: readonly Tag[];
  /** Groups of official-images of which the source has a tag, and those of which the rules select one. */
  readonly groups: { readonly maintained: number; readonly selected: number };
  readonly additions: readonly Addition[];
}

/** What an image is compared with. */
export interface Wanted {
  readonly library: Library;
  readonly rules: Rules;
  /** Absent: there is no lockfile, or it does not have the image. */
  readonly locked: LockedImage | undefined;
}

/**
 * Sorts the tags of an image at the source by what becomes of them. Each tag has exactly one state. Pure.
 *
 * @param listed undefined where the source has no such repository
 */
export function compareImage(
  image: ImageName,
  listed: readonly SourceTag[] | undefined,
  { library, rules, locked }: Wanted,
): ComparedImage {
  const upstream = library.images.find(({ name }) => name === image);
  const judged = judgeAll(upstream, rulesForImage(rules, image));
  const digests = lockedDigests(locked);
  const waiting = new Set<string>((locked?.entries ?? []).flatMap((entry) => (isPending(entry) ? entry.pending : [])));
  const source = listed ?? [];
  const tags = source.map((tag): ComparedTag => {
    const known = digests.get(tag.name);
    const verdict = judged.get(tag.name);
    const state = stateOf(upstream, verdict, known !== undefined, waiting.has(tag.name));
    const isNewer = known !== undefined && tag.digest !== undefined && !known.source.includes(tag.digest);
    return {
      ...tag,
      ...{ state, isNewer, rules: state === 'excluded' ? (verdict?.exclude ?? []) : [] },
      ...defined({ locked: known?.digest }),
    };
  });
  const there = new Set(source.map(({ name }) => name));
  const groups = (upstream?.groups ?? []).filter((group) => group.tags.some((tag) => there.has(tag)));
  const isSelected = (tag: Tag) => there.has(tag) && judged.get(tag)?.kind === 'selected';
  return {
    ...{ image, isAtSource: listed !== undefined, tags },
    absent: (upstream?.groups ?? []).flatMap((group) => group.tags.filter((tag) => !there.has(tag))),
    groups: { maintained: groups.length, selected: groups.filter((group) => group.tags.some(isSelected)).length },
    additions: upstream === undefined ? [] : additionsOf(library, upstream, judged, there),
  };
}

interface Judged {
  readonly kind: 'selected' | 'excluded' | 'unselected';
  readonly exclude: readonly Rule[];
}

/** What the rules make of each tag that upstream lists. What an exclude rule takes, no include rule would add. */
function judgeAll(upstream: UpstreamImage | undefined, ofImage: Rules): ReadonlyMap<string, Judged> {
  const tags = (upstream?.groups ?? []).flatMap((group) => group.tags);
  return new Map(
    tags.map((tag): [string, Judged] => {
      const { include, exclude } = judgeTag(ofImage, tag);
      const kind = exclude.length > 0 ? 'excluded' : include.length > 0 ? 'selected' : 'unselected';
      return [tag, { kind, exclude }];
    }),
  );
}

function stateOf(
  upstream: UpstreamImage | undefined,
  judged: Judged | undefined,
  isLocked: boolean,
  isWaiting: boolean,
): TagState {
  if (upstream === undefined) return 'unknown';
  if (judged === undefined) return 'ended';
  if (judged.kind !== 'selected') return judged.kind;
  return isLocked ? 'mirrored' : isWaiting ? 'pending' : 'unlocked';
}

/** Of each locked tag its digest, and those that the source may have for it: a rewritten index is made from others. */
function lockedDigests(image: LockedImage | undefined) {
  return new Map(
    lockedGroups(image).flatMap(({ digest, index, tags }) => {
      const known: { digest: Digest; source: readonly Digest[] } = { digest, source: index?.sources ?? [digest] };
      return tags.map((tag) => [tag as string, known] as const);
    }),
  );
}

/** For each group of which the source has tags that no rule selects, the rule that adds them, and no other group. */
function additionsOf(
  library: Library,
  upstream: UpstreamImage,
  judged: ReadonlyMap<string, Judged>,
  there: ReadonlySet<string>,
): Addition[] {
  // What is selected or excluded already, a rule may name: it changes nothing there.
  const left = upstream.groups
    .map((group): Group => ({ ...group, tags: group.tags.filter((tag) => judged.get(tag)?.kind === 'unselected') }))
    .filter(({ tags }) => tags.length > 0);
  const reduced = { ...library, images: [{ ...upstream, groups: left }] };
  return left.flatMap(({ tags: all }): Addition[] => {
    const tags = all.filter((tag) => there.has(tag));
    const [draft] = tags.length === 0 ? [] : coverTags(reduced, new Map([[upstream.name, new Set(tags)]]));
    return draft === undefined ? [] : [{ draft, tags }];
  });
}

/** How many tags have each state. */
export type StateCounts = Readonly<Record<TagState, number>>;

export function countStates(tags: readonly ComparedTag[]): StateCounts {
  const groups = groupBy(tags, ({ state }) => state);
  const counts = tagStates.map((state) => [state, groups.get(state)?.length ?? 0] as const);
  return Object.fromEntries(counts) as Record<TagState, number>;
}

/** From what the source has to what is mirrored, each a part of the one before. */
export interface Funnel {
  readonly images: number;
  readonly tags: number;
  /** Tags that official-images lists, and their groups. */
  readonly maintained: number;
  readonly maintainedGroups: number;
  /** Those that the rules select, and their groups. */
  readonly selected: number;
  readonly selectedGroups: number;
  readonly states: StateCounts;
  /** Locked tags of which the source has another digest. */
  readonly newer: number;
  /** Locked tags that official-images does not list any more. */
  readonly lockedEnded: number;
  /** Tags that official-images lists and the source does not have. */
  readonly absent: number;
}

export function funnelOf(images: readonly ComparedImage[]): Funnel {
  const tags = images.flatMap((image) => image.tags);
  const states = countStates(tags);
  const selected = states.mirrored + states.pending + states.unlocked;
  const sum = (of: (image: ComparedImage) => number) => images.reduce((total, image) => total + of(image), 0);
  return {
    images: images.filter(({ isAtSource }) => isAtSource).length,
    tags: tags.length,
    maintained: selected + states.excluded + states.unselected,
    maintainedGroups: sum(({ groups }) => groups.maintained),
    ...{ selected, selectedGroups: sum(({ groups }) => groups.selected), states },
    newer: tags.filter(({ isNewer, state }) => isNewer && state === 'mirrored').length,
    lockedEnded: tags.filter(({ locked, state }) => locked !== undefined && state === 'ended').length,
    absent: sum(({ absent }) => absent.length),
  };
}
