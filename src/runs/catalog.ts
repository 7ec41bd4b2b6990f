import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type History, HistoryBuilder, type VersionChange } from '../catalog/history.ts';
import type { ServedMark } from '../catalog/model.ts';
import { type Reports, type ReportText, readReports } from '../catalog/reports.ts';
import { catalogFiles, type PageAssets } from '../catalog/site.ts';
import { attempt } from '../core/attempt.ts';
import { defined } from '../core/defined.ts';
import { codeOf } from '../core/file-errors.ts';
import { type Problem, problemError, UserError } from '../core/problem.ts';
import { counted } from '../core/words.ts';
import { readGit } from '../forge/git/run.ts';
import { lockfileName, readLockText } from '../lock/file.ts';
import type { Lockfile } from '../lock/types.ts';
import { listMarks } from '../session/applied.ts';
import type { Context } from '../session/context.ts';
import { openLockVersions } from '../session/lock-versions.ts';
import { mirrorGit, unshallowHint } from '../session/mirror-repository.ts';
import { lockfilePath, openConfig, openLockfile } from '../session/workspace.ts';
import { type Explain, openCauses, readKeptFacts } from './catalog-causes.ts';
import { siteFolder, type WrittenFiles, writeCatalog } from './catalog-files.ts';

export interface CatalogRequest {
  /** The folder of the site, from the working directory. */
  readonly out: string;
  /** Files with what `apply --json` and `verify --json` printed, from the working directory; the later one counts. */
  readonly apply: readonly string[];
  readonly verify: readonly string[];
  /** Whether the git history is read. */
  readonly history: boolean;
  /** Where the site will be served. */
  readonly url?: string;
}

export interface CatalogRun extends WrittenFiles {
  readonly folder: string;
  readonly lockfile: Lockfile;
  /** How many versions of the lockfile were read; null without history. */
  readonly versions: number | null;
  readonly bytes: number;
  readonly warnings: readonly Problem[];
}

/**
 * Makes the site, all of it before the first file is written. Asks no registry.
 *
 * @throws UserError `catalog/bad-url`, `catalog/no-report`, `catalog/bad-report`; as `siteFolder`, `openConfig`,
 *   `openLockfile` and `writeCatalog` do
 */
export async function runCatalog(context: Context, request: CatalogRequest): Promise<CatalogRun> {
  const url = request.url === undefined ? undefined : siteAddress(request.url);
  const folder = await siteFolder(context, request.out);
  const config = await openConfig(context);
  const lockfile = await openLockfile(context);
  const warnings: Problem[] = [];
  const reports = await openReports(context, request, warnings);
  const explain = request.history ? await openCauses(context, config, lockfile) : undefined;
  const history = request.history ? await readHistory(context, warnings, explain) : undefined;
  const marks = history === undefined ? [] : await readMarksOf(context, history);
  const kept = await readKeptFacts(context, lockfile);
  const { destinations } = config;
  const isUncommitted = history?.isUncommitted;
  const input = { lockfile, destinations, marks, kept, ...defined({ history, isUncommitted, reports, url }) };
  const files = catalogFiles(input, await readAssets(context));
  const written = await writeCatalog(folder, files);
  const bytes = [...files.values()].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  return { ...written, folder: request.out, lockfile, versions: history?.versions.length ?? null, bytes, warnings };
}

/** @throws UserError `catalog/bad-url` */
function siteAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isRight = url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
  if (!isRight || url.search !== '' || url.hash !== '') {
    const rule = 'The address of the site is that of a folder by http or https, without a user.';
    throw problemError('catalog/bad-url', rule, text, 'Such as `https://mirror.example.com/catalog/`.');
  }
  return url.href.endsWith('/') ? url.href : `${url.href}/`;
}

/**
 * Reads the reports. One of a command that failed is a warning, and the site is made of the rest.
 *
 * @throws UserError `catalog/no-report`, `catalog/bad-report`
 */
async function openReports(
  context: Context,
  { apply, verify }: CatalogRequest,
  warnings: Problem[],
): Promise<Reports | undefined> {
  if (apply.length + verify.length === 0) return undefined;
  const read = (files: readonly string[]) => Promise.all(files.map((file) => readReportFile(context, file)));
  const reports = readReports(await read(apply), await read(verify));
  const errors = reports.problems.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new UserError(errors);
  warnings.push(...reports.problems);
  return reports;
}

async function readReportFile({ workingDirectory }: Context, file: string): Promise<ReportText> {
  try {
    return { file, text: await readFile(resolve(workingDirectory, file), 'utf8') };
  } catch (cause) {
    const code = codeOf(cause);
    if (code === undefined) throw cause;
    return { file, fault: code };
  }
}

/** So many versions are a year of days; of earlier ones the history says what changed, and not why. */
const mostExplained = 400;

/** So many versions are explained by one reading of upstream's git: few processes, and few versions in memory. */
const explainedAtOnce = 50;

async function readHistory(
  context: Context,
  warnings: Problem[],
  explain: Explain | undefined,
): Promise<(History & { readonly isUncommitted: boolean }) | undefined> {
  const opened = await openLockVersions(context);
  if (opened === undefined || opened.versions.length === 0) {
    const message = 'git has no history of the lockfile here: the catalogue has none.';
    const hint = 'Commit the lockfile, or give `--no-history`.';
    warnings.push({ code: 'catalog/no-history', severity: 'warning', message, hint });
    return undefined;
  }
  const isShallow = await opened.isShallow();
  if (isShallow) {
    const message = 'The clone is shallow: the catalogue lacks earlier history.';
    warnings.push({ code: 'catalog/shallow', severity: 'warning', message, hint: unshallowHint });
  }
  const task = context.progress.start('Reading the history of the lockfile', opened.versions.length);
  const builder = new HistoryBuilder();
  const unreadable: string[] = [];
  let changes: VersionChange[] = [];
  let at = 0;
  let committed: string | undefined;
  for await (const [version, text] of opened.read([...opened.versions].reverse())) {
    context.signal.throwIfAborted();
    committed = text;
    if (text === undefined) builder.addParsed(version, undefined);
    else if (!builder.addText(version, text)) {
      const read = await attempt(() => readLockText(text, `${version.commit}:${lockfileName}`));
      if (read.ok) builder.addParsed(version, read.value);
      else unreadable.push(version.commit);
    }
    const change = builder.lastChange();
    const isNew = change !== undefined && change !== changes.at(-1);
    if (explain !== undefined && isNew && at >= opened.versions.length - mostExplained) changes.push(change);
    at += 1;
    if (changes.length >= explainedAtOnce || at === opened.versions.length) {
      await explain?.(builder, changes);
      changes = [];
    }
    task.advance();
  }
  task.end(counted(opened.versions.length, 'version'));
  if (unreadable.length > 0) {
    const message = 'Earlier versions of the lockfile cannot be read: the history goes past them.';
    const value = unreadable.map((commit) => commit.slice(0, 12)).join(', ');
    warnings.push({ code: 'catalog/unreadable-version', severity: 'warning', message, value });
  }
  const isUncommitted = plainText(await readFile(lockfilePath(context), 'utf8')) !== plainText(committed ?? '');
  if (isUncommitted) {
    const message = 'The lockfile has changes that are not committed: the history does not have them.';
    warnings.push({ code: 'catalog/uncommitted', severity: 'warning', message, hint: 'Commit the lockfile.' });
  }
  return { ...builder.history(isShallow), isUncommitted };
}

/** Without the line ends that git may write on Windows. */
function plainText(text: string): string {
  return text.replaceAll('\r\n', '\n');
}

/** The marks of `verify --mark`, the oldest first, each with the version of the lockfile that its commit had. */
async function readMarksOf(context: Context, { versions }: History): Promise<ServedMark[]> {
  const marks = await listMarks(context);
  if (marks.length === 0) return [];
  const args = ['rev-list', '--first-parent', '--reverse', 'HEAD'];
  const commits = await readGit(mirrorGit(context), 'rev-list', (git) => git.raw(args));
  const byCommit = new Map(versions.map(({ commit }, index) => [commit, index]));
  const versionAt = new Map<string, number>();
  let version = -1;
  for (const commit of commits.split('\n')) {
    version = byCommit.get(commit) ?? version;
    versionAt.set(commit, version);
  }
  return marks
    .map(({ commit, time, destinations }) => ({
      version: versionAt.get(commit) ?? -1,
      time: time / 1000,
      destinations,
    }))
    .filter((mark) => mark.version >= 0)
    .reverse();
}

/** The page's script and style, which the build of the command makes. */
async function readAssets({ packageDirectory }: Context): Promise<PageAssets> {
  const read = (name: string) => readFile(join(packageDirectory, 'dist/catalog', name), 'utf8');
  const [script, style] = await Promise.all([read('catalog.js'), read('style.css')]);
  return { script, style };
}
