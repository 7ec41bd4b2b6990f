import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { oci } from '../support/images/media-types.ts';
import type { Descriptor, RepositoryBuilder } from '../support/images/repository-builder.ts';
import { writeRegistryStorage } from '../support/images/storage.ts';
import { addUpstreamImage, upstreamRepository } from '../support/images/upstream-image.ts';
import { mirrorlock } from '../support/mirror.ts';
import { type Answer, type SeenRequest, scriptedServer } from '../support/scripted-server.ts';
import { setWorld } from '../support/world.ts';

const commit = '1'.repeat(40);
const key = (name: string) => `org.opencontainers.image.${name}`;

/** What stands in place of the annotations of the second build's images. */
const images: Readonly<Record<string, (annotations: object) => unknown>> = {
  sound: (annotations) => annotations,
  number: (annotations) => ({ ...annotations, [key('revision')]: 7 }),
  object: (annotations) => ({ ...annotations, [key('created')]: { at: '2026-08-17' } }),
  list: (annotations) => ({ ...annotations, [key('base.name')]: ['debian:trixie'], other: [[]] }),
  null: (annotations) => ({ ...annotations, [key('base.digest')]: null }),
  boolean: (annotations) => ({ ...annotations, [key('url')]: true }),
  elsewhere: (annotations) => ({ ...annotations, other: 7, many: null }),
  'no-object': () => ['a'],
  text: () => 'a',
};

function repositoryOf(name: string, build: 1 | 2): RepositoryBuilder {
  const builder = upstreamRepository(`library/${name}`);
  const source = { repository: `https://github.com/docker-library/${name}.git`, commit, directory: '1' };
  const packages = [`pkg:deb/debian/openssl@3.5.${build}?distro=debian-13`];
  const spec = { tags: ['1'], platforms: ['linux/amd64'], created: '2026-08-17T00:00:00Z', source, packages, build };
  addUpstreamImage(builder, spec);
  if (build === 1) return builder;
  const index = JSON.parse(builder.manifestOf('1').bytes.toString()) as { manifests: Descriptor[] };
  const children = index.manifests.map((child) => {
    if (child.annotations?.['vnd.docker.reference.type'] !== undefined) return child;
    return { ...child, annotations: images[name]?.(child.annotations ?? {}) } as Descriptor;
  });
  builder.tags.set('1', builder.index(oci.index, children).digest);
  return builder;
}

/** A registry that looks at no manifest: docker-registry serves none with such annotations. */
function answerFrom(repositories: readonly RepositoryBuilder[], { method, path }: SeenRequest): Answer {
  if (path === '/v2/') return { body: '{}' };
  const [, name, kind, reference = ''] = /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/.exec(path) ?? [];
  const builder = repositories.find(({ repository }) => repository === name);
  const digest = builder?.tags.get(reference) ?? reference;
  const manifest = [...(builder?.manifests.values() ?? [])].find((one) => one.digest === digest);
  const blob = [...(builder?.blobs ?? [])].find(([own]) => own === digest)?.[1];
  const bytes = kind === 'manifests' ? manifest?.bytes : blob;
  if (bytes === undefined) return { status: 404, body: '{"errors": [{"code": "MANIFEST_UNKNOWN"}]}' };
  const type = manifest?.mediaType ?? 'application/octet-stream';
  const headers = { 'content-type': type, 'docker-content-digest': digest, 'content-length': String(bytes.length) };
  return { headers, ...(method === 'HEAD' ? {} : { body: bytes }) };
}

test('annotations that are not text are said, and the rest is told', async () => {
  const names = Object.keys(images);
  const file = (name: string) =>
    `Maintainers: A (@a)\nGitRepo: https://github.com/docker-library/${name}.git\n\nTags: 1\nGitCommit: ${commit}\nDirectory: 1\n`;
  const library = Object.fromEntries(names.map((name) => [name, file(name)]));
  const world = await setWorld({ images: '{include: ["*"]}\n', library });
  const [old, now] = ([1, 2] as const).map((build) => names.map((name) => repositoryOf(name, build)));
  const run = async (args: readonly string[], code = 0) => {
    const result = await mirrorlock(world, args);
    expect(result.code, `${result.stdout}${result.stderr}`).toBe(code);
    return result;
  };
  writeRegistryStorage(world.source.storage, old ?? []);
  await run(['lock']);
  await run(['apply']);
  const lockfile = join(world.mirror, 'mirrors.lock.yaml');
  const before = readFileSync(lockfile);
  const server = await scriptedServer((request) => answerFrom(now ?? [], request));
  const config = join(world.mirror, 'mirrors.yaml');
  writeFileSync(
    config,
    `${readFileSync(config, 'utf8').replace(world.source.host, server.host)}review: {evidence: contents, share: 100%}\n`,
  );
  await run(['lock']);
  writeFileSync(join(world.mirror, 'before.yaml'), before);
  const { stdout } = await run(['changes', 'before.yaml', 'mirrors.lock.yaml', '--evidence', 'contents', '--json']);
  const { evidence } = JSON.parse(stdout) as {
    evidence: {
      groups: { image: string; cause: string; notes?: { code: string; value: string }[] }[];
      inside: { image: string; contents: { packages: { state: string } } }[];
    };
  };
  const told = evidence.groups.map(({ image, cause, notes = [] }) => [
    ...[image, cause],
    ...notes.map(({ code, value }) => `${code} ${value.replace(/^sha256:.*/, 'sha256:…')}`),
  ]);
  expect(told).toEqual([
    ['boolean', 'neither', 'evidence/bad-annotation true'],
    ['elsewhere', 'neither'],
    ['list', 'neither', 'evidence/bad-annotation ["debian:trixie"]'],
    ['no-object', 'unknown', 'evidence/no-annotations sha256:…'],
    ['null', 'neither', 'evidence/bad-annotation null'],
    ['number', 'unknown', 'evidence/bad-annotation 7'],
    ['object', 'neither', 'evidence/bad-annotation {"at":"2026-08-17"}'],
    ['sound', 'neither'],
    ['text', 'unknown', 'evidence/no-annotations sha256:…'],
  ]);
  expect(evidence.inside.map(({ image, contents }) => [image, contents.packages.state])).toEqual(
    names.sort().map((image) => [image, 'read']),
  );
  // Registries and runtimes refuse them but for `null`: so does apply, and copies the others.
  const applied = await run(['apply'], 1);
  expect(applied.stdout).toMatch(/ 2 groups copied, 2 tags put, 0 unchanged, 7 groups failed /);
  const refused = [...applied.stderr.matchAll(/^error registry\/bad-index: ([a-z-]+)@/gm)].map(([, image]) => image);
  expect(refused).toEqual(names.filter((name) => !['null', 'sound'].includes(name)));
  await server.close();
});
