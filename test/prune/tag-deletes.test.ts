import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli, startCli } from '../support/cli.ts';
import { type AnswerHook, type CountingProxy, startCountingProxy } from '../support/counting-proxy.ts';
import { startRegistry } from '../support/registry.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { type Locked, type PruneWorld, pruneWorld } from './world.ts';

interface Behind {
  readonly world: PruneWorld;
  readonly proxy: CountingProxy;
}

/** Locked all the while, so that the ceiling is higher. */
const more = ['9.1', '9.2', '9.3', '9.4'];

const isTagDelete: (request: Parameters<AnswerHook>[0]) => boolean = ({ method, kind, byDigest }) =>
  method === 'DELETE' && kind === 'manifest' && !byDigest;

/** A registry whose deletes of tags a hook answers, since docker-registry has none. */
async function behind(groups: Locked, hookOf: (world: PruneWorld) => AnswerHook): Promise<Behind> {
  const world = await pruneWorld(groups);
  const proxy = await startCountingProxy(world.host);
  world.configure((text) => text.replace(world.host, proxy.host));
  proxy.respond(hookOf(world));
  return { world, proxy };
}

/** Deletes a tag alone, as the OCI distribution spec has it. */
const alone =
  ({ storage }: PruneWorld): AnswerHook =>
  (request) => {
    if (!isTagDelete(request)) return undefined;
    const tags = join(storage, 'docker/registry/v2/repositories', request.repository, '_manifests/tags');
    rmSync(join(tags, request.reference), { recursive: true });
    return { status: 202 };
  };

/** Takes a tag for its digest, and with that deletes every tag on it. */
const withDigest =
  ({ host }: PruneWorld): AnswerHook =>
  async (request) => {
    if (!isTagDelete(request)) return undefined;
    const headers = { accept: 'application/vnd.oci.image.index.v1+json' };
    const head = await fetch(`http://${host}${request.url}`, { method: 'HEAD', headers });
    const digest = head.headers.get('docker-content-digest');
    if (digest === null) return { status: 404 };
    return { passes: true, url: request.url.replace(request.reference, digest) };
  };

const deletes = ({ proxy }: Behind) => proxy.seen().filter(({ method }) => method === 'DELETE');

describe('a registry that deletes a tag alone', () => {
  it('loses the dropped tags, and no other tag on their digests', async () => {
    const groups = { one: ['3.20', '3.20.1', 'mine'], two: ['3.18', 'theirs'], three: ['3.17'], more };
    const all = await behind(groups, alone);
    await all.world.lock({ one: ['3.20', '3.20.1'], two: ['3.18'], three: ['3.17'], more }, 60);
    await all.world.lock({ one: ['3.20'], more }, 40);
    const { exitCode, text } = await all.world.prune();
    expect(exitCode, text).toBe(0);
    expect(text).toContain('3 tags deleted, 0 kept');
    expect(await all.world.tags()).toEqual([...more, '3.20', 'mine', 'theirs'].sort());
    // The first was of a digest that nothing else uses.
    expect(deletes(all)[0]?.reference).toBe('3.17');
  });

  it('is believed to where only locked tags could be lost, and not where those of others could', async () => {
    const all = await behind({ one: ['3.20', '3.20.1'], two: ['3.18', 'theirs'] }, alone);
    await all.world.lock({ one: ['3.20', '3.20.1'], two: ['3.18'] }, 60);
    await all.world.lock({ one: ['3.20'], two: ['3.18'] }, 50);
    expect((await all.world.prune()).text).toContain('1 tag deleted, 0 kept');
    await all.world.lock({ one: ['3.20'] }, 40);
    expect((await all.world.prune()).text).toMatch(/kept +alpine:3.18 +alpine:theirs uses it/);
    expect(await all.world.tags()).toEqual(['3.18', '3.20', 'theirs']);
  });
});

describe.each([404, 202, 405])('a registry that answers %i to the delete of a tag, and keeps it', (status) => {
  const keeps = (): AnswerHook => (request) => (isTagDelete(request) ? { status } : undefined);

  it('loses the digests that nothing else uses, and no other tag', async () => {
    const all = await behind({ one: ['3.20', '3.20.1', 'mine'], two: ['3.18', '3.18.1'], more }, keeps);
    await all.world.lock({ one: ['3.20', '3.20.1'], two: ['3.18', '3.18.1'], more }, 60);
    await all.world.lock({ one: ['3.20'], more }, 40);
    const { exitCode, text } = await all.world.prune();
    expect(exitCode, text).toBe(0);
    expect(text).toContain('2 tags deleted, 1 kept');
    expect(text).toMatch(/kept +alpine:3.20.1 +alpine:(3.20|mine) uses it/);
    expect(await all.world.tags()).toEqual(['3.20', '3.20.1', ...more, 'mine']);
  });
});

describe('a registry that deletes a digest though a tag was named', () => {
  it('loses no tag of others', async () => {
    const all = await behind({ one: ['3.20', '3.20.1', 'mine'], two: ['3.18', '3.18.1'], more }, withDigest);
    await all.world.lock({ one: ['3.20', '3.20.1'], two: ['3.18', '3.18.1'], more }, 60);
    await all.world.lock({ one: ['3.20'], more }, 40);
    const { exitCode, text } = await all.world.prune();
    expect(exitCode, text).toBe(0);
    expect(text).toMatch(/kept +alpine:3.20.1 +alpine:(3.20|mine) uses it/);
    expect(await all.world.tags()).toEqual(['3.20', '3.20.1', ...more, 'mine']);
  });

  it('gets back all that the lockfile names, and is named', async () => {
    const all = await behind({ one: ['3.20', '3.20.1', 'latest'] }, withDigest);
    await all.world.lock({ one: ['3.20', '3.20.1', 'latest'] }, 60);
    await all.world.lock({ one: ['3.20', 'latest'] }, 40);
    const { exitCode, problems } = await all.world.prune();
    expect(exitCode).toBe(1);
    expect(problems).toMatchObject([{ code: 'prune/tag-takes-digest', value: 'alpine:3.20.1' }]);
    expect(await all.world.tags()).toEqual(['3.20', 'latest']);
  });

  it('has all locked tags after the next apply when prune was killed before it put them back', async () => {
    const all = await behind({ one: ['3.20', '3.20.1', 'latest'] }, withDigest);
    const { world, proxy } = all;
    const storage = join(temporaryDirectory().path, 'source');
    cpSync(world.storage, storage, { recursive: true });
    const source = await startRegistry({ storage });
    world.configure((text) => `${text}source: {registry: "${source.host}", namespace: mirror, insecure: true}\n`);
    await world.lock({ one: ['3.20', '3.20.1', 'latest'] }, 60);
    await world.lock({ one: ['3.20', 'latest'] }, 40);
    const takes = withDigest(world);
    proxy.respond((request, caller) =>
      request.method === 'PUT' ? new Promise<undefined>(() => undefined) : takes(request, caller),
    );
    const running = startCli(['prune', '-C', world.mirror]);
    while (!proxy.seen().some(({ method }) => method === 'PUT'))
      await new Promise((resolve) => setTimeout(resolve, 10));
    running.kill('SIGKILL');
    expect((await running.result).signal).toBe('SIGKILL');
    expect(await world.tags()).toEqual([]);
    proxy.respond(undefined);
    const { code, stderr } = await runCli(['apply', '-C', world.mirror]);
    expect(code, stderr).toBe(0);
    expect(await world.tags()).toEqual(['3.20', 'latest']);
  });
});
