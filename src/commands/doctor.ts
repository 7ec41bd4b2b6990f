import type { Config } from '../config/types.ts';
import { attempt } from '../core/attempt.ts';
import { ExitCode } from '../core/exit-code.ts';
import { cleanText } from '../core/text.ts';
import { counted } from '../core/words.ts';
import { readLockfile } from '../lock/file.ts';
import { type Finding, ofProblem, ok } from '../runs/doctor/finding.ts';
import { lookAtCache, lookAtClock, lookAtGit, lookAtNode } from '../runs/doctor/machine.ts';
import { lookAtDestination, lookAtSources, lookAtUpstream } from '../runs/doctor/places.ts';
import { lookAtCi, lookAtForge, lookAtLockfile, lookAtRepository } from '../runs/doctor/repository.ts';
import type { Context, Outcome } from '../session/context.ts';
import { lockfilePath, openConfig } from '../session/workspace.ts';

/**
 * Looks at all that a mirror needs: this machine, upstream, the source, the destinations, the forge, and the files. Stores nothing
 * anywhere: of writes there is one upload at each destination, which is taken back. Exit code 1 where something is an error.
 */
export async function doctor(context: Context): Promise<Outcome> {
  const machine = [await lookAtNode(context), await lookAtGit(context), await lookAtCache(context)];
  const config = await attempt(() => openConfig(context));
  const found = config.ok
    ? [...machine, ...configured(config.value), ...(await lookAround(context, config.value))]
    : [...machine, ...config.error.problems.map((problem) => ofProblem('mirrors.yaml', problem))];
  const [errors, warnings] = (['error', 'warning'] as const).map(
    (status) => found.filter((one) => one.status === status).length,
  ) as [number, number];
  const verdict =
    errors + warnings === 0
      ? 'Nothing stands in the way.'
      : `${counted(errors, 'error')}, ${counted(warnings, 'warning')}.`;
  return {
    exitCode: errors > 0 ? ExitCode.failed : ExitCode.done,
    text: [...found.map(findingText), '', verdict].join('\n'),
    json: { schema: 'mirrorlock/doctor/v1', errors, warnings, findings: found },
    problems: [],
  };
}

function configured({ include, exclude, destinations, warnings }: Config): Finding[] {
  const rules = counted(include.length + exclude.length, 'rule');
  const message = `Valid: ${rules}, ${counted(destinations.length, 'destination')}.`;
  return [ok('mirrors.yaml', message), ...warnings.map((problem) => ofProblem('mirrors.yaml', problem))];
}

async function lookAround(context: Context, config: Config): Promise<readonly Finding[]> {
  const read = await attempt(() => readLockfile(lockfilePath(context)));
  const lockfile = read.ok ? read.value : undefined;
  // Each says what it found; they wait for hosts, and not for one another.
  const found = await Promise.all([
    lookAtRepository(context),
    read.ok
      ? lookAtLockfile(context, config, lockfile)
      : read.error.problems.map((problem) => ofProblem('lockfile', problem)),
    lookAtCi(context, config, lockfile),
    lookAtForge(context, config),
    lookAtUpstream(context, config),
    lookAtClock(context, config.source),
    lookAtSources(context),
    ...config.destinations.map((destination) => lookAtDestination(context, destination, config, lockfile)),
  ]);
  return found.flat();
}

const marks = { ok: 'ok', warning: 'warning', error: 'error' } as const;

function findingText({ check, status, message, hint }: Finding): string {
  const line = `${marks[status].padEnd(7)} ${check}: ${cleanText(message)}`;
  return status === 'ok' || hint === undefined ? line : `${line}\n${' '.repeat(8)}${cleanText(hint)}`;
}
