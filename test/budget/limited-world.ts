import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Hub, startHub } from '../support/hub/hub.ts';
import type { HubOptions } from '../support/hub/options.ts';
import { mirrorlock } from '../support/mirror.ts';
import { everything } from '../support/tiny-library.ts';
import { setWorld, type World } from '../support/world.ts';

export interface LimitedWorld {
  readonly world: World;
  readonly hub: Hub;
}

/** Images of one group each, for so many platforms, each platform attested. */
export function manyImages(count: number, architectures: string): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [
      `image${index + 1}`,
      [
        'Maintainers: Nobody in Particular (@nobody)',
        'GitRepo: https://example.invalid/x.git',
        '',
        `Tags: ${index + 1}.0, latest`,
        `Architectures: ${architectures}`,
        `GitCommit: ${'1'.repeat(40)}`,
        '',
      ].join('\n'),
    ]),
  );
}

/** A world whose source is a stand-in for the Hub; `more` is added to mirrors.yaml. */
export async function limitedWorld(
  library: Record<string, string>,
  hubOptions: HubOptions,
  { more = '', source = '' }: { more?: string; source?: string } = {},
): Promise<LimitedWorld> {
  const world = await setWorld({ images: everything, library });
  const hub = await startHub(world.source.host, hubOptions);
  const file = join(world.mirror, 'mirrors.yaml');
  const text = readFileSync(file, 'utf8').replace(JSON.stringify(world.source.host), JSON.stringify(hub.host));
  writeFileSync(file, `${text.replace('insecure: true}', `insecure: true${source}}`)}\n${more}`);
  return { world, hub };
}

export interface PlannedPulls {
  readonly pulls: { readonly atLeast: number; readonly expected: number; readonly exact: boolean };
  readonly left: number;
  readonly limit: number;
  readonly windows: number;
  readonly doneAt: string;
}

export interface ApplyBudget {
  readonly used: number;
  readonly left: number;
  readonly limit: number;
  readonly resumeAt?: string;
  readonly waiting: readonly { readonly image: string; readonly groups: number }[];
  readonly waits?: { readonly groups: number; readonly pulls: PlannedPulls['pulls']; readonly windows: number };
}

/** Runs a command with `--json`; gives its exit code, and what it said of the budget. */
export async function tellBudget<Budget>({ world }: LimitedWorld, args: readonly string[]) {
  const { code, stdout, stderr } = await mirrorlock(world, [...args, '--json']);
  if (stdout === '') throw new Error(stderr);
  return { code, budget: (JSON.parse(stdout) as { budget?: Budget }).budget, stderr };
}

/** Applies, and waits as long as it is told to, until nothing waits; gives what each run said. */
export async function applyToTheEnd(limited: LimitedWorld, mostRuns: number): Promise<ApplyBudget[]> {
  const runs: ApplyBudget[] = [];
  for (let run = 0; run < mostRuns; run += 1) {
    const { code, budget, stderr } = await tellBudget<ApplyBudget>(limited, ['apply', '--max-wait', '0']);
    if (budget !== undefined) runs.push(budget);
    if (code === 0) return runs;
    if (code !== 4 || budget?.resumeAt === undefined) throw new Error(`exit code ${code}: ${stderr}`);
    const wait = Date.parse(budget.resumeAt) - Date.now();
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, wait)));
  }
  throw new Error(`something waits after ${mostRuns} runs`);
}
