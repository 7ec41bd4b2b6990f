import { inFolder } from '../../../src/core/folder-slug.ts';
import { type GitHubStandIn, startGitHub } from '../../support/github/github.ts';
import type { StandInRepository } from '../../support/github/people.ts';
import { processArguments } from '../../support/processes.ts';
import { type ArtifactService, startArtifactService } from '../../support/workflow/artifact-service.ts';
import { type CacheService, startCacheService } from '../../support/workflow/cache-service.ts';
import type { Machine } from '../../support/workflow/machine.ts';
import { pushStarts, runWorkflow, type Start, type WorkflowOutcome } from '../../support/workflow/run-workflow.ts';
import { ciFilesOf, type MirrorWorld, secrets, secretTexts, startMirrorWorld } from './mirror-world.ts';

/** A mirror repository at a GitHub whose workflows are run. */
export interface GitHubWorld extends MirrorWorld {
  readonly github: GitHubStandIn;
  readonly caches: CacheService;
  readonly artifacts: ArtifactService;
  readonly repository: StandInRepository;
  /** All that jobs said and wrote so far. */
  readonly said: string[];
  /** The arguments of all processes that were seen meanwhile. */
  readonly seen: Set<string>;
  /** Tokens that jobs were given so far. */
  readonly tokens: string[];
  /** Runs the workflow file that stands at the tip of the default branch. */
  run(name: 'update' | 'apply' | 'drift', event: Start['event'], inputs?: Start['inputs']): Promise<WorkflowOutcome>;
  /** Runs the workflow for pull requests, as it stands in the pull request. */
  check(number: number): Promise<WorkflowOutcome>;
  /** Runs it for a merge queue that would merge this branch. */
  checkQueued(branch: string): Promise<WorkflowOutcome>;
  /** Whether the newest commit of a branch, the default one where none is named, starts the workflow, as a push. */
  starts(name: 'apply', branch?: string): Promise<boolean>;
}

/**
 * Starts it, with mirrors.yaml and the rendered workflows as a person commits them first; `edit` changes what would be
 * mirrors.yaml. `prefix` is the mirror's folder in its git repository: empty at the top, or a path with `/` at its end.
 */
export async function startGitHubWorld(
  ci: string,
  edit: (configuration: string, world: MirrorWorld) => string | Promise<string> = (configuration) => configuration,
  prefix = '',
  moreSecrets: Readonly<Record<string, string>> = {},
): Promise<GitHubWorld> {
  const world = await startMirrorWorld();
  const github = await startGitHub();
  const repository = await github.addRepository('acme/mirror');
  const configuration = await edit(world.configuration(ci), world);
  const files = {
    [`${prefix}mirrors.yaml`]: configuration,
    ...Object.fromEntries(await ciFilesOf(configuration, prefix)),
  };
  await repository.commit('alice', 'main', files, 'Begin');
  const said: string[] = [];
  const seen = new Set<string>();
  const tokens: string[] = [];
  const caches = startCacheService();
  const artifacts = startArtifactService();
  let runs = 0;
  const machine: Machine = {
    caches,
    artifacts,
    secrets: { ...secrets, APP_KEY: 'the-private-key-of-the-app', ...moreSecrets },
    vars: { MIRROR_NAMESPACE: 'mirror', APP_ID: 'Iv1.0123456789abcdef' },
    issueToken({ app, permissions }) {
      const token = `ghs_${String(tokens.length).padStart(36, app === undefined ? 'w' : 'a')}`;
      const [login, kind] =
        app === undefined ? (['github-actions[bot]', 'actions'] as const) : (['mirror[bot]', 'app'] as const);
      github.addToken(token, { login, kind, permissions, repositories: ['acme/mirror'] });
      tokens.push(token);
      return token;
    },
  };

  async function runFile(text: string, start: Start): Promise<WorkflowOutcome> {
    const watch = setInterval(() => {
      for (const line of processArguments()) seen.add(line);
    }, 200);
    runs += 1;
    const number = { run_id: String(runs), run_number: String(runs) };
    const counted = { ...start, github: { ...start.github, ...number } };
    const outcome = await runWorkflow(text, counted, machine).finally(() => clearInterval(watch));
    const steps = Object.values(outcome).flatMap(({ runs }) => runs.flatMap((run) => run.steps));
    said.push(
      ...steps.flatMap(({ log, summary }) => [log, summary]),
      JSON.stringify(Object.values(outcome).map((one) => one.outputs)),
    );
    return outcome;
  }

  const file = (name: string) => `.github/workflows/${inFolder(`mirrorlock-${name}`, prefix)}.yml`;
  const readAt = async (revision: string, path: string) => (await repository.git.read(revision, path)) ?? '';
  const common = {
    repository: 'acme/mirror',
    repository_owner: 'acme',
    server_url: github.serverUrl,
    api_url: github.apiUrl,
    actor: 'alice',
    run_attempt: '1',
  };
  /** What GitHub merges by itself, to be checked: of a pull request, or in a merge queue. */
  async function wouldBe(head: string, ref: string): Promise<Readonly<Record<string, unknown>>> {
    const by = { name: 'GitHub', email: 'noreply@github.com', date: '2026-01-01T00:00:00Z' };
    const sha = (await repository.git.merge('main', head, 'Merge', by)) ?? '';
    await repository.git.run('update-ref', ref, sha);
    return { ref, ref_name: ref.replace(/^refs\/\w+\//, ''), ref_type: 'branch', sha };
  }
  return {
    ...world,
    github,
    caches,
    artifacts,
    repository,
    said,
    seen,
    tokens,
    async run(name, event, inputs) {
      const sha = await repository.git.find('main');
      const at = { ref: 'refs/heads/main', ref_name: 'main', ref_type: 'branch', sha };
      // Servers from before 2022-09 tell nothing of the repository where a schedule starts a workflow.
      const payload = event === 'schedule' ? {} : { repository: { default_branch: 'main', full_name: 'acme/mirror' } };
      const start = {
        event,
        github: { ...common, ...at, event: payload },
        ...(inputs === undefined ? {} : { inputs }),
      };
      return runFile(await readAt('main', file(name)), start);
    },
    async check(number) {
      const pull = repository.pulls().find((one) => one.number === number);
      const head = (await repository.git.find(`refs/heads/${pull?.headBranch}`)) ?? '';
      const ref = `refs/pull/${number}/merge`;
      const at = await wouldBe(head, ref);
      const payload = {
        repository: { default_branch: 'main' },
        pull_request: { number, head: { sha: head, repo: { full_name: 'acme/mirror' } } },
      };
      return runFile(await readAt(ref, file('check')), {
        event: 'pull_request',
        github: { ...common, ...at, event: payload },
      });
    },
    async checkQueued(branch) {
      const ref = 'refs/heads/gh-readonly-queue/main/pr-1-0123';
      const at = await wouldBe(`refs/heads/${branch}`, ref);
      const payload = { repository: { default_branch: 'main' }, merge_group: { base_ref: 'refs/heads/main' } };
      return runFile(await readAt(ref, file('check')), {
        event: 'merge_group',
        github: { ...common, ...at, event: payload },
      });
    },
    async starts(name, branch = 'main') {
      const changed = (await repository.git.run('diff', '--name-only', `${branch}^1`, branch)).split('\n');
      return pushStarts(await readAt(branch, file(name)), branch, changed);
    },
  };
}

/** Which secrets and tokens stand in what was said: each by its first letters. None is what is wanted. */
export function leaksIn({ said, seen, tokens }: GitHubWorld): string[] {
  const all = [...said, ...seen].join('\n');
  return [...secretTexts, ...tokens, 'the-private-key-of-the-app']
    .filter((text) => all.includes(text))
    .map((text) => text.slice(0, 6));
}
