import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { folderSlug } from '../../../src/core/folder-slug.ts';
import { renderCi } from '../../support/ci-configs.ts';
import { story } from '../../support/story.ts';
import { pushStarts, type WorkflowOutcome } from '../../support/workflow/run-workflow.ts';
import { type GitHubWorld, leaksIn, startGitHubWorld } from './github-world.ts';

const prefix = 'mirrors/team one/';
const slug = folderSlug(prefix);

const logOf = (outcome: WorkflowOutcome) =>
  Object.values(outcome)
    .flatMap(({ runs }) => runs.flatMap(({ steps }) => steps.map(({ log }) => log)))
    .join('\n');

function expectResults(outcome: WorkflowOutcome, expected: Record<string, string>): void {
  const results = Object.fromEntries(Object.entries(outcome).map(([id, { result }]) => [id, result]));
  expect(results, logOf(outcome)).toEqual(expected);
}

/** Each step begins where the one before ended. */
describe.each(['checkout', 'dependency'])(
  'A4: the workflows of a mirror in a folder, tool %s',
  {
    timeout: 300_000,
  },
  (tool) => {
    const step = story();
    let world: GitHubWorld;

    beforeAll(async () => {
      world = await startGitHubWorld(`{provider: github, jobs: 2, tool: ${tool}}`, undefined, prefix);
      const dependencies = { mirrorlock: '1.0.0' };
      const locked = { 'node_modules/mirrorlock': { integrity: `sha512-${'A'.repeat(86)}==` } };
      await world.repository.commit('alice', 'main', {
        [`${prefix}package.json`]: JSON.stringify({ dependencies }),
        [`${prefix}package-lock.json`]: JSON.stringify({ lockfileVersion: 3, packages: locked }),
      });
    });

    step('update opens a pull request with files of the folder', async () => {
      expectResults(await world.run('update', 'schedule'), { update: 'success' });
      const [pull] = world.repository.pulls();
      expect(pull).toMatchObject({ number: 1, isOpen: true, headBranch: `mirrorlock/update-${slug}` });
      const paths = await world.repository.git.run(
        '-c',
        'core.quotePath=false',
        'diff',
        '--name-only',
        'main',
        'refs/pull/1/head',
      );
      expect(paths.split('\n').every((path) => path.startsWith(prefix))).toBe(true);
      expect(paths).toContain(`${prefix}mirrors.lock.yaml`);
      expect(world.caches.saved.map(({ key }) => key)).toEqual([`mirrorlock.${slug}.update-1-1`]);
    });

    step('check finds it valid and current, and plans what the pull request has in the folder', async () => {
      const outcome = await world.check(1);
      expectResults(outcome, { check: 'success', plan: 'success', lock: 'skipped', 'lock-fork': 'skipped' });
      expect(outcome['plan']?.runs[0]?.steps.map(({ summary }) => summary).join('')).toContain('alpine');
    });

    step('a merge starts apply, which copies, verifies and marks the commit for the folder', async () => {
      const commit = await world.repository.merge(1, 'alice');
      expect(await world.starts('apply')).toBe(true);
      expectResults(await world.run('apply', 'push'), { plan: 'success', apply: 'success', verify: 'success' });
      expect(await world.tagAt('alpine', 'latest')).toMatch(/^sha256:/);
      const marks = await world.repository.git.run(
        'for-each-ref',
        '--format=%(refname:lstrip=2) %(*objectname)',
        'refs/tags',
      );
      const [name, marked] = marks.split(' ');
      expect(name?.startsWith(`mirrored/${slug}/`)).toBe(true);
      expect(marked).toBe(commit);
    });

    step('a commit of files outside of the folder starts no apply', async () => {
      await world.repository.commit('alice', 'main', { 'mirrors.yaml': 'version: 1\n' });
      expect(await world.starts('apply')).toBe(false);
    });

    step('drift opens an issue of the folder, and apply by hand puts it right', async () => {
      await world.lose('busybox', (await world.tagAt('busybox', 'latest')) ?? '');
      expectResults(await world.run('drift', 'schedule'), { drift: 'failure', prune: 'skipped' });
      expect(world.repository.issues()).toMatchObject([
        { isOpen: true, title: expect.stringContaining(`(${prefix})`) },
      ]);
      const back = await world.run('apply', 'workflow_dispatch', { at: '' });
      expectResults(back, { plan: 'success', apply: 'success', verify: 'success' });
      expectResults(await world.run('drift', 'schedule'), { drift: 'success', prune: 'success' });
      expect(world.repository.issues()).toMatchObject([{ isOpen: false }]);
    });

    step('an earlier state is brought back by the mark of the folder', async () => {
      const [mark = ''] = (await world.repository.git.run('tag', '--list')).split('\n');
      const back = await world.run('apply', 'workflow_dispatch', { at: mark });
      expectResults(back, { plan: 'success', apply: 'skipped', verify: 'success' });
    });

    step('a pull request that adds a rule gets its lockfile, in the folder', async () => {
      const path = `${prefix}mirrors.yaml`;
      const text = (await world.repository.git.read('main', path)) ?? '';
      const edited = text.replace('include: ["*"]', 'include: ["*"], exclude: [busybox]');
      await world.repository.commit('alice', 'less', { [path]: edited });
      const number = await world.repository.openFromFork(world.repository, 'less', 'Leave busybox out');
      const outcome = await world.check(number);
      expectResults(outcome, { check: 'failure', plan: 'skipped', lock: 'success', 'lock-fork': 'skipped' });
      expect(await world.repository.git.read('less', `${prefix}mirrors.lock.yaml`)).not.toContain('busybox');
    });

    step('neither a secret nor a token was in a log, a summary, an output or a list of processes', () => {
      expect(leaksIn(world)).toEqual([]);
    });
  },
);

describe('A4: CI files of several mirrors in one git repository', () => {
  const folders = ['', 'a/', 'b/', 'a/b/', 'a-b/', 'apply/', 'update/', 'apply-a/', 'update-a/', 'A b/', 'refs/'];
  const byFolder = (provider: string) =>
    Promise.all(
      folders.map(
        async (folder) =>
          [folder, await renderCi(`{provider: ${provider}, jobs: 2}`, undefined, {}, { prefix: folder })] as const,
      ),
    );
  const above = /^(?:\.\.\/)*/;

  test.each(['github', 'gitlab'])('none overwrites those of another: %s', async (provider) => {
    const paths = (await byFolder(provider)).flatMap(([folder, files]) =>
      [...files.keys()].map((path) => {
        expect(above.exec(path)?.[0]).toBe('../'.repeat(folder.split('/').length - 1));
        return path.replace(above, '');
      }),
    );
    expect(new Set(paths).size).toBe(paths.length);
  });

  test('GitHub: names, groups and caches are those of one mirror', async () => {
    const seen = new Map<string, string>();
    const restores: [folder: string, prefixes: string[]][] = [];
    for (const [folder, files] of await byFolder('github')) {
      for (const text of files.values()) {
        const { name, concurrency, jobs } = parse(text);
        const steps: { uses?: string; with?: Record<string, string> }[] = Object.values(
          jobs as Record<string, { steps: [] }>,
        ).flatMap((job) => job.steps);
        const keys = steps.filter(({ uses }) => uses?.includes('cache/save')).map((step) => step.with?.['key'] ?? '');
        for (const one of [name, `group ${concurrency.group}`, ...keys]) {
          expect(seen.get(one) ?? folder, one).toBe(folder);
          seen.set(one, folder);
        }
        const restoring = steps.filter(({ uses }) => uses?.includes('cache/restore'));
        restores.push([
          folder,
          restoring.flatMap((step) => (step.with?.['restore-keys'] ?? '').split('\n').filter(Boolean)),
        ]);
      }
    }
    for (const [folder, prefixes] of restores)
      for (const begin of prefixes)
        expect(
          [...seen]
            .filter(([key]) => key.startsWith(begin))
            .map(([, of]) => of)
            .every((of) => of === folder),
          begin,
        ).toBe(true);
  });

  test('GitLab: all can be included in one pipeline', async () => {
    const seen = new Set<string>();
    for (const [, files] of await byFolder('gitlab')) {
      for (const [path, text] of files) {
        if (path.includes('mirrorlock-apply')) continue;
        for (const [job, { resource_group: group, cache }] of Object.entries(
          parse(text) as Record<string, { resource_group?: string; cache?: { key: string } }>,
        )) {
          const names = [
            `job ${job}`,
            ...(job.includes('prune') ? [] : [group].flatMap((one) => one ?? [])),
            ...(cache === undefined ? [] : [`cache ${cache.key}`]),
          ];
          for (const name of names) {
            expect(seen.has(name), name).toBe(false);
            seen.add(name);
          }
        }
      }
    }
  });

  test('Kubernetes: jobs run in the folder, under a name that no other mirror has', async () => {
    const kubernetes = '{repository: "https://github.com/acme/mirror.git", image: "registry.example.com/runner:1"}';
    const names = new Set<string>();
    for (const folder of folders) {
      const files = await renderCi(
        `{provider: kubernetes, kubernetes: ${kubernetes}}`,
        undefined,
        {},
        { prefix: folder },
      );
      for (const [path, text] of files) {
        expect(path).toMatch(/^kubernetes\//);
        const { metadata } = parse(text);
        expect(metadata.name).toMatch(/^[a-z0-9-]{1,51}[a-z0-9]$/);
        names.add(metadata.name);
        expect(text).toContain(`workingDir: /mirror/checkout${`/${folder}`.slice(0, -1)}\n`);
      }
    }
    expect(names.size).toBe(folders.length * 3);
  });

  test('a push applies the mirror whose files it changes', async () => {
    for (const [folder, files] of await byFolder('github')) {
      const [, text = ''] = [...files].find(([path]) => path.includes('mirrorlock-apply')) ?? [];
      for (const other of folders)
        expect(pushStarts(text, 'main', [`${other}mirrors.lock.yaml`]), `${folder} ${other}`).toBe(other === folder);
    }
  });

  test.each([
    'a$b',
    'a*',
    'a`id`',
    '${{ github.token }}',
    'a"b',
    'a\nb',
    'a[1]',
    '!a',
    'a#b',
    'a;b',
    'pull-request',
    'Pull-Request/x',
  ])('a folder that a forge or a shell would read otherwise is refused: %s', async (folder) => {
    await expect(renderCi('{provider: github}', undefined, {}, { prefix: `${folder}/` })).rejects.toMatchObject({
      problems: [{ code: 'render/ci-folder', value: folder, hint: expect.stringContaining('Rename it') }],
    });
  });
});
