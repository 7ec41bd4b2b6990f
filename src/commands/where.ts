import type { Config } from '../config/types.ts';
import { defined } from '../core/defined.ts';
import { ExitCode } from '../core/exit-code.ts';
import { namespacePath, repositoryPath, type Tag } from '../core/names.ts';
import { didYouMean } from '../core/nearest.ts';
import { placeText } from '../core/problem.ts';
import { someOf } from '../core/words.ts';
import { groupPlatforms } from '../lock/types.ts';
import {
  digestTimes,
  lookUp,
  parseReference,
  type Reference,
  type TagTimes,
  tagTimes,
  type Whereabouts,
  whyAbsent,
} from '../runs/where.ts';
import type { Context, Outcome } from '../session/context.ts';
import { openPlaces, type Places } from '../session/places.ts';
import { openConfig, openLockfile } from '../session/workspace.ts';

/**
 * Says whether a tag is in the mirror, at which digest and since when, and how to pull it; or why it is not. Asks no registry.
 * Exit code 3 where there is nothing to pull.
 */
export async function where(context: Context, asked: string): Promise<Outcome> {
  const [places, lockfile] = await Promise.all([openPlaces(context), openLockfile(context)]);
  const reference = parseReference(asked, places, lockfile.images);
  const found = lookUp(lockfile, reference) ?? (await whyAbsent(lockfile, () => openConfig(context), reference));
  const tag = tagOf(reference, found);
  const isOtherDigest = found.group === undefined && reference.digest !== undefined;
  const times = isOtherDigest
    ? await digestTimes(context, reference)
    : tag === undefined
      ? {}
      : await tagTimes(context, reference.image, tag, found.group?.digest);
  const isKnown = lockfile.images.some(({ image }) => image === reference.image);
  const pulls = found.group === undefined ? [] : places.destinations.map((one) => pullOf(one, reference, found));
  return {
    exitCode: found.state === 'locked' ? ExitCode.done : ExitCode.stale,
    text: whereText(reference, found, times, pulls, isKnown),
    copied: { commands: pulls.flatMap(({ reference: pull, pinned }) => [`docker pull ${pull}`, `FROM ${pinned}`]) },
    json: whereJson(asked, reference, found, times, pulls),
    problems: [],
  };
}

/** The tag that is asked for; where the digest is that of others, the first of them. */
function tagOf({ tag }: Reference, { group }: Whereabouts): Tag | undefined {
  return group === undefined || group.tags.some((one) => one === tag) ? tag : group.tags[0];
}

interface Pull {
  readonly destination: string;
  /** By its tag, where a tag is asked for. */
  readonly reference: string;
  /** By its digest. */
  readonly pinned: string;
}

function pullOf(
  { name, registry, namespace, written }: Places['destinations'][number],
  reference: Reference,
  found: Whereabouts,
): Pull {
  const place = written === undefined ? namespacePath(registry.host, namespace) : written;
  const own = `${repositoryPath(place, reference.image)}:${tagOf(reference, found)}`;
  return { destination: name, reference: own, pinned: `${own}@${found.group?.digest}` };
}

function nameText({ image, tag, digest }: Reference): string {
  return `${image}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

const shownTags = 12;

function whereText(
  reference: Reference,
  found: Whereabouts,
  times: TagTimes,
  pulls: readonly Pull[],
  isKnown: boolean,
): string {
  const name = nameText(reference);
  const { group, isPending } = found;
  if (group === undefined) {
    const others = isKnown ? [`  \`mirrorlock ls ${reference.image}\` lists its tags.`] : [];
    return [`${name}: ${absenceText(found)}`, ...endedLines(times), ...hintLines(found), ...others].join('\n');
  }
  const others = group.tags.filter((tag) => tag !== reference.tag);
  const hasMoved = reference.tag !== undefined && reference.tag !== tagOf(reference, found);
  const platforms = groupPlatforms(group);
  return [
    `${name}: in the mirror`,
    `  digest     ${group.digest}`,
    `  since      ${sinceText(times)}`,
    ...(others.length === 0 ? [] : [`  same as    ${someOf(others, shownTags)}`]),
    ...(hasMoved ? [`  note       ${reference.image}:${reference.tag} is not at this digest`] : []),
    ...(platforms === undefined ? [] : [`  platforms  ${platforms.join(', ')}`]),
    ...(isPending ? ['  pending    upstream announces a newer build that is not published yet'] : []),
    ...pulls.flatMap(({ reference: pull, pinned }) => [
      `  pull       docker pull ${pull}`,
      `  pinned     FROM ${pinned}`,
    ]),
  ].join('\n');
}

function sinceText({ since, isEarliest }: TagTimes): string {
  if (since === undefined) return 'not known: not committed to git, or not in a git repository';
  const time = `${isoTime(since.time)} (commit ${since.commit.slice(0, 12)})`;
  return isEarliest ? `${time}, or earlier: the clone is shallow` : time;
}

function absenceText({ state, reason, rules }: Whereabouts): string {
  if (state === 'pending') return 'announced by upstream, and not published yet: there is nothing to pull';
  if (reason === 'other-digest') return 'not in the mirror: no tag of the lockfile has this digest';
  if (reason === 'no-rule') return 'not in the mirror: no include rule of mirrors.yaml wants it';
  const places = rules.map(({ place, image }) => `${placeText(place)} (${image.text})`);
  if (reason === 'excluded') return `not in the mirror: excluded by ${places.join(', ')}`;
  return 'not in the mirror: the rules want it, and upstream did not list it when the lockfile was made';
}

function endedLines({ ended }: TagTimes): string[] {
  if (ended === undefined) return [];
  const { until, digest, tags } = ended;
  const as = tags === undefined ? `at ${digest}` : `as ${someOf(tags, shownTags)}`;
  return [`  was here until ${isoTime(until.time)} ${as} (commit ${until.commit.slice(0, 12)})`];
}

function hintLines({ nearest }: Whereabouts): string[] {
  const hint = didYouMean(nearest);
  return hint === undefined ? [] : [`  ${hint}`];
}

function isoTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

function whereJson(
  asked: string,
  reference: Reference,
  found: Whereabouts,
  times: TagTimes,
  pulls: readonly Pull[],
): object {
  const { state, group, isPending, reason, rules, nearest } = found;
  const { since, isEarliest, ended } = times;
  return {
    ...{ schema: 'mirrorlock/where/v1', reference: asked, image: reference.image },
    ...defined({ tag: reference.tag, asked: reference.digest }),
    ...{ state, pending: isPending },
    ...(group === undefined ? {} : { digest: group.digest, tags: group.tags }),
    ...defined({ platforms: groupPlatforms(group) }),
    ...(since === undefined ? {} : { since: sinceJson(since, isEarliest) }),
    ...(group === undefined ? {} : { pull: pulls }),
    ...defined({ reason }),
    ...(rules.length === 0 ? {} : { rules: rules.map(ruleJson) }),
    ...(ended === undefined
      ? {}
      : { ended: { ...sinceJson(ended.until), digest: ended.digest, ...defined({ tags: ended.tags }) } }),
    ...(nearest.length === 0 ? {} : { nearest }),
  };
}

function sinceJson({ time, commit }: { time: number; commit: string }, isEarliest = false): object {
  return { time: isoTime(time), commit, ...(isEarliest ? { orEarlier: true } : {}) };
}

function ruleJson({ kind, place: { file, line, column }, image }: Config['include'][number]): object {
  return { kind, file, line, column, image: image.text };
}
