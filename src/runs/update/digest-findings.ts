import type { DigestFinding } from '../../changes/findings.ts';
import type { Config } from '../../config/types.ts';
import type { Problem } from '../../core/problem.ts';
import type { Lockfile } from '../../lock/types.ts';
import type { Context } from '../../session/context.ts';
import { earlierLockfiles, type MergedCommits } from '../../session/earlier.ts';
import { failures } from '../check-digests.ts';
import { type Changed, judgeChange } from '../judge-change.ts';

/** What a reviewer is told of the digests of a change. */
interface FoundDigests {
  readonly digests: readonly DigestFinding[];
  /** What could not be asked, as warnings. */
  readonly problems: readonly Problem[];
}

/** What source and merged lockfiles say of the digests of a change; nothing where it brings the first lockfile. */
export async function findDigests(
  context: Context,
  config: Config,
  { before, after }: { readonly before: Lockfile | undefined; readonly after: Lockfile },
  base: MergedCommits,
): Promise<FoundDigests> {
  if (before === undefined) return { digests: [], problems: [] };
  const earlier = earlierLockfiles(async () => base, before);
  const { failed, ...judged } = await judgeChange(context, config, before, after, earlier);
  const finding = (kind: DigestFinding['kind']) => (changed: Changed) => ({
    ...{ kind, image: changed.image, tags: changed.tags },
  });
  return {
    digests: [
      ...judged.unknown.map(finding('unknown')),
      ...judged.rollback.map(finding('rollback')),
      ...judged.elsewhere.map(finding('elsewhere')),
    ],
    problems: failures(failed).map((problem) => ({ ...problem, severity: 'warning' })),
  };
}
