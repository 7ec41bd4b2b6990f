import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { ExitCode } from '../core/exit-code.ts';
import { ifThere, isDiskFull, isUnwritable, makeFolder } from '../core/file-errors.ts';
import { isLocked, withFileLock } from '../core/file-lock.ts';
import { problemError, UserError } from '../core/problem.ts';
import { names } from './folder.ts';
import { layoutText } from './layout.ts';

const lockName = '.lock';
/** All that stands in the folder of an export, finished or not. */
const known: readonly string[] = [...Object.values(names), 'blobs', lockName];

/** Longer than the lock of a process that died is in force. */
const waiting = { staleAfter: 4_000, waitBetween: 500, retries: 12 };

/**
 * Works on an export that no other run uses: the folder is made where it is absent, and no other run uses it meanwhile.
 *
 * @throws UserError `airgap/not-an-export` for a folder with anything else in it, `airgap/in-use`, `airgap/no-space`,
 * `airgap/not-writable`
 */
export async function withExportFolder<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await withOwnFolder(path, work);
  } catch (error) {
    if (!isUnwritable(error)) throw error;
    throw unwritable(path, error);
  }
}

/** What is there is whole, and stays: files take their names only then. */
function unwritable(path: string, error: Error): UserError {
  const [code, message, hint] = isDiskFull(error)
    ? [
        'airgap/no-space',
        'The disk is full: the export is not complete.',
        'Free some space and run again: the export continues.',
      ]
    : ['airgap/not-writable', 'The folder of the export cannot be written.', 'Name a folder that can be written.'];
  const problem = { code, severity: 'error', message, value: error.message, hint: `${hint} ${path}` } as const;
  return new UserError([problem], { exitCode: ExitCode.failed, cause: error });
}

async function withOwnFolder<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  await makeFolder(path);
  const found = await readdir(path);
  const foreign = found.find((name) => !known.includes(name));
  if (foreign !== undefined || (found.length > 0 && !(await isOurs(path)))) {
    const hint = 'Name a new or empty folder.';
    throw problemError('airgap/not-an-export', 'The folder is not empty and not an export.', foreign ?? path, hint);
  }
  await writeFileAtomic(join(path, names.layout), layoutText);
  return withFileLock(path, { ...waiting, lockfilePath: join(path, lockName), failure: inUse(path) }, work);
}

async function isOurs(path: string): Promise<boolean> {
  return (await ifThere(() => readFile(join(path, names.layout), 'utf8'))) === layoutText;
}

function inUse(path: string): (error: unknown) => unknown {
  return (error) =>
    isLocked(error)
      ? problemError('airgap/in-use', 'Another run works on this export.', path, 'Wait until it has ended.')
      : error;
}
