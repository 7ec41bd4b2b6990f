import { beforeAll, describe, expect, test } from 'vitest';
import { readBlobs } from '../../src/upstream/git/repository.ts';
import { readLibrary, readLibraryFile } from '../../src/upstream/reader.ts';
import { plainEnv } from '../support/git.ts';
import { bundle, bundleIsAbsent, count, git, libraryOf, needsBundle, open } from '../support/open-upstream.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe.skipIf(bundleIsAbsent)(`the real library${needsBundle}`, () => {
  const cacheDirectory = temporaryDirectory().path;

  test('at the tip of master has 144 files, 2,121 entries, 126 sets of shared tags, 9,849 tags', async () => {
    const snapshot = await open(bundle, 'master', { cacheDirectory });
    const library = libraryOf(snapshot);
    expect(snapshot.files).toHaveLength(144);
    expect(count(library)).toEqual({ entries: 2_121, shared: 126, tags: 9_849 });
    expect(library.refusals).toEqual([]);
    expect(library.images.filter(({ groups }) => groups.length === 0)).toHaveLength(7);
  });

  test('at the tip of 2021-02 has 148 files, 1,330 entries, 110 sets, 5,105 tags, and two files refused', async () => {
    const snapshot = await open(bundle, '2021-02', { cacheDirectory });
    const library = libraryOf(snapshot);
    expect(snapshot.files).toHaveLength(148);
    expect(count(library)).toEqual({ entries: 1_330, shared: 110, tags: 5_105 });
    expect(library.refusals.map(({ image, code, line }) => [image, code, line])).toEqual([
      ['sourcemage', 'upstream/no-maintainers', 3],
      ['thrift', 'upstream/no-maintainers', 3],
    ]);
  });

  describe('at every commit of both branches', () => {
    let clone: string;
    /** Per commit, the blobs of its files by name. */
    let trees: Map<string, Map<string, string>>;

    beforeAll(async () => {
      clone = temporaryDirectory().path;
      await git(clone, 'clone', '--quiet', '--bare', bundle, 'clone.git');
      clone = `${clone}/clone.git`;
      trees = replay(
        await git(
          clone,
          'log',
          '--all',
          '--reverse',
          '--topo-order',
          '--raw',
          '--no-abbrev',
          '-m',
          '--root',
          '--format=@%H %P',
        ),
      );
    });

    test('is read, with no error but two files refused by name', async () => {
      expect(trees.size).toBe(2_105 + 69);
      const oids = [...new Set([...trees.values()].flatMap((files) => [...files.values()]))];
      const local = { directory: clone, env: plainEnv };
      const blobs = await readBlobs(local, oids);
      const readings = new Map(oids.map((oid) => [oid, readLibraryFile(blobs.get(oid)?.toString() ?? '')]));
      expect(readings.size).toBe(2_534);
      const refused = new Set<string>();
      for (const [sha, files] of trees) {
        expect(files.size, sha).toBeGreaterThan(100);
        for (const [name, oid] of files) if (readings.get(oid)?.kind === 'refused') refused.add(name);
      }
      expect([...refused].sort()).toEqual(['sourcemage', 'thrift']);
    });

    test('is opened by its name, for a sample of them', async () => {
      const names = [...trees.keys()];
      for (const sha of names.filter((_, index) => index % 300 === 0)) {
        const snapshot = await open(bundle, sha, { cacheDirectory });
        expect(snapshot.commit.sha).toBe(sha);
        const expected = [...(trees.get(sha) ?? [])].sort(([one], [other]) => (one < other ? -1 : 1));
        expect(snapshot.files.map(({ name, blob }) => [name, blob])).toEqual(expected);
        expect(readLibrary(snapshot.files, snapshot.commit).refusals.length).toBeLessThanOrEqual(2);
      }
    });
  });
});

/** The files of each commit, from what each changes of its parent (the branches of the bundle have no merges). */
function replay(log: string): Map<string, Map<string, string>> {
  const trees = new Map<string, Map<string, string>>();
  let files = new Map<string, string>();
  for (const line of log.split('\n')) {
    const [, sha, parent] = /^@(\w+) ?(\w*)$/.exec(line) ?? [];
    if (sha !== undefined) {
      files = new Map(trees.get(parent ?? '') ?? []);
      trees.set(sha, files);
    }
    const [, oid = '', status, name = ''] = /^:\d+ \d+ \w+ (\w+) (\w)\d*\tlibrary\/(.+)$/.exec(line) ?? [];
    if (status === 'D') files.delete(name);
    else if (status !== undefined) files.set(name, oid);
  }
  return trees;
}
