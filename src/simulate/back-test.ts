import { ExitCode } from '../core/exit-code.ts';
import type { Digest, ImageName, Tag } from '../core/names.ts';
import { UserError } from '../core/problem.ts';
import { tagSteps } from '../diff/diff.ts';
import type { ImageDiff } from '../diff/types.ts';
import { isPending, type LockEntry, type LockedImage, lockedGroups, tagDigests } from '../lock/types.ts';
import { sameEntries } from './lock-text.ts';

/** One image in one run, as the back-test looks at it. */
export interface CheckedStep {
  readonly image: ImageName;
  /** The tags that the rules want of those that upstream lists, found tag by tag; undefined where its file is refused. */
  readonly wanted: ReadonlySet<Tag> | undefined;
  readonly before: LockedImage | undefined;
  readonly after: LockedImage | undefined;
  readonly diff: ImageDiff | undefined;
  /** Whether the file changed; else something was rebuilt, by a model. */
  readonly isNew: boolean;
  /** The same run on another lockfile before it, or with some digests that are not published yet. */
  relock(before: LockedImage | undefined, unpublished?: ReadonlySet<Digest>): LockedImage | undefined;
  /** The lockfile before the run before this one. */
  readonly earlier: LockedImage | undefined;
}

/**
 * What does not hold for a step that must; nothing where all does. What takes locking again is tried where the file changed:
 * each step that history proves.
 */
export function brokenPromises(step: CheckedStep): string[] {
  const { after, wanted, isNew } = step;
  const broken = [...disjointness(after), ...exactDiff(step)];
  if (wanted === undefined) return broken;
  const again = isNew ? [...leftOutRuns(step), ...latePublication(step, wanted)] : [];
  return [...broken, ...completeness(after, wanted), ...again];
}

function disjointness(image: LockedImage | undefined): string[] {
  const groups = lockedGroups(image);
  const repeated = [
    ...repeats(groups.flatMap(({ tags }) => tags)),
    ...repeats(pendingTags(image)),
    ...repeats(groups.map(({ digest }) => digest)),
  ];
  return repeated.map((name) => `groups are disjoint: ${name} stands in two`);
}

function completeness(image: LockedImage | undefined, wanted: ReadonlySet<Tag>): string[] {
  const held = new Set([...tagDigests(image).keys(), ...pendingTags(image)]);
  return [
    ...[...wanted]
      .filter((tag) => !held.has(tag))
      .map((tag) => `every wanted tag is in a group or pending: ${tag} is not`),
    ...[...held].filter((tag) => !wanted.has(tag)).map((tag) => `only wanted tags are locked: ${tag} is not wanted`),
  ];
}

/** What `diff` tells, done to the tag map before, gives the one after. */
function exactDiff({ before, after, diff }: CheckedStep): string[] {
  const map = new Map(tagDigests(before));
  const wrong: Tag[] = [];
  const change = (tag: Tag, from: Digest | undefined, to: Digest | undefined) => {
    if (map.get(tag) !== from || from === to) wrong.push(tag);
    if (to === undefined) map.delete(tag);
    else map.set(tag, to);
  };
  for (const { tag, from, to } of diff === undefined ? [] : tagSteps(diff)) change(tag, from, to);
  const wanted = tagDigests(after);
  for (const [tag, digest] of wanted) if (map.get(tag) !== digest) wrong.push(tag);
  for (const tag of map.keys()) if (!wanted.has(tag)) wrong.push(tag);
  return wrong.map((tag) => `diff tells what differs between the tag maps: of ${tag} it does not`);
}

/** A run after another gives the same as one that comes after runs were left out, or none was before. */
function leftOutRuns({ after, earlier, relock }: CheckedStep): string[] {
  const ways = [['the run before is left out', earlier] as const, ['all runs before are left out', undefined] as const];
  return ways
    .filter(([, before]) => !isSame(relock(before), after))
    .map(([way]) => `nothing is lost when runs are left out: another lockfile where ${way}`);
}

/** Promise 3 of the README, as if what is new were published only after this run. */
function latePublication({ before, after, relock }: CheckedStep, wanted: ReadonlySet<Tag>): string[] {
  const old = tagDigests(before);
  const known = new Set(old.values());
  const unpublished = new Set([...tagDigests(after).values()].filter((digest) => !known.has(digest)));
  if (unpublished.size === 0) return [];
  const waiting = relock(before, unpublished);
  const held = tagDigests(waiting);
  const lost = [...old].filter(([tag]) => wanted.has(tag) && !held.has(tag));
  const astray = [...held].filter(([, digest]) => unpublished.has(digest));
  return [
    ...disjointness(waiting),
    ...completeness(waiting, wanted),
    ...lost.map(([tag]) => `no tag disappears for an image that is not published: ${tag}`),
    ...astray.map(([tag]) => `no tag moves to an image that is not published: ${tag}`),
    ...(isSame(relock(waiting), after) ? [] : ['what was published late is locked by the next run']),
  ];
}

function isSame(one: LockedImage | undefined, other: LockedImage | undefined): boolean {
  return sameEntries(one === undefined ? [] : [one], other === undefined ? [] : [other]);
}

function pendingTags(image: LockedImage | undefined): Tag[] {
  return (image?.entries ?? []).flatMap((entry: LockEntry) => (isPending(entry) ? entry.pending : []));
}

function repeats(names: readonly string[]): string[] {
  const seen = new Set<string>();
  return names.filter((name) => seen.size === seen.add(name).size);
}

const shownViolations = 10;

/** The error for a step in which something does not hold: it names the run and its commit. */
export function backTestError(at: string, commit: string, violations: readonly string[]): UserError {
  const message = `The back-test failed in the run of ${at}, at commit ${commit}. This is a bug in mirrorlock; please report it.`;
  const problems = violations
    .slice(0, shownViolations)
    .map((value) => ({ code: 'simulate/back-test', severity: 'error' as const, message, value }));
  return new UserError(problems, { exitCode: ExitCode.failed });
}
