import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { budgetOf } from '../config/budget.ts';
import type { Config, Source } from '../config/types.ts';
import { attempt } from '../core/attempt.ts';
import { defined } from '../core/defined.ts';
import type { Environment } from '../core/environment.ts';
import type { Problem } from '../core/problem.ts';
import { authFilePaths, readAuthFile } from '../registry/auth/auth-file.ts';
import type { Context } from '../session/context.ts';

/** Whether pulls at a source are limited, as far as it is known before it is asked. */
export function hasPullLimit(source: Pick<Source, 'registry' | 'budget'>): boolean {
  const { pulls, withoutHeaders } = budgetOf(source);
  return pulls === 'auto' ? withoutHeaders !== 'unlimited' : pulls !== 'unlimited';
}

/**
 * What is valid, and fails or stops later: jobs without a login, a pull limit that no schedule goes on after, and, on the machine
 * of a person, commands that are not there. Warnings; nothing is asked outside.
 */
export async function findSurprises(context: Context, config: Config): Promise<readonly Problem[]> {
  return [...missingLogins(config), ...unscheduled(config), ...(await missingCommands(context, config))];
}

function warning(code: string, message: string, hint: string, more: Partial<Problem> = {}): Problem {
  return { code, severity: 'warning', message, hint, ...more };
}

/** Destinations that the jobs have no login for. A registry that everybody may write to has none. */
function missingLogins({ ci, destinations }: Config): Problem[] {
  if (ci === undefined) return [];
  const { place } = ci;
  if (ci.provider === 'kubernetes') {
    if (ci.kubernetes?.authSecret !== undefined) return [];
    const hint = 'Name a Secret with an auth file by `ci.kubernetes.authSecret`.';
    return [warning('check/no-login', 'The jobs have no login at the destinations.', hint, { place })];
  }
  const known = new Set(ci.logins.map(({ registry }) => registry));
  const without = destinations.filter(({ registry }) => !known.has(registry.host));
  const places = new Map(
    without.map((one) => [one.registry.host, one.written?.replace(/\/.*/, '') ?? one.registry.host]),
  );
  return [...places.values()].map((value) => {
    const hint = 'Name the secrets of one by `ci.logins`.';
    return warning('check/no-login', 'The jobs have no login at this destination.', hint, { place, value });
  });
}

function unscheduled({ ci, source }: Config): Problem[] {
  if (ci?.provider !== 'github' || ci.schedule.apply !== undefined || !hasPullLimit(source)) return [];
  const message = 'The source has a pull limit, and no schedule goes on with an apply that it stopped.';
  const hint = 'Set `ci.schedule.apply`, such as `29 */6 * * *`.';
  return [warning('check/limit-without-schedule', message, hint, { place: ci.place })];
}

/** Programs that `apply` runs and that are not on the PATH. A job of a CI has its own, and this is not that job. */
async function missingCommands(context: Context, config: Config): Promise<Problem[]> {
  const { env } = context;
  if (env['CI']) return [];
  const skopeo = config.engine === 'skopeo' && !(await isOnPath('skopeo', env));
  const ofEngine = warning(
    'check/no-command',
    '`apply.engine` is `skopeo`, which is not on the PATH.',
    'Install it, or leave `engine` out: the direct engine needs no program.',
    { value: 'skopeo' },
  );
  return [...(skopeo ? [ofEngine] : []), ...(await missingHelpers(context, config))];
}

async function missingHelpers({ env, homeDirectory }: Context, { source, destinations }: Config): Promise<Problem[]> {
  const hosts = [source, ...source.alternates, ...destinations].map(({ registry }) => registry.host);
  const found = new Map<string, Problem>();
  for (const path of authFilePaths(env, homeDirectory, process.getuid?.())) {
    const read = await attempt(() => readAuthFile(path));
    if (!read.ok || read.value === undefined) continue;
    const { credHelpers, credsStore } = read.value;
    for (const host of hosts) {
      const name = credHelpers.get(host) ?? credsStore;
      const program = name === undefined ? undefined : `docker-credential-${name}`;
      if (program === undefined || found.has(program) || (await isOnPath(program, env))) continue;
      const message = 'An auth file names a credential helper that is not on the PATH.';
      const hint = 'Install it, or take it out of `credHelpers` and `credsStore` and log in again.';
      found.set(
        program,
        warning('check/no-command', message, hint, { place: { file: path }, ...defined({ value: program }) }),
      );
    }
  }
  return [...found.values()];
}

async function isOnPath(program: string, env: Environment): Promise<boolean> {
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    const isThere = await access(join(folder || '.', program), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return true;
  }
  return false;
}
