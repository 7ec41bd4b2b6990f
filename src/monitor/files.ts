import { access, constants, readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { codeOf, ifThere } from '../core/file-errors.ts';
import { code, prose } from '../core/markdown/inline.ts';
import { joinMarkdown, type Markdown, md } from '../core/markdown/markdown.ts';
import { type Problem, problemError, UserError } from '../core/problem.ts';
import { redactedData } from '../core/secrets.ts';
import { failureText, problemList } from '../report/summary-file.ts';
import type { Context, Outcome } from '../session/context.ts';
import type { RunFacts } from './types.ts';

/** A file that a run writes in the end. */
export interface OwnFile {
  /** As it was given. */
  readonly shown: string;
  readonly path: string;
}

/**
 * Names a file to write in the end, and sees that its folder is there and may be written, before anything is done.
 *
 * @throws UserError `report/unwritable`
 */
export async function ownFile({ workingDirectory }: Context, shown: string): Promise<OwnFile> {
  const path = resolve(workingDirectory, shown);
  try {
    await access(dirname(path), constants.W_OK | constants.X_OK);
  } catch (error) {
    const message = `The folder of the file cannot be written (${codeOf(error) ?? 'unknown error'}).`;
    throw problemError('report/unwritable', message, shown, 'Make the folder, or name a file in another one.');
  }
  const there = await ifThere(() => stat(path));
  // A pipe or a device cannot be replaced whole.
  if (there !== undefined && !there.isFile()) {
    throw problemError('report/unwritable', 'This is not a file.', shown, 'Name a file, which may be absent.');
  }
  return { shown, path };
}

/** Two files of a run must differ: the last that is written would replace the other. @throws UserError `report/same-file` */
export function checkDistinct(files: readonly OwnFile[]): void {
  const twice = files.find(({ path }, index) => files.findIndex((one) => one.path === path) !== index);
  if (twice === undefined) return;
  const message = 'Each report, and the file of metrics, must be another file.';
  throw problemError('report/same-file', message, twice.shown, 'Give each a name of its own.');
}

/** A report is Markdown or JSON by its name. @throws UserError `report/format` */
export function checkReportName(shown: string): void {
  if (/\.(?:md|json)$/i.test(shown)) return;
  throw problemError(
    'report/format',
    'The name of a report ends in `.md` or `.json`.',
    shown,
    'Such as `report.json`.',
  );
}

/** Writes a file whole; a warning where it cannot: the work itself is done. */
export async function writeWhole({ path, shown }: OwnFile, text: string): Promise<Problem | undefined> {
  try {
    await writeFileAtomic(path, text);
  } catch (error) {
    const reason = codeOf(error);
    if (reason === undefined) throw error;
    const message = `The file cannot be written (${reason}).`;
    return { code: 'report/unwritable', severity: 'warning', message, value: shown };
  }
  return undefined;
}

/** What stands in a file that an earlier run wrote; empty where there is none that can be read. */
export async function earlierText({ path }: OwnFile): Promise<string> {
  try {
    return (await ifThere(() => readFile(path, 'utf8'))) ?? '';
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return '';
  }
}

/** How a run ended: with an outcome, or by an error. */
export type Ending = { readonly outcome: Outcome } | { readonly error: unknown };

const longest = 1_000_000;

/** The report of a run, by the name of its file. */
export function reportText({ secrets }: Context, { path }: OwnFile, run: RunFacts, ending: Ending): string {
  if (/\.json$/i.test(path)) {
    const data = 'outcome' in ending ? ending.outcome.json : errorJson(ending.error);
    return `${JSON.stringify(secrets === undefined ? data : redactedData(data, secrets), null, 2)}\n`;
  }
  const text = joinMarkdown([headText(run), bodyText(ending)], '\n\n').trimEnd();
  return `${secrets?.redactOutput(text) ?? text}\n`;
}

function headText({ command, startedAt, endedAt, exitCode }: RunFacts): Markdown {
  const times = prose(`From ${startedAt.toISOString()} to ${endedAt.toISOString()}, exit code ${exitCode}.`);
  return md`## ${code(`mirrorlock ${command}`)}\n\n${times}`;
}

function bodyText(ending: Ending): Markdown {
  if ('error' in ending) return failureText(ending.error);
  const { summary, problems } = ending.outcome;
  return summary?.(longest) ?? problemList(problems);
}

function errorJson(error: unknown): object {
  const bug = { code: 'cli/bug', severity: 'error', message: 'This is a bug in mirrorlock; stderr has it.' };
  return { schema: 'mirrorlock/error/v1', problems: error instanceof UserError ? error.problems : [bug] };
}
