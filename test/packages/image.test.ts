import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, test } from 'vitest';
import { gitIn } from '../support/git.ts';
import { destinationTags, lockedTags, mirrorlock, readLock } from '../support/mirror.ts';
import { findProgram, isInstalled } from '../support/programs.ts';
import { root } from '../support/project-files.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { setWorld, type World } from '../support/world.ts';
import { makeStandInBases } from './stand-in-bases.ts';

const isAbsent = !['buildah', 'runc', 'ldd'].every(isInstalled) || process.getuid?.() !== 0;
const skipped = isAbsent ? ' (skipped: not root, or buildah, runc or ldd is absent)' : '';
const version = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version;

/** What an image says of how it is run. */
interface ImageConfig {
  readonly User: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly WorkingDir: string;
  readonly Labels: Readonly<Record<string, string>>;
}

/** The image is built once, in a storage of the test's own, and run by runc as root of nothing: with a root that it only reads. */
describe.skipIf(isAbsent)(`the image that the Dockerfile makes${skipped}`, { timeout: 300_000 }, () => {
  const home = temporaryDirectory().path;
  let config: ImageConfig;
  let world: World;

  async function buildah(...args: string[]): Promise<string> {
    const storage = ['--root', join(home, 'storage'), '--runroot', join(home, 'run'), '--storage-driver', 'vfs'];
    return (await execa(findProgram('buildah'), [...storage, ...args], { cwd: home })).stdout;
  }

  beforeAll(async () => {
    await makeStandInBases(buildah);
    for (const name of ['Dockerfile', '.dockerignore']) copyFileSync(join(root, name), join(home, name));
    mkdirSync(join(home, 'release'));
    const pack = ['pack', '--ignore-scripts', '--silent', '--pack-destination', join(home, 'release')];
    await execa('npm', pack, { cwd: root });
    await buildah('bud', '--isolation', 'chroot', '--pull-never', '--quiet', '--tag', 'mirrorlock:test', '.');
    config = JSON.parse(await buildah('inspect', '--type', 'image', 'mirrorlock:test')).OCIv1.config;
    await buildah('from', '--pull-never', '--name', 'run', 'mirrorlock:test');
    world = await setWorld({ images: everything, library: tinyLibrary });
    for (const command of ['lock', 'render']) expect((await mirrorlock(world, [command])).code).toBe(0);
    await gitIn(world.mirror)('add', '.');
    await gitIn(world.mirror)('commit', '--quiet', '--message', 'Begin');
  }, 300_000);

  /** Runs a program of the image as a user that no file of it knows, with the mirror repository at /mirror and no right to write. */
  async function run(args: readonly string[], { entrypoint = config.Entrypoint, home: own = false, uid = 12345 } = {}) {
    const rootfs = (await buildah('mount', 'run')).trim();
    const bundle = temporaryDirectory().path;
    const bind = { type: 'bind', options: ['rbind', 'ro'] };
    const memory = (destination: string, mode: string) => ({
      ...{ destination, type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'nodev', `mode=${mode}`] },
    });
    const mounts = [
      { destination: '/proc', type: 'proc', source: 'proc' },
      memory('/dev', '755'),
      { ...bind, destination: '/dev/null', source: '/dev/null' },
      { ...bind, destination: '/dev/urandom', source: '/dev/urandom' },
      { ...bind, destination: '/mirror', source: world.mirror },
      ...(own ? [memory('/tmp', '1777'), memory('/var/lib/mirrorlock', '1777')] : []),
    ];
    const none = { bounding: [], effective: [], permitted: [], inheritable: [], ambient: [] };
    const spec = {
      ociVersion: '1.0.2',
      process: {
        ...{ user: { uid, gid: 0 }, args: [...entrypoint, ...args], env: config.Env, cwd: config.WorkingDir },
        ...{ noNewPrivileges: true, capabilities: none },
      },
      root: { path: rootfs, readonly: true },
      mounts,
      linux: { namespaces: ['mount', 'pid', 'uts', 'ipc'].map((type) => ({ type })) },
    };
    writeFileSync(join(bundle, 'config.json'), JSON.stringify(spec));
    const name = `mirrorlock-${bundle.slice(-6).toLowerCase()}`;
    const options = ['--root', join(home, 'runc'), 'run', '--bundle', bundle, name];
    const result = await execa(findProgram('runc'), options, { reject: false, stdin: 'ignore' });
    return { code: result.exitCode, stdout: result.stdout, stderr: result.stderr };
  }

  test('says what it is, and is run by a user that Kubernetes sees not to be root', () => {
    expect(config.User).toBe('1000:0');
    expect(config.Entrypoint).toEqual(['mirrorlock']);
    expect(config.Labels).toMatchObject({
      'org.opencontainers.image.title': 'mirrorlock',
      'org.opencontainers.image.licenses': 'Apache-2.0',
    });
  });

  test('has Node and git, and neither npm nor the archive', async () => {
    const list = await run(['/usr/local/bin', '/tmp', '/opt/mirrorlock'], { entrypoint: ['ls', '-1'] });
    expect(list.stdout.split('\n')).toEqual(expect.arrayContaining(['node', 'mirrorlock', 'dist', 'templates']));
    expect(list.stdout).not.toMatch(/npm|npx|corepack|\.tgz/);
    expect((await run(['--version'], { entrypoint: ['git'] })).stdout).toMatch(/^git version/);
  });

  test('runs as any user, on a root that it only reads, and with nothing to write to', async () => {
    expect(await run(['--version'])).toEqual({ code: 0, stdout: version, stderr: '' });
    expect(await run(['--version'], { uid: 1000 })).toEqual({ code: 0, stdout: version, stderr: '' });
    expect(await run(['check'])).toMatchObject({ code: 0, stderr: '' });
  });

  test('has git read the mirror repository, whoever its files belong to', async () => {
    expect(await run(['diff', 'HEAD'])).toMatchObject({ code: 0, stderr: '' });
  });

  test('without arguments it says how it is used', async () => {
    const { code, stdout } = await run(config.Cmd);
    expect(code).toBe(0);
    expect(stdout).toContain('Usage: mirrorlock');
  });

  test('puts the tags of a mirror, as any user and on a root that it only reads', async () => {
    const applied = await run(['apply', '--json'], { home: true });
    expect(applied.code, applied.stderr).toBe(0);
    expect(await destinationTags(world)).toEqual(lockedTags(readLock(world)));
    expect(await run(['verify'], { home: true })).toMatchObject({ code: 0 });
  });

  test('applies without a folder for its cache, and says what that costs', async () => {
    const { code, stderr } = await run(['apply']);
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/warning budget\/store(?:.|\n)*EROFS(?:.|\n)*MIRRORLOCK_CACHE/);
  });
});
