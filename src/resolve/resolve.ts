import type { ImageName } from '../core/names.ts';
import { type Problem, UserError } from '../core/problem.ts';
import { noProgress, type Progress } from '../core/progress.ts';
import type { SelectedGroup, SelectedImage } from '../select/types.ts';
import type { DigestLookup, ResolvedGroup, ResolvedImage } from './types.ts';

/** After so many groups that could not be asked, the rest would most likely fail for the same reason. */
const failuresBeforeGivingUp = 5;

/**
 * Gives each selected group its digest: one question a group, for the group's first and most specific tag, also where
 * the rules want only others of its tags. The lookup bounds how many run at once; the answers may arrive in any order.
 *
 * @throws UserError with the problems of all groups that could not be asked (exit code of the first)
 */
export async function resolve(
  images: readonly SelectedImage[],
  lookup: DigestLookup,
  options: { progress?: Progress; signal?: AbortSignal } = {},
): Promise<ResolvedImage[]> {
  const total = images.reduce((sum, { groups }) => sum + groups.length, 0);
  const task = (options.progress ?? noProgress).start('Asking for digests', total);
  const failures: UserError[] = [];

  const ask = async (image: ImageName, selected: SelectedGroup): Promise<ResolvedGroup> => {
    const [first] = selected.group.tags;
    if (first === undefined) throw new Error(`a group of ${image} has no tag`);
    options.signal?.throwIfAborted();
    if (failures.length >= failuresBeforeGivingUp) return { ...selected, digest: undefined };
    try {
      const digest = await lookup(image, first);
      task.advance(1, `${image}:${first}`);
      return { ...selected, digest };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      failures.push(error);
      return { ...selected, digest: undefined };
    }
  };

  const resolved = await Promise.all(
    images.map(async ({ image, groups }) => ({
      image,
      groups: await Promise.all(groups.map((group) => ask(image, group))),
    })),
  );
  options.signal?.throwIfAborted();
  task.end();
  const [first] = failures;
  if (first !== undefined) throw new UserError(problemsOf(failures), { exitCode: first.exitCode, cause: first });
  return resolved;
}

function problemsOf(failures: readonly UserError[]): Problem[] {
  const problems = failures.flatMap((failure) => failure.problems);
  if (failures.length < failuresBeforeGivingUp) return problems;
  const message = `Gave up after ${failures.length} groups could not be asked.`;
  return [...problems, { code: 'resolve/gave-up', severity: 'error', message }];
}
