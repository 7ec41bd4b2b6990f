import type { Destination } from '../../config/types.ts';
import { byCause } from '../../core/causes.ts';
import type { ImageName } from '../../core/names.ts';
import type { Problem, UserError } from '../../core/problem.ts';
import type { Progress } from '../../core/progress.ts';
import { someOf } from '../../core/words.ts';
import type { LockedImage } from '../../lock/types.ts';
import { look } from '../../plan/look.ts';
import type { GroupState } from '../../plan/types.ts';
import { RegistryError } from '../../registry/errors.ts';
import type { RegistryClient } from '../../registry/types.ts';
import { headDigest } from '../../session/selection.ts';
import { probeReachable } from './destination.ts';

/** An image that a destination did not let us look at. */
export interface Unseen {
  readonly image: ImageName;
  readonly problem: Problem;
}

/** What was seen at a destination. */
export interface Seen {
  readonly states: readonly GroupState[];
  readonly unseen: readonly Unseen[];
}

/**
 * Looks at images at a destination. One that answers with an error, such as 403, fails by itself.
 *
 * @throws UserError what is said of the whole registry, such as that there is no connection
 */
export async function lookAt(
  client: RegistryClient,
  { namespace }: Pick<Destination, 'namespace'>,
  images: readonly LockedImage[],
  progress: Progress,
): Promise<Seen> {
  const unseen: Unseen[] = [];
  const { head, silence } = await probeReachable(headDigest(client, namespace), images);
  if (silence !== undefined) throw silence;
  const states = await look(images, head, progress, ({ image }, error) => {
    unseen.push({ image, problem: ofOneImage(error) });
  });
  return { states, unseen: unseen.sort(byName) };
}

/** The problem of an error about one repository. @throws the error, where it is not about one */
export function ofOneImage(error: UserError): Problem {
  const [problem] = error.problems;
  if (problem === undefined || !(error instanceof RegistryError)) throw error;
  if (error.details.request.repository === undefined) throw error;
  return problem;
}

function byName(one: Unseen, other: Unseen): number {
  return one.image < other.image ? -1 : 1;
}

/**
 * The images that were not looked at as problems, each cause once.
 *
 * @param what what became of them, such as `not compared with the lockfile`
 */
export function unseenProblems({ name }: Destination, unseen: readonly Unseen[], what: string): Problem[] {
  return byCause(unseen, ({ image, problem }) => ({ problem, names: [image], tags: [] })).map(
    ({ problem, stopped }) => {
      const images = someOf(stopped.map(({ image }) => image));
      const subject = stopped.length === 1 ? `${images} was` : `${stopped.length} images (${images}) were`;
      return { ...problem, message: `${subject} ${what} at ${name}: ${problem.message}` };
    },
  );
}

/** The images that were not looked at under their key of `--json`, which is absent where there are none. */
export function unseenJson(unseen: readonly Unseen[]): { failures?: readonly Unseen[] } {
  return unseen.length === 0 ? {} : { failures: unseen };
}

/** The same in a line for people; none where all was seen. */
export function unseenLines(unseen: readonly Unseen[], what: string): string[] {
  return unseen.length === 0 ? [] : [`  ${what}: ${someOf(unseen.map(({ image }) => image))}`];
}
