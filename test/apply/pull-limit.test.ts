import { describe, expect, test } from 'vitest';
import type { AnswerHook } from '../support/counting-proxy.ts';
import { buildImages } from '../support/images/build.ts';
import { destinationTags, expectJson, lockedTags, mirrorlock, readLock } from '../support/mirror.ts';
import { everything } from '../support/tiny-library.ts';
import { expectWholeTags } from '../support/whole-tags.ts';
import { announced, setWorld, type World } from '../support/world.ts';

const architectures = 'amd64, arm32v5, arm32v7, arm64v8, i386, ppc64le, riscv64, s390x';
const library = Object.fromEntries(
  ['one', 'two', 'three', 'four', 'five', 'six'].map((name, index) => [
    name,
    [
      'Maintainers: Nobody in Particular (@nobody)',
      'GitRepo: https://example.invalid/x.git',
      '',
      `Tags: ${index}.0, latest`,
      `Architectures: ${architectures}`,
      `GitCommit: ${'1'.repeat(40)}`,
      '',
    ].join('\n'),
  ]),
);

/**
 * A source that, like the Hub, tells its limit with every manifest, counts GETs alone, and answers 429 above it.
 */
function limited(world: World, limit: number): AnswerHook {
  const built = buildImages(announced(world.upstream));
  const find = (repository: string, reference: string) => {
    const image = built.find((one) => one.repository === repository);
    return image?.manifests.get(image.tags.get(reference) ?? (reference as never));
  };
  let left = limit;
  return ({ kind, method, repository, reference }) => {
    const manifest = kind === 'manifest' ? find(repository, reference) : undefined;
    if (manifest === undefined) return undefined;
    if (method === 'GET' && left === 0) {
      return { status: 429, headers: { 'retry-after': '3600' }, body: 'toomanyrequests: pull rate limit' };
    }
    if (method === 'GET') left -= 1;
    return {
      status: 200,
      headers: {
        'content-type': manifest.mediaType,
        'docker-content-digest': manifest.digest,
        'ratelimit-limit': `${limit};w=21600`,
        'ratelimit-remaining': `${left};w=21600`,
        ...(method === 'HEAD' ? { 'content-length': `${manifest.bytes.length}` } : {}),
      },
      ...(method === 'GET' ? { body: manifest.bytes } : {}),
    };
  };
}

describe('a source with a pull limit that is far below what a first apply needs', () => {
  test('is mirrored all the same, run after run: what a run has pulled is not pulled again', async () => {
    const world = await setWorld({ images: everything, library });
    await expectJson(world, ['lock']);
    const wanted = lockedTags(readLock(world));
    const limit = 20;
    const distinct = 6 * (1 + 2 * 8);
    let runs = 0;
    let pulls = 0;
    let code = 1;
    while (code !== 0 && runs < 10) {
      world.source.reset();
      world.source.respond(limited(world, limit));
      code = (await mirrorlock(world, ['apply', '--jobs', '6'])).code ?? 1;
      runs += 1;
      pulls += world.source.counts().distinctManifestsGot;
    }
    expect(code).toBe(0);
    expect(runs).toBe(Math.ceil(distinct / limit));
    expect(pulls).toBeLessThan(distinct * 1.1);
    expect(await destinationTags(world)).toEqual(wanted);
    await expectWholeTags(world);
  });
});
