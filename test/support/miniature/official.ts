import { createHash } from 'node:crypto';
import type { Digest } from '../../../src/core/names.ts';
import { groupsOf } from '../../../src/upstream/groups.ts';
import { readManifest } from '../../../src/upstream/manifest.ts';
import type { EntrySource, Group } from '../../../src/upstream/types.ts';
import { digestOf } from '../images/content.ts';
import { oci } from '../images/media-types.ts';
import { type Descriptor, RepositoryBuilder } from '../images/repository-builder.ts';
import type { BuiltRepository } from '../images/types.ts';
import { addUpstreamImage, type UpstreamImage } from '../images/upstream-image.ts';
import { baseReference } from './bases.ts';

/** What upstream knows of one build, and what no registry says: why it was made. */
export interface BuildRecord {
  readonly platform: string;
  /** Repository, commit, directory and file. */
  readonly source: string;
  /** How often it was built again from the same source and base. */
  readonly build: number;
  /** The base's manifest of this platform, and by what name the Dockerfile takes it. */
  readonly base?: { readonly name: string; readonly digest: Digest };
}

/** Builds of all time: by the digest of a manifest, and the manifests of images in each index. */
export interface BuildHistory {
  readonly builds: Map<Digest, BuildRecord>;
  readonly indexes: Map<Digest, readonly Digest[]>;
}

/** How upstream builds this time. */
export interface BuildTime {
  /** How often an image was built again though nothing says why. */
  readonly rebuilds: ReadonlyMap<string, number>;
  readonly created: string;
}

interface Child {
  readonly image: UpstreamImage;
  readonly digest: Digest;
  readonly descriptors: readonly Descriptor[];
}

/** Images that are bases of others come first, from the bottom. */
const bottom = ['debian', 'ubuntu', 'alpine', 'buildpack-deps'];

/** Those that the images of these names may be built on. */
export const baseImages: readonly string[] = bottom;

/** Builds what library files announce, as upstream does: with annotations and attestations, and each image on its base. */
export interface OfficialBuilder {
  readonly history: BuildHistory;
  /** Gives a repository for each file: what is new of it, and all of its tags. */
  build(files: ReadonlyMap<string, string>, time: BuildTime): ReadonlyMap<string, BuiltRepository>;
}

/** Makes one; equal files, times and orders of calls give equal bytes. */
export function officialBuilder(): OfficialBuilder {
  const history: BuildHistory = { builds: new Map(), indexes: new Map() };
  const known = new Map<string, Child>();
  return {
    history,
    build(files, time) {
      const bases = new Map<string, Child>();
      const names = [
        ...bottom.filter((name) => files.has(name)),
        ...[...files.keys()].filter((n) => !bottom.includes(n)),
      ];
      return new Map(
        names.map((name) => [name, buildImage(name, files.get(name) ?? '', { time, bases, known, history })] as const),
      );
    },
  };
}

interface Workshop {
  readonly time: BuildTime;
  /** By `IMAGE:TAG PLATFORM`: what this call built so far. */
  readonly bases: Map<string, Child>;
  readonly known: Map<string, Child>;
  readonly history: BuildHistory;
}

function buildImage(name: string, text: string, shop: Workshop): BuiltRepository {
  const builder = new RepositoryBuilder(`library/${name}`);
  for (const group of withEntries(text)) {
    const children = group.parts.map((part) => childOf(builder, name, part, shop));
    const { digest } = builder.index(
      oci.index,
      children.flatMap(({ descriptors }) => descriptors),
    );
    shop.history.indexes.set(
      digest,
      children.map((child) => child.digest),
    );
    for (const tag of group.tags) builder.tags.set(tag, digest);
    for (const [index, child] of children.entries()) {
      const platform = group.parts[index]?.source.platform;
      for (const tag of group.tags) shop.bases.set(`${name}:${tag} ${platform}`, child);
    }
  }
  return builder;
}

interface Part {
  /** The tags of the entry. */
  readonly tags: readonly string[];
  readonly source: EntrySource;
}

/** The groups of a file with what their indexes are made of: entries, and shared tags over several of them. */
function withEntries(text: string): (Group & { readonly parts: readonly Part[] })[] {
  return groupsOf(readManifest(text), { builds: true, sources: true }).map((group) => ({
    ...group,
    parts: (group.sources ?? []).map((source, index) => ({ tags: group.builds?.[index]?.tags ?? [], source })),
  }));
}

function childOf(builder: RepositoryBuilder, name: string, { tags, source }: Part, shop: Workshop): Child {
  const { platform, repository, commit, directory, file } = source;
  const baseName = baseReference(name, tags, directory);
  const base = baseName === undefined ? undefined : baseOf(baseName, platform, shop);
  const build = shop.time.rebuilds.get(name) ?? 0;
  const place = [repository, commit, directory, file].join(' ');
  const key = [name, tags[0], platform, place, build, base?.digest ?? ''].join(' ');
  const found = shop.known.get(key);
  if (found !== undefined) return found;
  const isWindows = platform.startsWith('windows/');
  const image = addUpstreamImage(builder, {
    tags: [tags[0] ?? ''],
    platforms: [platform],
    source: { repository: withGit(repository), commit, directory },
    // Upstream names the base's manifest of the same platform (docker-library/meta-scripts, cmd/builds/main.go).
    ...(base && baseName && { base: { ...base.image, name: baseName, digest: base.digest } }),
    created: shop.time.created,
    packages: packagesOf(name, tags[0] ?? '', place, build),
    build,
    ...(isWindows && { annotated: false, provenance: 'none' as const }),
    sbom: !isWindows && hasSbom(name),
  });
  const child = takeChild(builder, image, platform);
  shop.known.set(key, child);
  const recorded = base && baseName ? { base: { name: baseName, digest: base.digest } } : {};
  shop.history.builds.set(child.digest, { platform, source: place, build, ...recorded });
  return child;
}

/** Takes the index of one platform away again: upstream makes it of all. */
function takeChild(builder: RepositoryBuilder, image: UpstreamImage, platform: string): Child {
  const index = JSON.parse(String(builder.manifests.get(image.digest)?.bytes)) as { manifests: Descriptor[] };
  builder.manifests.delete(image.digest);
  for (const [tag, digest] of builder.tags) if (digest === image.digest) builder.tags.delete(tag);
  const digest = image.children.get(platform);
  if (digest === undefined) throw new Error(`${image.name} was not built for ${platform}.`);
  return { image, digest, descriptors: index.manifests };
}

/** A base of the library as it was built just now, or one from elsewhere, such as Microsoft's, which never changes. */
function baseOf(name: string, platform: string, { bases }: Workshop): Pick<Child, 'image' | 'digest'> {
  const child = bases.get(`${name} ${platform}`);
  if (child !== undefined) return child;
  const digest = digestOf(Buffer.from(`${name} ${platform}`));
  const source = { repository: 'https://example.invalid/base.git', commit: '0'.repeat(40), directory: '.' };
  const layers = new Map([[platform, [{ seed: `${name} ${platform}`, bytes: 1024 }]]]);
  const spec = { tags: [name], platforms: [platform], source };
  return {
    digest,
    image: { name, digest, spec, packages: [], config: {}, layers, children: new Map([[platform, digest]]) },
  };
}

/** Two packages of a system, with versions that follow from its build; of others, the one that it is made for. */
function packagesOf(image: string, tag: string, source: string, build: number): string[] {
  const hash = createHash('sha1').update(`${source} ${build}`).digest('hex');
  const version = `3.${Number.parseInt(hash.slice(0, 4), 16)}`;
  if (image === 'debian') return ['openssl', 'libc6'].map((name) => `pkg:deb/debian/${name}@${version}-1`);
  if (image === 'ubuntu') return ['openssl', 'libc6'].map((name) => `pkg:deb/ubuntu/${name}@${version}-1ubuntu1`);
  if (image === 'alpine') return ['openssl', 'musl'].map((name) => `pkg:apk/alpine/${name}@${version}-r0`);
  return [`pkg:generic/${image}@${encodeURIComponent(tag)}`];
}

/** Some 112 of 144 images have an SBOM (docker-library/meta-scripts, doi.jq). */
function hasSbom(image: string): boolean {
  return Number.parseInt(createHash('sha1').update(image).digest('hex').slice(0, 4), 16) % 9 >= 2;
}

/** As BuildKit is given it (docker-library/meta-scripts, meta.jq, `git_build_url`). */
function withGit(repository: string): string {
  return /^https?:\/\/github\.com\//.test(repository) && !repository.endsWith('.git')
    ? `${repository}.git`
    : repository;
}
