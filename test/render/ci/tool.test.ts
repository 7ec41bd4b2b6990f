import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, test } from 'vitest';
import { parse } from 'yaml';
import { formatLockfile } from '../../../src/lock/format.ts';
import { allFiles, configWith, renderCi } from '../../support/ci-configs.ts';
import { type CliResult, runCli } from '../../support/cli.ts';
import { locked, lockedImage, lockfile } from '../../support/lockfiles.ts';
import { projectFiles, readProjectFile } from '../../support/project-files.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

let mirror: string;
beforeEach(() => {
  mirror = temporaryDirectory().path;
  const text = 'version: 1\nimages: {include: [alpine]}\nci: {provider: gitlab, tool: dependency}\n';
  writeFileSync(join(mirror, 'mirrors.yaml'), text);
  const { contentHash } = configWith('{provider: gitlab}');
  const made = lockfile(lockedImage('alpine', locked('a', 'latest')));
  writeFileSync(join(mirror, 'mirrors.lock.yaml'), formatLockfile({ ...made, configHash: contentHash }));
});

const run = (command: string): Promise<CliResult> => runCli([command, '-C', mirror]);
const integrity = `sha512-${'A'.repeat(86)}==`;

function writeTool(wanted: string, entry: object): void {
  const manifest = { name: 'mirror', private: true, dependencies: { mirrorlock: wanted } };
  const lock = { lockfileVersion: 3, packages: { '': manifest, 'node_modules/mirrorlock': entry } };
  writeFileSync(join(mirror, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(mirror, 'package-lock.json'), JSON.stringify(lock));
}

describe('C4: nothing offers a package name that nobody owns', () => {
  test('no rendered file, document or message runs a package by its name', async () => {
    const rendered = await Promise.all(['github', 'gitlab', 'kubernetes'].map(allFiles));
    for (const [config, path, text] of rendered.flat()) expect(text, `${config} ${path}`).not.toMatch(/npx|npm exec/);
    const own = projectFiles().filter((path) => /^(?:src|schema|templates|docs)\/|^README/.test(path));
    const offers = own.filter((path) => /\bnpx (?!tsx)|mirrorlock@\d/.test(readProjectFile(path)));
    expect(offers.filter((path) => path !== 'docs/upgrading.md')).toEqual([]);
  });

  test('ci.tool: dependency installs what package-lock.json holds, without scripts, and runs that', async () => {
    for (const provider of ['{provider: github, tool: dependency}', '{provider: gitlab, tool: dependency}']) {
      for (const [path, text] of await renderCi(provider)) {
        if (!text.includes('npm ci')) continue;
        expect(text, path).toContain('npm ci --ignore-scripts --no-audit --no-fund');
        expect(text, path).toContain('node node_modules/mirrorlock/bin/mirrorlock.js');
        expect(text, path).not.toContain('npm ci --no-audit');
      }
    }
  });

  it('render and check report the files that are missing', async () => {
    const rendered = await run('render');
    expect([rendered.code, rendered.stderr]).toEqual([3, expect.stringContaining('render/no-tool')]);
    const { code, stdout, stderr } = await run('check');
    expect(code).toBe(3);
    expect(stdout).toMatch(/^Out of date\.$/m);
    expect(stderr).toContain('render/no-tool');
    expect(stderr).toContain('render/tool-not-locked');
    expect(stderr).not.toContain('render/stale');
  });

  it.each([
    ['a range', '^1.2.3', { integrity }, 'no-tool'],
    ['a tag', 'latest', { integrity }, 'no-tool'],
    ['a branch of a repository', 'github:acme/mirrorlock', { integrity }, 'no-tool'],
    ['a folder', 'file:../mirrorlock', { link: true, resolved: '../mirrorlock' }, 'tool-not-locked'],
    ['no integrity', '1.2.3', { version: '1.2.3' }, 'tool-not-locked'],
    ['a weak integrity', '1.2.3', { integrity: 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=' }, 'tool-not-locked'],
  ])('%s is not enough', async (_, wanted, entry, code) => {
    writeTool(wanted, entry);
    expect((await run('check')).stderr).toContain(`render/${code}`);
  });

  it.each(['1.2.3', 'file:mirrorlock-1.2.3.tgz', 'https://git.example.com/mirrorlock-1.2.3.tgz'])(
    'an exact one with its integrity is: %s',
    async (wanted) => {
      writeTool(wanted, { integrity });
      expect((await run('render')).code).toBe(0);
      const { code, stderr } = await run('check');
      expect([code, stderr]).toEqual([0, '']);
    },
  );

  it('what docs/ci.md says to run with an archive makes these files', () => {
    const source = join(mirror, 'source');
    mkdirSync(source);
    writeFileSync(join(source, 'package.json'), JSON.stringify({ name: 'mirrorlock', version: '0.1.0' }));
    const npm = (folder: string, ...args: string[]) =>
      execFileSync('npm', [...args, '--offline', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'pipe' });
    npm(source, 'pack', '--pack-destination', mirror);
    rmSync(source, { recursive: true });
    const [, command = ''] = /`npm (install --save-exact [^`]*)`/.exec(readProjectFile('docs/ci.md')) ?? [];
    npm(mirror, 'init', '--yes');
    npm(mirror, ...command.split(' '));
    const { packages } = JSON.parse(readFileSync(join(mirror, 'package-lock.json'), 'utf8'));
    expect(packages['node_modules/mirrorlock'].integrity).toMatch(/^sha512-/);
    return run('check').then(({ stderr }) => expect(stderr).not.toMatch(/no-tool|tool-not-locked/));
  });
});

describe('C2: each job has the login it needs and no more', () => {
  const logins = '[{registry: ghcr.io, username: W, password: WRITES, readOnly: {username: R, password: READS}}]';
  const rendered = (provider: string, more = '') =>
    renderCi(`{provider: ${provider}, logins: ${logins}${more}}`, '{dropped: prune}');

  type Job = { readonly environment?: unknown };
  async function jobsOf(provider: string, more?: string): Promise<[name: string, text: string, job: Job][]> {
    const files = [...(await rendered(provider, more)).values()].map((text) => parse(text));
    return files.flatMap((file) =>
      Object.entries<Job>(file.jobs ?? file).map(([name, job]): [string, string, Job] => [
        name,
        JSON.stringify(job),
        job,
      ]),
    );
  }

  it.each(['github', 'gitlab'])('those that only read have the read-only one at %s', async (provider) => {
    for (const [name, text] of await jobsOf(provider)) {
      const writes = /^(?:apply|prune|mirrorlock-share|mirrorlock-prune)$/.test(name);
      expect(text.includes('WRITES'), name).toBe(writes);
      if (/plan|verify|drift/.test(name)) expect(text, name).toContain('READS');
    }
  });

  it.each(['github', 'gitlab'])('apply and prune are in the environment at %s, and no other job', async (provider) => {
    const inside = (await jobsOf(provider, ', environment: mirror')).filter(
      ([, , { environment }]) => environment !== undefined,
    );
    const expected = provider === 'github' ? ['apply', 'prune'] : ['mirrorlock-prune', 'mirrorlock-share'];
    expect(inside.map(([name]) => name).sort()).toEqual(expected);
  });

  it.each(['checkout', 'dependency'])(
    'jobs of pull requests with a login or token take the tool of the base: %s',
    async (tool) => {
      const files = await rendered('github', `, tool: ${tool}`);
      const { jobs } = parse(files.get('.github/workflows/mirrorlock-check.yml') ?? '');
      for (const name of ['plan', 'lock', 'lock-fork']) {
        const steps: { uses?: string; with?: Record<string, string>; run?: string }[] = jobs[name].steps;
        const [first, ...others] = steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'));
        expect(first?.with?.['ref']).toBe('${{ github.event.pull_request.base.sha }}');
        expect(others.map((step) => step.with?.['path'])).toEqual(name === 'plan' ? ['pull-request'] : []);
        expect(steps.filter(({ run }) => run?.includes('pull-request/bin') || run?.startsWith('cd '))).toEqual([]);
      }
    },
  );
});
