import { resolve } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/types.ts';
import { ExitCode } from '../core/exit-code.ts';
import { UserError } from '../core/problem.ts';
import { reportHtml } from '../simulate/html/page.ts';
import { day, readOptions, type SimulationRequest } from '../simulate/options.ts';
import { simulate as simulateHistory } from '../simulate/simulate.ts';
import { reportText } from '../simulate/text.ts';
import { openHistory } from '../upstream/open-history.ts';
import type { Context, Outcome } from './context.ts';
import { openConfig } from './workspace.ts';

export interface SimulateOptions extends SimulationRequest {
  /** Another configuration, from the working directory. */
  readonly compare?: string;
  /** Where to write the page, from the working directory. */
  readonly html?: string;
}

/** Walks upstream's history with the rules of the configuration, and reports what they would have cost. Asks no registry. */
export async function simulate(context: Context, request: SimulateOptions): Promise<Outcome> {
  const options = readOptions(request);
  const config = await openConfig(context);
  const configs = [config, ...(request.compare === undefined ? [] : [await openOther(context, request.compare)])];
  const range = {
    since: options.since,
    beginsBefore: options.since + day,
    until: options.until ?? Number.POSITIVE_INFINITY,
  };
  const { cacheDirectory, env, signal, progress } = context;
  const directory = context.upstream === undefined ? context.directory : context.workingDirectory;
  const address = {
    repository: context.upstream ?? config.upstream.repository,
    ref: context.ref ?? config.upstream.ref,
  };
  const history = await openHistory(address, range, { cacheDirectory, env, signal, progress, directory });
  const report = simulateHistory(history, configs, options, progress);
  if (request.html !== undefined) await writePage(context, request.html, reportHtml(report));
  return { exitCode: ExitCode.done, text: reportText(report), json: report, problems: report.warnings };
}

function openOther({ workingDirectory, env }: Context, path: string): Promise<Config> {
  return loadConfig(resolve(workingDirectory, path), { env, shownAs: path });
}

async function writePage({ workingDirectory }: Context, path: string, page: string): Promise<void> {
  try {
    await writeFileAtomic(resolve(workingDirectory, path), page);
  } catch (cause) {
    if (!(cause instanceof Error) || !('code' in cause)) throw cause;
    const message = `The page cannot be written (${cause.code}).`;
    const problem = { code: 'simulate/unwritable', severity: 'error' as const, message, value: path };
    throw new UserError([problem], { exitCode: ExitCode.failed, cause });
  }
}
