// Sets up what is missing on this machine: npm packages and programs. Plain Node, since node_modules may be absent.
// `--packages` leaves the programs out.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Programs that npm does not bring; `package` is Debian's. */
const programs = [
  { program: 'git', package: 'git', reason: 'reads official-images' },
  {
    program: 'skopeo',
    package: 'skopeo',
    reason: 'reads what is rendered and exported in tests, and is compared with in benchmarks',
  },
  { program: 'docker-registry', package: 'docker-registry', reason: 'the registries of tests, demo and benchmarks' },
  { program: 'chromium', package: 'chromium', reason: 'opens the report of a simulation in tests' },
  { program: 'openssl', package: 'openssl', reason: 'certificates of test registries' },
  { program: 'shellcheck', package: 'shellcheck', reason: 'checks the shell of rendered CI files in tests' },
  { program: 'rsync', package: 'rsync', reason: 'lets gitlab-ci-local run jobs in tests' },
];

/** What tests use where it is there, and skip where it cannot be had. */
const optionalPrograms = [
  { program: 'podman', package: 'podman', reason: 'pulls by the settings of client-config in tests' },
  { program: 'buildah', package: 'buildah', reason: 'pulls by the settings of client-config in tests' },
  { program: 'ctr', package: 'containerd', reason: 'pulls by the settings of client-config in tests' },
  { program: 'promtool', package: 'prometheus', reason: 'checks metrics, alert rules and the dashboard in tests' },
];

checkNode();
if (packagesAreStale()) run('npm', ['ci', '--no-audit', '--no-fund']);
if (!process.argv.includes('--packages')) {
  installPrograms();
  tryOptionalPrograms();
}

function checkNode() {
  const { node } = readJson('package.json').engines;
  const wanted = node.replace('>=', '').split('.').map(Number);
  const current = process.versions.node.split('.').map(Number);
  const difference = wanted.map((part, index) => current[index] - part).find((part) => part !== 0) ?? 0;
  if (difference < 0) fail(`Node ${node} is needed; this is ${process.versions.node}.`);
}

/** Whether node_modules differs from package-lock.json. What is optional may be absent: it may be for another system. */
function packagesAreStale() {
  if (!existsSync(join(root, 'node_modules/.package-lock.json'))) return true;
  const { packages: installed } = readJson('node_modules/.package-lock.json');
  const { '': _root, ...wanted } = readJson('package-lock.json').packages;
  return Object.entries(wanted).some(([path, { version, optional }]) =>
    installed[path] === undefined ? !optional : installed[path].version !== version,
  );
}

function installPrograms() {
  const missing = programs.filter(({ program }) => !isInstalled(program));
  if (missing.length === 0) return;
  const names = missing.map((entry) => entry.package);
  for (const { program, reason } of missing) console.error(`${program} is not installed (${reason}).`);
  if (!isInstalled('apt-get'))
    fail(`There is no apt-get here: install ${names.join(', ')} yourself, and run this again.`);
  if (process.getuid?.() !== 0 && !isInstalled('sudo')) {
    fail(
      `Installing needs root, and there is no sudo. As root: apt-get install --no-install-recommends ${names.join(' ')}`,
    );
  }
  asRoot('apt-get', ['update', '--quiet']);
  asRoot('apt-get', ['install', '--yes', '--quiet', '--no-install-recommends', ...names]);
  const still = missing.filter(({ program }) => !isInstalled(program));
  if (still.length > 0) fail(`Installed, and still not on the PATH: ${still.map(({ program }) => program).join(', ')}`);
}

/** Tries once to install what tests can do without: where that fails, they are skipped. */
function tryOptionalPrograms() {
  const missing = optionalPrograms.filter(({ program }) => !isInstalled(program));
  const tried = join(root, 'node_modules/.optional-programs-tried');
  if (missing.length === 0 || existsSync(tried)) return;
  for (const { program, reason } of missing) console.error(`${program} is not installed (${reason}).`);
  const mayInstall = isInstalled('apt-get') && (process.getuid?.() === 0 || isInstalled('sudo'));
  const names = missing.map((entry) => entry.package);
  const install = ['install', '--yes', '--quiet', '--no-install-recommends', ...names];
  const done = mayInstall && triedAsRoot('apt-get', ['update', '--quiet']) && triedAsRoot('apt-get', install);
  if (!done) console.error(`setup: Tests that need ${names.join(', ')} are skipped; install them to run these too.`);
  writeFileSync(tried, '');
}

function asRoot(command, args) {
  if (!triedAsRoot(command, args)) fail(`${command} ${args[0]} failed.`);
}

function triedAsRoot(command, args) {
  // Debian's dpkg wants the folders of system programs on the PATH, which an account may lack.
  const path = [process.env.PATH, '/usr/local/sbin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']
    .filter(Boolean)
    .join(delimiter);
  const env = ['env', `PATH=${path}`, 'DEBIAN_FRONTEND=noninteractive'];
  const [program, ...rest] = process.getuid?.() === 0 ? env : ['sudo', ...env];
  return statusOf(program, [...rest, command, ...args]) === 0;
}

function run(command, args) {
  if (statusOf(command, args) !== 0) fail(`${command} ${args[0]} failed.`);
}

function statusOf(command, args) {
  console.error(`> ${[command, ...args].join(' ')}`);
  // Its output goes to stderr: stdout belongs to what is run after the setup.
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (error) fail(`${command} cannot be run: ${error.message}`);
  return status;
}

function isInstalled(program) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => isExecutable(join(folder, program)));
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function readJson(path) {
  return JSON.parse(readFileSync(join(root, path), 'utf8'));
}

function fail(message) {
  console.error(`setup: ${message}`);
  process.exit(1);
}
