import { groupBy } from '../core/group-by.ts';
import type { ImageName, Tag } from '../core/names.ts';
import { counted, named } from '../core/words.ts';
import { countDiff, diffLockfiles } from '../diff/diff.ts';
import type { DiffCounts, ImageDiff, LockDiff, Release } from '../diff/types.ts';
import { isPending, type Lockfile } from '../lock/types.ts';
import { type CausedRebuilds, type CauseOf, causeLine, rebuildsByCause } from './causes.ts';
import { type AskedFor, findToLookAt } from './find.ts';
import {
  askedWords,
  type DigestFinding,
  type DroppedPolicy,
  type Finding,
  type FindingWords,
  findingWords,
  policyWords,
} from './findings.ts';
import { countWords, tagWords, titleOf } from './words.ts';

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
  /** Absent: a rebuild has its image as its cause. */
  readonly causeOf?: CauseOf;
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
  readonly releases: readonly { readonly image: string; readonly steps: readonly VersionStep[] }[];
  readonly rebuilds: readonly CausedRebuilds[];
  /** Groups that were pending and still are. */
  readonly stillPending: readonly {
    readonly image: string;
    readonly tags: readonly Tag[];
    readonly asked?: Tag;
    readonly hasIndex: boolean;
  }[];
  /** Images of which tags moved, were added or removed, and the like, beside releases and rebuilds. */
  readonly rest: readonly ImageDiff[];
}

/** What changes from one lockfile to another; an absent one is empty. Pure. */
export function changesOf(input: ChangesInput): Changes {
  const { before, after, policy, askedFor = () => undefined, digests = [], causeOf } = input;
  const diff = diffLockfiles(before, after);
  return {
    diff,
    words: { isByRules: diff.config !== undefined, ...(policy === undefined ? {} : { policy }) },
    lookAtFirst: [...digests, ...findToLookAt(before, after, diff, askedFor)],
    releases: diff.images.flatMap(({ image, releases }) =>
      releases.length === 0 ? [] : [{ image, steps: versionSteps(releases) }],
    ),
    rebuilds: rebuildsByCause(diff, causeOf),
    stillPending: diff.images.length === 0 ? [] : stillPending(diff, after, askedFor),
    rest: diff.images.filter((image) => restWords(image) !== ''),
  };
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

/** The releases of an image in one line: `golang`: `1.26.6` → `1.26.7` (12 groups). */
export function releaseLine({ image, steps }: Changes['releases'][number]): string {
  const shown = steps.slice(0, 6).map(({ from, to, groups }) => {
    const many = groups === 1 ? '' : ` (${counted(groups, 'group')})`;
    return `${named(from)} → ${named(to)}${many}`;
  });
  const more = steps.length - shown.length;
  return `${named(image)}: ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** A pending group that stays pending, in one line. */
export function stillPendingLine({ image, tags, asked, hasIndex }: Changes['stillPending'][number]): string {
  const ask = asked === undefined ? '' : `; ${askedWords(image, asked, hasIndex)}`;
  return `${named(image)}: ${tagWords(tags)}${ask}`;
}

/** What happens to an image beside releases, rebuilds and what is to be looked at first, in one line. */
export function restLine(image: ImageDiff): string {
  const { moved, added, removed } = image;
  const tags = [...moved, ...added, ...removed].map(({ tag }) => tag);
  return `${named(image.image)}: ${restWords(image)}${tags.length === 0 ? '' : ` (${tagWords(tags, 3)})`}`;
}

function restWords(image: ImageDiff): string {
  const none = { rebuilt: 0, floating: 0, pending: 0 } satisfies Partial<DiffCounts>;
  return countWords({ ...countDiff({ images: [image] }), ...none, ...(image.gone ? { removed: 0 } : {}) });
}

/** The title, and the parts of the text with a heading each; empty parts are left out. */
interface ChangesText {
  readonly title: string;
  readonly parts: readonly { readonly heading: string; readonly lines: readonly string[] }[];
}

/** All that is said of changes, as plain lines with names in backquotes. */
function changesWords(changes: Changes): ChangesText {
  const { diff, lookAtFirst, releases, rebuilds, rest, words } = changes;
  const findings = lookAtFirst.map((finding) => {
    const { title, text } = findingWords(finding, words);
    return `${title}: ${text}`;
  });
  const parts = [
    { heading: 'Look at first', lines: [...findings, ...policyWords(lookAtFirst, words)] },
    { heading: 'Releases', lines: releases.map(releaseLine) },
    { heading: 'Rebuilt', lines: rebuilds.map(causeLine) },
    { heading: 'Other tags', lines: rest.map(restLine) },
    { heading: 'Still pending', lines: changes.stillPending.map(stillPendingLine) },
  ];
  return { title: titleOf(diff), parts: parts.filter(({ lines }) => lines.length > 0) };
}

/** The changes for people at a terminal. */
export function changesText(changes: Changes): string {
  const { title, parts } = changesWords(changes);
  return [title, ...parts.flatMap(({ heading, lines }) => ['', heading, ...lines.map((line) => `  ${line}`)])].join(
    '\n',
  );
}

/** The shape that `mirrorlock changes --json` prints (docs/json.md). */
export function changesJson(changes: Changes) {
  const { diff, lookAtFirst, releases, rebuilds, stillPending: waiting, rest, words } = changes;
  return {
    schema: 'mirrorlock/changes/v1',
    title: titleOf(diff),
    counts: countDiff(diff),
    upstream: diff.upstream,
    ...(diff.config === undefined ? {} : { config: diff.config }),
    lookAtFirst: lookAtFirst.map((finding) => ({ ...finding, text: findingWords(finding, words).text })),
    releases,
    rebuilds,
    other: rest.map(({ image, moved, added, removed }) => ({
      image,
      ...{ moved: moved.map(({ tag }) => tag), added: added.map(({ tag }) => tag) },
      removed: removed.map(({ tag }) => tag),
    })),
    stillPending: waiting,
  };
}
