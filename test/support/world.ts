import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CountingProxy, startCountingProxy } from './counting-proxy.ts';
import { gitIn } from './git.ts';
import { buildImages } from './images/build.ts';
import { imageFromLibraryFile } from './images/from-library.ts';
import { writeRegistryStorage } from './images/storage.ts';
import type { GroupSpec, ImageSpec } from './images/types.ts';
import { startRegistry } from './registry.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { makeUpstream, type UpstreamRepository } from './upstream.ts';

/** The embedded world of the demo and the end-to-end tests: upstream's git repository, a source, a destination and a mirror repository. */
export interface World {
  readonly upstream: UpstreamRepository;
  readonly source: CountedRegistry;
  readonly destination: CountedRegistry;
  /** The mirror repository, a git work tree. */
  readonly mirror: string;
  readonly home: string;
}

export interface WorldOptions {
  /** The `images` of mirrors.yaml, in YAML. */
  readonly images?: string;
  /** The files of `library/`; default: slices of eight real images. */
  readonly library?: Readonly<Record<string, string>>;
}

/** Starts two real registries behind counting proxies, and makes upstream's and the mirror's repositories. */
export async function setWorld({ images = someImages, library }: WorldOptions = {}): Promise<World> {
  const home = temporaryDirectory().path;
  const upstream = await makeUpstream(join(home, 'official-images'), library);
  const [source, destination] = await Promise.all([countedRegistry(), countedRegistry()]);
  publish(upstream, source);
  const mirror = join(home, 'mirror');
  mkdirSync(mirror);
  writeFileSync(join(mirror, 'mirrors.yaml'), configuration(upstream.path, source.host, destination.host, images));
  await gitIn(mirror)('init', '--quiet', '--initial-branch=main');
  return { upstream, source, destination, mirror, home };
}

/** A proxy that counts, and the folder of the registry behind it. */
export interface CountedRegistry extends CountingProxy {
  readonly storage: string;
}

/** A registry on a free port, behind a proxy that counts. */
export async function countedRegistry(): Promise<CountedRegistry> {
  const { host, storage } = await startRegistry();
  return { ...(await startCountingProxy(host)), storage };
}

/** What is published differs from what is announced: builds without a change in git, and tags not built yet. */
export interface Publication {
  /** Images that were built anew. */
  readonly rebuilt?: readonly string[];
  /** Whether a group is not published yet, by its first tag. */
  readonly isPending?: (image: string, tag: string) => boolean;
}

/** Publishes at the source what upstream announces, as the Hub would have it. */
export function publish(
  upstream: UpstreamRepository,
  source: Pick<CountedRegistry, 'storage'>,
  how: Publication = {},
): void {
  const images = announced(upstream).map((image) => ({
    ...image,
    groups: withoutPending(image, how),
    rebuild: how.rebuilt?.includes(nameOf(image)) ? 1 : 0,
  }));
  writeRegistryStorage(source.storage, buildImages(images));
}

/** The images that upstream announces. */
export function announced(upstream: UpstreamRepository): ImageSpec[] {
  return upstream.images().map((name) => imageFromLibraryFile(`library/${name}`, upstream.read(name)));
}

const nameOf = ({ repository }: ImageSpec) => repository.replace('library/', '');

function withoutPending(image: ImageSpec, { isPending }: Publication): GroupSpec[] {
  return image.groups.map((group) => ({ ...group, published: !isPending?.(nameOf(image), group.tags[0] ?? '') }));
}

const someImages = `
  include:
    - alpine
    - busybox
    - {image: debian, tags: ["12*", "bookworm*", latest]}
    - {image: golang, versions: ">=1.27", tags: ["*trixie", "*-alpine", "1.27*"]}
  exclude:
    - {image: "*", tags: ["*windowsservercore*", "*nanoserver*", "*alpine3.23"]}
`;

function configuration(upstream: string, source: string, destination: string, images: string): string {
  return `version: 1
upstream: {repository: ${JSON.stringify(upstream)}}
source: {registry: ${JSON.stringify(source)}, namespace: library, insecure: true}
destinations:
  - {name: main, registry: ${JSON.stringify(destination)}, namespace: mirror, insecure: true}
images: ${images}`;
}
