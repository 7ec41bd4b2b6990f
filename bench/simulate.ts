// A year of history at six-hour steps, for everything: against doing each step from scratch, and against what was counted.
import { existsSync } from 'node:fs';
import { parseConfig } from '../src/config/parse.ts';
import type { Config } from '../src/config/types.ts';
import { diffLockfiles } from '../src/diff/diff.ts';
import { assembleLockfile } from '../src/lock/assemble.ts';
import { formatLockfile } from '../src/lock/format.ts';
import { parseLockfile } from '../src/lock/parse.ts';
import type { Lockfile } from '../src/lock/types.ts';
import { wantedByRules } from '../src/lock/wanted-tags.ts';
import { select } from '../src/select/select.ts';
import { contentModel } from '../src/simulate/content.ts';
import { readOptions } from '../src/simulate/options.ts';
import type { SimulationReport } from '../src/simulate/report-types.ts';
import { simulate } from '../src/simulate/simulate.ts';
import { openHistory, openUpstream } from '../src/upstream/open.ts';
import { readImage } from '../src/upstream/reader.ts';
import { cleanUp, cleanUpOnInterrupt } from '../test/support/cleanup.ts';
import { temporaryDirectory } from '../test/support/temporary-directory.ts';
import { seconds, table, timed } from './lib/table.ts';

const bundle = new URL('../../shared/data/official-images.bundle', import.meta.url).pathname;
const everything = parseConfig('version: 1\nimages: {include: ["*"]}\n', { file: 'mirrors.yaml', env: {} });
const since = '2025-08-21';
const scratchSteps = 12;
/** What shared/data/README.md counted, by a reader of its own. */
const counted = { windowsWithCommit: 486, changedFiles: 2_142, groupsInFiles: 40_175, groups: [23_109, 36, 113, 231] };

async function benchSimulate(): Promise<string> {
  if (!existsSync(bundle)) return 'simulate: skipped, official-images.bundle is not there.';
  const options = { cacheDirectory: temporaryDirectory().path, env: process.env };
  const address = { repository: bundle, ref: 'master' };
  const day = 86_400;
  const read = async (model: string): Promise<SimulationReport> => {
    const request = readOptions({ since, every: '6h', limit: '100', rebuildModel: model });
    const range = { since: request.since, beginsBefore: request.since + day, until: Number.POSITIVE_INFINITY };
    return simulate(await openHistory(address, range, options), [everything], request);
  };
  const fetchMs = await timed(async () => {
    await openUpstream(address, options);
  });
  const reports: SimulationReport[] = [];
  const proved = await timed(async () => {
    reports.push(await read('none'));
  });
  const memory = process.resourceUsage().maxRSS / 1024;
  const modelled = await timed(async () => {
    reports.push(await read('bases'));
  });
  const memoryModelled = process.resourceUsage().maxRSS / 1024;
  const [report] = reports;
  if (report === undefined) throw new Error('nothing was simulated');
  const scratch = await timed(() => fromScratch(report, options));
  const scratchStep = scratch / scratchSteps;
  const row = (way: string, ms: number, count: number, mib: string) => [
    way,
    count,
    seconds(ms),
    (ms / count / 1000).toFixed(4),
    (ms / count / scratchStep).toFixed(3),
    mib,
  ];
  const changed = reports.map(({ scenarios }) => scenarios.reduce((sum, { runs }) => sum + runs.changed, 0));
  const rows = [
    row('each step from scratch', scratch, scratchSteps, ''),
    row('simulate, history alone', proved, changed[0] ?? 0, memory.toFixed(0)),
    row('simulate, and with modelled rebuilds', modelled, changed[1] ?? 0, memoryModelled.toFixed(0)),
  ];
  const head = ['a year, everything', 'steps with a change', 's', 's a step', 'of from scratch', 'MiB at most'];
  return [`upstream was fetched in ${seconds(fetchMs)} s`, table(head, rows), '', ...verdicts(report, proved)].join(
    '\n',
  );
}

/** What `lock` does, for steps over the year: read the library at a commit, select, assemble, compare, write and read back. */
async function fromScratch(report: SimulationReport, options: Parameters<typeof openUpstream>[1]): Promise<void> {
  const series = report.scenarios[0]?.series ?? [];
  let previous: Lockfile | undefined;
  for (let step = 0; step < scratchSteps; step++) {
    const { commit } = series[Math.floor((step * (series.length - 1)) / (scratchSteps - 1))] ?? {};
    if (commit === undefined) throw new Error('the series is too short');
    previous = await lockAt(commit, everything, previous, options);
  }
}

async function lockAt(
  ref: string,
  config: Config,
  previous: Lockfile | undefined,
  options: Parameters<typeof openUpstream>[1],
) {
  const { files, commit } = await openUpstream({ repository: bundle, ref }, options);
  const images = files.map((file) => readImage(file, commit, { builds: true })).filter((image) => 'groups' in image);
  const contentOf = contentModel(config);
  const resolved = select({ commit, images, refusals: [] }, config).images.map(({ image, groups }) => ({
    image,
    groups: groups.map((selected) => ({ ...selected, digest: contentOf(image, selected.group)?.digest })),
  }));
  const upstream = { repository: commit.repository, commit: commit.sha };
  const { contentHash: configHash } = config;
  const next = assembleLockfile(resolved, {
    configHash,
    upstream,
    previous,
    refused: new Set(),
    wants: wantedByRules(config),
  });
  diffLockfiles(previous, next);
  return parseLockfile(formatLockfile(next), 'mirrors.lock.yaml');
}

function verdicts({ history, inputs, backTest }: SimulationReport, ms: number): string[] {
  const { total, median, p90, most } = history.groupsChanged;
  const equal = (what: string, value: unknown, wanted: unknown) =>
    `${String(value) === String(wanted) ? 'holds' : 'FAILS'}: ${what}: ${value} (counted: ${wanted})`;
  return [
    equal('windows that hold a commit', history.windowsWithCommit, counted.windowsWithCommit),
    equal('changed files', history.changedFiles, counted.changedFiles),
    equal('groups in changed files', history.groupsInChangedFiles, counted.groupsInFiles),
    equal('groups really changed, median, p90, most', [total, median, p90, most], counted.groups),
    `holds: the back-test, ${backTest.imagesChecked} images up to ${inputs.lastRun}`,
    `${ms < 10_000 ? 'holds' : 'FAILS'}: the year in less than 10 s: ${seconds(ms)} (the machine must have little else to do)`,
  ];
}

cleanUpOnInterrupt();
try {
  const text = await benchSimulate();
  console.log(text);
  if (/^FAILS/m.test(text)) process.exitCode = 1;
} finally {
  await cleanUp();
}
