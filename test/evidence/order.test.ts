import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { parseImageName, parseTag } from '../../src/core/names.ts';
import { UserError } from '../../src/core/problem.ts';
import { type ContentsReader, type IndexPorts, readEvidence } from '../../src/evidence/read.ts';
import type { GroupEvidence, Step } from '../../src/evidence/types.ts';
import { annotatedImage, annotationsOf } from './annotated.ts';

const names = ['alpine', 'debian', 'golang'].map(parseImageName);
const used = 'test/used-up';

/** A source of which each image answers sooner than the one before it, with so many pulls left. */
function slowestFirst(room: number) {
  const annotations = annotationsOf('1'.repeat(40), '2026-08-17T00:00:00Z');
  const builders = new Map(
    names.map((name) => [
      name,
      annotatedImage(name, [{ tags: ['1'], platforms: ['linux/amd64'], build: 2, annotations }]),
    ]),
  );
  const taken: string[] = [];
  const take = async (name: GroupEvidence['image']) => {
    for (let turn = names.indexOf(name); turn < 4 * names.length; turn += 1) await setImmediate();
    if (taken.length >= room) throw new UserError([{ code: used, severity: 'error', message: 'No pull is left.' }]);
    taken.push(name);
  };
  const steps = [...builders].map(([image, builder]): Step => {
    return { image, to: builder.manifestOf('1').digest, tags: [parseTag('1')] };
  });
  const index: IndexPorts = {
    ...{ sourceDigest: (_, digest) => digest, destination: async () => undefined, usedUp: used },
    async source(image, digest) {
      await take(image);
      return builders.get(image)?.manifests.get(digest);
    },
    hasRoomFor: async (pulls) => pulls <= room - taken.length,
    cost: () => ({ pulls: taken.length, allowed: room }),
  };
  const contents: ContentsReader = {
    choose: (groups) => groups,
    async read({ image }) {
      await take(image);
      await take(image);
      return { notes: [] };
    },
  };
  return { steps, index, contents, taken };
}

const git = { repository: 'https://git.example/library', images: async () => new Map(), log: async () => noLog };
const noLog = { state: 'absent' } as const;
const options = { commits: { after: '2'.repeat(40) } };

describe('a share that is not enough for all', () => {
  it('is taken by the indexes that say most, not by those that answer first', async () => {
    const { steps, index, taken } = slowestFirst(1);
    const { unread } = await readEvidence(steps, { git, index }, options);
    expect(taken).toEqual(['alpine']);
    expect(unread).toEqual([{ why: 'share', groups: 2 }]);
  });

  it('reads what is inside of one group whole, not halves of several', async () => {
    const { steps, index, contents, taken } = slowestFirst(5);
    const { unread } = await readEvidence(steps, { git, index, contents }, options);
    expect(taken.slice(3)).toEqual(['alpine', 'alpine']);
    expect(unread).toEqual([{ why: 'share', groups: 2 }]);
  });

  it('is not waited for one after another where it is enough', async () => {
    const { steps, index, taken } = slowestFirst(3);
    await readEvidence(steps, { git, index }, options);
    expect(taken).toEqual(['golang', 'debian', 'alpine']);
  });
});
