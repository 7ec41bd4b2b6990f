import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { temporaryDirectory } from '../test/support/temporary-directory.ts';
import { seconds, table, timed } from './lib/table.ts';

const bundle = new URL('../../shared/data/official-images.bundle', import.meta.url).pathname;
const rounds = 3;

/** What scripts do: a few processes a file, and tags alone; no groups, no defaults, no refusals. */
const pipeline = `for f in library/*; do
  sed -n -E 's/^(Shared)?Tags: *//p' "$f" | tr ',' '\\n' | sed -E 's/^ +//; s/ +$//' | sort -u | sed "s#^#$(basename "$f"):#"
done | wc -l`;

/** (a) Expanding the whole library, against a pipeline of sed and sort with processes for each file. */
export async function benchExpand(): Promise<string> {
  if (!existsSync(bundle)) return 'expand: skipped, official-images.bundle is not there.';
  const home = temporaryDirectory();
  const clone = join(home.path, 'upstream');
  await execa('git', ['clone', '--quiet', '--branch', 'master', bundle, clone]);
  await writeFile(join(home.path, 'mirrors.yaml'), 'version: 1\nimages: {include: ["*"]}\n');
  const mirrorlock = new URL('../bin/mirrorlock.js', import.meta.url).pathname;
  const cache = join(home.path, 'cache');
  let groups = 0;
  const expand = async () => {
    const args = [mirrorlock, 'expand', '--json', '--quiet', '-C', home.path, '--upstream', clone];
    const { stdout } = await execa('node', args, { env: { MIRRORLOCK_CACHE: cache } });
    groups = JSON.parse(stdout).images.flatMap((image: { groups: unknown[] }) => image.groups).length;
  };
  let tags = '';
  const script = async () => {
    tags = (await execa('bash', ['-c', pipeline], { cwd: clone })).stdout;
  };
  const first = await timed(expand);
  const [ours, theirs] = [await median(expand), await median(script)];
  await home.dispose();
  return table(
    ['(a) the whole library', 'what it gives', 's', 'ratio'],
    [
      ['sed, sort, a process a file', `${tags.trim()} tags`, seconds(theirs), '1'],
      [
        'mirrorlock expand, first (fetches)',
        `${groups} groups with platforms`,
        seconds(first),
        (first / theirs).toFixed(2),
      ],
      ['mirrorlock expand, again', `${groups} groups with platforms`, seconds(ours), (ours / theirs).toFixed(2)],
    ],
  );
}

async function median(work: () => Promise<void>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) times.push(await timed(work));
  return times.sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? 0;
}
