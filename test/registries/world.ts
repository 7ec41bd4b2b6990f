import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCli } from '../support/cli.ts';
import { type CountingProxy, startCountingProxy } from '../support/counting-proxy.ts';
import { gitIn } from '../support/git.ts';
import { buildImage } from '../support/images/build.ts';
import { imageFromLibraryFile } from '../support/images/from-library.ts';
import { publishImages } from '../support/images/publish.ts';
import type { BuiltRepository } from '../support/images/types.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { makeUpstream, type UpstreamRepository } from '../support/upstream.ts';
import type { RegistryKind } from './kinds.ts';

/** A mirror of a source of one kind at a destination of another. */
export interface PairWorld {
  readonly source: CountingProxy;
  readonly destination: CountingProxy;
  readonly mirror: string;
  readonly home: string;
  readonly upstream: UpstreamRepository;
  /** Publishes at the source what upstream announces, with some images built anew. */
  publish(rebuilt?: readonly string[]): Promise<void>;
  /** Runs the built command and gives what `--json` printed; throws, with what it said, for another exit code. */
  run(args: readonly string[], code?: number): Promise<Json>;
  /** Commits the lockfile, as if so many days ago. */
  merge(daysAgo: number): Promise<void>;
  /** `image:tag` → digest, as the lockfile has it and as the destination has it below a namespace. */
  locked(): Promise<Map<string, string>>;
  tagsAt(namespace: string, images: readonly string[]): Promise<Map<string, string>>;
}

// biome-ignore lint/suspicious/noExplicitAny: what the command printed is looked into by its documented shape.
export type Json = any;

const entry = (name: string, lines: string) =>
  `Maintainers: Nobody in Particular (@nobody)\nGitRepo: https://example.invalid/${name}.git\n\n${lines}\n`;

const library = {
  alpine: entry(
    'alpine',
    `Tags: 3.24.1, 3.24, 3, latest
Architectures: amd64, arm64v8
GitCommit: ${'1'.repeat(40)}
Directory: 3.24

Tags: 3.23.5, 3.23
Architectures: amd64
GitCommit: ${'2'.repeat(40)}
Directory: 3.23`,
  ),
  busybox: entry('busybox', `Tags: 1.38.0, latest\nArchitectures: amd64\nGitCommit: ${'3'.repeat(40)}`),
  // The same bytes as alpine's, so that its layers can be mounted.
  sibling: entry('sibling', `Tags: 1.0, latest\nArchitectures: amd64, arm64v8\nGitCommit: ${'4'.repeat(40)}`),
};

export async function pairWorld(sourceKind: RegistryKind, destinationKind: RegistryKind): Promise<PairWorld> {
  const home = temporaryDirectory().path;
  const upstream = await makeUpstream(join(home, 'official-images'), library);
  const [source, destination] = await Promise.all(
    [sourceKind, destinationKind].map(async (kind) => startCountingProxy(await kind.start())),
  );
  if (source === undefined || destination === undefined) throw new Error('not started');
  const mirror = join(home, 'mirror');
  mkdirSync(mirror);
  writeFileSync(join(mirror, 'mirrors.yaml'), configuration(upstream.path, source.host, destination.host));
  await gitIn(mirror)('init', '--quiet', '--initial-branch=main');
  const env = { MIRRORLOCK_CACHE: join(home, 'cache') };
  const world: PairWorld = {
    ...{ source, destination, mirror, home, upstream },
    async publish(rebuilt = []) {
      await publishImages(
        source.host,
        upstream.images().map((image) => built(upstream, image, rebuilt.includes(image))),
      );
    },
    async run(args, code = 0) {
      const result = await runCli([...args, '--json', '-C', mirror], { env });
      if (result.code !== code) throw new Error(`exit code ${result.code}: ${result.stderr.trim()}`);
      return JSON.parse(result.stdout || '{}');
    },
    async merge(daysAgo) {
      const date = new Date(Date.now() - daysAgo * 86_400_000).toISOString();
      const git = gitIn(mirror, { name: 'alice', email: 'alice@example.invalid', date });
      await git('add', '--all');
      await git('commit', '--quiet', '--message=Lock');
    },
    locked: async () => readLocked(readFileSync(join(mirror, 'mirrors.lock.yaml'), 'utf8')),
    tagsAt: (namespace, images) => readTags(destination.host, namespace, images),
  };
  return world;
}

function built(upstream: UpstreamRepository, image: string, isRebuilt: boolean): BuiltRepository {
  const like = image === 'sibling' ? 'alpine' : image;
  const spec = imageFromLibraryFile(`library/${like}`, upstream.read(image));
  const repository = buildImage({ ...spec, rebuild: isRebuilt ? 1 : 0 });
  return Object.create(repository, { repository: { value: `library/${image}` } }) as BuiltRepository;
}

async function readLocked(text: string): Promise<Map<string, string>> {
  const { parseLockfile } = await import('../../src/lock/parse.ts');
  const { tagDigests } = await import('../../src/lock/types.ts');
  return new Map(
    parseLockfile(text, 'mirrors.lock.yaml').images.flatMap((image) =>
      [...tagDigests(image)].map(([tag, digest]) => [`${image.image}:${tag}`, digest] as const),
    ),
  );
}

const accept = 'application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json';

async function readTags(host: string, namespace: string, images: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const image of images) {
    const listed = await fetch(`http://${host}/v2/${namespace}/${image}/tags/list`);
    const { tags } = listed.ok ? ((await listed.json()) as { tags: string[] | null }) : { tags: [] };
    for (const tag of tags ?? []) {
      // crane's registry lists digests among the tags.
      if (tag.includes(':')) continue;
      const url = `http://${host}/v2/${namespace}/${image}/manifests/${tag}`;
      const head = await fetch(url, { method: 'HEAD', headers: { accept } });
      found.set(`${image}:${tag}`, head.headers.get('docker-content-digest') ?? '');
    }
  }
  return found;
}

function configuration(upstream: string, source: string, destination: string): string {
  const at = (name: string) => `  - {name: ${name}, registry: "${destination}", namespace: ${name}, insecure: true}\n`;
  return `version: 1
upstream: {repository: ${JSON.stringify(upstream)}}
source: {registry: "${source}", namespace: library, insecure: true}
destinations:
${at('main')}${at('second')}images: {include: ["*"]}
policy: {dropped: prune, prune: {atMost: {percent: 100}}}
`;
}
