import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { parseLockfile } from '../../src/lock/parse.ts';
import { type Lockfile, tagDigests } from '../../src/lock/types.ts';
import { type CliResult, runCli } from './cli.ts';
import type { World } from './world.ts';

/** Runs the built command in the world's mirror repository. */
export function mirrorlock(
  world: World,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<CliResult> {
  return runCli([...args, '-C', world.mirror], { env: { MIRRORLOCK_CACHE: join(world.home, 'cache'), ...env } });
}

/** Runs it, and expects an exit code; gives what `--json` printed. */
export async function expectJson(
  world: World,
  args: readonly string[],
  code = 0,
): Promise<Record<string, unknown> & { counts: Record<string, number>; requests: { source: Record<string, number> } }> {
  const result = await mirrorlock(world, [...args, '--json']);
  expect(result.code, result.stderr).toBe(code);
  return JSON.parse(result.stdout);
}

/** Puts a destination that nobody is at, `down`, before the world's own. */
export function addDeadDestination({ mirror }: World): void {
  const file = join(mirror, 'mirrors.yaml');
  const down = '  - {name: down, registry: "127.0.0.1:1", namespace: mirror, insecure: true}\n';
  writeFileSync(file, readFileSync(file, 'utf8').replace('destinations:\n', `destinations:\n${down}`));
}

export function readLock(world: World): Lockfile {
  return parseLockfile(lockText(world), 'mirrors.lock.yaml');
}

export function lockText(world: World): string {
  return readFileSync(join(world.mirror, 'mirrors.lock.yaml'), 'utf8');
}

/** `image:tag` → digest, as the lockfile has it. */
export function lockedTags(lockfile: Lockfile): Map<string, string> {
  return new Map(
    lockfile.images.flatMap((image) =>
      [...tagDigests(image)].map(([tag, digest]) => [`${image.image}:${tag}`, digest] as const),
    ),
  );
}

/** `image:tag` → digest, as the destination has it: all its repositories and tags, asked by a bare client. */
export async function destinationTags(world: World): Promise<Map<string, string>> {
  const base = `http://${world.destination.host}/v2`;
  const accept =
    'application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json';
  const { repositories } = (await (await fetch(`${base}/_catalog?n=1000`)).json()) as { repositories: string[] };
  const found = new Map<string, string>();
  for (const repository of repositories) {
    const { tags } = (await (await fetch(`${base}/${repository}/tags/list`)).json()) as { tags: string[] | null };
    for (const tag of tags ?? []) {
      const head = await fetch(`${base}/${repository}/manifests/${tag}`, { method: 'HEAD', headers: { accept } });
      found.set(`${repository.replace('mirror/', '')}:${tag}`, head.headers.get('docker-content-digest') ?? '');
    }
  }
  return found;
}
