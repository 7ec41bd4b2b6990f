import { changesOf } from '../changes/changes.ts';
import { diffText } from '../changes/diff-text.ts';
import { changesJson } from '../changes/json.ts';
import { linesBesideTags } from '../changes/text.ts';
import { defined } from '../core/defined.ts';
import { ExitCode } from '../core/exit-code.ts';
import { type Problem, UserError } from '../core/problem.ts';
import { counted } from '../core/words.ts';
import { diffJson } from '../diff/diff.ts';
import { lockfileName, readLockfile, writeLockfile } from '../lock/file.ts';
import { formatLockfile } from '../lock/format.ts';
import type { Lockfile } from '../lock/types.ts';
import { readText } from '../runs/ask-source.ts';
import { makeLockfile } from '../runs/lock.ts';
import { droppedPolicyOf } from '../runs/update/describe.ts';
import type { Context, Outcome } from '../session/context.ts';
import { lockfilePath, openConfig } from '../session/workspace.ts';

/**
 * Expands the configuration against upstream, asks the source for digests, and writes the lockfile; with `check` it
 * writes nothing and says by exit code 3 that the lockfile would change.
 *
 * @throws UserError `lock/empty` where the rules select nothing, unless `allowEmpty`; and as `makeLockfile` does
 */
export async function lock(
  context: Context,
  { check, allowEmpty = false }: { check: boolean; allowEmpty?: boolean },
): Promise<Outcome> {
  const config = await openConfig(context);
  const made = await makeLockfile(context, config, await readLockfile(lockfilePath(context)));
  const { previous, next, askedFor, requests, pullLimit, warnings } = made;
  const told = changesOf({ before: previous, after: next, askedFor, policy: droppedPolicyOf(config) });
  if (next.images.length === 0 && !allowEmpty) throw selectsNothing(warnings, context.configFile);
  const changed = previous === undefined || formatLockfile(previous) !== formatLockfile(next);
  if (!check) {
    await writeLockfile(lockfilePath(context), next);
    await made.forget();
  }
  return {
    exitCode: check && changed ? ExitCode.stale : ExitCode.done,
    text: `${diffText(told.diff, linesBesideTags(told))}\n\n${verdict(changed, check, next)}${readText(requests)}`,
    json: {
      ...diffJson(told.diff),
      changes: changesJson(told),
      schema: 'mirrorlock/lock/v2',
      changed,
      upstream: next.upstream,
      requests,
      ...defined({ pullLimit }),
      warnings,
    },
    problems: warnings,
  };
}

function selectsNothing(warnings: readonly Problem[], value: string): UserError {
  const message = 'The rules select nothing: the lockfile would be empty, and was not written.';
  const hint = '`mirrorlock expand` shows what rules select. An empty lockfile is written with `--allow-empty`.';
  return new UserError([...warnings, { code: 'lock/empty', severity: 'error', message, value, hint }]);
}

function verdict(changed: boolean, check: boolean, { images, upstream }: Lockfile): string {
  const at = `${counted(images.length, 'image')} at upstream ${upstream.commit.slice(0, 12)}`;
  if (!changed) return `${lockfileName} is up to date: ${at}`;
  return check ? `${lockfileName} is out of date: it would hold ${at}` : `Wrote ${lockfileName}: ${at}`;
}
