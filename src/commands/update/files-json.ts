import type { Problem } from '../../core/problem.ts';
import type { FileChanges } from '../../forge/git/files.ts';

/** Files of a commit as `--json` names them. */
export function filesJson(files: FileChanges): { path: string; change: 'written' | 'removed' }[] {
  return [...files].map(([path, text]) => ({ path, change: text === null ? 'removed' : 'written' }));
}

/** The warning where files are out of date that the token may not push. */
export function workflowsLeftOut(left: readonly string[]): Problem[] {
  if (left.length === 0) return [];
  const message = 'The token may not push workflow files: they are out of date, and are left out.';
  const hint = 'Run `mirrorlock render` and commit them, or name a GitHub App in `ci.app` that may.';
  return [{ code: 'update/workflows-left-out', severity: 'warning', message, value: left.join(', '), hint }];
}
