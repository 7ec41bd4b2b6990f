import { type FileHandle, open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { list } from '../core/markdown/blocks.ts';
import { joinMarkdown, type Markdown, md } from '../core/markdown/markdown.ts';
import { problemText } from '../core/markdown/problem.ts';
import { type Problem, UserError } from '../core/problem.ts';
import type { Context, Outcome, Summary } from '../session/context.ts';

/** The most that GitHub shows of a step's summary, in bytes. */
const mostBytes = 1024 * 1024;
/** The most that a UTF-16 unit takes in UTF-8. */
const bytesOfUnit = 3;
const longest = 200_000;
/** In less room than this nothing is written. */
const shortest = 10_000;
const shownProblems = 50;

/**
 * Does a command's work and appends to `file` what it tells for a CI summary; where it fails, why. The file is opened
 * first, so that nothing is done where it cannot be written.
 *
 * @throws UserError `summary/unwritable`, and what the work throws
 */
export async function withSummary(
  { workingDirectory, secrets }: Context,
  file: string,
  work: () => Promise<Outcome>,
): Promise<Outcome> {
  const safe =
    (summary: Summary) =>
    (room: number): string =>
      secrets?.redactOutput(summary(room)) ?? summary(room);
  const handle = await openToAppend(resolve(workingDirectory, file), file);
  try {
    const outcome = await work().catch(async (error: unknown) => {
      // What stopped the work counts, whether it could be summarized or not.
      await append(
        handle,
        file,
        safe(() => failureText(error)),
      );
      throw error;
    });
    const problem = await append(handle, file, safe(outcome.summary ?? (() => problemList(outcome.problems))));
    return problem === undefined ? outcome : { ...outcome, problems: [...outcome.problems, problem] };
  } finally {
    await handle.close();
  }
}

/** A command's own summary, and below it problems that this does not tell. */
export function summaryOf(own: Summary, problems: readonly Problem[]): Summary {
  const below = problemList(problems);
  return (maxLength) => joinMarkdown([own(maxLength - below.length), below], '\n');
}

/** Problems as Markdown; nothing where there are none. */
export function problemList(problems: readonly Problem[]): Markdown {
  if (problems.length === 0) return md``;
  const more = problems.length > shownProblems ? [md`and ${problems.length - shownProblems} more`] : [];
  return md`**Problems**\n\n${list([...problems.slice(0, shownProblems).map(problemText), ...more])}\n`;
}

/** Why a command could not do its work, as Markdown. */
export function failureText(error: unknown): Markdown {
  const why = error instanceof UserError ? problemList(error.problems) : md`The log tells why.\n`;
  return joinMarkdown([md`### Failed`, why], '\n\n');
}

/** Gives a warning where it cannot: the work itself is done. */
async function append(
  handle: FileHandle,
  shown: string,
  summary: (room: number) => string,
): Promise<Problem | undefined> {
  try {
    const { size } = await handle.stat();
    const room = Math.min(longest, Math.floor((mostBytes - size) / bytesOfUnit));
    if (room < shortest) return unwritable('warning', 'it would grow beyond what GitHub shows, 1 MiB', shown);
    const text = summary(room).slice(0, room - 2);
    await handle.appendFile(`${text.trimEnd()}\n\n`);
  } catch (error) {
    return unwritable('warning', systemCode(error), shown);
  }
  return undefined;
}

async function openToAppend(path: string, shown: string): Promise<FileHandle> {
  try {
    return await open(path, 'a');
  } catch (cause) {
    throw new UserError([unwritable('error', systemCode(cause), shown)], { cause });
  }
}

function unwritable(severity: Problem['severity'], why: string, value: string): Problem {
  return { code: 'summary/unwritable', severity, message: `The summary cannot be written (${why}).`, value };
}

/** Rethrows what is no error of the file system. */
function systemCode(error: unknown): string {
  if (error instanceof Error && 'code' in error && 'syscall' in error) return String(error.code);
  throw error;
}
