import type { ImageName, Tag } from '../core/names.ts';
import { type Problem, UserError } from '../core/problem.ts';
import type { PlannedGroup } from '../plan/types.ts';
import type { Manifest } from '../registry/types.ts';
import { type Attempt, attempt } from './attempt.ts';
import { type Brought, bring, notArrived } from './bring.ts';
import { children, leftToCopier, type Obtained, obtain } from './obtain.ts';
import { type ApplyPorts, budgetCode, type GroupFailure, type WorkResult } from './types.ts';

/**
 * Applies groups of one image side by side: reads each absent index once, brings the distinct children of all that the
 * destination lacks, and only then puts the tags of each group that is wholly there. The copy engine reads the indexes
 * in `whole` itself. A group that fails is reported, in the order of the groups, and does not stop the others.
 */
export async function applyGroups(
  image: ImageName,
  groups: readonly PlannedGroup[],
  whole: ReadonlySet<PlannedGroup>,
  ports: ApplyPorts,
): Promise<WorkResult> {
  const read = async (group: PlannedGroup) =>
    whole.has(group) ? leftToCopier(group.digest) : obtain(group, ports.source, ports.destination);
  const work = await Promise.all(
    groups.map(async (group) => ({
      group,
      obtained: await attempt(() => read(group)),
    })),
  );
  const needs = work.flatMap(({ obtained }) => (obtained.ok ? obtained.value.needs : []));
  const brought = await bring(image, needs, ports);
  const results = await Promise.all(work.map(({ group, obtained }) => finish(group, obtained, brought, ports)));
  const unsuccessful = results.flatMap(({ failure }) => failure ?? []);
  return {
    copied: groups.filter(({ copy }, index) => copy && results[index]?.failure === undefined).length,
    tagged: results.reduce((sum, { tagged }) => sum + tagged, 0),
    failures: unsuccessful.filter(({ problem }) => problem.code !== budgetCode),
    waiting: unsuccessful.filter(({ problem }) => problem.code === budgetCode),
    copyManifestGets: brought.manifestGets,
  };
}

interface Finished {
  readonly tagged: number;
  readonly failure?: GroupFailure;
}

async function finish(
  group: PlannedGroup,
  obtained: Attempt<Obtained>,
  brought: Brought,
  ports: ApplyPorts,
): Promise<Finished> {
  if (!obtained.ok) return failed(group, obtained.problem);
  const { manifest, needs } = obtained.value;
  const problem = needs.map(({ digest }) => brought.problems.get(digest)).find((one) => one !== undefined);
  if (problem !== undefined) return failed(group, problem);
  const put = await attempt(() => putTags(group, manifest, ports.destination));
  return put.ok ? put.value : failed(group, put.problem);
}

/** Puts the tags of a group that is wholly there; tags that the registry refuses are named, and the others put. */
async function putTags(
  group: PlannedGroup,
  known: Obtained['manifest'],
  destination: ApplyPorts['destination'],
): Promise<Finished> {
  const manifest = known ?? (await arrived(group, destination));
  const puts = await Promise.all(
    group.put.map(async ({ tag }) => ({ tag, put: await attempt(() => destination.put(group.image, tag, manifest)) })),
  );
  const refused = puts.filter(({ put }) => !put.ok).map(({ tag }) => tag);
  const [problem] = puts.flatMap(({ put }) => (put.ok ? [] : [put.problem]));
  const tagged = puts.length - refused.length;
  return problem === undefined ? { tagged } : { tagged, failure: failure(group, refused, problem) };
}

/** What the copy engine has brought, read at the destination: whole, or an error. */
async function arrived({ image, digest }: PlannedGroup, destination: ApplyPorts['destination']): Promise<Manifest> {
  const manifest = await destination.get(image, digest);
  if (manifest === undefined) throw new UserError([notArrived(digest)]);
  await Promise.all(
    children(manifest).map(async (child) => {
      if ((await destination.head(image, child.digest)) === undefined) throw new UserError([notArrived(child.digest)]);
    }),
  );
  return manifest;
}

function failed(group: PlannedGroup, problem: Problem): Finished {
  const tags = group.put.map(({ tag }) => tag);
  return { tagged: 0, failure: failure(group, tags, problem) };
}

function failure({ image, digest }: PlannedGroup, tags: readonly Tag[], problem: Problem): GroupFailure {
  return { image, digest, tags, problem };
}
