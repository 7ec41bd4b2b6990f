import { resolve } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/types.ts';
import { ExitCode } from '../core/exit-code.ts';
import { codeOf } from '../core/file-errors.ts';
import { UserError } from '../core/problem.ts';
import { type AsideWork, answerOf, startAside } from '../runs/simulate/aside.ts';
import { matchAhead } from '../select/match-ahead.ts';
import type { Context, Outcome } from '../session/context.ts';
import { mirrorsFile } from '../session/workspace.ts';
import { reportHtml } from '../simulate/html/page.ts';
import { day, readOptions, type SimulationRequest } from '../simulate/options.ts';
import { layOut, namesOf, reportOf, walkProved } from '../simulate/simulate.ts';
import { reportText } from '../simulate/text.ts';
import { openHistory } from '../upstream/open.ts';

export interface SimulateOptions extends SimulationRequest {
  /** Another configuration, from the working directory. */
  readonly compare?: string;
  /** Where to write the page, from the working directory. */
  readonly html?: string;
}

/** Walks upstream's history with the rules of the configuration, and reports what they would have cost. Asks no registry. */
export async function simulate(context: Context, request: SimulateOptions): Promise<Outcome> {
  const options = readOptions(request);
  const files = [mirrorsFile(context), ...(request.compare === undefined ? [] : [otherFile(context, request.compare)])];
  const { cacheDirectory, env, signal, progress } = context;
  const configs: Config[] = [];
  for (const { path, shownAs } of files)
    configs.push(await loadConfig(path, { env, shownAs, root: context.directory }));
  const range = {
    since: options.since,
    beginsBefore: options.since + day,
    until: options.until ?? Number.POSITIVE_INFINITY,
  };
  const directory = context.upstream === undefined ? context.directory : context.workingDirectory;
  const address = {
    repository: context.upstream ?? configs[0]?.upstream.repository ?? '',
    ref: context.ref ?? configs[0]?.upstream.ref ?? '',
  };
  const history = await openHistory(address, range, { cacheDirectory, env, signal, progress, directory });
  const report = await walkBoth({ history, options, files, env }, configs, context);
  if (request.html !== undefined) await writePage(context, request.html, reportHtml(report));
  return { exitCode: ExitCode.done, text: reportText(report), json: report, problems: report.warnings };
}

/** Walks through what history proves here and, where a model of rebuilds is asked for, with it in a thread at the same time. */
async function walkBoth(work: AsideWork, configs: readonly Config[], { progress, signal }: Context) {
  const task = progress.start('Simulating');
  const thread = work.options.rebuilds === undefined ? undefined : startAside(work);
  try {
    const walked = thread === undefined ? [] : answerOf(thread, signal);
    // What fails first is thrown below.
    Promise.resolve(walked).catch(() => undefined);
    const world = layOut(work.history, work.options);
    const names = namesOf(world);
    for (const config of configs) await matchAhead(config, names, { progress, signal });
    const proved = walkProved(world, configs);
    const modelled = await walked;
    task.end(`${world.windows.runs} runs`);
    return reportOf(world, configs, proved, modelled);
  } finally {
    await thread?.terminate();
  }
}

function otherFile({ workingDirectory }: Context, path: string) {
  return { path: resolve(workingDirectory, path), shownAs: path };
}

async function writePage({ workingDirectory }: Context, path: string, page: string): Promise<void> {
  try {
    await writeFileAtomic(resolve(workingDirectory, path), page);
  } catch (cause) {
    const code = codeOf(cause);
    if (code === undefined) throw cause;
    const message = `The page cannot be written (${code}).`;
    const problem = { code: 'simulate/unwritable', severity: 'error' as const, message, value: path };
    throw new UserError([problem], { exitCode: ExitCode.failed, cause });
  }
}
