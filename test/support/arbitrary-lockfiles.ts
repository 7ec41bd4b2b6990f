import fc from 'fast-check';
import { isImageName, isTag, parseImageName, parseTag, type Tag } from '../../src/core/names.ts';
import type { Platform } from '../../src/core/platform.ts';
import type { LockEntry, LockedImage, Lockfile } from '../../src/lock/types.ts';
import { indexDigest, inOrder } from '../../src/resolve/children.ts';
import type { Child, KeptIndex, PartialIndex, ResolvedImage } from '../../src/resolve/types.ts';
import { configHash, digest, group, lockfile, resolvedImage, upstream } from './lockfiles.ts';

/** Tags and names that some reader of YAML takes for something else than a string. */
const nasty = [
  '3.10',
  '1e3',
  'on',
  'null',
  '0x1f',
  '1_000',
  'y',
  'NO',
  'true',
  '0o7',
  '017',
  '1',
  '_',
  '0b11',
  '2026-01-01',
];
const nastyNames = ['null', 'on', 'yes', '1e3', '1_000', '0x1f', '007', '2026-01-01', 'version', 'digest', '1.5', 'n'];

const anyTag: fc.Arbitrary<Tag> = fc
  .oneof(fc.constantFrom(...nasty), fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,12}$/))
  .filter(isTag)
  .map(parseTag);

const anyImageName = fc.oneof(fc.constantFrom(...nastyNames), fc.stringMatching(/^[a-z0-9]{1,6}$/)).filter(isImageName);

/** Entries of an image: distinct digests, and tags that are locked once, of which pending groups may name some. */
const anyEntries: fc.Arbitrary<LockEntry[]> = fc
  .uniqueArray(anyTag, { minLength: 1, maxLength: 12 })
  .chain((tags) =>
    fc
      .array(fc.nat({ max: 4 }), { minLength: tags.length, maxLength: tags.length })
      .map((places) => ({ tags, places })),
  )
  .chain(({ tags, places }) => {
    const groups = [0, 1, 2, 3, 4]
      .map((place) => tags.filter((_, index) => places[index] === place))
      .filter((own) => own.length > 0);
    return fc.tuple(
      fc.uniqueArray(fc.nat({ max: 99 }), { minLength: groups.length, maxLength: groups.length }),
      fc.shuffledSubarray(tags.slice(0, 3)),
      fc.constant(groups),
    );
  })
  .map(([names, waiting, groups]) => [
    ...(waiting.length > 0 ? [{ pending: waiting }] : []),
    ...groups.map((tags, index) => ({ digest: digest(`${names[index]}`), tags })),
  ])
  .chain((entries) => fc.tuple(...entries.map(withIndex)))
  .filter((entries) => new Set(entries.map(nameOf)).size === entries.length);

const word = fc.stringMatching(/^[a-z0-9][A-Za-z0-9._-]{0,8}$/);
const anyPlatform: fc.Arbitrary<Platform> = fc.oneof(
  fc.constantFrom(
    { os: 'linux', architecture: 'amd64' },
    { os: 'linux', architecture: 'arm64', variant: 'v8' },
    { os: 'windows', architecture: 'amd64', osVersion: '10.0.20348.1' },
    { os: 'windows', architecture: 'amd64', osVersion: '10.0.26100.2', osFeatures: ['win32k'] },
    { os: 'unknown', architecture: 'unknown' },
  ),
  fc.record(
    {
      os: word,
      architecture: word,
      variant: word,
      osVersion: word,
      osFeatures: fc.array(word, { minLength: 1, maxLength: 3 }),
    },
    { requiredKeys: ['os', 'architecture'] },
  ),
);

const anyOwnDigest = fc.nat({ max: 30 }).map((name) => digest(`child ${name}`));
const mediaTypes = ['oci.image.manifest.v1+json', 'docker.distribution.manifest.v2+json', 'oci.image.index.v1+json'];
const anyKnown = {
  digest: anyOwnDigest,
  size: fc.oneof(fc.constantFrom(0, Number.MAX_SAFE_INTEGER), fc.nat()),
  mediaType: fc.constantFrom(...mediaTypes).map((type) => `application/vnd.${type}`),
};
const anyReference = fc.record({ digest: anyOwnDigest, type: fc.constantFrom('attestation-manifest', 'other') });

/** Children of an index: any platforms, several of one, and attestations of what is there and what is not. */
const anyChildren: fc.Arbitrary<Child[]> = fc.array(
  fc.oneof(
    fc.record({ ...anyKnown, platform: anyPlatform }),
    fc.record(anyKnown),
    fc.record({ ...anyKnown, attests: anyReference }),
  ),
  { minLength: 1, maxLength: 6 },
);

const anyIndex: fc.Arbitrary<KeptIndex> = fc.record({
  sources: fc
    .uniqueArray(fc.nat({ max: 9 }), { minLength: 1, maxLength: 2 })
    .map((names) => names.map((name) => digest(`source ${name}`))),
  without: fc.subarray(['linux/arm/v6', 'linux/386', 'solaris/amd64', 'none', 'attestations']).map(inOrder),
  children: anyChildren,
});

const anySeen: fc.Arbitrary<PartialIndex> = fc.record({
  source: fc.nat({ max: 9 }).map((name) => digest(`source ${name}`)),
  without: fc.subarray(['linux/arm/v6', 'linux/386', 'attestations']).map(inOrder),
  children: fc.oneof(fc.constant([]), anyChildren),
});

/** A group may tell what is kept of its index, which is rewritten or upstream's own. */
function withIndex(entry: LockEntry): fc.Arbitrary<LockEntry> {
  if ('pending' in entry)
    return fc.oneof(
      fc.constant(entry),
      anySeen.map((seen) => ({ ...entry, seen })),
    );
  const { digest: own, tags } = entry;
  return fc.oneof(
    fc.constant(entry),
    anyIndex.map((index) => ({ digest: indexDigest(index.children), tags, index })),
    anyIndex.map((index) => ({ digest: own, tags, index: { ...index, sources: [own, ...index.sources] } })),
    anyIndex.map((index) => ({ digest: own, tags, index: { ...index, sources: [own], without: [] } })),
  );
}

const nameOf = (entry: LockEntry) => ('pending' in entry ? '' : entry.digest);

const anyImages: fc.Arbitrary<LockedImage[]> = fc
  .uniqueArray(fc.tuple(anyImageName, anyEntries), { maxLength: 5, selector: ([name]) => name })
  .map((images) =>
    images
      .map(([name, entries]) => ({ image: parseImageName(name), entries }))
      .sort((a, b) => (a.image < b.image ? -1 : 1)),
  );

export const anyLockfile: fc.Arbitrary<Lockfile> = anyImages.map((images) => lockfile(...images));

const someTags = ['1.0', '1', 'latest', '2.0', '2', 'edge', 'on', '3.10'];

const anyGroups = fc
  .tuple(
    fc.shuffledSubarray(someTags),
    fc.array(fc.nat({ max: 3 }), { minLength: someTags.length, maxLength: someTags.length }),
    fc.array(fc.option(fc.constantFrom('a', 'b', 'c'), { nil: undefined }), { minLength: 4, maxLength: 4 }),
    fc.array(fc.boolean(), { minLength: someTags.length, maxLength: someTags.length }),
  )
  .map(([tags, places, names, isWanted]) =>
    [0, 1, 2, 3].flatMap((place) => {
      const own = tags.filter((_, index) => places[index] === place);
      const wanted = own.filter((_, index) => index === 0 || isWanted[index]);
      return own.length === 0 ? [] : [group(own.join(' '), names[place], wanted.join(' '))];
    }),
  );

/** What resolve gives: images of few names, tags and digests, in any order. No tag stands in two groups of an image. */
export const anyResolved: fc.Arbitrary<ResolvedImage[]> = fc
  .uniqueArray(fc.tuple(fc.constantFrom('alpine', 'debian', 'golang'), anyGroups), {
    maxLength: 3,
    selector: ([name]) => name,
  })
  .map((images) => images.map(([name, groups]) => resolvedImage(name, ...groups)));

const similar: fc.Arbitrary<Lockfile> = anyResolved.map((images) => ({
  configHash,
  upstream,
  images: images
    .map(({ image, groups }) => ({ image, entries: groups.map(asEntry) }))
    .filter(({ entries }) => entries.length > 0)
    .sort((a, b) => (a.image < b.image ? -1 : 1)),
}));

function asEntry({ digest: known, wanted }: ResolvedImage['groups'][number], index: number): LockEntry {
  // Digests of groups may be the same, those of entries may not.
  return known === undefined ? { pending: wanted } : { digest: digest(`${known} ${index}`), tags: wanted };
}

/** Two lockfiles of few images, tags and digests, so that much is the same in both. */
export const twoLockfiles: fc.Arbitrary<[Lockfile, Lockfile]> = fc.tuple(similar, similar);
