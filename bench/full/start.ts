import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { writeRegistryStorage } from '../../test/support/images/storage.ts';
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
  { name: 'mirrorlock --help', args: [command, '--help'] },
  { name: 'mirrorlock check, 5 images', args: [command, 'check'], most: 2.5 },
];

/** Starts the built command again and again, each time beside a bare Node; gives the medians. */
export async function measureStarts(): Promise<readonly StartCost[]> {
  const cwd = await smallMirror();
  const bare: number[] = [];
  const costs = starts.map((start) => ({ start, times: [] as number[], ratios: [] as number[] }));
  for (let round = 0; round < rounds; round += 1) {
    for (const { start, times, ratios } of costs) {
      const beside = cpuOf(['-e', '0'], cwd);
      const time = cpuOf(start.args, cwd);
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
const env = { ...process.env, NODE_EXTRA_CA_CERTS: '' };

function cpuOf(args: readonly string[], cwd: string): number {
  const before = endedChildrenCpuMs();
  for (let start = 0; start < startsEach; start += 1) {
    const { status, stderr } = spawnSync(process.execPath, args, { cwd, env, encoding: 'utf8' });
    if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`);
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
