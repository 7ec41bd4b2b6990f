import { describe, expect, it } from 'vitest';
import { copyBatches } from '../../src/apply/copy-batches.ts';
import type { Obtained } from '../../src/apply/obtain.ts';
import { parseImageName } from '../../src/core/names.ts';
import { digest } from '../lock/build.ts';
import { destinationTags, expectJson, lockedTags, readLock } from '../promises/mirror.ts';
import { everything } from '../promises/tiny.ts';
import { expectWholeTags } from '../promises/whole.ts';
import { setWorld } from '../support/world.ts';

const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const image = parseImageName('golang');
const need = (name: string) => ({ digest: digest(name), annotations: {} });

/** An index, or a single manifest where it needs itself. */
function group(name: string, ...needs: readonly string[]): Obtained {
  return {
    manifest: { digest: digest(name), mediaType: manifestType, bytes: new Uint8Array() },
    needs: needs.map(need),
  };
}

function batches(groups: readonly Obtained[], absent: readonly string[], whole = true): string[][] {
  const read = absent.map((name) => ({
    need: need(name),
    blobs: [{ digest: digest(`blob of ${name}`), size: 1 }],
    hasForeign: false,
  }));
  const named = new Map(
    [...groups.map(({ manifest }) => manifest.digest), ...read.map((one) => one.need.digest)].map((one) => [one, '']),
  );
  for (const name of [...'abcdefgh', 'one', 'two', 'lone']) if (named.has(digest(name))) named.set(digest(name), name);
  return copyBatches(image, groups, read, whole).map((batch) =>
    batch.map((item) => `${named.get(item.digest)}: ${item.manifests.map((one) => named.get(one)).join(' ')}`),
  );
}

describe('which absent indexes skopeo copies whole', () => {
  it('those whose children are all absent and needed by no other group, each by itself', () => {
    const groups = [group('one', 'a', 'b'), group('two', 'c', 'd'), group('lone', 'lone')];
    expect(batches(groups, ['a', 'b', 'c', 'd', 'lone'])).toEqual([['one: one a b'], ['two: two c d'], ['lone: lone']]);
  });

  it('none that has a child which the destination has, or which could not be read', () => {
    expect(batches([group('one', 'a', 'b')], ['b'])).toEqual([['b: b']]);
  });

  it('none that shares a child with another: it is copied once', () => {
    expect(batches([group('one', 'a', 'b'), group('two', 'b', 'c')], ['a', 'b', 'c'])).toEqual([
      ['a: a', 'b: b', 'c: c'],
    ]);
  });

  it('none where there are few images: their children are shared out over the processes', () => {
    expect(batches([group('one', 'a', 'b')], ['a', 'b'], false)).toEqual([['a: a', 'b: b']]);
  });

  it('and an item names each of its blobs once', () => {
    const shared = { digest: digest('base'), size: 5 };
    const read = ['a', 'b'].map((name) => ({
      need: need(name),
      blobs: [shared, { digest: digest(name), size: 1 }],
      hasForeign: false,
    }));
    const [[item] = []] = copyBatches(image, [group('one', 'a', 'b')], read, true);
    expect(item?.blobs).toEqual([shared, { digest: digest('a'), size: 1 }, { digest: digest('b'), size: 1 }]);
  });
});

const entry = (tags: string, more = '') =>
  `Tags: ${tags}\n${more}Architectures: amd64, arm64v8\nGitCommit: ${'1'.repeat(40)}\nDirectory: ${tags.split(',')[0]}\n`;
const header = 'Maintainers: Nobody in Particular (@nobody)\nGitRepo: https://example.invalid/x.git\n';

describe('a first apply of several images', () => {
  it('costs one manifest GET at the source for each distinct manifest, whoever reads it', async () => {
    const windows = `Tags: 1.0-windows\nSharedTags: 1.0, latest\nArchitectures: windows-amd64\nGitCommit: ${'2'.repeat(40)}\n`;
    const library = {
      one: `${header}\n${entry('1.0-trixie', 'SharedTags: 1.0, latest\n')}\n${windows}\n${entry('1.0-alpine, alpine')}`,
      two: `${header}\n${entry('2.0, 2, latest')}`,
      three: `${header}\n${entry('3.1, 3, latest')}\n${entry('3.0')}`,
    };
    const world = await setWorld({ images: everything, library });
    await expectJson(world, ['lock']);
    world.source.reset();
    const report = await expectJson(world, ['apply']);
    const { manifestGet, distinctManifestsGot } = world.source.counts();
    expect(manifestGet).toBe(distinctManifestsGot);
    expect(report.requests.source['countedPulls']).toBe(manifestGet);
    expect(await destinationTags(world)).toEqual(lockedTags(readLock(world)));
    await expectWholeTags(world);
  });
});
