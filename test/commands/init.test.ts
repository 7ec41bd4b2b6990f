import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it, test } from 'vitest';
import { parse } from 'yaml';
import { parseConfig } from '../../src/config/parse.ts';
import { configText, readImages } from '../../src/runs/init/config-text.ts';
import { runCli } from '../support/cli.ts';
import { startNpm } from '../support/npm-registry.ts';
import { readProjectFile, root } from '../support/project-files.ts';
import { startRegistry } from '../support/registry.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { tinyLibrary } from '../support/tiny-library.ts';
import { makeUpstream } from '../support/upstream.ts';
import { countedRegistry } from '../support/world.ts';

const plain = ['mirrors.yaml', 'schema/mirrors.schema.json', 'README.md', '.gitignore', '.gitattributes'];

/** A folder that is not there. */
function newFolder(): string {
  return join(temporaryDirectory().path, 'below', 'mirror');
}

it('makes the folder and its git repository, with a valid configuration, and says what is next', async () => {
  const path = newFolder();
  const { code, stdout } = await runCli(['init', '-C', path]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Wrote mirrors\.yaml, .* and \.gitattributes, and a git repository\.\nNext:\n {2}1\. /);
  expect(readFileSync(join(path, 'mirrors.yaml'), 'utf8')).toContain('$schema=./schema/mirrors.schema.json');
  expect(JSON.parse(readFileSync(join(path, 'schema/mirrors.schema.json'), 'utf8'))).toHaveProperty('$schema');
  const branch = await execa('git', ['symbolic-ref', 'HEAD'], { cwd: path });
  expect(branch.stdout).toBe('refs/heads/main');
  const check = await runCli(['check', '-C', path, '--json']);
  expect(JSON.parse(check.stdout).problems).toMatchObject([{ code: 'lock/missing' }]);
  expect(check.code).toBe(3);
  // What it wrote, render does not write anew.
  expect(JSON.parse((await runCli(['init', '-C', newFolder(), '--json'])).stdout)).toEqual({
    schema: 'mirrorlock/init/v1',
    files: plain,
    kept: [],
    git: 'made',
    destination: 'not-tried',
  });
});

it('with jobs in a cluster: a valid section of Kubernetes, what to edit, and manifests; no tool is packed', async () => {
  const path = newFolder();
  const args = [
    '--destination',
    'registry.example.com/library',
    '--no-try',
    '--image',
    'alpine',
    '--forge',
    'kubernetes',
  ];
  const { code, stdout, stderr } = await runCli(['init', '-C', path, ...args]);
  expect(code, stderr).toBe(0);
  expect(stdout).toContain('Edit `ci.kubernetes` in mirrors.yaml');
  expect(stderr).toBe('');
  expect(readdirSync(path)).not.toContain('package.json');
  expect(parse(readFileSync(join(path, 'mirrors.yaml'), 'utf8')).ci).toEqual({
    provider: 'kubernetes',
    kubernetes: {
      repository: 'https://git.example.com/acme/mirror.git',
      image: 'registry.example.com/mirrorlock:latest',
      authSecret: 'mirror-registry',
    },
  });
  const check = await runCli(['check', '-C', path, '--json']);
  expect(JSON.parse(check.stdout).problems).toMatchObject([{ code: 'lock/missing' }]);
});

it('makes no repository in one that is there', async () => {
  const { path } = temporaryDirectory();
  await execa('git', ['init', '--quiet'], { cwd: path });
  const { stdout } = await runCli(['init', '-C', join(path, 'mirror'), '--json']);
  expect(JSON.parse(stdout).git).toBe('there');
  expect(existsSync(join(path, 'mirror/.git'))).toBe(false);
});

describe('never overwrites', () => {
  it('a configuration: nothing is written', async () => {
    const { path } = temporaryDirectory();
    writeFileSync(join(path, 'mirrors.yaml'), 'mine');
    const { code, stderr } = await runCli(['init', '-C', path]);
    expect(code).toBe(2);
    expect(stderr).toContain('init/exists');
    expect(readFileSync(join(path, 'mirrors.yaml'), 'utf8')).toBe('mine');
    expect(readdirSync(path)).toEqual(['mirrors.yaml']);
  });

  it('other files: they stay, and the rest is written', async () => {
    const { path } = temporaryDirectory();
    for (const name of ['README.md', '.gitignore', '.gitattributes']) writeFileSync(join(path, name), 'mine');
    const { code, stdout } = await runCli(['init', '-C', path, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      files: ['mirrors.yaml', 'schema/mirrors.schema.json'],
      kept: ['README.md', '.gitignore', '.gitattributes'],
    });
    for (const name of ['README.md', '.gitignore', '.gitattributes']) {
      expect(readFileSync(join(path, name), 'utf8')).toBe('mine');
    }
  });

  it('and where one file cannot be written, none is', async () => {
    const { path } = temporaryDirectory();
    writeFileSync(join(path, 'schema'), 'mine');
    const { code, stderr } = await runCli(['init', '-C', path]);
    expect([code, stderr]).toEqual([1, expect.stringContaining('init/cannot-write: It cannot be written (E')]);
    expect(stderr).toContain('hint: A file stands where a folder is needed');
    expect(readdirSync(path)).toEqual(['schema']);
    // What the hint says works.
    rmSync(join(path, 'schema'));
    expect((await runCli(['init', '-C', path])).code).toBe(0);
  });

  it('a link that leads nowhere', async () => {
    const { path } = temporaryDirectory();
    symlinkSync(join(path, 'elsewhere'), join(path, 'mirrors.yaml'));
    expect((await runCli(['init', '-C', path])).stderr).toContain('init/exists');
    expect(readdirSync(path)).toEqual(['mirrors.yaml']);
  });

  it('a file in the place of the folder', async () => {
    const file = join(temporaryDirectory().path, 'mirror');
    writeFileSync(file, 'mine');
    const { code, stderr } = await runCli(['init', '-C', file]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('cli/no-folder')]);
    const below = await runCli(['init', '-C', join(file, 'below')]);
    expect([below.code, below.stderr]).toEqual([2, expect.stringContaining('cli/no-folder')]);
  });
});

describe('the destination is tried before anything is written', () => {
  const args = (host: string, path: string) => {
    const where = [
      '--destination',
      `${host}/library`,
      '--insecure',
      '--image',
      'alpine',
      'debian:12*',
      'debian:trixie',
    ];
    return ['init', '-C', path, ...where];
  };

  it('by an upload that is taken back', async () => {
    const { host, seen } = await countedRegistry();
    const path = newFolder();
    const { code, stdout, stderr } = await runCli([...args(host, path), '--platform', 'linux/amd64', 'linux/arm64']);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('The destination takes pushes.');
    const writes = seen().filter(({ method }) => !['GET', 'HEAD'].includes(method));
    expect(writes.map(({ method, status }) => [method, status])).toEqual([
      ['POST', 202],
      ['DELETE', 204],
    ]);
    expect(parse(readFileSync(join(path, 'mirrors.yaml'), 'utf8'))).toMatchObject({
      destinations: [{ name: 'main', registry: host, namespace: 'library', insecure: true }],
      images: { include: ['alpine', { image: 'debian', tags: ['12*', 'trixie'] }] },
      platforms: ['linux/amd64', 'linux/arm64'],
    });
    expect(readFileSync(join(path, 'README.md'), 'utf8')).toContain(`docker pull ${host}/library/alpine`);
  });

  it.each([
    ['asks for a login', { htpasswd: { user: 'me', password: 'secret' } }, 'registry/unauthorized'],
    ['takes no pushes', { readOnly: true }, 'registry/'],
  ])('one that %s: nothing is written', async (_, options, said) => {
    const { host } = await startRegistry(options);
    const path = newFolder();
    const { code, stderr } = await runCli(args(host, path));
    expect(code).toBe(1);
    expect(stderr).toContain(said);
    expect(stderr).toContain('init/destination');
    expect(stderr).not.toContain('insecure');
    expect(existsSync(path)).toBe(false);
    expect(await runCli([...args(host, path), '--no-try'])).toMatchObject({ code: 0 });
  });

  it('one that speaks plain HTTP: the hint names the option', async () => {
    const { host } = await startRegistry();
    const path = newFolder();
    const plain = args(host, path).filter((word) => word !== '--insecure');
    const { code, stderr } = await runCli(plain);
    expect([code, stderr]).toEqual([1, expect.stringContaining('hint: For plain HTTP, add `--insecure`')]);
    expect(await runCli([...plain, '--insecure'])).toMatchObject({ code: 0 });
  });

  it.each([
    [['--destination', 'https://registry.example.com/library'], 'init/bad-destination'],
    [['--destination', 'registry'], 'init/bad-destination'],
    [['--image', 'Alpine'], 'init/bad-image'],
    [['--image', 'debian:'], 'init/bad-image'],
    [['--image', 'debian:a b'], 'init/bad-image'],
    [['--image', 'debian:12"]}\n'], 'init/bad-image'],
    [['--platform', 'amd64'], 'init/bad-platform'],
    [['--platform', 'linux/amd64]'], 'init/bad-platform'],
  ])('wrong options write nothing: %j', async (wrong, problem) => {
    const path = newFolder();
    const { code, stderr } = await runCli(['init', '-C', path, ...wrong, '--no-try']);
    expect([code, stderr]).toEqual([2, expect.stringContaining(problem)]);
    expect(existsSync(path)).toBe(false);
  });
});

it('proposes rules for what projects use', async () => {
  const { path: home } = temporaryDirectory();
  const { path: upstream } = await makeUpstream(join(home, 'upstream'), tinyLibrary);
  mkdirSync(join(home, 'projects'));
  writeFileSync(join(home, 'projects/Dockerfile'), 'FROM alpine:3.23\n');
  const args = ['init', '-C', 'mirror', '--suggest', 'projects', '--upstream', upstream];
  const { code, stderr } = await runCli(args, { cwd: home, env: { MIRRORLOCK_CACHE: join(home, 'cache') } });
  expect(code, stderr).toBe(0);
  const { images } = parse(readFileSync(join(home, 'mirror/mirrors.yaml'), 'utf8'));
  expect(images.include).toEqual([{ image: 'alpine', tags: ['3.23'] }]);
});

describe('for a forge the tool is a dependency', () => {
  const begin = async (forge: string, registry: string, path = newFolder()) => {
    const npm = {
      npm_config_registry: registry,
      npm_config_cache: join(path, '../npm'),
      npm_config_fetch_retries: '0',
    };
    return { path, ...(await runCli(['init', '-C', path, '--forge', forge, '--json'], { env: npm })) };
  };

  test('by an archive, locked with its integrity: check and render miss nothing', async () => {
    const { path, code, stdout, stderr } = await begin('github', await startNpm());
    expect(code, stderr).toBe(0);
    const { files } = JSON.parse(stdout);
    expect(files.slice(plain.length)).toEqual(['package.json', 'package-lock.json', expect.stringMatching(/\.tgz$/)]);
    const { problems } = JSON.parse((await runCli(['check', '-C', path, '--json'])).stdout);
    expect(problems.map(({ code }: { code: string }) => code)).not.toContain('render/no-tool');
    expect(problems.map(({ code }: { code: string }) => code)).not.toContain('render/tool-not-locked');
    expect(parse(readFileSync(join(path, 'mirrors.yaml'), 'utf8')).ci).toMatchObject({
      provider: 'github',
      tool: 'dependency',
      schedule: { apply: expect.any(String) },
    });
  });

  test.each(['package.json', 'package-lock.json'])(
    'not in another package’s %s: the archive, and how to add it',
    async (name) => {
      const { path } = temporaryDirectory();
      writeFileSync(join(path, name), '{}\n');
      const { code, stdout } = await begin('github', await startNpm(), path);
      expect(code).toBe(0);
      const { files, kept } = JSON.parse(stdout);
      expect(files.slice(plain.length)).toEqual([expect.stringMatching(/\.tgz$/)]);
      expect(kept).toEqual([name]);
      expect(readdirSync(path).filter((one) => one.startsWith('package'))).toEqual([name]);
      expect(readFileSync(join(path, name), 'utf8')).toBe('{}\n');
    },
  );

  test('without npm’s registry the rest is written, and a warning says what is missing', async () => {
    const { path, code, stdout, stderr } = await begin('gitlab', 'http://127.0.0.1:1/');
    expect(code).toBe(0);
    expect(JSON.parse(stdout).files).toEqual(plain);
    expect(stderr).toContain('init/no-tool');
    expect(existsSync(join(path, 'package.json'))).toBe(false);
  });
});

test('what is composed is a valid configuration with what was said', () => {
  const template = readProjectFile('templates/init/mirrors.yaml');
  for (const forge of ['github', 'gitlab'] as const) {
    const destination = { host: 'ghcr.io', namespace: 'acme/$&' };
    const text = configText(template, {
      forge,
      destination: { ...destination, namespace: 'acme/hub' },
      include: readImages(['*:1', 'redis, nginx', 'redis:7']),
    });
    const { ci, destinations, include, warnings } = parseConfig(text, { file: 'mirrors.yaml', env: {} });
    expect(warnings).toEqual([]);
    expect(ci?.logins).toHaveLength(1);
    expect(destinations).toMatchObject([{ registry: { host: 'ghcr.io' }, namespace: 'acme/hub' }]);
    expect(include).toHaveLength(3);
  }
});

const hasScript = spawnSync('script', ['--version']).status === 0;

describe.skipIf(!hasScript)('on a terminal (skipped where script(1) of util-linux is absent)', () => {
  /** Types answers at the questions, each when it is asked. */
  async function answer(path: string, answers: readonly (readonly [question: string, keys: string])[]) {
    const command = `stty cols 100 rows 40; '${process.execPath}' '${join(root, 'bin/mirrorlock.js')}' init -C '${path}' --no-try`;
    const running = execa('script', ['-qec', command, '/dev/null'], {
      env: { PATH: process.env['PATH'], HOME: join(path, '..'), TERM: 'xterm', NO_COLOR: '1' },
      ...{ extendEnv: false, reject: false },
    });
    const left = [...answers];
    let unread = '';
    running.stdout.on('data', (data: Buffer) => {
      unread += data.toString();
      const [next] = left;
      if (next === undefined || !unread.includes(next[0])) return;
      left.shift();
      unread = '';
      running.stdin.write(next[1]);
    });
    const { exitCode, stdout } = await running;
    expect(left, stdout).toEqual([]);
    return { exitCode, stdout };
  }

  it('asks for what no option says', async () => {
    const path = newFolder();
    const { exitCode, stdout } = await answer(path, [
      ['Where do images go', 'registry.example.com/hub\r'],
      ['Which images', '\r'],
      ['Their names', 'alpine, debian:12*\r'],
      ['Which platforms', ' \r'],
      ['git repository be', '\u001b[B\u001b[B\r'],
    ]);
    expect(exitCode, stdout).toBe(0);
    expect(parse(readFileSync(join(path, 'mirrors.yaml'), 'utf8'))).toMatchObject({
      destinations: [{ registry: 'registry.example.com', namespace: 'hub' }],
      images: { include: ['alpine', { image: 'debian', tags: ['12*'] }] },
      platforms: ['linux/amd64'],
    });
  });

  it('writes nothing where the person ends it', async () => {
    const path = newFolder();
    const { exitCode, stdout } = await answer(path, [['Where do images go', '\u0003']]);
    expect(exitCode).not.toBe(0);
    expect(stdout).toContain('nothing was written');
    expect(existsSync(path)).toBe(false);
  });
});
