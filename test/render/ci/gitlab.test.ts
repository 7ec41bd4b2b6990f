import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { inFolder } from '../../../src/core/folder-slug.ts';
import { allFiles, folderOf } from '../../support/ci-configs.ts';
import { gitIn } from '../../support/git.ts';
import { type GitLabProject, type GitLabStandIn, startGitLab } from '../../support/gitlab/gitlab.ts';
import { story } from '../../support/story.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { writePrograms } from '../../support/workflow/machine.ts';
import { shellcheck } from '../../support/workflow-lint.ts';
import { ciFilesOf, type MirrorWorld, secrets, secretTexts, startMirrorWorld, writeFiles } from './mirror-world.ts';

const ciLocal = join(dirname(createRequire(import.meta.url).resolve('gitlab-ci-local/package.json')), 'dist/index.js');
const token = 'glpat-0123456789abcdefghij';
const jobToken = 'glcbt-64_0123456789abcdefghij';

interface Cache {
  readonly key: string;
  readonly paths: readonly string[];
  readonly when: string;
}

interface Ran {
  readonly code: number | undefined;
  readonly said: string;
}

/** Runs gitlab-ci-local in a clone. Its own state, and the home of the jobs, are in a folder beside it. */
async function runLocal(clone: string, args: readonly string[], variables: Record<string, string> = {}): Promise<Ran> {
  const given = Object.entries(variables).flatMap(([name, value]) => ['--variable', `${name}=${value}`]);
  const home = join(dirname(clone), 'home');
  const programs = join(dirname(clone), 'programs');
  const run = await execa(process.execPath, [ciLocal, '--home', home, ...args, ...given], {
    cwd: clone,
    env: { PATH: `${programs}:${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`, HOME: home },
    extendEnv: false,
    all: true,
    reject: false,
  });
  return { code: run.exitCode, said: run.all };
}

/** A folder with a clone of `url`, and what jobs find on the machine. */
async function cloneOf(url: string): Promise<string> {
  const root = temporaryDirectory().path;
  for (const name of ['home', 'programs']) mkdirSync(join(root, name));
  writePrograms(join(root, 'programs'));
  await gitIn(root)('clone', '--quiet', url, join(root, 'clone'));
  return join(root, 'clone');
}

/** A clone whose remote has these files on its main branch. */
async function committed(files: Iterable<readonly [string, string]>): Promise<string> {
  const root = temporaryDirectory().path;
  const git = gitIn(root);
  await git('init', '--quiet', '--initial-branch=main');
  writeFiles(root, files);
  await git('add', '--all');
  await git('commit', '--quiet', '--message=Begin');
  return cloneOf(root);
}

/** What a user writes for mirrors in these folders: a file of each. */
const includes = (...prefixes: readonly string[]) =>
  `include:\n${prefixes.map((prefix) => `  - local: .gitlab/${inFolder('mirrorlock', prefix, '.')}.yml\n`).join('')}`;
const rendered = await allFiles('gitlab');

describe.each([
  'gitlab-plain',
  'gitlab-login',
  'gitlab-folder',
  'gitlab-folder-dependency',
  'gitlab-catalog',
  'gitlab-catalog-dependency',
])('the rendered files of %s', (name) => {
  const prefix = folderOf(name);
  const files = rendered.filter(([config]) => config === name).map(([, path, text]) => [path, text] as const);
  let clone: string;

  beforeAll(async () => {
    clone = await committed([...files, ['.gitlab-ci.yml', includes(prefix)], [`${prefix}mirrors.lock.yaml`, '']]);
  });

  test.each([
    [
      '.gitlab-ci.yml',
      [
        'mirrorlock-update',
        'mirrorlock-check',
        'mirrorlock-plan',
        'mirrorlock-lock',
        'mirrorlock-apply',
        'mirrorlock-drift',
      ],
    ],
    [
      `.gitlab/${inFolder('mirrorlock-apply', prefix, '.')}.yml`,
      ['mirrorlock-plan', 'mirrorlock-share', 'mirrorlock-verify'],
    ],
  ])('are what GitLab takes: %s', async (file, jobs) => {
    const { code, said } = await runLocal(clone, ['--file', file, '--list-all']);
    expect(code, said).toBe(0);
    for (const job of jobs) expect(said).toContain(inFolder(job, prefix));
    expect(said).not.toMatch(/invalid|error/i);
  });

  test('have shell that is clean for shellcheck', () => {
    const scripts = files.flatMap(([, text]) =>
      Object.values(parse(text) as Record<string, { script?: string[] }>).flatMap((job) => job.script ?? []),
    );
    expect(scripts.length).toBeGreaterThan(5);
    for (const script of scripts) expect(shellcheck(script, 'sh'), script).toEqual([]);
  });
});

/** Each step begins where the one before ended. */
describe.each(['', 'mirrors/team one/'])(
  'the rendered jobs of GitLab, run by a shell executor, in the folder “%s”',
  {
    timeout: 300_000,
  },
  (prefix) => {
    const named = (name: string, joint?: string) => inFolder(name, prefix, joint);
    const including = includes(prefix);
    const step = story();
    let world: MirrorWorld;
    let gitlab: GitLabStandIn;
    let project: GitLabProject;
    const said: string[] = [];
    /** What was kept of each key, in a folder. */
    const caches = new Map<string, string>();
    let clone: string;

    /** The caches of the jobs that are named, which a shell executor of gitlab-ci-local leaves out. */
    function cachesOf(jobs: readonly string[], file: string): Cache[] {
      const rendered = file === '.gitlab-ci.yml' ? `.gitlab/${named('mirrorlock', '.')}.yml` : file;
      const all: Record<string, { cache?: Cache }> = parse(readFileSync(join(clone, rendered), 'utf8'));
      return jobs.flatMap((job) => all[job]?.cache ?? []);
    }

    /** How the site that the last run built says that the tags of an image stand. */
    const states = (image: string) =>
      new Set(
        [...readFileSync(join(clone, `public/image/${image}.html`), 'utf8').matchAll(/s-(\w+)/g)].map(([, one]) => one),
      );

    /** Runs jobs in a new clone of the main branch, as the runner makes it. */
    async function run(
      jobs: readonly string[],
      {
        file = '.gitlab-ci.yml',
        variables = {} as Record<string, string>,
        artifacts = [] as readonly (readonly [string, string])[],
      } = {},
    ): Promise<Ran> {
      clone = await cloneOf(project.url.replace('//', `//gitlab-ci-token:${jobToken}@`));
      const kept = cachesOf(jobs, file);
      for (const { key, paths } of kept) {
        const from = caches.get(key);
        if (from !== undefined)
          for (const path of paths) cpSync(join(from, path), join(clone, path), { recursive: true });
      }
      writeFiles(clone, artifacts);
      // By a file: what is an argument shows in the list of processes.
      const masked = stringify({ global: { ...secrets, MIRRORLOCK_TOKEN: token } });
      writeFiles(join(dirname(clone), 'home'), [['.gitlab-ci-local/variables.yml', masked]]);
      const ran = await runLocal(clone, ['--file', file, '--force-shell-executor', ...jobs], {
        ...variables,
        MIRROR_NAMESPACE: 'mirror',
        CI_API_V4_URL: gitlab.apiUrl,
        CI_SERVER_URL: gitlab.url,
        CI_PROJECT_PATH: 'acme/mirror',
        // It is told of a folder in a container else, also where none is used.
        CI_PROJECT_DIR: clone,
      });
      said.push(ran.said);
      for (const { key, paths, when } of kept) {
        if (when !== 'always' && ran.code !== 0) continue;
        const folder = temporaryDirectory().path;
        for (const path of paths) cpSync(join(clone, path), join(folder, path), { recursive: true });
        caches.set(key, folder);
      }
      return ran;
    }

    beforeAll(async () => {
      world = await startMirrorWorld();
      gitlab = await startGitLab();
      project = await gitlab.addProject('acme/mirror', { alice: 40, project_1_bot: 30, runner: 20 });
      gitlab.addToken(token, 'project_1_bot');
      gitlab.addToken(jobToken, 'runner', ['read_repository']);
      const configuration = world.configuration(
        '{provider: gitlab, jobs: 2, catalog: {url: "https://mirror.example.com/catalog/"}}',
      );
      const files = Object.fromEntries(await ciFilesOf(configuration, prefix));
      await project.commit('alice', 'main', {
        [`${prefix}mirrors.yaml`]: configuration,
        '.gitlab-ci.yml': including,
        ...files,
      });
    });

    step('update opens a merge request with the lockfile', async () => {
      const { code, said: log } = await run([named('mirrorlock-update')], { variables: { MIRRORLOCK: 'update' } });
      expect(code, log).toBe(0);
      expect(project.mergeRequests, log).toMatchObject([{ state: 'opened', targetBranch: 'main' }]);
    });

    step('the next update finds the cache folder, which is in no commit', async () => {
      const folder = join(caches.get(named('mirrorlock-update')) ?? '', '.mirrorlock-cache');
      expect(readdirSync(folder)).toContain('upstream');
      const sha = project.mergeRequests[0]?.sha ?? '';
      const before = await project.git.run('ls-tree', '-r', '--name-only', sha);
      expect(before).not.toContain('.mirrorlock-cache');
      const { code, said: log } = await run([named('mirrorlock-update')], { variables: { MIRRORLOCK: 'update' } });
      expect(code, log).toBe(0);
      expect(project.mergeRequests, log).toMatchObject([{ state: 'opened', sha }]);
    });

    step('after the merge the child pipeline plans, applies in shares and verifies, and marks the commit', async () => {
      const sha = project.mergeRequests[0]?.sha ?? '';
      await project.git.run('update-ref', 'refs/heads/main', sha);
      const { code, said: log } = await run([], { file: `.gitlab/${named('mirrorlock-apply', '.')}.yml` });
      expect(code, log).toBe(0);
      for (const [image, tag] of [
        ['alpine', 'latest'],
        ['busybox', 'latest'],
      ] as const) {
        expect(await world.tagAt(image, tag), log).toMatch(/^sha256:/);
      }
      expect(await project.git.run('for-each-ref', '--format=%(refname)', 'refs/tags'), log).toMatch(
        new RegExp(`^refs/tags/${named('mirrored', '/')}/2`),
      );
      expect(states('alpine')).toEqual(new Set(['mirrored']));
    });

    step('drift is content while nothing differs, and opens an issue for what was lost', async () => {
      const drift = () => run([named('mirrorlock-drift')], { variables: { MIRRORLOCK: 'drift' } });
      const before = await drift();
      expect(before.code, before.said).toBe(0);
      const pruned = await run([named('mirrorlock-prune')], { variables: { MIRRORLOCK: 'drift' } });
      expect(pruned.code, pruned.said).toBe(0);
      expect(pruned.said).toContain('0 tags deleted');
      expect(project.issues).toEqual([]);
      await world.lose('busybox', (await world.tagAt('busybox', 'latest')) ?? '');
      const after = await drift();
      expect(after.code, after.said).not.toBe(0);
      const report = readFileSync(join(clone, '.mirrorlock-reports/verify.json'), 'utf8');
      const built = await run(['pages'], {
        variables: { MIRRORLOCK: 'drift' },
        artifacts: [['.mirrorlock-reports/verify.json', report]],
      });
      expect(built.code, built.said).toBe(0);
      expect(states('busybox')).toContain('waits');
      expect(states('alpine')).toEqual(new Set(['mirrored']));
      expect(readFileSync(join(clone, 'public/feed/alpine.xml'), 'utf8')).toContain(
        'href="https://mirror.example.com/catalog/image/alpine.html"',
      );
      expect(project.issues).toMatchObject([{ state: 'opened', description: expect.stringContaining('busybox') }]);
    });

    step('no secret and no token was in a log or in what is kept', () => {
      const files = [...caches.values()].flatMap((folder) =>
        readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()),
      );
      expect(files.length).toBeGreaterThan(5);
      const kept = files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1'));
      const all = [...said, ...kept].join('\n');
      expect([...secretTexts, token, jobToken].filter((text) => all.includes(text))).toEqual([]);
    });
  },
);
