import { styleText } from 'node:util';
import { execa } from 'execa';
import type { TrafficCounts } from '../test/support/traffic.ts';
import type { World } from '../test/support/world.ts';

/** What a step cost. */
export interface Cost {
  readonly step: string;
  readonly ms: number;
  readonly source: TrafficCounts;
  readonly destination: TrafficCounts;
}

const command = new URL('../bin/mirrorlock.js', import.meta.url).pathname;

/** Shows a title, runs the work, and measures it. */
export async function step(world: World, title: string, costs: Cost[], work: () => Promise<unknown>): Promise<void> {
  world.source.reset();
  world.destination.reset();
  const start = performance.now();
  await work();
  const ms = performance.now() - start;
  costs.push({ step: title, ms, source: world.source.counts(), destination: world.destination.counts() });
}

/** Shows and runs `mirrorlock …` in the mirror repository, as a user would. Throws when its exit code is another than expected. */
export async function mirrorlock(world: World, args: readonly string[], expected = 0): Promise<void> {
  console.log(styleText('bold', `\n$ mirrorlock ${args.join(' ')}`));
  const { exitCode, stdout, stderr } = await execa(
    process.execPath,
    [command, ...args, '--quiet', '-C', world.mirror],
    {
      env: { MIRRORLOCK_CACHE: `${world.home}/cache` },
      reject: false,
    },
  );
  if (stdout !== '') console.log(shortened(stdout));
  if (stderr !== '') console.log(stderr);
  if (exitCode !== expected) throw new Error(`mirrorlock ${args.join(' ')} ended with ${exitCode}, not ${expected}.`);
}

/** Commits the mirror repository, as the merge of a pull request would. */
export async function merge(world: World, message: string): Promise<void> {
  const git = (...args: string[]) =>
    execa('git', ['-c', 'user.name=demo', '-c', 'user.email=demo@example.invalid', ...args], { cwd: world.mirror });
  await git('add', '--all');
  await git('commit', '--quiet', '--allow-empty', `--message=${message}`);
  console.log(styleText('dim', `(merged: ${message})`));
}

const mostLines = 24;

function shortened(text: string): string {
  const lines = text.split('\n');
  if (lines.length <= mostLines) return text;
  return [
    ...lines.slice(0, mostLines - 4),
    `  … ${lines.length - mostLines + 1} more lines …`,
    ...lines.slice(-3),
  ].join('\n');
}
