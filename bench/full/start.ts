import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatLockfile } from '../../src/lock/format.ts';
import { gitIn } from '../../test/support/git.ts';
import { writeRegistryStorage } from '../../test/support/images/storage.ts';
import { locked, lockedImage, lockfile } from '../../test/support/lockfiles.ts';
import { miniature } from '../../test/support/miniature/miniature.ts';
import { startRegistry } from '../../test/support/registry.ts';
import { after as library } from '../../test/support/soak/library.ts';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { makeUpstream } from '../../test/support/upstream.ts';
import { endedChildrenCpuMs } from '../lib/children-cpu.ts';
import { table } from '../lib/table.ts';
import { atMost, median } from '../lib/verdict.ts';
import { makeMirror } from './tool.ts';

const command = fileURLToPath(new URL('../../bin/mirrorlock.js', import.meta.url));
const rounds = 9;
/** CPU time is told in steps of 10 ms: so many starts at once make it 2. */
const startsEach = 5;

interface Start {
  readonly name: string;
  readonly args: readonly string[];
  /** The mirror that it is started in; absent: the one of 5 images. */
  readonly folder?: 'whole' | 'anew';
  /** The exit code that it ends with; absent: 0. */
  readonly code?: number;
  /** How many times as much CPU as a bare start it may take; absent: it is only shown. */
  readonly most?: number;
}

/** The CPU time (ms) of a start, and over that of `node -e 0` beside it. */
export interface StartCost extends Start {
  readonly cpuMs: number;
  readonly ratio: number;
}

const starts: readonly Start[] = [
  { name: 'mirrorlock --version', args: [command, '--version'], most: 1.6 },
  { name: 'mirrorlock --help', args: [command, '--help'], most: 1.6 },
  { name: 'mirrorlock apply --help', args: [command, 'apply', '--help'], most: 1.6 },
  { name: 'mirrorlock check, 5 images', args: [command, 'check'], most: 2.5 },
  { name: 'mirrorlock ls, 13,000 lines', args: [command, 'ls'], folder: 'whole', most: 4 },
  { name: 'mirrorlock ls IMAGE', args: [command, 'ls', 'image7'], folder: 'whole', most: 4 },
  { name: 'mirrorlock where IMAGE:TAG', args: [command, 'where', 'image7:1.3-b'], folder: 'whole', most: 4 },
  // Nothing is remembered of a file that takes values from the environment: it is read each time.
  { name: 'mirrorlock where, anew each time', args: [command, 'where', 'image7:1.3-b'], folder: 'anew', most: 4 },
  // Why a tag is not here, the rules say: they are read each time.
  { name: 'mirrorlock where, absent', args: [command, 'where', 'image7:9'], folder: 'whole', code: 3, most: 4 },
];

/** Starts the built command again and again, each time beside a bare Node; gives the medians. */
export async function measureStarts(): Promise<readonly StartCost[]> {
  const folders = { small: await smallMirror(), whole: await wholeMirror('eu'), anew: await wholeMirror('${REGION}') };
  const bare: number[] = [];
  const costs = starts.map((start) => ({ start, times: [] as number[], ratios: [] as number[] }));
  for (let round = 0; round < rounds; round += 1) {
    for (const { start, times, ratios } of costs) {
      const cwd = folders[start.folder ?? 'small'];
      const beside = cpuOf(['-e', '0'], cwd);
      const time = cpuOf(start.args, cwd, start.code);
      bare.push(beside);
      times.push(time);
      ratios.push(time / beside);
    }
  }
  return [
    { name: 'node -e 0', args: [], cpuMs: median(bare), ratio: 1 },
    ...costs.map(({ start, times, ratios }) => ({ ...start, cpuMs: median(times), ratio: median(ratios) })),
  ];
}

/** Certificates that the environment names are read at each start, of the bare node too: they hide what a start takes. */
const env = {
  ...process.env,
  NODE_EXTRA_CA_CERTS: '',
  MIRRORLOCK_CACHE: temporaryDirectory().path,
  REGION: 'eu',
};

function cpuOf(args: readonly string[], cwd: string, code = 0): number {
  const before = endedChildrenCpuMs();
  for (let start = 0; start < startsEach; start += 1) {
    const { status, stderr } = spawnSync(process.execPath, args, { cwd, env, encoding: 'utf8' });
    if (status !== code) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`);
  }
  return (endedChildrenCpuMs() - before) / startsEach;
}

/** A mirror repository whose lockfile and rendered files are up to date. */
async function smallMirror(): Promise<string> {
  const upstream = await makeUpstream(temporaryDirectory().path, library);
  const registry = await startRegistry();
  const built = Object.entries(library).map(([name, text]) => miniature(name, text));
  writeRegistryStorage(registry.storage, built);
  const mirror = makeMirror({ upstream: upstream.path, source: registry.host, destination: 'localhost:1' });
  await mirror.run('lock');
  await mirror.run('render');
  await registry.stop();
  return mirror.path;
}

/** A mirror, committed, whose lockfile has as many lines as that of the whole library; one of its destinations is in this region. */
async function wholeMirror(region: string): Promise<string> {
  const { path } = temporaryDirectory();
  const groups = (image: number) =>
    Array.from({ length: 16 }, (_, group) =>
      locked(`${image} ${group}`, `1.${group}-a 1.${group}-b 1.${group}-c 1.${group}-d`),
    );
  const images = Array.from({ length: 140 }, (_, image) => lockedImage(`image${image}`, ...groups(image)));
  writeFileSync(join(path, 'mirrors.lock.yaml'), formatLockfile(lockfile(...images)));
  const destination = `{name: main, registry: "${region}.example.com", namespace: library}`;
  writeFileSync(
    join(path, 'mirrors.yaml'),
    `version: 1\ndestinations:\n  - ${destination}\nimages: {include: ["image*"]}\n`,
  );
  const git = gitIn(path);
  await git('init', '--quiet');
  await git('add', '--all');
  await git('commit', '--quiet', '--message=Mirror');
  return path;
}

/** The costs as a table, and whether they are within their limits. */
export function startReport(costs: readonly StartCost[]): string {
  return [
    '(start) CPU of a start, over that of a bare Node in the same run',
    '',
    table(
      ['start', 'CPU ms', 'ratio'],
      costs.map(({ name, cpuMs, ratio }) => [name, cpuMs.toFixed(0), ratio.toFixed(2)]),
    ),
    '',
    ...costs.flatMap(({ name, ratio, most }) =>
      most === undefined ? [] : [atMost(`${name}: CPU over a bare start`, ratio, most)],
    ),
  ].join('\n');
}
