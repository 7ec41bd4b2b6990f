import PQueue from 'p-queue';
import { Pool } from 'undici';
import { groupBy } from '../../src/core/group-by.ts';
import type { Digest } from '../../src/core/names.ts';
import { docker, oci } from '../../test/support/images/media-types.ts';
import type { BuiltManifest, BuiltRepository } from '../../test/support/images/types.ts';

const connections = 16;
const manifestTypes = [oci.index, docker.index, oci.manifest, docker.manifest].join(', ');

/** Asks for each tag by HEAD, by a client that does nothing else; gives tags a second. */
export function bareHeads(host: string, repositories: readonly BuiltRepository[]): Promise<number> {
  return perSecond(host, repositories, async (ask, { repository, tags }) => {
    await Promise.all([...tags.keys()].map((tag) => ask('HEAD', repository, tag)));
  });
}

/** Puts each tag again, by a client that does nothing else; gives tags a second. */
export function barePuts(host: string, repositories: readonly BuiltRepository[]): Promise<number> {
  return perSecond(host, repositories, async (ask, built) => {
    await Promise.all([...built.tags].map(([tag, digest]) => ask('PUT', built.repository, tag, known(built, digest))));
  });
}

/**
 * Puts each tag again as is safe: reads each index once, asks for each of its children, and then puts its tags; by a
 * client that does nothing else. Gives tags a second.
 */
export function bareRetags(host: string, repositories: readonly BuiltRepository[]): Promise<number> {
  return perSecond(host, repositories, async (ask, built) => {
    const { repository } = built;
    const groups = groupBy(built.tags, ([, digest]) => digest);
    const retag = async (digest: Digest, tags: readonly (readonly [string, Digest])[]) => {
      const manifest = known(built, digest);
      await ask('GET', repository, digest);
      await Promise.all(manifest.children.map((child) => ask('HEAD', repository, child)));
      await Promise.all(tags.map(([tag]) => ask('PUT', repository, tag, manifest)));
    };
    await Promise.all([...groups].map(([digest, tags]) => retag(digest, tags)));
  });
}

function known({ repository, manifests }: BuiltRepository, digest: Digest): BuiltManifest {
  const manifest = manifests.get(digest);
  if (manifest === undefined) throw new Error(`${repository} has no ${digest}.`);
  return manifest;
}

type Ask = (
  method: 'HEAD' | 'GET' | 'PUT',
  repository: string,
  reference: string,
  put?: BuiltManifest,
) => Promise<void>;

async function perSecond(
  host: string,
  repositories: readonly BuiltRepository[],
  work: (ask: Ask, repository: BuiltRepository) => Promise<void>,
): Promise<number> {
  const pool = new Pool(`http://${host}`, { connections });
  const queue = new PQueue({ concurrency: connections });
  const send: Ask = async (method, repository, reference, put) => {
    const path = `/v2/${repository}/manifests/${reference}`;
    const headers = put === undefined ? { accept: manifestTypes } : { 'content-type': put.mediaType };
    const answer = await pool.request({ method, path, headers, ...(put === undefined ? {} : { body: put.bytes }) });
    await answer.body.dump();
    if (answer.statusCode !== (put === undefined ? 200 : 201))
      throw new Error(`${method} ${path}: ${answer.statusCode}`);
  };
  const tags = repositories.reduce((sum, repository) => sum + repository.tags.size, 0);
  const start = performance.now();
  await Promise.all(repositories.map((one) => work((...request) => queue.add(() => send(...request)), one)));
  const ms = performance.now() - start;
  await pool.close();
  return tags / (ms / 1000);
}
