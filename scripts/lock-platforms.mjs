// Adds to package-lock.json the packages for other platforms that npm leaves out when the registry in use does not hold
// them, and the integrity of each. `npm ci` refuses a lockfile without them, everywhere. Run it after a package was added
// or updated.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const systems = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8'));
const paths = Object.keys(lock.packages);

const absent = Object.values(lock.packages).flatMap(({ optionalDependencies = {}, dev }) =>
  Object.entries(optionalDependencies)
    .filter(([name]) => !paths.some((path) => path.endsWith(`node_modules/${name}`)))
    .map(([name, version]) => [`node_modules/${name}`, entryFor(name, version, dev)]),
);
if (absent.length > 0) {
  const sorted = Object.entries({ ...lock.packages, ...Object.fromEntries(absent) }).sort(([a], [b]) =>
    a.localeCompare(b, 'en'),
  );
  lock.packages = Object.fromEntries(sorted);
}
const unchecked = Object.entries(lock.packages).filter(([path, { integrity, link }]) => path && !link && !integrity);
for (const [path, { version, ...rest }] of unchecked) {
  lock.packages[path] = { version, integrity: integrityOf(path, version), ...rest };
}
if (absent.length + unchecked.length > 0) writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
for (const [path] of absent) console.log(`added ${path.slice('node_modules/'.length)}`);
for (const [path] of unchecked) console.log(`integrity of ${path.slice('node_modules/'.length)}`);

/** The integrity of a package as the registry gives it. */
function integrityOf(path, version) {
  const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
  const integrity = execFileSync('npm', ['view', `${name}@${version}`, 'dist.integrity'], { encoding: 'utf8' }).trim();
  if (!integrity.startsWith('sha512-')) throw new Error(`The registry in use does not know the integrity of ${name}.`);
  return integrity;
}

/** What npm needs to know of a package: its version, and the platform, so that it is skipped on all others. */
function entryFor(name, version, dev) {
  const [, ...words] = name.split('/').at(-1).split('-');
  const os = words.find((word) => systems.includes(word));
  const cpu = words[words.indexOf(os) + 1];
  if (os === undefined || cpu === undefined)
    throw new Error(`The platform of ${name} is not to be read from its name.`);
  const libc = words.some((word) => word.startsWith('musl')) ? ['musl'] : ['glibc'];
  return {
    version,
    cpu: [cpu],
    ...(dev ? { dev } : {}),
    ...(os === 'linux' ? { libc } : {}),
    optional: true,
    os: [os],
  };
}
