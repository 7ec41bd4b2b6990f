import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { ExitCode } from '../core/exit-code.ts';
import { ifThere } from '../core/file-errors.ts';
import { problemError } from '../core/problem.ts';
import { linkInside } from '../core/repository-files.ts';
import { diffJson, diffLockfiles } from '../diff/diff.ts';
import { diffMarkdown } from '../diff/markdown.ts';
import { diffText } from '../diff/text.ts';
import { lockfileName, readLockfile } from '../lock/file.ts';
import { parseLockfile } from '../lock/parse.ts';
import type { Lockfile } from '../lock/types.ts';
import type { Context, Outcome } from '../session/context.ts';
import { showAtRevision } from '../session/mirror-repository.ts';
import { checkCheckedOut, lockfilePath } from '../session/workspace.ts';

export type DiffFormat = 'text' | 'markdown' | 'json';

/**
 * Compares two lockfiles, each a file or a git revision of the mirror repository: HEAD with the file here, unless told.
 * One argument is compared with the file here.
 */
export async function diff(
  context: Context,
  { from = 'HEAD', to, format }: { from?: string; to?: string; format: DiffFormat },
): Promise<Outcome> {
  const before = await open(context, from);
  const after = to === undefined ? await readLockfile(lockfilePath(context)) : await open(context, to);
  if (before === undefined && after === undefined) await checkCheckedOut(context);
  const difference = diffLockfiles(before, after);
  const json = diffJson(difference);
  const text = { text: diffText, markdown: diffMarkdown, json: () => JSON.stringify(json, null, 2) }[format](
    difference,
  );
  return { exitCode: ExitCode.done, text: text.trimEnd(), json, problems: [] };
}

/** A file where there is one of that name, else a revision. A revision without a lockfile has nothing locked. */
async function open(context: Context, argument: string): Promise<Lockfile | undefined> {
  const path = resolve(context.directory, argument);
  const link = await linkInside(context.directory, path);
  if (link !== undefined) throw problemError('lock/symbolic-link', 'A lockfile must not be a symbolic link.', link);
  const text = await ifThere(() => readFile(path, 'utf8'), ['EISDIR']);
  if (text !== undefined) return parseLockfile(text, basename(path));
  const shown = await showAtRevision(context, argument, lockfileName);
  return shown === undefined ? undefined : parseLockfile(shown, `${argument}:${lockfileName}`);
}
