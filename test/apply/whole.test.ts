import { describe, expect, it } from 'vitest';
import { wholeGroups } from '../../src/apply/whole.ts';
import type { Digest, ImageName, Tag } from '../../src/core/names.ts';
import type { PlannedGroup } from '../../src/plan/types.ts';
import { destinationTags, expectJson, lockedTags, readLock } from '../promises/mirror.ts';
import { everything } from '../promises/tiny.ts';
import { expectWholeTags } from '../promises/whole.ts';
import { setWorld } from '../support/world.ts';

let digests = 0;
function group(image: string, tags: readonly string[], { copy = true, replaces = '' } = {}): PlannedGroup {
  digests += 1;
  const old = replaces === '' ? undefined : (`sha256:${replaces.padEnd(64, '0')}` as Digest);
  const put = tags.map((tag) => ({ tag: tag as Tag, replaces: old }));
  return { image: image as ImageName, digest: `sha256:${String(digests).padStart(64, '0')}` as Digest, copy, put };
}

function firstTags(groups: readonly PlannedGroup[]): string[] {
  return [...wholeGroups({ groups, unchanged: 0 })].map(({ put }) => String(put[0]?.tag));
}

describe('which absent groups skopeo copies whole', () => {
  const others = [group('one', ['1']), group('two', ['2'])];

  it('those that are new and whose children no other group is likely to have', () => {
    const golang = [
      group('golang', ['1.27.0-trixie', 'trixie']),
      group('golang', ['1.27.0', 'latest']),
      group('golang', ['1.26.0-trixie'], { replaces: 'a' }),
      group('golang', ['1.25.0-trixie'], { copy: false }),
    ];
    expect(firstTags([...others, ...golang])).toEqual(['1', '2', '1.27.0-trixie']);
  });

  it('none where there are few images: their children are shared out over the processes', () => {
    expect(firstTags(others)).toEqual([]);
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
