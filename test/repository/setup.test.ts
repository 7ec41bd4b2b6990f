import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../support/project-files.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const ofTests = ['chromium', 'openssl', 'shellcheck', 'rsync', 'podman', 'buildah', 'ctr', 'promtool'];
const everything = ['git', 'skopeo', 'docker-registry', ...ofTests, 'apt-get', 'sudo'];
const locked = {
  '': {},
  'node_modules/a': { version: '1.0.0' },
  'node_modules/b': { version: '2.0.0', optional: true },
};

interface Machine {
  /** Programs on it; default: all that is needed. */
  readonly programs?: readonly string[];
  /** What is in node_modules; default: what the lockfile says. */
  readonly installed?: object | 'nothing';
  readonly engines?: string;
  readonly npmFails?: boolean;
}

/** Runs the setup in a small project, on a machine where every program only notes how it was called. */
function setup(machine: Machine = {}, ...args: string[]): { code: number | null; stderr: string; calls: string[] } {
  const { path } = temporaryDirectory();
  const [bin, log] = [join(path, 'bin'), join(path, 'calls')];
  mkdirSync(bin);
  symlinkSync('/usr/bin/env', join(bin, 'env'));
  const program = (name: string, then = '') =>
    writeFileSync(join(bin, name), `#!/bin/sh\necho "${name} $*" >>${log}\n${then}\n`, { mode: 0o755 });
  for (const name of machine.programs ?? everything) program(name);
  program('npm', machine.npmFails ? 'exit 1' : '');
  const install = `for word; do case $word in -*|install|update) ;; *) echo "#!/bin/sh" >${bin}/$word; /bin/chmod +x ${bin}/$word;; esac; done`;
  if (existsSync(join(bin, 'apt-get'))) program('apt-get', install);
  if (existsSync(join(bin, 'sudo'))) writeFileSync(join(bin, 'sudo'), '#!/bin/sh\nexec "$@"\n');

  mkdirSync(join(path, 'scripts'));
  cpSync(join(root, 'scripts/setup.mjs'), join(path, 'scripts/setup.mjs'));
  writeFileSync(join(path, 'package.json'), JSON.stringify({ engines: { node: machine.engines ?? '>=20.0.0' } }));
  writeFileSync(join(path, 'package-lock.json'), JSON.stringify({ packages: locked }));
  if (machine.installed !== 'nothing') {
    mkdirSync(join(path, 'node_modules'));
    const { '': _, ...packages } = { ...locked, ...machine.installed };
    writeFileSync(join(path, 'node_modules/.package-lock.json'), JSON.stringify({ packages }));
  }
  const result = spawnSync(process.execPath, [join(path, 'scripts/setup.mjs'), ...args], {
    env: { PATH: bin },
    encoding: 'utf8',
  });
  expect(result.stdout).toBe('');
  const calls = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
  return { code: result.status, stderr: result.stderr, calls };
}

test('where nothing is missing, nothing is done and nothing said', () => {
  expect(setup()).toEqual({ code: 0, stderr: '', calls: [] });
});

test('packages are installed where there are none', () => {
  expect(setup({ installed: 'nothing' })).toMatchObject({ code: 0, calls: ['npm ci --no-audit --no-fund'] });
});

test('packages are installed anew when one is of another version, or absent', () => {
  const other = setup({ installed: { 'node_modules/a': { version: '1.0.1' } } });
  expect(other.calls).toEqual(['npm ci --no-audit --no-fund']);
  const absent = setup({ installed: { 'node_modules/a': undefined } });
  expect(absent.calls).toEqual(['npm ci --no-audit --no-fund']);
});

test('an optional package that is absent is for another system', () => {
  expect(setup({ installed: { 'node_modules/b': undefined } }).calls).toEqual([]);
});

test('missing programs are installed by apt-get, and no others', () => {
  const { code, calls, stderr } = setup({ programs: ['git', ...ofTests, 'apt-get', 'sudo'] });
  expect(calls).toEqual([
    'apt-get update --quiet',
    'apt-get install --yes --quiet --no-install-recommends skopeo docker-registry',
  ]);
  expect(stderr).toContain(
    'skopeo is not installed (reads what is rendered and exported in tests, and is compared with in benchmarks).',
  );
  expect(code).toBe(0);
});

test('what tests can do without is tried once, and its absence is said', () => {
  const required = everything.filter(
    (name) => !['podman', 'buildah', 'ctr', 'promtool', 'apt-get', 'sudo'].includes(name),
  );
  const { code, calls, stderr } = setup({ programs: required });
  expect({ code, calls }).toEqual({ code: 0, calls: [] });
  expect(stderr).toContain(
    'setup: Tests that need podman, buildah, containerd, prometheus are skipped; install them to run these too.',
  );
  const can = setup({ programs: [...required, 'apt-get', 'sudo'] });
  expect(can.code).toBe(0);
  expect(can.calls.at(-1)).toBe(
    'apt-get install --yes --quiet --no-install-recommends podman buildah containerd prometheus',
  );
});

test('without apt-get the error names what to install', () => {
  const { code, calls, stderr } = setup({ programs: ['git'] });
  expect({ code, calls }).toEqual({ code: 1, calls: [] });
  expect(stderr).toContain(
    'setup: There is no apt-get here: install skopeo, docker-registry, chromium, openssl, shellcheck, rsync yourself',
  );
});

test('programs may be left out', () => {
  expect(setup({ programs: [] }, '--packages')).toEqual({ code: 0, stderr: '', calls: [] });
});

test('a failure of npm is the end', () => {
  const { code, calls, stderr } = setup({ installed: 'nothing', npmFails: true, programs: [] });
  expect({ code, calls }).toEqual({ code: 1, calls: ['npm ci --no-audit --no-fund'] });
  expect(stderr).toContain('setup: npm ci failed.');
});

test('a Node that is too old is named', () => {
  const { code, stderr } = setup({ engines: '>=99.1.0' });
  expect(code).toBe(1);
  expect(stderr).toBe(`setup: Node >=99.1.0 is needed; this is ${process.versions.node}.\n`);
});
