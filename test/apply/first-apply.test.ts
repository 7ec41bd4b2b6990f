import { describe, expect, it } from 'vitest';
import { destinationTags, expectJson, lockedTags, readLock } from '../support/mirror.ts';
import { everything } from '../support/tiny-library.ts';
import { expectWholeTags } from '../support/whole-tags.ts';
import { setWorld } from '../support/world.ts';

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
