import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { prune } from '../../src/commands/prune.ts';
import type { Digest } from '../../src/core/names.ts';
import type { Problem } from '../../src/core/problem.ts';
import { noProgress } from '../../src/core/progress.ts';
import { pruneNotes } from '../../src/runs/prune.ts';
import type { Context, Outcome } from '../../src/session/context.ts';
import { openConfig } from '../../src/session/workspace.ts';
import { gitIn } from '../support/git.ts';
import { buildImages } from '../support/images/build.ts';
import { writeRegistryStorage } from '../support/images/storage.ts';
import { startRegistry } from '../support/registry.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const now = Date.UTC(2026, 7, 21);
const dayMs = 86_400_000;

/** Tags of one image by the name of the group that has them; an empty list leaves it out. */
export type Locked = Readonly<Record<string, readonly string[]>>;

export interface PruneWorld {
  readonly mirror: string;
  readonly host: string;
  /** The folder of the registry. */
  readonly storage: string;
  digestOf(group: string): Digest;
  /** Commits a lockfile of `alpine`, and marks it as served, unless told otherwise. */
  lock(locked: Locked, daysAgo: number, options?: { marked?: boolean }): Promise<void>;
  git(...args: string[]): Promise<void>;
  prune(options?: { dryRun?: boolean }): Promise<Outcome>;
  /** What `apply` says of what waits for prune. */
  notes(): Promise<Problem[]>;
  /** Changes the text of mirrors.yaml. */
  configure(change: (text: string) => string): void;
  /** The tags at the destination, sorted. */
  tags(): Promise<string[]>;
}

/** A registry with groups of tags of `mirror/alpine`, and a mirror repository that has locked nothing yet. */
export async function pruneWorld(
  groups: Locked,
  { deleteEnabled = true, policy = '{dropped: prune, prune: {atMost: {percent: 100}}}' } = {},
): Promise<PruneWorld> {
  const { host, storage } = await startRegistry({ deleteEnabled });
  const repository = 'mirror/alpine';
  const built = buildImages([
    { repository, groups: Object.values(groups).map((tags) => ({ tags, platforms: ['linux/amd64'] })) },
  ]);
  writeRegistryStorage(storage, built);
  const mirror = join(temporaryDirectory().path, 'mirror');
  mkdirSync(mirror);
  writeFileSync(
    join(mirror, 'mirrors.yaml'),
    `version: 1
destinations: [{name: main, registry: "${host}", namespace: mirror, insecure: true, exclusive: true}]
images: {include: [alpine]}
policy: ${policy}
`,
  );
  const git = async (daysAgo: number, ...args: string[]): Promise<void> => {
    const date = new Date(now - daysAgo * dayMs).toISOString();
    await gitIn(mirror, { name: 'alice', email: 'alice@example.invalid', date })(...args);
  };
  await git(0, 'init', '--quiet', '--initial-branch=main');
  const digestOf = (group: string): Digest => {
    const [tag = ''] = groups[group] ?? [];
    const found = built.find((one) => one.repository === repository)?.tags.get(tag);
    if (found === undefined) throw new Error(`no group ${group}`);
    return found;
  };
  return {
    mirror,
    host,
    storage,
    digestOf,
    git: (...args) => git(0, ...args),
    async lock(locked, daysAgo, { marked = true } = {}) {
      const lines = Object.entries(locked).flatMap(([group, tags]) => [
        `    - digest: ${digestOf(group)}`,
        '      tags:',
        ...tags.map((tag) => `        - ${JSON.stringify(tag)}`),
      ]);
      writeFileSync(join(mirror, 'mirrors.lock.yaml'), `${head}  alpine:\n${lines.join('\n')}\n`);
      await git(daysAgo, 'add', '--all');
      await git(daysAgo, 'commit', '--quiet', '--allow-empty', '--message=Lock');
      if (!marked) return;
      const message = '--message=All that mirrors.lock.yaml names is at: main';
      await git(daysAgo, 'tag', '--annotate', message, `mirrored/${daysAgo}-days-ago`);
    },
    prune: ({ dryRun = false } = {}) => prune(contextOf(mirror), { dryRun }),
    notes: async () => pruneNotes(contextOf(mirror), await openConfig(contextOf(mirror))),
    configure(change) {
      const file = join(mirror, 'mirrors.yaml');
      writeFileSync(file, change(readFileSync(file, 'utf8')));
    },
    async tags() {
      const answer = await fetch(`http://${host}/v2/${repository}/tags/list`);
      const { tags } = (await answer.json()) as { tags: string[] | null };
      return (tags ?? []).sort();
    },
  };
}

const head = `version: 1
config: sha256:${'0'.repeat(64)}
upstream:
  repository: https://example.invalid/official-images.git
  commit: "${'1'.repeat(40)}"
images:
`;

function contextOf(directory: string): Context {
  return {
    workingDirectory: directory,
    directory,
    configFile: 'mirrors.yaml',
    strict: false,
    env: { PATH: process.env['PATH'], HOME: directory },
    homeDirectory: directory,
    cacheDirectory: join(directory, '..', 'cache'),
    packageDirectory: directory,
    signal: new AbortController().signal,
    now: () => new Date(now),
    progress: noProgress,
    debug: () => undefined,
  };
}
