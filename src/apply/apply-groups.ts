import type { ImageName, Tag } from '../core/names.ts';
import type { Problem } from '../core/problem.ts';
import type { PlannedGroup } from '../plan/types.ts';
import type { Manifest } from '../registry/types.ts';
import { type Attempt, attempt } from './attempt.ts';
import { bring, type Missing } from './bring.ts';
import { type Obtained, obtain } from './obtain.ts';
import { type ApplyPorts, budgetCode, type GroupFailure, type WorkResult } from './types.ts';

/**
 * Applies groups of one image side by side: reads each absent manifest once, brings the distinct children of all that the
 * destination lacks, and only then puts the tags of each group that is wholly there. A group that fails, or has to wait,
 * is reported, in the order of the groups, and does not stop the others.
 *
 * @param whole whether an index with all its children may be copied in one go
 */
export async function applyGroups(
  image: ImageName,
  groups: readonly PlannedGroup[],
  ports: ApplyPorts,
  whole: boolean,
): Promise<WorkResult> {
  const work = await Promise.all(
    groups.map(async (group) => ({
      group,
      obtained: await attempt(() => obtain(group, ports.source, ports.destination)),
    })),
  );
  const readable = work.flatMap(({ obtained }) => (obtained.ok ? [obtained.value] : []));
  const missing = await bring(image, readable, ports, whole);
  const results = await Promise.all(work.map(({ group, obtained }) => finish(group, obtained, missing, ports)));
  const unsuccessful = results.flatMap(({ failure }) => failure ?? []);
  return {
    copied: groups.filter(({ copy }, index) => copy && results[index]?.failure === undefined).length,
    tagged: results.reduce((sum, { tagged }) => sum + tagged, 0),
    failures: unsuccessful.filter(({ problem }) => problem.code !== budgetCode),
    waiting: unsuccessful.filter(({ problem }) => problem.code === budgetCode),
  };
}

interface Finished {
  readonly tagged: number;
  readonly failure?: GroupFailure;
}

async function finish(
  group: PlannedGroup,
  obtained: Attempt<Obtained>,
  missing: Missing,
  ports: ApplyPorts,
): Promise<Finished> {
  if (!obtained.ok) return failed(group, obtained.problem);
  const { manifest, needs } = obtained.value;
  const problems = needs.flatMap(({ digest }) => missing.get(digest) ?? []);
  // A failure is told before what only waits.
  const problem = problems.find(({ code }) => code !== budgetCode) ?? problems[0];
  if (problem !== undefined) return failed(group, problem);
  const put = await attempt(() => putTags(group, manifest, ports.destination));
  return put.ok ? put.value : failed(group, put.problem);
}

/** Puts the tags of a group that is wholly there; tags that the registry refuses are named, and the others put. */
async function putTags(
  group: PlannedGroup,
  manifest: Manifest,
  destination: ApplyPorts['destination'],
): Promise<Finished> {
  const putOne = async (one: PlannedGroup['put'][number]) => ({
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

/** Puts one tag; what it pointed at is kept first, where it is to be kept. */
async function putTag(
  { image }: PlannedGroup,
  { tag, replaces, backup }: PlannedGroup['put'][number],
  manifest: Manifest,
  destination: ApplyPorts['destination'],
): Promise<void> {
  const old = backup === undefined || replaces === undefined ? undefined : await destination.get(image, replaces);
  if (old !== undefined && backup !== undefined) await destination.put(image, backup, old);
  await destination.put(image, tag, manifest);
}

function failed(group: PlannedGroup, problem: Problem): Finished {
  const tags = group.put.map(({ tag }) => tag);
  return { tagged: 0, failure: failure(group, tags, problem) };
}

function failure({ image, digest }: PlannedGroup, tags: readonly Tag[], problem: Problem): GroupFailure {
  return { image, digest, tags, problem };
}
