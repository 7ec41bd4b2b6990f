import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatLockfile } from '../../src/lock/format.ts';
import { parseLockfile } from '../../src/lock/parse.ts';
import { lockSections, readSection } from '../../src/prune/dropped.ts';
import { anyLockfile } from '../support/arbitrary-lockfiles.ts';

it('the sections of any lockfile, read one by one, are its images', () => {
  fc.assert(
    fc.property(anyLockfile, (lockfile) => {
      const text = formatLockfile(lockfile);
      const sections = lockSections(text);
      // A name that YAML has to quote makes it none, and the lockfile is read whole.
      if (sections === undefined) {
        expect(text).toMatch(/^images: \{\}$|^ {2}"/m);
        return;
      }
      const images = [...sections.values()].map((section) => readSection(section, 'a lockfile'));
      expect(images).toEqual(parseLockfile(text, 'a lockfile').images);
    }),
    { numRuns: 50 },
  );
});

it('a lockfile that was written in another way has no sections', () => {
  expect(lockSections('images: {alpine: []}\n')).toBeUndefined();
  expect(lockSections('version: 1\nimages:\n  "alpine":\n    - 1\n')).toBeUndefined();
});
