import { defined } from '../core/defined.ts';
import { groupBy } from '../core/group-by.ts';
import type { ImageName, Tag } from '../core/names.ts';
import { counted, named } from '../core/words.ts';
import { countDiff, diffLockfiles } from '../diff/diff.ts';
import type { DiffCounts, ImageDiff, LockDiff, Release } from '../diff/types.ts';
import type { Evidence, UpstreamSubject } from '../evidence/types.ts';
import { isPending, type Lockfile } from '../lock/types.ts';
import { type CausedRebuilds, causesOf, rebuildsByCause, sourceLinks } from './causes.ts';
import { type AskedFor, findToLookAt } from './find.ts';
import type { DigestFinding, DroppedPolicy, Finding, FindingWords } from './findings.ts';
import { type Inside, insideOf, unreadLines } from './inside.ts';
import type { PendingGroup } from './pending.ts';
import { countWords, tagWords } from './words.ts';

/** What changes are told from. */
export interface ChangesInput {
  readonly before: Lockfile | undefined;
  readonly after: Lockfile | undefined;
  /** Absent: what becomes of tags that leave is not said. */
  readonly policy?: DroppedPolicy;
  /** Absent: which tag was asked for is not said. */
  readonly askedFor?: AskedFor;
  /** What is said of the digests, the first of what to look at. */
  readonly digests?: readonly DigestFinding[];
  /** Why digests are others, and what is inside; absent: a rebuild has its image as its cause. */
  readonly evidence?: Evidence;
  /** Whether nobody was asked for it: then it is said how to ask. */
  readonly isOffline?: boolean;
  /** What merging does; absent: it is not said. */
  readonly merging?: (diff: LockDiff) => Merging;
  /** From when ages count; absent: they are not said, so that the text stays what it is. */
  readonly now?: Date;
}

/** What `apply` does with a change. */
export interface Merging {
  /** As people know them, a line each. */
  readonly destinations: readonly string[];
  /** Groups that are copied, and tags that are put, at each destination. */
  readonly groups: number;
  readonly tags: number;
  /** Counted pulls at the source. */
  readonly pulls: { readonly atLeast: number; readonly expected: number; readonly exact: boolean };
  /** Absent: the source has no limit. */
  readonly window?: { readonly limit: number; readonly windowSeconds: number; readonly windows: number };
  /** The same in words, names in backquotes. */
  readonly lines: readonly string[];
}

/** The releases of an image, and where upstream's own change is. */
export interface ImageReleases {
  readonly image: string;
  readonly steps: readonly VersionStep[];
  /** URLs. */
  readonly compare?: string;
  readonly dockerfile?: string;
  /** What upstream says of it, newest last; only where there is something. */
  readonly commits?: readonly UpstreamSubject[];
}

/** The groups of an image that go from one version to another. */
export interface VersionStep {
  readonly from: string;
  readonly to: string;
  readonly groups: number;
}

/**
 * What changes from one lockfile to another, in the order in which a person reads it. Names of images are texts that may
 * have a path before them.
 */
export interface Changes {
  readonly diff: LockDiff;
  readonly words: FindingWords;
  readonly lookAtFirst: readonly Finding[];
  readonly merging?: Merging;
  readonly releases: readonly ImageReleases[];
  readonly rebuilds: readonly CausedRebuilds[];
  /** Groups that were pending and still are. */
  readonly stillPending: readonly PendingGroup[];
  /** Images of which tags moved, were added or removed, and the like, beside releases and rebuilds. */
  readonly rest: readonly ImageDiff[];
  readonly inside: readonly Inside[];
  /** Absent: nothing was read. */
  readonly evidence?: Evidence;
  /** What could not be found out, a line each. */
  readonly notKnown: readonly string[];
  /** From when ages count. */
  readonly now?: Date;
}

/** What changes from one lockfile to another; an absent one is empty. Pure. */
export function changesOf(input: ChangesInput): Changes {
  const { before, after, policy, askedFor = () => undefined, digests = [], evidence, isOffline = false } = input;
  const diff = diffLockfiles(before, after);
  const isUnexplained = isOffline && evidence === undefined && diff.images.some(({ rebuilt }) => rebuilt.length > 0);
  return {
    diff,
    words: { isByRules: diff.config !== undefined, ...(policy === undefined ? {} : { policy }) },
    lookAtFirst: [...findInside(evidence), ...digests, ...findToLookAt(before, after, diff, askedFor)],
    releases: diff.images.flatMap((image) => releasesOf(image, evidence)),
    rebuilds: rebuildsByCause(diff, evidence && causesOf(evidence, diff, after)),
    stillPending: diff.images.length === 0 ? [] : stillPending(diff, after, askedFor),
    rest: diff.images.filter((image) => restWords(image) !== ''),
    inside: evidence === undefined ? [] : insideOf(evidence),
    ...defined({ evidence, now: input.now, merging: diff.images.length === 0 ? undefined : input.merging?.(diff) }),
    notKnown: evidence === undefined ? (isUnexplained ? [unexplained] : []) : unreadLines(evidence),
  };
}

const unexplained =
  'Why groups were rebuilt: the cache has nothing of it, and nobody was asked. `mirrorlock changes --evidence git` asks upstream’s git.';

function releasesOf({ image, releases }: ImageDiff, evidence: Evidence | undefined): ImageReleases[] {
  if (releases.length === 0) return [];
  const digests = new Set(releases.map(({ to }) => to));
  const own = (evidence?.groups ?? []).filter((group) => group.image === image && digests.has(group.to));
  return [
    {
      image,
      steps: versionSteps(releases),
      ...sourceLinks(own),
      ...defined({ commits: evidence?.commits.get(image) }),
    },
  ];
}

/** What reading the images themselves found that a reviewer does well to look at first. */
function findInside(evidence: Evidence | undefined): Finding[] {
  const foreign = (evidence?.groups ?? []).flatMap(({ image, tags, contents }): Finding[] => {
    const { state, named: source, expected } = contents?.provenance ?? {};
    if (state !== 'differs' || source === undefined || expected === undefined) return [];
    return [{ kind: 'provenance', image, tags, named: source, expected }];
  });
  const vulnerable = (evidence?.vulnerabilities ?? []).flatMap(({ image, tags, found }): Finding[] =>
    found.state === 'answered' && found.verdict === 'red'
      ? [{ kind: 'vulnerable', image, tags, ids: found.fresh.map(({ id }) => id) }]
      : [],
  );
  return [...foreign, ...vulnerable];
}

function versionSteps(releases: readonly Release[]): VersionStep[] {
  return [...groupBy(releases, ({ version }) => `${version.from} ${version.to}`).values()].flatMap((own) =>
    own.slice(0, 1).map(({ version }) => ({ ...version, groups: own.length })),
  );
}

function stillPending(diff: LockDiff, after: Lockfile | undefined, askedFor: AskedFor): Changes['stillPending'] {
  const news = new Map<ImageName, readonly Tag[]>(diff.images.map(({ image, pending }) => [image, pending]));
  return (after?.images ?? []).flatMap(({ image, entries }) =>
    entries.filter(isPending).flatMap((entry) => {
      const tags = entry.pending.filter((tag) => !news.get(image)?.includes(tag));
      const [first] = tags;
      if (first === undefined || tags.length < entry.pending.length) return [];
      const asked = askedFor(image, first);
      return [{ image, tags, ...(asked === undefined ? {} : { asked }), hasIndex: entry.seen !== undefined }];
    }),
  );
}

/** All releases of an image in one line: `golang`: `1.26.6` → `1.26.7` (12 groups). */
export function releaseLine({ image, steps }: Pick<ImageReleases, 'image' | 'steps'>): string {
  const shown = steps.map(({ from, to, groups }) => {
    const many = groups === 1 ? '' : ` (${counted(groups, 'group')})`;
    return `${named(from)} → ${named(to)}${many}`;
  });
  return `${named(image)}: ${shown.join(', ')}`;
}

/** What happens to an image beside releases, rebuilds and what is to be looked at first, in one line. */
export function restLine(image: ImageDiff): string {
  const { moved, added, removed } = image;
  const tags = [...moved, ...added, ...removed].map(({ tag }) => tag);
  return `${named(image.image)}: ${restWords(image)}${tags.length === 0 ? '' : ` (${tagWords(tags, 3)})`}`;
}

function restWords(image: ImageDiff): string {
  const none = { rebuilt: 0, floating: 0, pending: 0, awaiting: 0 } satisfies Partial<DiffCounts>;
  return countWords({ ...countDiff({ images: [image] }), ...none, ...(image.gone ? { removed: 0 } : {}) });
}
