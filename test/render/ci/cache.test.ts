import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { folderSlug } from '../../../src/core/folder-slug.ts';
import { allFiles, folderOf } from '../../support/ci-configs.ts';
import { type CountingProxy, startCountingProxy } from '../../support/counting-proxy.ts';
import { story } from '../../support/story.ts';
import type { WorkflowOutcome } from '../../support/workflow/run-workflow.ts';
import { type GitHubWorld, startGitHubWorld } from './github-world.ts';
import { secretTexts } from './mirror-world.ts';

interface Counted {
  readonly world: GitHubWorld;
  readonly source: CountingProxy;
}

/** A mirror of one platform, whose source counts pulls and is asked through a proxy. */
async function startCounted(ci: string, pulls = 100, kept = 'platforms: [linux/amd64]\n'): Promise<Counted> {
  let source: CountingProxy | undefined;
  const world = await startGitHubWorld(ci, async (configuration, { source: registry }) => {
    source = await startCountingProxy(registry.host);
    return `${kept}${configuration
      .replaceAll(registry.host, source.host)
      .replace('insecure: true}\ndestinations', `insecure: true, budget: {pulls: ${pulls}}}\ndestinations`)}`;
  });
  if (source === undefined) throw new Error('The configuration was not edited.');
  return { world, source };
}

/** Runs the workflow, and gives how many manifests were asked for at the source. */
async function pullsOf({ world, source }: Counted, name: 'update' | 'apply', result = 'success'): Promise<number> {
  source.reset();
  const outcome = await world.run(name, name === 'update' ? 'schedule' : 'push');
  expect(outcome[name]?.result, logOf(outcome)).toBe(result);
  return source.counts().manifestGet;
}

const logOf = (outcome: WorkflowOutcome) =>
  Object.values(outcome)
    .flatMap(({ runs }) => runs.flatMap(({ steps }) => steps.map(({ log }) => log)))
    .join('\n');

const openPulls = ({ repository }: GitHubWorld) => repository.pulls().filter(({ isOpen }) => isOpen).length;

const filesBelow = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

/** The pulls that are written down in a cache folder. */
function pullsIn(folder: string): number {
  const ledgers = filesBelow(join(folder, 'pulls')).map((file) => JSON.parse(readFileSync(file, 'utf8')));
  return ledgers
    .flatMap(({ pulls }) => pulls as [time: number, count: number][])
    .reduce((sum, [, count]) => sum + count, 0);
}

/** Each step begins where the one before ended. */
describe('the cache folder in the workflows of GitHub', { timeout: 300_000 }, () => {
  const step = story();
  let mirror: Counted;

  beforeAll(async () => {
    mirror = await startCounted('{provider: github, jobs: 2}');
  });

  step('update reads each index once, and none again in later runs while nobody has merged it', async () => {
    expect(await pullsOf(mirror, 'update')).toBe(3);
    expect(openPulls(mirror.world)).toBe(1);
    expect(await pullsOf(mirror, 'update')).toBe(0);
    expect(await pullsOf(mirror, 'update')).toBe(0);
    expect(mirror.world.caches.saved.map(({ key }) => key)).toEqual(
      [1, 2, 3].map((run) => `mirrorlock-update-${run}-1`),
    );
  });

  test('apply does not ask for what update has read, where that explains a change', async () => {
    const ofAll = 'platforms: [linux/amd64, linux/arm64, linux/arm/v7, linux/386]\nreview: {evidence: index}\n';
    const { world, source } = await startCounted('{provider: github, jobs: 2}', 100, ofAll);
    const got: string[] = [];
    for (const name of ['update', 'apply'] as const) {
      source.reset();
      const outcome = await world.run(name, name === 'update' ? 'schedule' : 'push');
      expect(outcome[name]?.result, logOf(outcome)).toBe('success');
      const manifests = source.seen().filter(({ kind, method }) => kind === 'manifest' && method === 'GET');
      got.push(...manifests.flatMap(({ digest }) => digest ?? []));
      expect(manifests.length).toBeGreaterThan(0);
      if (name === 'update') await world.repository.merge(1, 'alice');
    }
    expect(got.length).toBe(new Set(got).size);
    expect(world.caches.saved.map(({ key }) => key)).toContain('mirrorlock-manifests-1-1');
  });

  test('without the cache each update reads each index', async () => {
    const without = await startCounted('{provider: github, cache: false}');
    expect(await pullsOf(without, 'update')).toBe(3);
    expect(openPulls(without.world)).toBe(1);
    expect(await pullsOf(without, 'update')).toBe(3);
    expect(without.world.caches.saved).toEqual([]);
  });

  step('each job of an apply keeps its own, and finds it in the next run', async () => {
    await mirror.world.repository.merge(1, 'alice');
    await pullsOf(mirror, 'apply');
    const saved = mirror.world.caches.saved.slice(3);
    expect(saved.map(({ key }) => key)).toEqual(['mirrorlock-apply-1-4-1', 'mirrorlock-apply-2-4-1']);
    for (const { folder } of saved) expect(readdirSync(folder).sort()).toEqual(['blobs', 'manifests', 'pulls']);
    await mirror.world.lose('alpine', (await mirror.world.tagAt('alpine', 'latest')) ?? '');
    const more = await pullsOf(mirror, 'apply');
    const next = mirror.world.caches.saved.slice(5);
    expect(next.map(({ key }) => key)).toEqual(['mirrorlock-apply-1-5-1']);
    const counted = [saved[0], next[0]].map((one) => pullsIn(one?.folder ?? ''));
    expect(counted[0]).toBeGreaterThan(0);
    expect(counted[1]).toBe((counted[0] ?? 0) + more);
  });

  step('neither a credential nor a token is in what is kept', () => {
    const { caches, tokens } = mirror.world;
    const files = caches.saved.flatMap(({ folder }) => filesBelow(folder));
    expect(files.length).toBeGreaterThan(10);
    expect(tokens.length).toBeGreaterThan(5);
    const all = files.map((file) => `${file}\n${readFileSync(file, 'latin1')}`).join('\n');
    expect([...secretTexts, ...tokens].filter((text) => all.includes(text)).map((text) => text.slice(0, 6))).toEqual(
      [],
    );
  });

  test('it is kept after a failure too: a number of pulls holds over runs', async () => {
    const poor = await startCounted('{provider: github}', 1);
    expect(await pullsOf(poor, 'update', 'failure')).toBe(1);
    expect(await pullsOf(poor, 'update', 'failure')).toBe(0);
    expect(poor.world.caches.saved).toHaveLength(2);
  });

  step('nothing is kept where the work did not begin', async () => {
    const { world } = mirror;
    const file = '.github/workflows/mirrorlock-update.yml';
    const text = (await world.repository.git.read('main', file)) ?? '';
    await world.repository.commit('alice', 'main', {
      [file]: text.replace('secrets.SOURCE_PASSWORD', 'secrets.NOT_SET'),
    });
    const before = world.caches.saved.length;
    expect(await pullsOf(mirror, 'update', 'failure')).toBe(0);
    expect(world.caches.saved).toHaveLength(before);
  });
});

interface Step {
  readonly uses?: string;
  readonly with?: { readonly path?: string; readonly key?: string; readonly 'restore-keys'?: string };
  readonly env?: Readonly<Record<string, string>>;
}
interface Workflow {
  readonly on: object;
  readonly jobs: Readonly<Record<string, { readonly strategy?: object; readonly steps: readonly Step[] }>>;
}

const jobs = (await allFiles('github')).flatMap(([config, path, text]) => {
  const workflow: Workflow = parse(text);
  return Object.entries(workflow.jobs).map(([id, { strategy, steps }]) => {
    const caches = steps.filter(({ uses }) => uses?.startsWith('actions/cache'));
    const isShared = (step: Step) => step.with?.path?.endsWith('/manifests') === true;
    const isReport = (step: Step) => step.with?.path?.endsWith('/mirrorlock-reports') === true;
    const [restore, save, ...more] = caches.filter((step) => !isShared(step) && !isReport(step));
    const folders = steps.flatMap(({ env }) => env?.['MIRRORLOCK_CACHE'] ?? []);
    const forPulls = 'pull_request' in workflow.on;
    return {
      name: `${config} ${path} ${id}`,
      // It looks at what update keeps, and leaves it as it is.
      onlyReads: id === 'catalog',
      reports: caches.filter(isReport),
      forPulls,
      isMatrix: strategy !== undefined,
      restore,
      save,
      more,
      folders,
      shared: caches.filter(isShared),
    };
  });
});

describe('the caches of the workflows', () => {
  test('are in no job that a pull request can start', () => {
    expect(jobs.filter(({ forPulls }) => forPulls).length).toBeGreaterThan(10);
    for (const job of jobs.filter(({ forPulls }) => forPulls)) {
      expect([job.restore, ...job.folders], job.name).toEqual([undefined]);
    }
  });

  test('have the manifests that an update read apart, where it reads some: update saves them, and apply restores them', () => {
    const shared = jobs.filter((job) => job.shared.length > 0);
    expect(
      shared.map(({ name, shared }) => [name.replace(/\.github\/workflows\/mirrorlock-/, ''), shared.length]),
    ).toEqual([
      ['github-evidence update.yml update', 1],
      ['github-evidence apply.yml apply', 1],
    ]);
    const [saved, restored] = shared.map((job) => job.shared[0]);
    expect([saved?.uses, restored?.uses]).toEqual([
      expect.stringMatching(/^actions\/cache\/save@/),
      expect.stringMatching(/^actions\/cache\/restore@/),
    ]);
    const folder = shared[0]?.folders[0];
    expect([saved?.with?.path, restored?.with?.path]).toEqual([`${folder}/manifests`, `${folder}/manifests`]);
    expect(saved?.with?.key?.startsWith(String(restored?.with?.['restore-keys']))).toBe(true);
  });

  test('are of the folder that the tool is told of, outside of the checkout, and each job of a matrix has its own', () => {
    const caching = jobs.filter(({ restore }) => restore !== undefined);
    expect(caching).toHaveLength(18);
    for (const { name, isMatrix, onlyReads, restore, save, more, folders } of caching) {
      expect(folders, name).toEqual([restore?.with?.path]);
      const { path, key } = restore?.with ?? {};
      expect(save?.with, name).toEqual(onlyReads ? undefined : { path, key });
      expect(more, name).toEqual([]);
      expect(restore?.with?.path).toMatch(/^\$\{\{ runner\.temp \}\}\//);
      expect(restore?.with?.key?.includes('${{ matrix.job }}'), name).toBe(isMatrix);
      const prefixes = (restore?.with?.['restore-keys'] ?? '').split('\n').filter(Boolean);
      for (const prefix of prefixes) expect(restore?.with?.key?.startsWith(prefix), name).toBe(true);
    }
  });

  test('have the reports of the last apply, for the catalogue after a look at drift', () => {
    const using = jobs.filter(({ reports }) => reports.length > 0);
    expect(using.map(({ name, reports }) => [name.split('mirrorlock-')[1], reports.map(({ uses }) => uses)])).toEqual([
      ['apply.yml catalog', [expect.stringMatching(/^actions\/cache\/save@/)]],
      ['drift.yml catalog', [expect.stringMatching(/^actions\/cache\/restore@/)]],
    ]);
    const [saved, restored] = using.map(({ reports }) => reports[0]?.with);
    expect(saved?.path).toBe(restored?.path);
    expect(saved?.key?.startsWith(String(restored?.['restore-keys']).trim())).toBe(true);
  });
});

test('at GitLab, update and the shares of an apply have a cache of their own, and no job of a merge request has one', async () => {
  const files = (await allFiles('gitlab')).map(([config, , text]) => [config, parse(text)] as const);
  const caches = files.flatMap(([config, jobs]) =>
    Object.entries(jobs as Record<string, { cache?: object | object[] }>).flatMap(([job, { cache }]) =>
      [cache ?? []].flat().map((one) => ({ config, job, ...one })),
    ),
  );
  const slug = folderSlug(folderOf('gitlab-folder'));
  const common = { config: 'gitlab-plain', paths: ['.mirrorlock-cache/'], policy: 'pull-push', when: 'always' };
  const evidence = { ...common, config: 'gitlab-evidence' };
  const manifests = { ...evidence, key: 'mirrorlock-manifests', paths: ['.mirrorlock-cache/manifests/'] };
  const metrics = { ...common, config: 'gitlab-metrics' };
  const catalog = { ...common, config: 'gitlab-catalog' };
  const reports = { ...catalog, job: 'pages', key: 'mirrorlock-reports', paths: ['.mirrorlock-reports/'] };
  // What update keeps, for why tags changed; a run that makes a site leaves it as it is.
  const { when: _, ...read } = { ...catalog, job: 'pages', key: 'mirrorlock-update', policy: 'pull' };
  expect(caches).toEqual([
    { ...evidence, job: 'mirrorlock-update', key: 'mirrorlock-update' },
    { ...manifests, job: 'mirrorlock-update' },
    { ...evidence, job: 'mirrorlock-share', key: 'mirrorlock-share-$CI_NODE_INDEX' },
    { ...manifests, job: 'mirrorlock-share', policy: 'pull' },
    { ...common, job: 'mirrorlock-update', key: 'mirrorlock-update' },
    { ...common, job: 'mirrorlock-share', key: 'mirrorlock-share-$CI_NODE_INDEX' },
    { ...metrics, job: 'mirrorlock-update', key: 'mirrorlock-update' },
    { ...metrics, job: 'mirrorlock-share', key: 'mirrorlock-share-$CI_NODE_INDEX' },
    { ...common, config: 'gitlab-folder', job: `mirrorlock-update-${slug}`, key: `mirrorlock-update-${slug}` },
    {
      ...common,
      config: 'gitlab-folder',
      job: `mirrorlock-share-${slug}`,
      key: `mirrorlock-share-${slug}-$CI_NODE_INDEX`,
    },
    { ...catalog, job: 'mirrorlock-update', key: 'mirrorlock-update' },
    read,
    { ...reports, policy: 'pull' },
    { ...catalog, job: 'mirrorlock-share', key: 'mirrorlock-share-$CI_NODE_INDEX' },
    read,
    { ...reports, policy: 'push' },
  ]);
});
