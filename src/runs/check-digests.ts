import { budgetCode } from '../apply/types.ts';
import type { Config } from '../config/types.ts';
import { byCause } from '../core/causes.ts';
import type { Problem } from '../core/problem.ts';
import { counted, someOf } from '../core/words.ts';
import type { Lockfile } from '../lock/types.ts';
import type { Context } from '../session/context.ts';
import { earlierLockfiles, mergedCommits } from '../session/earlier.ts';
import { compareIndexes } from './compare-indexes.ts';
import { type Changed, type Failed, judgeChange } from './judge-change.ts';

/** What the source says of the digests of a change. */
interface CheckedDigests {
  /** How many groups it was asked for. */
  readonly groups: number;
  /** Digests that nobody knows, and what could not be asked. */
  readonly errors: readonly Problem[];
  /** What a reviewer does well to look at first. */
  readonly first: readonly Problem[];
}

/**
 * Asks the source by HEAD for the tags that differ from an earlier lockfile, and it and its alternates for the digests that
 * these tags do not have there. Compares rewritten indexes with those that they are made from, within the budget of pulls.
 */
export async function checkDigests(
  context: Context,
  config: Config,
  base: Lockfile | undefined,
  lockfile: Lockfile,
): Promise<CheckedDigests> {
  const earlier = earlierLockfiles(() => mergedCommits(context, config), base ?? lockfile);
  const judged = await judgeChange(context, config, base, lockfile, earlier);
  const indexes = await compareIndexes(context, config, base, judged.isKnown);
  const failed = [...judged.failed, ...indexes.failed];
  const mayWait = ({ problem }: Failed) => mayLackLogin(config, problem) || problem.code === budgetCode;
  return {
    groups: judged.groups,
    errors: [
      ...problemOf('error', 'unknown-digest', unknownText, judged.unknown),
      ...problemOf('error', 'other-index', otherIndexText, indexes.differ),
      ...failures(failed.filter((one) => !mayWait(one))),
    ],
    first: [
      ...problemOf('warning', 'rollback', rollbackText, judged.rollback),
      ...problemOf('warning', 'tag-elsewhere', elsewhereText, judged.elsewhere),
      ...failures(failed.filter(mayWait)).map(asWarning),
    ],
  };
}

const asWarning = (problem: Problem): Problem => ({ ...problem, severity: 'warning' });

/** A job that runs what a pull request sends has no login, where the source wants one: `apply` asks again. */
function mayLackLogin({ ci, source }: Config, { code }: Problem): boolean {
  const hasLogin = ci?.logins.some(({ registry }) => registry === source.registry.host) ?? false;
  return hasLogin && ['registry/unauthorized', 'registry/denied'].includes(code);
}

const unknownText = 'has a digest that neither the source nor an earlier applied lockfile knows';
const otherIndexText = 'has an index that `platforms` does not give of its `source`';
const rollbackText = 'goes back to a digest that a later merged lockfile replaced';
const elsewhereText = 'has a digest that its tags do not have at the source now';

function problemOf(severity: Problem['severity'], code: string, text: string, changed: readonly Changed[]): Problem[] {
  if (changed.length === 0) return [];
  const names = changed.flatMap(({ image, tags }) => tags.map((tag) => `${image}:${tag}`));
  const subject = changed.length === 1 ? 'A changed group' : `Each of ${changed.length} changed groups`;
  const hint = severity === 'error' ? 'Run `mirrorlock lock`, which asks the source.' : 'Ask whoever changed it why.';
  return [{ code: `check/${code}`, severity, message: `${subject} ${text}.`, value: someOf(names), hint }];
}

/** What could not be asked, each cause once. */
export function failures(failed: readonly Failed[]): Problem[] {
  const about = ({ one, problem }: Failed) => ({ problem, names: [one.image], tags: one.tags });
  return byCause(failed, about).map(({ problem, stopped }) => ({
    ...problem,
    message: `${counted(stopped.length, 'changed group')} could not be asked for: ${problem.message}`,
  }));
}
