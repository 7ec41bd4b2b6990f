import { type CountingProxy, startCountingProxy } from '../counting-proxy.ts';
import { startRegistry } from '../registry.ts';
import type { World } from '../world.ts';
import { otherMirror } from './other-mirror.ts';

/** One of many destinations of a mirror: a host of its own, and a namespace of its own in a registry that all share. */
export interface OneOfMany {
  readonly name: string;
  readonly proxy: CountingProxy;
  /** The image and tag of each tag that it has, with the digest; asked of the registry itself. */
  tags(repository: string): Promise<Map<string, string>>;
}

export interface ManyDestinations {
  /** As the mirror of the world, with these destinations. */
  readonly world: World;
  readonly destinations: readonly OneOfMany[];
}

const accept = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/**
 * A copy of a world's locked mirror that has a destination for each name, so that one `apply` meets as many faults side by
 * side, and waits for them once.
 */
export async function manyDestinations(world: World, names: readonly string[]): Promise<ManyDestinations> {
  const registry = await startRegistry();
  const destinations = await Promise.all(
    names.map(async (name): Promise<OneOfMany> => {
      const proxy = await startCountingProxy(registry.host);
      return { name, proxy, tags: (repository) => tagsOf(registry.host, `${name}/${repository}`) };
    }),
  );
  const specs = destinations.map(({ name, proxy }) => ({ name, host: proxy.host, namespace: name }));
  return { world: otherMirror(world, specs), destinations };
}

async function tagsOf(host: string, repository: string): Promise<Map<string, string>> {
  const answer = await fetch(`http://${host}/v2/${repository}/tags/list`);
  const { tags } = answer.ok ? ((await answer.json()) as { tags: string[] | null }) : { tags: [] };
  const found = new Map<string, string>();
  for (const tag of tags ?? []) {
    const head = await fetch(`http://${host}/v2/${repository}/manifests/${tag}`, {
      method: 'HEAD',
      headers: { accept },
    });
    found.set(tag, head.headers.get('docker-content-digest') ?? '');
  }
  return found;
}
