import { shortDigest } from '../changes/words.ts';
import { durationText } from '../core/duration.ts';
import { link, list } from '../core/markdown/blocks.ts';
import { code, prose } from '../core/markdown/inline.ts';
import { joinMarkdown, type Markdown, md } from '../core/markdown/markdown.ts';
import { counted, someOf } from '../core/words.ts';
import { tagSteps } from '../diff/diff.ts';
import type { LockDiff } from '../diff/types.ts';
import { type Lockfile, lockedGroups } from '../lock/types.ts';
import { estimate, forecast, type Knowledge, pullsText } from '../plan/budget.ts';
import type { PlannedGroup } from '../plan/types.ts';
import { upstreamLinks } from './links.ts';
import type { ChangeInput } from './types.ts';

const shownFiles = 10;
const shownDestinations = 8;

/** What merging does: where, what it costs at the source, what it is made from, and which other files change. */
export function mergingSection(input: ChangeInput, diff: LockDiff): Markdown {
  const { before, after, files = [], destinations = [] } = input;
  const groups = newGroups(before, after);
  const items = [
    ...(destinations.length === 0 ? [] : [md`Destinations: ${prose(someOf(destinations, shownDestinations))}`]),
    md`Merging: ${prose(mergingText(groups, diff))}`,
    md`Pulls at the source: ${prose(costText(input, groups))}`,
    md`Upstream: ${upstreamText(input)}`,
    ...(diff.config === undefined ? [] : [rulesChanged]),
    ...(files.length > 0 ? [md`Other files: ${some(files, shownFiles)}`] : []),
  ];
  return md`### What merging does\n\n${list(items)}`;
}

const rulesChanged = md`The rules in \`mirrors.yaml\` have changed since the last lockfile: not all of this comes from upstream.`;

function some(names: readonly string[], most: number): Markdown {
  const shown = joinMarkdown(names.slice(0, most).map(code), ', ');
  return names.length > most ? md`${shown} and ${names.length - most} more` : shown;
}

function mergingText(groups: readonly PlannedGroup[], diff: LockDiff): string {
  const put = diff.images.flatMap(tagSteps).filter(({ to }) => to !== undefined).length;
  if (put === 0) return 'nothing is copied, and no tag is put.';
  const copies = groups.length === 0 ? '' : `copies ${counted(groups.length, 'group')} and `;
  return `\`apply\` ${copies}puts ${counted(put, 'tag')} at each destination; it deletes nothing.`;
}

/** What applying costs, in the words of `apply` and `budget`. What the lockfile does not know of an index is estimated. */
function costText({ budget, before }: ChangeInput, groups: readonly PlannedGroup[]): string {
  if (groups.length === 0) return 'none: nothing has to be copied.';
  const pulls = estimate(groups, knowledgeOf(before));
  const text = pullsText(pulls);
  if (budget === undefined) return `${text}.`;
  const { windows } = forecast(pulls.expected, { ...budget, left: budget.limit }, 0);
  return `${text}: ${counted(windows, 'window')} of ${durationText(budget.windowMs)} with ${budget.limit} pulls each.`;
}

/** What is known without asking anybody: the children that the lockfile tells, and those that it told before. */
function knowledgeOf(before: Lockfile | undefined): Knowledge {
  const known = new Map<string, ReadonlySet<string>>(
    (before?.images ?? []).map((image) => [
      image.image,
      new Set(lockedGroups(image).flatMap(({ digest, index }) => [digest, ...childrenOf(index)])),
    ]),
  );
  return {
    children: ({ index }) => index && childrenOf(index),
    has: ({ image }, digest) => known.get(image)?.has(digest) ?? false,
    blobs: () => undefined,
  };
}

function childrenOf(index: PlannedGroup['index']) {
  return (index?.children ?? []).map(({ digest }) => digest);
}

/** The groups with digests that the image did not have before. */
function newGroups(before: Lockfile | undefined, after: Lockfile): PlannedGroup[] {
  const known = new Set(
    (before?.images ?? []).flatMap((image) => lockedGroups(image).map(({ digest }) => `${image.image} ${digest}`)),
  );
  return after.images.flatMap((image) =>
    lockedGroups(image)
      .filter(({ digest }) => !known.has(`${image.image} ${digest}`))
      .map(({ digest, index }) => ({
        ...{ image: image.image, digest, copy: true, put: [] },
        ...(index === undefined ? {} : { index }),
      })),
  );
}

function upstreamText({ before, after }: ChangeInput): Markdown {
  const { repository, commit } = after.upstream;
  const from = before?.upstream.repository === repository ? before.upstream.commit : undefined;
  const to = code(shortDigest(commit));
  if (from === undefined) return md`${code(repository)} at ${to}`;
  if (from === commit) return md`${code(repository)}, still at ${to}`;
  const url = upstreamLinks(repository).compare(from, commit);
  return md`${code(repository)}, ${link(md`${code(shortDigest(from))} → ${to}`, url)}`;
}
