import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCli } from '../cli.ts';
import { type CountingProxy, startCountingProxy } from '../counting-proxy.ts';
import { gitIn } from '../git.ts';
import { type GitHubStandIn, startGitHub } from '../github/github.ts';
import type { StandInRepository } from '../github/people.ts';
import { startRegistry } from '../registry.ts';

const token = 'ghs_0123456789abcdefABCDEF0123456789abcd';

/** What `mirrorlock update --json` prints, as far as a rehearsal reads it. */
export interface UpdateReport {
  readonly decision: string;
  readonly steps: readonly string[];
  readonly written: boolean;
  readonly requests: { readonly reads: number; readonly writes: number };
}

/** The same of `mirrorlock apply --json`. */
export interface ApplyReport {
  readonly counts: { readonly copied: number; readonly tagged: number; readonly failed: number };
}

/** A mirror repository at a GitHub, its registries, and the built command as a workflow runs it. */
export interface Scene {
  readonly github: GitHubStandIn;
  readonly repository: StandInRepository;
  readonly source: CountingProxy & { readonly storage: string };
  /** Where the destination keeps its data. */
  readonly destination: string;
  update(): Promise<UpdateReport>;
  /** Applies what main holds now, in a checkout of it. */
  apply(): Promise<ApplyReport>;
}

/** Starts all of it; it ends with the clean-up. */
export async function startScene(upstream: string, images: readonly string[], home: string): Promise<Scene> {
  const [from, to] = await Promise.all([startRegistry(), startRegistry()]);
  const source = { ...(await startCountingProxy(from.host)), storage: from.storage };
  const github = await startGitHub();
  const repository = await github.addRepository('acme/mirror');
  const permissions = { contents: 'write', pull_requests: 'write', issues: 'write' } as const;
  github.addToken(token, { login: 'github-actions[bot]', kind: 'actions', permissions });

  const mirror = join(home, 'mirror');
  await mkdir(mirror);
  await writeFile(join(mirror, 'mirrors.yaml'), configuration(upstream, source.host, to.host, images));
  const git = gitIn(mirror);
  await git('init', '--quiet', '--initial-branch=main');
  await git('remote', 'add', 'origin', repository.url);
  await git('add', '.');
  await git('commit', '--quiet', '--message=Say what is mirrored');
  await git('push', '--quiet', repository.git.folder, 'HEAD:main');

  const env = {
    MIRRORLOCK_CACHE: join(home, 'cache'),
    GITHUB_API_URL: github.apiUrl,
    GITHUB_SERVER_URL: github.serverUrl,
    GITHUB_REPOSITORY: 'acme/mirror',
    GITHUB_TOKEN: token,
  };
  const run = async (name: string) => {
    const { code, stdout, stderr } = await runCli([name, '--json', '-C', mirror], { env });
    if (code !== 0) throw new Error(`mirrorlock ${name} ended with ${code}:\n${stderr}`);
    return JSON.parse(stdout);
  };
  return {
    github,
    repository,
    source,
    destination: to.storage,
    update: () => run('update'),
    async apply() {
      await git('fetch', '--quiet', repository.git.folder, 'main');
      await git('checkout', '--quiet', '--detach', 'FETCH_HEAD');
      return run('apply');
    },
  };
}

function configuration(upstream: string, source: string, destination: string, images: readonly string[]): string {
  const config = {
    version: 1,
    upstream: { repository: upstream },
    source: { registry: source, namespace: 'library', insecure: true },
    destinations: [{ name: 'main', registry: destination, namespace: 'mirror', insecure: true }],
    images: { include: images },
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
