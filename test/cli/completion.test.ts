import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { completeWords } from '../../src/cli/complete-words.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { parseDigest, parseImageName, parseTag } from '../../src/core/names.ts';
import { formatLockfile } from '../../src/lock/format.ts';
import { runCli } from '../support/cli.ts';
import { gitIn } from '../support/git.ts';
import { isInstalled } from '../support/programs.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const program = buildProgram(async () => undefined, '');
const complete = (line: string) => completeWords(program, line.split(' '));
const values = (line: string) => complete(line).candidates.map(({ value }) => value);

describe('what follows from the line alone', () => {
  test('commands', () => {
    expect(values('')).toEqual(expect.arrayContaining(['apply', 'plan', 'completion']));
    expect(values('')).not.toContain('complete');
    expect(values('pl')).toEqual(['plan']);
    expect(values('-C some/folder ver')).toEqual(['verify', 'version']);
  });

  test('options, those of every command too, and their choices', () => {
    expect(values('apply --d')).toEqual(
      expect.arrayContaining(['--dry-run', '--deep', '--destination', '--directory']),
    );
    expect(values('export --sk')).toEqual([]);
    expect(values('diff --format ')).toEqual(['text', 'markdown', 'json']);
    expect(values('diff --format=m')).toEqual(['--format=markdown']);
    expect(values('completion f')).toEqual(['fish']);
    expect(values('client-config ')).toEqual(expect.arrayContaining(['docker', 'podman', 'k3s']));
    expect(values('client-config po')).toEqual(['podman']);
    expect(values('client-config -q po')).toEqual(['podman']);
  });

  test('values of the mirror, after the option that takes them', () => {
    expect(complete('apply --image de')).toMatchObject({ wanted: 'image', before: '' });
    expect(complete('apply --image debian,go')).toMatchObject({ wanted: 'image', before: 'debian,' });
    expect(complete('apply --image=debian,go')).toMatchObject({ wanted: 'image', before: '--image=debian,' });
    expect(complete('apply --image debian go')).toMatchObject({ wanted: 'image' });
    expect(complete('apply --image debian --destination e')).toMatchObject({ wanted: 'destination' });
    expect(complete('explain debian:1')).toMatchObject({ wanted: 'image:tag' });
    expect(complete('diff HEAD~3 ma')).toMatchObject({ wanted: 'revision' });
    expect(complete('-C x plan --config=y --at m')).toMatchObject({ wanted: 'revision', directory: 'x', config: 'y' });
    expect(complete('apply --max-wait ')).toMatchObject({ candidates: [] });
  });
});

const digest = parseDigest(`sha256:${'a'.repeat(64)}`);
const configuration = `version: 1
images: {include: [debian]}
destinations:
  - {name: eu, registry: registry.example.com, namespace: library}
  - {name: us, registry: registry.example.org, namespace: library}
`;

/** A mirror with a lockfile, a tag of git, and the command on its PATH. */
async function makeMirror() {
  const { path } = temporaryDirectory();
  const tags = ['12', '12-slim', 'latest'].map(parseTag);
  const lockfile = {
    configHash: `sha256:${'0'.repeat(64)}`,
    upstream: { repository: 'https://git.example.com/official-images', commit: 'c'.repeat(40) },
    images: [{ image: parseImageName('debian'), entries: [{ digest, tags }] }],
  };
  writeFileSync(join(path, 'mirrors.yaml'), configuration);
  writeFileSync(join(path, 'mirrors.lock.yaml'), formatLockfile(lockfile));
  const git = gitIn(path);
  await git('init', '-q', '-b', 'main');
  await git('add', '.');
  await git('commit', '-qm', 'begin');
  await git('tag', 'mirrored/2026-11-20T0800Z');
  const bin = join(temporaryDirectory().path, 'bin');
  mkdirSync(bin);
  const command = fileURLToPath(new URL('../../bin/mirrorlock.js', import.meta.url));
  writeFileSync(join(bin, 'mirrorlock'), `#!/bin/sh\nexec '${process.execPath}' '${command}' "$@"\n`);
  chmodSync(join(bin, 'mirrorlock'), 0o755);
  return { path, env: { PATH: `${bin}:${process.env['PATH']}`, HOME: temporaryDirectory().path, TERM: 'dumb' } };
}

test('values come from the lockfile, the configuration and git; nothing of them is an error', async () => {
  const { path, env } = await makeMirror();
  const ask = async (line: string, cwd = path) =>
    (await runCli(['complete', '--', ...line.split(' ')], { cwd, env })).stdout.match(/^[^\t\n]+/gm) ?? [];
  expect(await ask('explain deb')).toEqual(['debian', 'debian:12', 'debian:12-slim', 'debian:latest']);
  expect(await ask('explain debian:12')).toEqual(['debian:12', 'debian:12-slim']);
  expect(await ask('plan --destination ')).toEqual(['eu', 'us']);
  expect(await ask('apply --at m')).toEqual(expect.arrayContaining(['main', 'mirrored/2026-11-20T0800Z']));
  const elsewhere = temporaryDirectory().path;
  expect(await ask(`-C ${path} plan --destination u`, elsewhere)).toEqual(['us']);
  expect(await ask('plan --destination ', elsewhere)).toEqual([]);
  expect(await ask('-C nowhere plan --destination ', elsewhere)).toEqual([]);
});

describe('in the shells', () => {
  test('bash: a tag after its colon, and no word that is run', async () => {
    const { path, env } = await makeMirror();
    const script = `
      source <(mirrorlock completion bash); source <(mirrorlock completion bash)
      ask() { COMP_LINE=$1 COMP_POINT=\${#1}; _mirrorlock mirrorlock; printf '%s\\n' "\${COMPREPLY[@]}" --; }
      ask 'mirrorlock pl'; ask 'mirrorlock explain debian:12'; ask 'mirrorlock plan --destination '
      ask 'mirrorlock plan --image $(touch ran)'`;
    const { stdout } = await execa('bash', ['--norc', '-c', script], { cwd: path, env, extendEnv: false });
    expect(stdout.split('\n--').map((part) => part.trim().split('\n'))).toEqual([
      ['plan'],
      ['12', '12-slim'],
      ['eu', 'us'],
      [''],
      [''],
    ]);
    expect((await execa('ls', [path])).stdout).not.toContain('ran');
  });

  test('bash: a folder with blanks or a tilde, quotes around a tag, and a branch with a name that would be run', async () => {
    const { path, env } = await makeMirror();
    await gitIn(path)('branch', 'odd/$(touch${IFS}ran)');
    const home = temporaryDirectory().path;
    symlinkSync(path, join(home, 'my mirror'));
    symlinkSync(path, join(home, "it's"));
    const script = `
      source <(mirrorlock completion bash)
      ask() { COMP_LINE=$1 COMP_POINT=\${#1}; _mirrorlock mirrorlock; printf '%s\\n' "\${COMPREPLY[@]}" --; }
      while IFS= read -r line; do ask "$line"; done`;
    const lines = [
      String.raw`mirrorlock -C my\ mirror explain debian:12-`,
      "mirrorlock explain -C 'my mirror' debian:12-",
      `mirrorlock explain --directory="it's" 'debian:12-`,
      'mirrorlock explain -C ~/it\\\'s "debian:12-',
      'mirrorlock plan -C "my mirror" --at odd',
    ];
    const options = { cwd: home, env: { ...env, HOME: home }, extendEnv: false, input: lines.join('\n').concat('\n') };
    const { stdout } = await execa('bash', ['--norc', '-c', script], options);
    expect(stdout.split('\n--').map((part) => part.trim())).toEqual([
      '12-slim',
      '12-slim',
      'debian:12-slim',
      'debian:12-slim',
      String.raw`odd/\$\(touch\$\{IFS\}ran\)`,
      '',
    ]);
  });

  test.skipIf(!isInstalled('fish'))('fish', async () => {
    const { path, env } = await makeMirror();
    const ask = async (line: string) => {
      const script = `mirrorlock completion fish | source; complete -C '${line}'`;
      return (await execa('fish', ['--no-config', '-c', script], { cwd: path, env, extendEnv: false })).stdout;
    };
    expect(await ask('mirrorlock pl')).toMatch(/^plan\tshow what apply would do/);
    expect((await ask('mirrorlock explain debian:12')).replace(/\t.*/g, '').split('\n')).toEqual([
      'debian:12',
      'debian:12-slim',
    ]);
  });

  test.skipIf(!isInstalled('zsh'))('zsh', async () => {
    const { path, env } = await makeMirror();
    // compinit's own functions only work in the line editor: what they are given is what counts.
    const script = `
      compdef() { }; _describe() { print -rl -- \${(P)4}; }; _files() { print files; }
      source <(mirrorlock completion zsh)
      ask() { words=("$@") CURRENT=$# PREFIX=$@[-1]; _mirrorlock; print -- --; }
      ask mirrorlock pl; ask mirrorlock explain debian:12; ask mirrorlock plan --config x
      mkdir -p "a b"; ln -s "$PWD" "a b/m"; ask mirrorlock explain -C '"a b/m"' debian:12`;
    const { stdout } = await execa('zsh', ['-f', '-c', script], { cwd: path, env, extendEnv: false });
    const [commands, tags, files, quoted] = stdout.split('\n--').map((part) => part.trim());
    expect(commands).toMatch(/^plan:show what apply would do/);
    expect(tags?.split('\n')).toEqual(['debian\\:12:image:tag', 'debian\\:12-slim:image:tag']);
    expect(files).toBe('files');
    expect(quoted).toBe(tags);
  });
});
