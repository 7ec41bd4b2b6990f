import { attempt } from '../core/attempt.ts';
import { defined } from '../core/defined.ts';
import type { Digest, ImageName, Tag } from '../core/names.ts';
import type { Problem } from '../core/problem.ts';
import { isRewritten } from '../lock/types.ts';
import type { PlannedGroup, PlannedTag } from '../plan/types.ts';
import type { Manifest } from '../registry/types.ts';
import type { EnsurePresent } from './ensure-present.ts';
import { notMended } from './not-mended.ts';
import { readGroup } from './read-group.ts';
import { type ApplyPorts, budgetCode, type GroupFailure } from './types.ts';

/** What was done for one group. */
export interface GroupResult {
  readonly tagged: number;
  readonly failure?: GroupFailure;
}

/**
 * Applies one group: reads what its digest stands for, ensures that all of it is at the destination, and only then puts its
 * tags.
 *
 * @throws what a port throws and is no UserError: an interrupt
 */
export async function applyGroup(group: PlannedGroup, ports: ApplyPorts, ensure: EnsurePresent): Promise<GroupResult> {
  const read = await attempt(() => readGroup(group, ports.source, ports.destination));
  if (!read.ok) return failed(group, read.problem);
  const { manifest, needs } = read.value;
  // What was rewritten is known by what it was made from, and by its children, which are first brought from there.
  const isOwn = isRewritten({ digest: group.digest, ...defined({ index: group.index }) });
  const origins = isOwn ? (group.index?.sources ?? []) : [group.digest];
  const unknown = await firstUnknown(group, origins, ports);
  if (unknown !== undefined) return failed(group, unknown);
  const problems = [...(await ensure(group.image, needs)).values()];
  // A failure is reported before what only waits.
  const problem = problems.find(({ code }) => code !== budgetCode) ?? problems[0];
  if (problem !== undefined) return failed(group, problem);
  const children = isOwn ? needs.map(({ digest }) => digest) : [];
  const unknownChild = await firstUnknown(group, children, ports);
  if (unknownChild !== undefined) return failed(group, unknownChild);
  const put = await attempt(() => putTags(group, manifest, ports.destination));
  return put.ok ? put.value : failed(group, put.problem);
}

/** Why the digests of a group may not be used: the first that nobody knows. */
async function firstUnknown(
  { image }: PlannedGroup,
  digests: readonly Digest[],
  { knows = async () => true }: ApplyPorts,
): Promise<Problem | undefined> {
  const asked = await attempt(() =>
    Promise.all(digests.map(async (digest) => ((await knows(image, digest)) ? [] : [digest]))),
  );
  if (!asked.ok) return asked.problem;
  const [unknown] = asked.value.flat();
  return unknown === undefined ? undefined : unknownDigest(image, unknown);
}

function unknownDigest(value: ImageName, digest: Digest): Problem {
  const message = `Neither the source nor an earlier applied lockfile knows this digest of ${value}: it is not used.`;
  const hint = 'Run `mirrorlock lock`, which asks the source, and merge the lockfile that it writes.';
  return { code: 'apply/unknown-digest', severity: 'error', message, value: digest, hint };
}

/** Puts the tags of a group that is wholly there; tags that the registry refuses are named, and the others put. */
async function putTags(
  group: PlannedGroup,
  manifest: Manifest,
  destination: ApplyPorts['destination'],
): Promise<GroupResult> {
  const putOne = async (one: PlannedTag) => ({
    tag: one.tag,
    put: await attempt(() => putTag(group, one, manifest, destination)),
  });
  // docker-registry writes a manifest that is new to it once for each put at the same time, each over what the one before
  // has tagged already: the first goes alone.
  const first = group.copy ? 1 : 0;
  const puts = [
    ...(await Promise.all(group.put.slice(0, first).map(putOne))),
    ...(await Promise.all(group.put.slice(first).map(putOne))),
  ];
  const refused = puts.filter(({ put }) => !put.ok).map(({ tag }) => tag);
  const [problem] = puts.flatMap(({ put }) => (put.ok ? [] : [put.problem]));
  const tagged = puts.length - refused.length;
  return problem === undefined ? { tagged } : { tagged, failure: failure(group, refused, problem) };
}

/** Puts one tag; what it pointed at is kept first, where it is to be kept. One that was broken is read afterwards. */
async function putTag(
  { image, digest }: PlannedGroup,
  { tag, replaces, backup, broken }: PlannedTag,
  manifest: Manifest,
  destination: ApplyPorts['destination'],
): Promise<void> {
  const old = backup === undefined || replaces === undefined ? undefined : await destination.get(image, replaces);
  if (old !== undefined && backup !== undefined) await destination.put(image, backup, old);
  await destination.put(image, tag, manifest);
  if (!broken) return;
  // The first tells what the tag points at, the second whether the bytes are that.
  const seen = await attempt(async () => {
    const head = await destination.head(image, tag);
    return head?.digest === digest ? (await destination.get(image, digest))?.digest : head?.digest;
  });
  if (seen.ok && seen.value === digest) return;
  const found = seen.ok ? (seen.value ?? 'it is not found') : seen.problem.message;
  throw notMended(`${image}:${tag}`, digest, found, seen.ok ? undefined : seen.error);
}

function failed(group: PlannedGroup, problem: Problem): GroupResult {
  const tags = group.put.map(({ tag }) => tag);
  return { tagged: 0, failure: failure(group, tags, problem) };
}

function failure({ image, digest }: PlannedGroup, tags: readonly Tag[], problem: Problem): GroupFailure {
  return { image, digest, tags, problem };
}
