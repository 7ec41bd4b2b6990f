// Adds to package-lock.json the packages for other platforms that npm leaves out when the registry in use does not hold
// them, and the integrity of each that has none. `npm ci` refuses a lockfile without them, everywhere, and takes whatever
// comes for a package without integrity. Run it after a package was added or updated.
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
const unproved = Object.entries(lock.packages).filter(([path, entry]) => path !== '' && !entry.integrity);
for (const [path, entry] of unproved) {
  const { version, ...others } = entry;
  lock.packages[path] = { version, integrity: integrityOf(nameOf(path), version), ...others };
}
if (absent.length > 0 || unproved.length > 0) writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
for (const [path] of absent) console.log(`added ${nameOf(path)}`);
for (const [path] of unproved) console.log(`integrity of ${nameOf(path)}`);

function nameOf(path) {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

/** What the registry says of a version; throws where it does not have it. */
function integrityOf(name, version) {
  const text = execFileSync('npm', ['view', `${name}@${version}`, 'dist.integrity'], { encoding: 'utf8' }).trim();
  if (!/^sha512-[A-Za-z0-9+/]{86}==$/.test(text))
    throw new Error(`The registry gives no integrity of ${name}@${version}.`);
  return text;
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
