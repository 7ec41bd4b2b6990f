import PQueue from 'p-queue';
import { type Digest, type ImageName, repositoryPath, type Tag } from '../core/names.ts';
import { type Problem, UserError } from '../core/problem.ts';
import { noProgress, type Progress } from '../core/progress.ts';
import type { RegistryClient } from '../registry/types.ts';
import type { SelectedGroup, SelectedImage } from '../select/types.ts';
import type { DigestLookup, ResolvedImage } from './types.ts';

/** After so many groups that could not be asked, the rest would most likely fail for the same reason. */
const failuresBeforeGivingUp = 5;
/** Enough to keep a registry client busy, which bounds its own requests; few enough to give up early. */
const askedAtOnce = 16;

/** The answer for a group: a digest, none (not published), or why it could not be asked. */
type Answer = Digest | undefined | UserError;

/**
 * Gives each selected group its digest: one question a group, for the group's first and most specific tag, also where
 * the rules want only others of its tags. The answers may arrive in any order.
 *
 * @throws UserError with the problems of all groups that could not be asked (exit code of the first), in the order of
 * the groups; `resolve/gave-up` among them when some were not asked any more
 * @throws the signal's reason when that aborts
 */
export async function resolve(
  images: readonly SelectedImage[],
  lookup: DigestLookup,
  options: { progress?: Progress; signal?: AbortSignal } = {},
): Promise<ResolvedImage[]> {
  const groups = images.flatMap((image) => image.groups.map((selected) => ({ image: image.image, selected })));
  const task = (options.progress ?? noProgress).start('Asking for digests', groups.length);
  const answers = new Map<SelectedGroup, Answer>();
  const queue = new PQueue({ concurrency: askedAtOnce });
  let failures = 0;

  const ask = async ({ image, selected }: (typeof groups)[number]): Promise<void> => {
    options.signal?.throwIfAborted();
    if (failures >= failuresBeforeGivingUp) return;
    const tag = firstTag(image, selected);
    const answer = await lookup(image, tag).catch(asAnswer);
    if (answer instanceof UserError) failures += 1;
    answers.set(selected, answer);
    task.advance(1, `${image}:${tag}`);
  };

  try {
    await Promise.all(groups.map((group) => queue.add(() => ask(group))));
  } finally {
    queue.clear();
  }
  options.signal?.throwIfAborted();
  task.end();
  throwFailures(groups.map(({ selected }) => answers.get(selected)).filter(isFailure), groups.length, {
    what: 'groups could not be asked',
    most: failuresBeforeGivingUp,
  });
  const digestOf = (selected: SelectedGroup) => answers.get(selected) as Digest | undefined;
  return images.map(({ image, groups: selected }) => ({
    image,
    groups: selected.map((group) => ({ ...group, digest: digestOf(group) })),
  }));
}

function firstTag(image: ImageName, { group }: SelectedGroup): Tag {
  const [first] = group.tags;
  if (first === undefined) throw new Error(`a group of ${image} has no tag`);
  return first;
}

function asAnswer(error: unknown): UserError {
  if (error instanceof UserError) return error;
  throw error;
}

function isFailure(answer: Answer): answer is UserError {
  return answer instanceof UserError;
}

/**
 * Throws what could not be asked, with the problems in order and the exit code of the first; nothing where there is
 * none. `most`: after how many failures the rest was not asked any more (`resolve/gave-up`).
 */
export function throwFailures(
  failures: readonly UserError[],
  total: number,
  { what, most }: { what: string; most: number },
): void {
  const [first] = failures;
  if (first === undefined) return;
  const problems = distinct(failures.flatMap((failure) => failure.problems));
  const message = `Gave up after ${failures.length} of ${total} ${what}.`;
  if (failures.length >= most) problems.push({ code: 'resolve/gave-up', severity: 'error', message });
  throw new UserError(problems, { exitCode: first.exitCode, cause: first });
}

/** Each problem once: what is wrong with a registry is wrong for every group. */
function distinct(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}

/** Asks a registry by HEAD below `namespace`: nothing is counted as a pull, and a 404 is a group not yet published. */
export function sourceLookup(client: RegistryClient, namespace: string): DigestLookup {
  return async (image, tag) => {
    const head = await client.head(repositoryPath(namespace, image), tag);
    return head?.digest;
  };
}
