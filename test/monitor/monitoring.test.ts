import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { metricsText } from '../../src/monitor/metrics.ts';
import type { RunFacts } from '../../src/monitor/types.ts';
import { isInstalled } from '../support/programs.ts';
import { promtool, samplesOf } from '../support/promtool.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const monitoring = fileURLToPath(new URL('../../monitoring/', import.meta.url));
const read = (name: string) => readFileSync(join(monitoring, name), 'utf8');

const at = new Date('2026-11-20T08:00:00Z');
const common = {
  scope: 'all',
  startedAt: at,
  endedAt: new Date(at.getTime() + 90_000),
  exitCode: 0,
  problems: [],
} as const;
const counts = { name: 'main', wanted: 9, mirrored: 7, failed: 2 };

/** A run of each command that knows all that it can. */
const runs: readonly RunFacts[] = [
  {
    ...{ ...common, command: 'apply', pulls: 5, budget: { limit: 100, left: 95 }, pending: ['a:1'], oldestPending: at },
    destinations: [{ ...counts, waiting: 1, copiedGroups: 3, bytes: [{ place: 'docker.io/library', bytes: 1024 }] }],
  },
  {
    ...{ ...common, command: 'verify', pending: [] },
    destinations: [{ ...counts, drift: { missing: 1, different: 0, extra: 4, broken: 1 } }],
  },
  {
    ...{ ...common, command: 'update', pending: [], ended: [{ title: 'Ended', text: 'x' }] },
    proposal: { number: 7, url: 'https://forge.example/7', createdAt: at },
  },
];

async function allSamples(): Promise<Map<string, number>> {
  const texts = await Promise.all(runs.map((run) => metricsText(run, {})));
  return new Map(texts.flatMap((text) => [...samplesOf(text)]));
}

const metricName = /\bmirrorlock_\w+/g;
const namesIn = (text: string) => [...new Set(text.match(metricName))].sort();

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[];
}

describe('the alert rules', () => {
  it.skipIf(!isInstalled('promtool'))('are valid, and their tests pass', async () => {
    expect(await promtool(['check', 'rules', 'alerts.yaml'], '', monitoring)).toMatchObject({ code: 0 });
    const tested = await promtool(['test', 'rules', 'alerts.test.yaml'], '', monitoring);
    expect(tested.code, tested.output).toBe(0);
  });

  it('have a test each that fires, and one that does not', () => {
    const alerts = [...read('alerts.yaml').matchAll(/- alert: (\w+)/g)].map(([, name]) => name);
    expect(alerts.length).toBeGreaterThan(5);
    for (const name of alerts) {
      const tests = read('alerts.test.yaml').split('\n  - name: ');
      expect(tests[1]).toContain(`alertname: ${name}, exp_alerts: []`);
      expect(tests[2]).toContain(`alertname: ${name}\n`);
    }
  });

  it('ask only for metrics that runs have', async () => {
    const known = namesIn([...(await allSamples()).keys()].join('\n'));
    expect(known).toEqual(expect.arrayContaining(namesIn(read('alerts.yaml'))));
  });
});

describe('the dashboard', () => {
  const { panels } = JSON.parse(read('dashboard.json')) as Dashboard;

  it.skipIf(!isInstalled('promtool'))(
    'has queries that all give something, evaluated on the metrics of real runs',
    async () => {
      const series = [...(await allSamples())].map(([name, value]) => ({ series: name, values: `${value}x10` }));
      const queries = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
      const test = {
        evaluation_interval: '1m',
        tests: [
          {
            interval: '1m',
            input_series: series,
            promql_expr_test: queries.map((expr) => ({
              ...{ expr: `count(${expr}) > bool 0`, eval_time: '5m' },
              exp_samples: [{ labels: '{}', value: 1 }],
            })),
          },
        ],
      };
      const folder = temporaryDirectory().path;
      writeFileSync(join(folder, 'dashboard.test.yaml'), JSON.stringify(test));
      const { code, output } = await promtool(['test', 'rules', 'dashboard.test.yaml'], '', folder);
      expect(code, output).toBe(0);
      expect(queries.length).toBeGreaterThan(panels.length);
    },
  );

  it('shows every metric of a run', async () => {
    const shown = namesIn(read('dashboard.json'));
    const hidden = namesIn([...(await allSamples()).keys()].join('\n')).filter((name) => !shown.includes(name));
    // Whether a run ended at all is what an alert asks.
    expect(hidden).toEqual(['mirrorlock_last_run_timestamp_seconds']);
  });
});

describe('the text of metrics', () => {
  it.skipIf(!isInstalled('promtool')).each(runs)('of $command is what promtool takes', async (run) => {
    const text = await metricsText(run, { mirror: 'a "quoted"\\\nlabel' });
    expect(await promtool(['check', 'metrics'], text)).toEqual({ code: 0, output: '' });
  });

  it('keeps what was known of the mirror where a run fails before it looks, but nothing of the run itself', async () => {
    const labels = { mirror: 'a "quoted"\\\nlabel, with, commas' };
    for (const run of runs) {
      const { command, scope, startedAt } = run;
      const failed = { command, scope, startedAt, endedAt: at, exitCode: 2, problems: [] } as const;
      const before = await metricsText(run, labels);
      const kept = samplesOf(await metricsText(failed, labels, before));
      const known = [...samplesOf(before)].filter(([name]) => !/^mirrorlock_(run|last_run)_/.test(name));
      expect(known.length).toBeGreaterThan(1);
      expect([...kept]).toEqual(expect.arrayContaining(known));
      expect([...kept.keys()].filter((name) => name.startsWith('mirrorlock_run_')).length).toBe(2);
      const again = await metricsText(failed, labels, await metricsText(failed, labels, before));
      expect(samplesOf(again)).toEqual(kept);
      const looked = await metricsText({ ...failed, destinations: [] }, labels, before);
      expect(looked).not.toContain('mirrorlock_tags_');
      expect(await metricsText(failed, { mirror: 'other' }, before)).not.toContain('mirrorlock_tags_');
    }
  });

  it('keeps the last success of the same labels where a run fails, and no other', async () => {
    const labels = { mirror: 'a "quoted"\\\nlabel, with, commas' };
    const success = await metricsText({ ...common, command: 'apply' }, labels);
    const failed = { ...common, command: 'apply', exitCode: 1, endedAt: new Date(at.getTime() + 1e9) } as const;
    const name = 'mirrorlock_last_success_timestamp_seconds';
    const line = (text: string) => text.split('\n').find((one) => one.startsWith(name));
    expect(line(await metricsText(failed, labels, success))).toBe(line(success));
    expect(line(success)).toMatch(/\} \d+$/);
    expect(line(await metricsText({ ...failed, command: 'verify' }, labels, success))).toBeUndefined();
    expect(line(await metricsText(failed, { mirror: 'other' }, success))).toBeUndefined();
    expect(line(await metricsText(failed, labels, 'no metrics {\n\u0000'))).toBeUndefined();
  });
});
