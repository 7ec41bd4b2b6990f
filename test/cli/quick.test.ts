import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { buildProgram } from '../../src/cli/program.ts';
import { formatLockfile } from '../../src/lock/format.ts';
import { type CliOptions, type CliResult, runCli } from '../support/cli.ts';
import { locked, lockedImage, lockfile, pending } from '../support/lockfiles.ts';
import { root } from '../support/project-files.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

/** The whole command line, without the quick answers before it. */
const whole = join(root, 'dist/main.js');
/** Stands in for all commands but those that are answered quickly: whoever comes to it has not been. */
const commands = buildProgram(async () => undefined, '0.0.0').commands.map((command) => command.name());

const configuration = `version: 1
destinations:
  - {name: main, registry: registry.example.com, namespace: library}
  - {name: other, registry: "\${REGION:-eu}.example.com", namespace: ""}
images:
  include: [alpine, debian]
`;
const some = lockfile(
  lockedImage('alpine', pending('3.25 3'), locked('b', '3.24 3 latest'), locked('a', '3.23')),
  lockedImage('debian', locked('d', '13 latest')),
);

let folder: string;
let cache: string;
beforeEach(() => {
  folder = temporaryDirectory().path;
  cache = temporaryDirectory().path;
  writeFileSync(join(folder, 'mirrors.yaml'), configuration);
  writeFileSync(join(folder, 'mirrors.lock.yaml'), formatLockfile(some));
});

function run(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return runCli(args, { cwd: folder, ...options, env: { MIRRORLOCK_CACHE: cache, ...options.env } });
}

/** Runs a line with quick answers, twice, and without; all three come to the same, which is given. */
async function same(args: readonly string[], env: Record<string, string> = {}): Promise<CliResult> {
  const answer = await run(args, { env });
  expect(await run(args, { env })).toEqual(answer);
  expect(await run(args, { env, command: whole }), args.join(' ')).toEqual(answer);
  return answer;
}

/** A copy of the build without the whole command line: what it answers is answered quickly. */
function onlyQuick(more: readonly string[] = []): string {
  const { path } = temporaryDirectory();
  for (const name of ['bin', 'dist']) mkdirSync(join(path, name));
  for (const name of [
    'package.json',
    'bin/mirrorlock.js',
    'bin/bundle.js',
    'bin/package.json',
    'dist/quick.cjs',
    ...more,
  ]) {
    writeFileSync(join(path, name), readFileSync(join(root, name)));
  }
  symlinkSync(join(root, 'dist/help'), join(path, 'dist/help'));
  return join(path, 'bin/mirrorlock.js');
}

describe('quick answers are what the whole command line says', () => {
  test.each([
    ['--version'],
    ['-V'],
    ['--help'],
    ['-h'],
    ['help'],
    ['help', 'bake'],
    ['help', 'apply', 'more'],
    ['bake', '--help'],
    ['../help/apply', '--help'],
    ['complete', '--help'],
    ['--version', 'ls'],
    ['ls'],
    ['ls', '--json'],
    ['ls', 'alpine', '-q', '--no-color'],
    ['--json', 'ls', 'alpine'],
    ['ls', 'alpin'],
    ['ls', 'alpine', 'debian'],
    ['ls', '--jason'],
    ['ls', ''],
    ['ls', '-C'],
    ['ls', '-C', '--json'],
    ['ls', '-C', '/nonexistent'],
    ['ls', '--', 'alpine'],
    ['ls', '--verbose'],
    ['where', 'alpine:3'],
    ['where', 'alpine:3.25', '--json'],
    ['where', 'registry.example.com/library/alpine:3.24', '--quiet'],
    ['where', 'eu.example.com/alpine:3.24'],
    ['where', 'alpine:2'],
    ['where', 'Alpine'],
    ['where'],
    ['where', 'alpine:3', '--config', 'other.yaml'],
    ['where', 'alpine:3', '--config=mirrors.yaml'],
  ])('%s %s %s %s', async (...args) => {
    await same(args.filter((word) => word !== undefined));
  });

  test('help of each command', async () => {
    const names = commands.filter((name) => name !== 'complete');
    expect(readdirSync(join(root, 'dist/help')).toSorted()).toEqual(
      ['mirrorlock', ...names].map((name) => `${name}.txt`).toSorted(),
    );
    for (const name of names) {
      const { stdout } = await run([name, '--help'], { command: whole });
      expect(readFileSync(join(root, 'dist/help', `${name}.txt`), 'utf8'), name).toBe(stdout);
    }
  });

  test('any words', async () => {
    const word = fc.constantFrom(
      'ls',
      'where',
      'alpine',
      'alpine:3',
      'help',
      '-h',
      '--json',
      '-q',
      '-C',
      '.',
      '--config',
      '-',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(word, { minLength: 1, maxLength: 5 }), async (words) => {
        await same(words);
      }),
      { numRuns: 12 },
    );
  });

  test('are given without the rest of the build', async () => {
    const command = onlyQuick();
    await run(['where', 'alpine:3']);
    for (const args of [
      ['--version'],
      ['--help'],
      ['apply', '-h'],
      ['help', 'verify'],
      ['ls'],
      ['ls', 'debian', '--json'],
      ['where', 'alpine:3', '-q'],
    ]) {
      const answer = await run(args, { command });
      expect(answer).toEqual(await run(args));
      expect(answer).toMatchObject({ code: 0, stderr: '' });
    }
    expect((await run(['ls', 'alpin'], { command })).stderr).toContain('dist/main.js');
  });

  test.each([{ GITHUB_ACTIONS: 'true' }, { TF_BUILD: 'True' }])('leave the log of a CI to it: %o', async (env) => {
    await same(['ls'], env);
    expect((await run(['ls'], { env, command: onlyQuick() })).stderr).toContain('dist/main.js');
  });
});

describe('the code that V8 made of a bundle when it was built', () => {
  const bundles = ['dist/quick.cjs', 'dist/quick-config.cjs'];

  test.each(bundles)('is taken by this Node: %s', async (name) => {
    const script = `
      const { codePath, readKept, runBundle } = require(${JSON.stringify(join(root, 'bin/bundle.js'))});
      const path = ${JSON.stringify(join(root, name))};
      const kept = readKept(codePath(path));
      const { script } = runBundle({ path, ...kept });
      const source = require('node:fs').readFileSync(path, 'latin1');
      console.log(JSON.stringify({ isRefused: script.cachedDataRejected, isCurrent: kept.source === source }));`;
    const file = join(temporaryDirectory().path, 'kept.cjs');
    writeFileSync(file, script);
    const { stdout, stderr } = await run([], { command: file });
    expect(JSON.parse(stdout || stderr)).toEqual({ isRefused: false, isCurrent: true });
  });

  test.each([
    ['of another V8', (bytes: Buffer, end: number) => bytes.fill(1, end, end + 16)],
    ['without an end', (bytes: Buffer, end: number) => bytes.subarray(0, end + 1000)],
    ['empty', (bytes: Buffer, end: number) => bytes.subarray(0, end)],
  ] as const)('changes no answer: %s', async (_, change) => {
    const command = onlyQuick(['dist/quick-config.cjs', ...codes()]);
    for (const name of codes()) {
      const path = join(dirname(command), '..', name);
      const bytes = readFileSync(path);
      writeFileSync(path, change(bytes, 4 + bytes.readUInt32LE(0)));
    }
    const args = ['where', 'alpine:2', '--json'];
    const answer = await run(args, { command });
    expect(answer).toEqual(await run(args));
    expect(answer).toMatchObject({ code: 3, stderr: '' });
  });

  /** The files of this Node. */
  function codes(): string[] {
    return bundles.map((name) => `${name}.${process.version}-${process.platform}-${process.arch}.code`);
  }
});

describe('the places that where remembers', () => {
  const asked = ['where', 'alpine:3.24', '--json'];
  const pulls = async (env = {}) => {
    const { stdout } = await same(asked, env);
    return JSON.parse(stdout).pull.map(({ reference }: { reference: string }) => reference);
  };
  const kept = () => join(cache, 'places', readdirSync(join(cache, 'places'))[0] ?? '');

  test('go with the bytes of mirrors.yaml', async () => {
    expect(await pulls()).toContain('registry.example.com/library/alpine:3.24');
    writeFileSync(join(folder, 'mirrors.yaml'), configuration.replace('registry.example', 'another.example'));
    expect(await pulls()).toContain('another.example.com/library/alpine:3.24');
    writeFileSync(join(folder, 'mirrors.yaml'), `${configuration}more: 1\n`);
    const broken = await same(asked);
    expect(broken).toMatchObject({ code: 2, stderr: expect.stringContaining('mirrors.yaml:7') });
    const real = join(temporaryDirectory().path, 'mirrors.yaml');
    writeFileSync(join(folder, 'mirrors.yaml'), configuration);
    await pulls();
    renameSync(join(folder, 'mirrors.yaml'), real);
    expect((await same(asked)).stderr).toContain('config/no-file');
    symlinkSync(real, join(folder, 'mirrors.yaml'));
    expect((await same(asked)).stderr).toContain('config/symbolic-link');
  });

  test('are not those of another environment, whose values are not kept', async () => {
    expect(await pulls()).toContain('eu.example.com/alpine:3.24');
    expect(await pulls({ REGION: 'us-west' })).toContain('${REGION:-eu}.example.com/alpine:3.24');
    const found = await same(['where', 'us-west.example.com/alpine:3.24'], { REGION: 'us-west' });
    expect(found.code).toBe(0);
    expect((await same(['where', 'us-west.example.com/alpine:3.24'])).stderr).toContain('where/other-registry');
    expect(readFileSync(kept(), 'utf8')).not.toContain('us-west');
  });

  test.each(['', '{', 'null', '[]', '{"version":"0.1.0"}', '{"version":"0.0.1","text":1,"unset":2}'])(
    'are read anew where the cache holds %j',
    async (text) => {
      const answer = await same(asked);
      writeFileSync(kept(), text);
      expect(await same(asked)).toEqual(answer);
      expect(JSON.parse(readFileSync(kept(), 'utf8')).text).toBe(configuration);
    },
  );

  test('are no error where the cache folder cannot be written or read', async () => {
    const answer = await same(asked);
    rmSync(cache, { recursive: true });
    writeFileSync(cache, '');
    expect(await same(asked)).toEqual(answer);
    rmSync(cache);
    await run(asked);
    rmSync(kept());
    mkdirSync(join(cache, 'places', `${encodeURIComponent(join(folder, 'mirrors.yaml')).slice(-200)}.json`));
    expect(await same(asked)).toEqual(answer);
  });
});
