import type { Ci, Config } from '../../config/types.ts';
import { attempt } from '../../core/attempt.ts';
import { counted } from '../../core/words.ts';
import { isForgeError } from '../../forge/errors.ts';
import { isShallow } from '../../forge/git/read.ts';
import { runGit } from '../../forge/git/run.ts';
import type { Access, Allowed, Forge } from '../../forge/types.ts';
import { staleness } from '../../lock/staleness.ts';
import type { Lockfile } from '../../lock/types.ts';
import { ciNeeds } from '../../render/ci/needs.ts';
import { missingTool } from '../../render/ci/tool.ts';
import type { Context } from '../../session/context.ts';
import { mirrorGit, openMirrorForge, unshallowHint } from '../../session/mirror-repository.ts';
import { matchLocked } from '../../session/workspace.ts';
import { pendingChanges, renderPlace, schemaFile } from '../render.ts';
import { broken, type Finding, looked, ofProblem, ok, warning } from './finding.ts';

/** The git repository that the mirror is in. */
export function lookAtRepository(context: Context): Promise<readonly Finding[]> {
  return looked('repository', async () => {
    const git = mirrorGit(context);
    const head = await runGit(git, { args: ['rev-parse', '--is-inside-work-tree'] });
    if (head.exitCode !== 0) {
      const hint = 'Run `git init` there: what is applied was committed and reviewed.';
      return [broken('repository', 'The mirror is in no git repository.', hint)];
    }
    const commit = await runGit(git, { args: ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'] });
    if (commit.exitCode !== 0) {
      return [warning('repository', 'It has no commit yet.', 'Commit mirrors.yaml and mirrors.lock.yaml.')];
    }
    if (await isShallow(git)) return [warning('repository', 'The clone is shallow.', unshallowHint)];
    return [ok('repository', 'It is a git repository with its history.')];
  });
}

/** The lockfile: whether it is there, and made from this mirrors.yaml. */
export function lookAtLockfile(
  context: Context,
  config: Config,
  lockfile: Lockfile | undefined,
): Promise<readonly Finding[]> {
  return looked('lockfile', async () => {
    if (lockfile === undefined) return [warning('lockfile', 'There is no lockfile yet.', 'Run `mirrorlock lock`.')];
    await matchLocked(context, config, lockfile);
    const stale = staleness(lockfile, config);
    if (stale.length > 0) return stale.map((problem) => ofProblem('lockfile', problem));
    return [ok('lockfile', `${counted(lockfile.images.length, 'image')}, made from this mirrors.yaml.`)];
  });
}

/** Rendered files, the tool of the CI, and what the forge has to hold for it. */
export function lookAtCi(
  context: Context,
  config: Config,
  lockfile: Lockfile | undefined,
): Promise<readonly Finding[]> {
  return looked('rendered files', async () => {
    const { ci } = config;
    const found: Finding[] = [];
    if (lockfile !== undefined) {
      const place = await renderPlace(context, config);
      const changes = await pendingChanges(context, config, lockfile, place);
      const stale = changes.filter(({ path }) => path !== schemaFile).length;
      const hint = 'Run `mirrorlock render`; `mirrorlock render --check` shows the difference.';
      found.push(
        stale === 0
          ? ok('rendered files', 'They are up to date.')
          : broken('rendered files', `${stale} of them are out of date.`, hint),
      );
    }
    if (ci === undefined) return found;
    if (ci.tool === 'dependency') {
      const missing = await missingTool(context.directory);
      found.push(...missing.map((problem) => ofProblem('ci', problem)));
    }
    const { secrets, variables } = ciNeeds(ci, config);
    const names = [...secrets, ...variables].join(', ');
    return [...found, ok('ci', names === '' ? 'It needs no secret.' : `It needs ${names}.`)];
  });
}

/** The forge and the rights of the token; nothing where the mirror is on none. */
export async function lookAtForge(context: Context, { ci }: Config): Promise<readonly Finding[]> {
  const opened = await attempt(() => openMirrorForge(context));
  if (!opened.ok) {
    // Without a CI, and on a machine of a person, no token is needed.
    const isNeeded = ci !== undefined && ci.provider !== 'kubernetes';
    const isPlain = ['forge/unknown', 'forge/no-repository', 'forge/no-token'].includes(opened.code);
    if (isPlain && !isNeeded) return [];
    return [ofProblem('forge', opened.problem, isPlain ? 'warning' : 'error')];
  }
  const forge = opened.value;
  try {
    return await looked('forge', async () => {
      const access = await forge.probe();
      const settings = ci === undefined ? [] : await lookAtSettings(forge, ci);
      return [...rights(forge.repository, forge.kind, access), ...settings];
    });
  } finally {
    await forge.close();
  }
}

/** Whether the secrets and variables that the rendered jobs read are set, as far as the token may look. Values are not read. */
async function lookAtSettings(forge: Forge, ci: Ci): Promise<Finding[]> {
  const { secrets, variables } = ciNeeds(ci);
  if (ci.provider !== forge.kind || secrets.length + variables.length === 0) return [];
  const read = await attempt(() => forge.ciSettings(ci.environment));
  if (!read.ok) {
    const isDenied = isForgeError(read.error, 'missing-permission', 'not-found');
    const message = 'The token is not allowed to look whether they are set; only a run tells.';
    return [isDenied ? ok('ci: settings', message) : ofProblem('ci: settings', read.problem, 'warning')];
  }
  // GitHub writes every name in capitals.
  const plain = (name: string) => (forge.kind === 'github' ? name.toUpperCase() : name);
  const missingOf = (needed: readonly string[], set: readonly string[]) =>
    needed.filter((name) => !set.some((one) => plain(one) === plain(name)));
  const missing = [...missingOf(secrets, read.value.secrets), ...missingOf(variables, read.value.variables)];
  if (missing.length === 0) return [ok('ci: settings', 'All of them are set.')];
  const where = forge.kind === 'github' ? 'Secrets and variables, Actions' : 'CI/CD, Variables';
  const hint = `Add them in the settings of ${forge.repository} (${where}).`;
  const names = missing.join(', ');
  if (!read.value.isPartial) return [broken('ci: settings', `Not set: ${names}.`, hint)];
  const unseen = forge.kind === 'github' ? 'the organization or the environment' : 'a group';
  return [
    warning('ci: settings', `Not set: ${names}, unless ${unseen} has them, which this token is not shown.`, hint),
  ];
}

function rights(repository: string, kind: 'github' | 'gitlab', access: Access): Finding[] {
  if (access.isArchived)
    return [broken('forge', `${repository} is archived.`, 'Unarchive it, or name another remote.')];
  const hint =
    kind === 'github'
      ? 'A workflow needs `permissions: {contents: write, pull-requests: write}`.'
      : 'It needs the scopes `api` and `write_repository`, and the role Developer.';
  const right = (name: string, what: string, allowed: Allowed): Finding =>
    allowed === 'no'
      ? broken(`forge: ${name}`, `The token may not ${what} at ${repository}.`, hint)
      : ok(`forge: ${name}`, `The token ${allowed === 'yes' ? 'may' : 'perhaps may'} ${what} at ${repository}.`);
  const workflows = warning(
    'forge: workflows',
    'The token may not push changes to workflow files.',
    '`update` leaves them out and says so; `ci.app` names a GitHub App that may.',
  );
  return [
    ...(access.allowsProposals
      ? []
      : [broken('forge', 'Pull requests are switched off.', 'Switch them on in the settings of the repository.')]),
    right('push', 'push', access.mayPush),
    right('propose', 'open pull requests', access.mayPropose),
    ...(access.mayPushWorkflows === 'no' && kind === 'github' ? [workflows] : []),
  ];
}
