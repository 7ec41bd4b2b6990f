import { writeLockfile } from '../../src/lock/file.ts';
import { locked, lockedImage, lockfile } from '../support/lockfiles.ts';

/** Writes two large lockfiles to the path that is given, in turns, without an end. A test kills it. */
const tags = Array.from({ length: 20_000 }, (_, index) => `tag-${index}`).join(' ');
const both = ['a', 'b'].map((name) => lockfile(lockedImage('debian', locked(name, tags))));
const [path = ''] = process.argv.slice(2);

for (;;) {
  for (const made of both) await writeLockfile(path, made);
  process.stdout.write('.');
}
