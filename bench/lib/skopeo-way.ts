import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { stringify } from 'yaml';

/** Which tags of which repositories, as people list them for skopeo by hand. */
export type TagsByRepository = ReadonlyMap<string, readonly string[]>;

/** `skopeo sync` from a YAML file of tags, as its manual shows it, with what a faithful copy needs; fails at its end if a tag is absent. */
export async function skopeoSyncByTag(
  source: string,
  destination: string,
  tags: TagsByRepository,
  folder: string,
): Promise<void> {
  const file = join(folder, 'by-tag.yaml');
  await writeFile(file, stringify({ [source]: { 'tls-verify': false, images: Object.fromEntries(tags) } }));
  const copy = ['--all', '--preserve-digests', '--keep-going', '--dest-tls-verify=false'];
  const flags = [...copy, '--src', 'yaml', '--dest', 'docker'];
  await execa('skopeo', ['sync', ...flags, file, destination], { stdio: 'ignore' });
}

/** A loop of `skopeo copy`, a process a tag, as scripts do it. */
export async function skopeoCopyLoop(source: string, destination: string, tags: TagsByRepository): Promise<void> {
  const flags = ['--all', '--preserve-digests', '--src-tls-verify=false', '--dest-tls-verify=false'];
  for (const [repository, names] of tags) {
    const target = repository.split('/').at(-1);
    for (const tag of names) {
      const [from, to] = [`docker://${source}/${repository}:${tag}`, `docker://${destination}/${target}:${tag}`];
      await execa('skopeo', ['copy', ...flags, from, to], { stdio: 'ignore' });
    }
  }
}
