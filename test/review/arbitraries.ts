import fc from 'fast-check';
import type { Digest, ImageName, Tag } from '../../src/core/names.ts';
import type { LockEntry, Lockfile } from '../../src/lock/types.ts';
import type { KeptIndex } from '../../src/resolve/types.ts';
import type { ChangeInput, Note } from '../../src/review/types.ts';
import { hostileText } from '../support/hostile-text.ts';
import { digest } from '../support/lockfiles.ts';

const anyTag = fc.oneof(fc.constantFrom('1.2', '2.0.1', '2', 'latest', 'edge'), hostileText).map((text) => text as Tag);
const anyImage = fc
  .oneof(
    fc.constantFrom('debian', 'golang', 'python', 'www.example', 'gh-12', 'deadbeef', 'c'.repeat(255)),
    hostileText,
  )
  .map((text) => text as ImageName);
const anyDigest = fc.oneof(
  fc.constantFrom('a', 'b', 'c').map(digest),
  hostileText.map((text) => text as Digest),
);
const anyCommit = fc.oneof(fc.constantFrom('c0ff'.repeat(10), 'f00d'.repeat(10)), hostileText);
const knownRepositories = [
  'https://github.com/docker-library/official-images.git',
  'git@gitlab.example.com:mirrors/library/official-images.git',
] as const;
const anyRepository = fc.oneof(
  fc.constantFrom(...knownRepositories),
  hostileText,
  hostileText.map((text) => `https://github.com/${text}`),
  hostileText.map((text) => `https://github.com/a/b?${text}`),
  hostileText.map((text) => `https://gitlab.${text}/a/b`),
);

const anyTags = fc.uniqueArray(anyTag, { minLength: 1, maxLength: 5 });
const hostileIndex: fc.Arbitrary<KeptIndex> = fc.array(hostileText, { maxLength: 2 }).map((texts) => ({
  sources: [digest('source')],
  without: texts,
  children: texts.map((text) => ({
    digest: digest(text),
    size: 1,
    mediaType: text,
    platform: { os: text, architecture: text },
  })),
}));
const anyEntry: fc.Arbitrary<LockEntry> = fc.oneof(
  fc.record({ digest: anyDigest, tags: anyTags, index: hostileIndex }),
  fc.record({ pending: anyTags }),
);

/** A lockfile of which nothing is fit to print: names, tags, digests and upstream are any text. */
const hostileLockfile: fc.Arbitrary<Lockfile> = fc.record({
  configHash: hostileText,
  upstream: fc.record({ repository: anyRepository, commit: anyCommit }),
  images: fc.uniqueArray(fc.record({ image: anyImage, entries: fc.array(anyEntry, { maxLength: 4 }) }), {
    maxLength: 10,
    selector: ({ image }) => image,
  }),
});

const hostileNote: fc.Arbitrary<string | Note> = fc.oneof(
  hostileText,
  fc.record(
    {
      title: hostileText,
      text: fc.array(hostileText, { maxLength: 3 }),
      items: fc.array(hostileText, { maxLength: 3 }),
      code: fc.record({ language: fc.constant('yaml' as const), text: hostileText }),
    },
    { requiredKeys: ['title', 'text'] },
  ),
);

export const checkboxText = 'Let mirrorlock overwrite what was pushed to this branch.';

/** All that a pull request is described from, any text in each field that is not of this project's making. */
export const hostileInput: fc.Arbitrary<ChangeInput> = fc.record(
  {
    forge: fc.constantFrom('github' as const, 'gitlab' as const),
    before: fc.option(hostileLockfile, { nil: undefined }),
    after: hostileLockfile,
    policy: fc.record(
      {
        dropped: fc.constantFrom('keep' as const, 'prune' as const),
        afterMs: fc.nat({ max: 10_000_000_000 }),
        exclusive: fc.array(hostileText, { maxLength: 2 }),
        shared: fc.array(hostileText, { maxLength: 2 }),
        from: fc.constant(new Date('2026-08-22T00:00:00Z')),
      },
      { requiredKeys: ['dropped', 'afterMs', 'exclusive', 'shared'] },
    ),
    askedFor: hostileText.map((text) => () => text as Tag),
    warnings: fc.array(
      fc.record({
        code: hostileText,
        severity: fc.constant('warning' as const),
        message: hostileText,
        value: hostileText,
        hint: hostileText,
      }),
      { maxLength: 15 },
    ),
    destinations: fc.array(hostileText, { maxLength: 10 }),
    files: fc.array(hostileText, { maxLength: 12 }),
    budget: fc.record({ limit: fc.integer({ min: 1, max: 500 }), windowMs: fc.integer({ min: 1, max: 100_000_000 }) }),
    notes: fc.array(hostileNote, { maxLength: 3 }),
    markers: fc.constantFrom([], ['update'], ['update', 'content:abc']),
    checkbox: fc.record({ text: fc.constant(checkboxText), ticked: fc.boolean() }),
    maxLength: fc.integer({ min: 8_000, max: 60_000 }),
  },
  { requiredKeys: ['forge', 'before', 'after'] },
);
