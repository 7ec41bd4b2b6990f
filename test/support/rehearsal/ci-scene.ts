import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseConfig } from '../../../src/config/parse.ts';
import { renderCiFiles } from '../../../src/render/ci/ci-files.ts';
import { templatesFrom } from '../../../src/render/files.ts';
import { runCli } from '../cli.ts';
import { type CountingProxy, startCountingProxy } from '../counting-proxy.ts';
import { gitIn } from '../git.ts';
import { startGitHub } from '../github/github.ts';
import type { StandInRepository } from '../github/people.ts';
import { startRegistry } from '../registry.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { type CacheService, startCacheService } from '../workflow/cache-service.ts';
import type { Machine } from '../workflow/machine.ts';
import { pushStarts, runWorkflow, type WorkflowOutcome } from '../workflow/run-workflow.ts';
import type { ToldChanges } from './judge.ts';

const builtIn = fileURLToPath(new URL('../../../templates', import.meta.url));
const workflow = (name: string) => `.github/workflows/mirrorlock-${name}.yml`;

/** A mirror repository at a GitHub whose rendered workflows are run, and its registries. */
export interface CiScene {
  readonly repository: StandInRepository;
  readonly source: CountingProxy & { readonly storage: string };
  /** Where the destination keeps its data. */
  readonly destination: string;
  readonly caches: CacheService;
  /** Runs the workflow as it stands in the default branch; gives the manifests that were pulled at the source. */
  update(): Promise<readonly string[]>;
  /** The same, as the merge starts it. Throws where a merge does not start it. */
  apply(): Promise<readonly string[]>;
  /** What `mirrorlock changes` says of two commits, with a cache of its own; what it pulls is not counted. */
  changes(from: string, to: string): Promise<ToldChanges>;
}

export interface CiSceneOptions {
  /** A clone of upstream. */
  readonly upstream: string;
  readonly images: readonly string[];
  readonly platforms: readonly string[];
}

/** Starts all of it, with what `render` writes in the default branch; it ends with the clean-up. */
export async function startCiScene(options: CiSceneOptions): Promise<CiScene> {
  const [from, to] = await Promise.all([startRegistry(), startRegistry()]);
  const source = { ...(await startCountingProxy(from.host)), storage: from.storage };
  const github = await startGitHub();
  const repository = await github.addRepository('acme/mirror');
  const text = configuration(options, source.host, to.host);
  const files = await renderCiFiles(
    parseConfig(text, { file: 'mirrors.yaml', env: {} }),
    templatesFrom('/nowhere', builtIn),
  );
  await repository.commit('alice', 'main', { 'mirrors.yaml': text, ...Object.fromEntries(files) }, 'Begin');
  // Runs restore the newest entries; what is behind them would fill the disk.
  const caches = startCacheService({ most: 12 });
  let tokens = 0;
  const machine: Machine = {
    caches,
    secrets: {},
    vars: {},
    issueToken({ permissions }) {
      tokens += 1;
      const token = `ghs_${String(tokens).padStart(36, 'w')}`;
      github.addToken(token, {
        login: 'github-actions[bot]',
        kind: 'actions',
        permissions,
        repositories: ['acme/mirror'],
      });
      return token;
    },
  };
  let runs = 0;

  async function run(name: 'update' | 'apply', event: 'schedule' | 'push'): Promise<readonly string[]> {
    runs += 1;
    const sha = await repository.git.find('main');
    const at = { ref: 'refs/heads/main', ref_name: 'main', ref_type: 'branch', sha };
    const urls = { server_url: github.serverUrl, api_url: github.apiUrl };
    const who = { repository: 'acme/mirror', repository_owner: 'acme', actor: 'alice' };
    const number = { run_id: String(runs), run_number: String(runs), run_attempt: '1' };
    const payload = { repository: { default_branch: 'main', full_name: 'acme/mirror' } };
    const start = { event, github: { ...who, ...urls, ...number, ...at, event: event === 'push' ? payload : {} } };
    source.reset();
    const outcome = await runWorkflow((await repository.git.read('main', workflow(name))) ?? '', start, machine);
    failIfFailed(name, outcome);
    const got = source
      .seen()
      .filter(({ kind, method, status }) => kind === 'manifest' && method === 'GET' && status === 200);
    return got.map(({ digest, reference }) => digest ?? reference);
  }

  return {
    repository,
    source,
    destination: to.storage,
    caches,
    update: () => run('update', 'schedule'),
    async apply() {
      const changed = (await repository.git.run('diff', '--name-only', 'main^1', 'main')).split('\n');
      const text = (await repository.git.read('main', workflow('apply'))) ?? '';
      if (!pushStarts(text, 'main', changed)) throw new Error('A merge does not start apply.');
      return run('apply', 'push');
    },
    changes: changesIn(repository),
  };
}

/** Asks the built command in a clone of the mirror repository. */
function changesIn(repository: StandInRepository): CiScene['changes'] {
  const home = temporaryDirectory().path;
  const mirror = join(home, 'mirror');
  return async (from, to) => {
    if (!existsSync(mirror)) await gitIn('.')('clone', '--quiet', repository.git.folder, mirror);
    await gitIn(mirror)('fetch', '--quiet', 'origin', '+refs/heads/*:refs/remotes/origin/*');
    const env = { MIRRORLOCK_CACHE: join(home, 'cache') };
    const args = ['changes', from, to, '--evidence', 'contents', '--json', '-C', mirror];
    const { code, stdout, stderr } = await runCli(args, { env });
    if (code !== 0) throw new Error(`mirrorlock changes ended with ${code}:\n${stderr}`);
    return JSON.parse(stdout) as ToldChanges;
  };
}

function failIfFailed(name: string, outcome: WorkflowOutcome): void {
  const failed = Object.values(outcome).filter(({ result }) => result === 'failure');
  if (failed.length === 0) return;
  const logs = failed.flatMap(({ runs }) => runs.flatMap(({ steps }) => steps.map(({ log }) => log)));
  throw new Error(`The workflow ${name} failed:\n${logs.join('\n').slice(-4000)}`);
}

function configuration({ upstream, images, platforms }: CiSceneOptions, source: string, destination: string): string {
  const config = {
    version: 1,
    upstream: { repository: upstream },
    source: { registry: source, namespace: 'library', insecure: true },
    destinations: [{ name: 'main', registry: destination, namespace: 'mirror', insecure: true }],
    platforms,
    images: { include: images },
    review: { evidence: 'contents', share: '100%' },
    ci: { provider: 'github', jobs: 2 },
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
