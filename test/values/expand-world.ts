import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CliResult, type RunningCli, startCli } from '../support/cli.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { makeUpstream } from '../support/upstream.ts';

/** A library file of one group with these tags. */
function libraryFile(image: string, tags: readonly string[]): string {
  return [
    'Maintainers: Nobody in Particular (@nobody)',
    `GitRepo: https://example.invalid/${image}.git`,
    '',
    `Tags: ${tags.join(', ')}`,
    'Architectures: amd64',
    `GitCommit: ${'1'.repeat(40)}`,
    '',
  ].join('\n');
}

export interface ExpandWorld {
  /** Where mirrors.yaml is. */
  readonly directory: string;
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<CliResult>;
  start(args: readonly string[], env?: Readonly<Record<string, string>>): RunningCli;
}

/** A mirrors.yaml with the rules of `images`, beside an upstream of these images and tags. No registry. */
export async function expandWorld(
  library: Readonly<Record<string, readonly string[]>>,
  images: string,
): Promise<ExpandWorld> {
  const { path } = temporaryDirectory();
  const files = Object.entries(library).map(([image, tags]) => [image, libraryFile(image, tags)]);
  const upstream = await makeUpstream(join(path, 'upstream'), Object.fromEntries(files));
  writeFileSync(join(path, 'mirrors.yaml'), `version: 1\nimages: ${images}\n`);
  const start: ExpandWorld['start'] = (args, env) =>
    startCli([...args, '-C', path, '--upstream', upstream.path], {
      env: { MIRRORLOCK_CACHE: join(path, 'cache'), ...env },
    });
  return { directory: path, start, run: (args, env) => start(args, env).result };
}
