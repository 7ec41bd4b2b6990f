import type { Merging } from '../changes/changes.ts';
import { shortDigest } from '../changes/words.ts';
import { defined } from '../core/defined.ts';
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
  const { files = [] } = input;
  const items = [
    ...mergingOf(input, diff).lines.map(prose),
    md`Upstream: ${upstreamText(input)}`,
    ...(diff.config === undefined ? [] : [rulesChanged]),
    ...(files.length > 0 ? [md`Other files: ${some(files, shownFiles)}`] : []),
  ];
  return md`### What merging does\n\n${list(items)}`;
}

/** What `apply` does with a change, and what that costs at the source. What the lockfile does not know of an index is estimated. Pure. */
export function mergingOf(
  { before, after, destinations = [], budget }: Pick<ChangeInput, 'before' | 'after' | 'destinations' | 'budget'>,
  diff: LockDiff,
): Merging {
  const groups = newGroups(before, after);
  const { atLeast, expected, exact } = estimate(groups, knowledgeOf(before));
  const pulls = { atLeast, expected, exact };
  const puts = diff.images.flatMap(tagSteps).filter(({ to }) => to !== undefined).length;
  const window = budget && {
    ...{ limit: budget.limit, windowSeconds: budget.windowMs / 1_000 },
    windows: forecast(expected, { ...budget, left: budget.limit }, 0).windows,
  };
  const cost = window && budget ? `${counted(window.windows, 'window')} of ${durationText(budget.windowMs)}` : '';
  const within = cost === '' ? '' : `: ${cost} with ${budget?.limit} pulls each`;
  const lines = [
    ...(destinations.length === 0 ? [] : [`Destinations: ${someOf(destinations, shownDestinations)}`]),
    `Merging: ${mergingText(groups.length, puts)}`,
    `Pulls at the source: ${groups.length === 0 ? 'none: nothing has to be copied' : `${pullsText(pulls)}${within}`}.`,
  ];
  return { destinations, groups: groups.length, tags: puts, pulls, ...defined({ window }), lines };
}

const rulesChanged = md`The rules in \`mirrors.yaml\` have changed since the last lockfile: not all of this comes from upstream.`;

function some(names: readonly string[], most: number): Markdown {
  const shown = joinMarkdown(names.slice(0, most).map(code), ', ');
  return names.length > most ? md`${shown} and ${names.length - most} more` : shown;
}

function mergingText(groups: number, puts: number): string {
  if (puts === 0) return 'nothing is copied, and no tag is put.';
  const copies = groups === 0 ? '' : `copies ${counted(groups, 'group')} and `;
  return `\`apply\` ${copies}puts ${counted(puts, 'tag')} at each destination; it deletes nothing.`;
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
