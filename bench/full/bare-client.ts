import PQueue from 'p-queue';
import { Pool } from 'undici';
import { docker, oci } from '../../test/support/images/media-types.ts';
import type { BuiltRepository } from '../../test/support/images/types.ts';

const connections = 16;
const manifestTypes = [oci.index, docker.index, oci.manifest, docker.manifest].join(', ');

/** Asks for each tag by HEAD, by a client that does nothing else; gives tags a second. */
export function bareHeads(host: string, repositories: readonly BuiltRepository[]): Promise<number> {
  return perSecond(host, repositories, async (pool, { repository }, tag) => {
    const headers = { accept: manifestTypes };
    const answer = await pool.request({ method: 'HEAD', path: `/v2/${repository}/manifests/${tag}`, headers });
    await answer.body.dump();
    if (answer.statusCode !== 200) throw new Error(`HEAD ${repository}:${tag}: ${answer.statusCode}`);
  });
}

/** Puts each tag again, by a client that does nothing else; gives tags a second. */
export function barePuts(host: string, repositories: readonly BuiltRepository[]): Promise<number> {
  return perSecond(host, repositories, async (pool, { repository, tags, manifests }, tag) => {
    const digest = tags.get(tag);
    const manifest = digest === undefined ? undefined : manifests.get(digest);
    if (manifest === undefined) throw new Error(`${repository} has no tag ${tag}.`);
    const path = `/v2/${repository}/manifests/${tag}`;
    const headers = { 'content-type': manifest.mediaType };
    const answer = await pool.request({ method: 'PUT', path, headers, body: manifest.bytes });
    await answer.body.dump();
    if (answer.statusCode !== 201) throw new Error(`PUT ${repository}:${tag}: ${answer.statusCode}`);
  });
}

async function perSecond(
  host: string,
  repositories: readonly BuiltRepository[],
  work: (pool: Pool, repository: BuiltRepository, tag: string) => Promise<void>,
): Promise<number> {
  const pool = new Pool(`http://${host}`, { connections });
  const queue = new PQueue({ concurrency: connections });
  const tags = repositories.flatMap((repository) => [...repository.tags.keys()].map((tag) => ({ repository, tag })));
  const start = performance.now();
  await queue.addAll(
    tags.map(
      ({ repository, tag }) =>
        () =>
          work(pool, repository, tag),
    ),
  );
  const ms = performance.now() - start;
  await pool.close();
  return tags.length / (ms / 1000);
}
