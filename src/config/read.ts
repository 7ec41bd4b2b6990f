import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { codeOf } from '../core/file-errors.ts';
import { problemError, UserError } from '../core/problem.ts';
import { linkInside } from '../core/repository-files.ts';
import { startFindings } from '../yaml/findings.ts';
import { largestFile, tooLarge } from './text-checks.ts';

export interface ReadOptions {
  /** How messages name the file; default: its path. */
  readonly shownAs?: string;
  /** The mirror repository, where others may plant links: none in it is followed. Absent: links are followed. */
  readonly root?: string;
}

/**
 * Reads the text of a mirrors.yaml.
 *
 * @throws UserError `config/symbolic-link`, `config/no-file`, `config/not-a-file`, `config/unreadable`, `config/too-large`,
 *   `config/not-utf-8`
 */
export async function readConfigText(path: string, { shownAs = path, root }: ReadOptions): Promise<string> {
  await refuseLink(path, root);
  return decode(await readBytes(path, shownAs), shownAs);
}

async function refuseLink(path: string, root: string | undefined): Promise<void> {
  const link = root === undefined ? undefined : await linkInside(root, path);
  if (link === undefined) return;
  const message = 'mirrors.yaml must not be a symbolic link, nor lie behind one in the mirror repository.';
  throw problemError(
    'config/symbolic-link',
    message,
    link,
    'Put the file itself there, or name it by `--config FILE`.',
  );
}

async function readBytes(path: string, shownAs: string): Promise<Uint8Array> {
  let handle: FileHandle | undefined;
  try {
    // Without waiting for a writer, should it be a named pipe.
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const status = await handle.stat();
    if (!status.isFile()) throw problemError('config/not-a-file', 'mirrors.yaml is a file.', shownAs, byConfig);
    if (status.size > largestFile) throw tooLargeError(status.size, shownAs);
    return await handle.readFile();
  } catch (error) {
    throw unreadable(error, shownAs) ?? error;
  } finally {
    await handle?.close();
  }
}

/** `--config` is the option that names the file. */
const byConfig = 'Name the file by `--config FILE`.';

function decode(bytes: Uint8Array, shownAs: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    const [message, hint] = [
      'mirrors.yaml is text in UTF-8.',
      'Save it as UTF-8, or name another file by `--config FILE`.',
    ];
    throw new UserError([{ code: 'config/not-utf-8', severity: 'error', message, hint, place: { file: shownAs } }], {
      cause,
    });
  }
}

function tooLargeError(bytes: number, shownAs: string): UserError {
  const findings = startFindings();
  findings.error({ file: shownAs }, tooLarge(bytes));
  return new UserError(findings.problems);
}

/** What to say of an error of the file system; `undefined` for any other. */
function unreadable(cause: unknown, shownAs: string): UserError | undefined {
  const reason = codeOf(cause);
  if (reason === undefined) return undefined;
  const fault = (code: string, message: string, hint: string) =>
    new UserError([{ code, severity: 'error', message, value: shownAs, hint }], { cause });
  if (reason === 'ENOENT') return fault('config/no-file', 'The file does not exist.', noFileHint);
  return fault('config/unreadable', `The file cannot be read (${reason}).`, byConfig);
}

const noFileHint = '`mirrorlock init` writes one to begin from; `-C DIR` and `--config FILE` name another.';
