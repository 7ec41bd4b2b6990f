import type { Digest, ImageName, Tag } from '../core/names.ts';
import { type Problem, UserError } from '../core/problem.ts';
import type { PlannedGroup } from '../plan/types.ts';
import type { IndexChild } from '../registry/manifest-types.ts';
import type { Manifest } from '../registry/types.ts';
import { makeBatches } from './batches.ts';
import { type Obtained, obtain } from './obtain.ts';
import type { ApplyResult, Copier, DestinationManifests, GroupFailure, SourceManifests } from './types.ts';

export interface ApplyPorts {
  readonly source: SourceManifests;
  readonly destination: DestinationManifests;
  readonly copier: Copier;
}

/**
 * Applies the planned groups of one image: reads each absent index once, copies the distinct children that the
 * destination lacks, asks the destination whether they arrived, and only then puts the tags. A group that fails is
 * reported and does not stop the others.
 */
export async function applyImage(
  image: ImageName,
  groups: readonly PlannedGroup[],
  ports: ApplyPorts,
): Promise<Omit<ApplyResult, 'unchanged'>> {
  const failures: GroupFailure[] = [];
  const attempt = async <Result>(group: PlannedGroup, work: () => Promise<Result>): Promise<Result | undefined> => {
    try {
      return await work();
    } catch (error) {
      failures.push(failure(group, problemOf(error)));
      return undefined;
    }
  };

  const obtained = new Map<PlannedGroup, Obtained>();
  await Promise.all(
    groups.map((group) =>
      attempt(group, async () => {
        obtained.set(group, await obtain(group, ports.source, ports.destination));
      }),
    ),
  );
  const copied = await copyAbsent(image, [...obtained.values()], ports);
  let tagged = 0;
  await Promise.all(
    [...obtained].map(async ([group, { manifest, needs }]) => {
      const lacking = needs.find(({ digest }) => copied.absent.has(digest));
      if (lacking !== undefined) {
        failures.push(failure(group, copied.absent.get(lacking.digest) ?? notArrived(lacking.digest)));
        return;
      }
      await attempt(group, async () => {
        const put = await putTags(group, manifest, ports.destination);
        tagged += put.tagged;
        failures.push(...put.failures);
      });
    }),
  );
  const failed = new Set(failures.map(({ digest }) => digest));
  return {
    copied: groups.filter(({ copy, digest }) => copy && !failed.has(digest)).length,
    tagged,
    failures,
    copyManifestGets: copied.manifestGets,
  };
}

/** Copies what the destination lacks, and says what it lacks even then, with the reason. */
async function copyAbsent(image: ImageName, obtained: readonly Obtained[], { destination, copier }: ApplyPorts) {
  const needed = new Map(obtained.flatMap(({ needs }) => needs.map((child) => [child.digest, child] as const)));
  const wanted = await lackingOf([...needed.values()], image, destination);
  const results = await Promise.all(
    makeBatches(wanted).map((digests) => copier.copy(digests.map((digest) => ({ image, digest })))),
  );
  const reasons = new Map(results.flatMap(({ itemProblems }) => [...itemProblems]));
  const general = results.find(({ problem }) => problem !== undefined)?.problem;
  const absent = new Map<Digest, Problem>();
  for (const { digest } of await lackingOf(wanted, image, destination)) {
    absent.set(digest, reasons.get(digest) ?? general ?? notArrived(digest));
  }
  return { absent, manifestGets: results.reduce((sum, { manifestGets }) => sum + manifestGets, 0) };
}

async function lackingOf(children: readonly IndexChild[], image: ImageName, destination: DestinationManifests) {
  const heads = await Promise.all(children.map(({ digest }) => destination.head(image, digest)));
  return children.filter((_, index) => heads[index] === undefined);
}

/** Puts the tags of a group that is wholly there; tags that the registry refuses are named, and the others put. */
async function putTags(group: PlannedGroup, known: Manifest | undefined, destination: DestinationManifests) {
  const manifest = known ?? (await destination.get(group.image, group.digest));
  if (manifest === undefined) throw new UserError([notArrived(group.digest)]);
  const results = await Promise.allSettled(group.put.map(({ tag }) => destination.put(group.image, tag, manifest)));
  const refused = group.put.filter((_, index) => results[index]?.status === 'rejected');
  const reason = results.find((result) => result.status === 'rejected')?.reason;
  const failures = refused.length > 0 ? [failure({ ...group, put: refused }, problemOf(reason))] : [];
  return { tagged: group.put.length - refused.length, failures };
}

function failure({ image, digest, put }: PlannedGroup, problem: Problem): GroupFailure {
  return { image, digest, tags: put.map(({ tag }): Tag => tag), problem };
}

function notArrived(digest: Digest): Problem {
  const message = 'A manifest did not arrive at the destination, and the copy gave no reason.';
  return { code: 'apply/not-arrived', severity: 'error', message, value: digest };
}

/** A user's error becomes a report; a bug, or an interrupt, goes on up. */
function problemOf(error: unknown): Problem {
  const problem = error instanceof UserError ? error.problems[0] : undefined;
  if (problem === undefined) throw error;
  return problem;
}
