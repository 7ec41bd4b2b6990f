import type { ApplyResult, GroupFailure } from '../apply/types.ts';
import { shortDigest } from '../changes/words.ts';
import { byCause } from '../core/causes.ts';
import type { Problem } from '../core/problem.ts';
import { counted, someOf } from '../core/words.ts';

/** What failed at one place: each cause once, with the groups that it stopped. Pure. */
export function failureProblems(place: string, { failures }: Pick<ApplyResult, 'failures'>): Problem[] {
  return byCause(failures, ({ problem, image, tags }) => ({ problem, names: [image], tags })).map(
    ({ problem, stopped }) => ({
      ...problem,
      message: `${stoppedText(stopped)} not applied at ${place}: ${problem.message}`,
    }),
  );
}

function stoppedText(stopped: readonly GroupFailure[]): string {
  const [only, another] = stopped;
  if (only !== undefined && another === undefined) {
    return `${only.image}@${only.digest} (${only.tags.join(', ')}) was`;
  }
  const images = new Set(stopped.map(({ image }) => image)).size;
  const names = stopped.map(({ image, digest, tags: [tag] }) => `${image}:${tag ?? shortDigest(digest)}`);
  return `${counted(stopped.length, 'group')} of ${counted(images, 'image')} (${someOf(names)}) were`;
}
