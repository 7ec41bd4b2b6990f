import { beforeAll, describe, expect, test } from 'vitest';
import type { Config } from '../../src/config/types.ts';
import { reportHtml } from '../../src/simulate/html/page.ts';
import { reportText } from '../../src/simulate/text.ts';
import { bundle, bundleIsAbsent, needsBundle } from '../support/open-upstream.ts';
import { config, request, simulateOn, smallHistory } from './support.ts';

const configs: Readonly<Record<string, Config>> = {
  everything: config('images: {include: ["*"]}'),
  'one image': config('images: {include: [debian]}'),
  'rules and platforms': config(`platforms: [linux/amd64, linux/arm64]
images:
  include:
    - {image: "{golang,node}", versions: ">=1"}
    - redis
  exclude:
    - {image: "*", tags: ["*windowsservercore*", "*-bookworm"]}`),
};

describe('on a small history of its own', () => {
  let upstream: string;

  beforeAll(async () => {
    upstream = await smallHistory();
  });

  test.each(Object.keys(configs))('the report for %s is as it was', async (name) => {
    const report = await simulateOn(upstream, [configs[name] as Config], request({ limit: '60' }));
    const golden = `golden/${name.replaceAll(' ', '-')}`;
    await expect(`${JSON.stringify(report, null, 2)}\n`).toMatchFileSnapshot(`${golden}.json`);
    await expect(`${reportText(report)}\n`).toMatchFileSnapshot(`${golden}.txt`);
  });

  test('what history proves stands apart from what a model adds, and a second configuration beside the first', async () => {
    const two = [configs['one image'], config('images: {include: [golang]}', 'other.yaml')] as Config[];
    const report = await simulateOn(upstream, two, request({ rebuildModel: 'images,share=0.9' }));
    const alone = await simulateOn(upstream, two, request());
    const proved = report.scenarios.filter(({ rebuilds }) => rebuilds === 'proved');
    expect(report.scenarios.map((scenario) => [scenario.config, scenario.rebuilds])).toEqual([
      ['mirrors.yaml', 'proved'],
      ['mirrors.yaml', 'modelled'],
      ['other.yaml', 'proved'],
      ['other.yaml', 'modelled'],
    ]);
    expect(proved).toEqual(alone.scenarios);
    const golang = report.scenarios.slice(2).map(({ perRun }) => perRun.groupsRebuilt.total);
    expect(golang[1]).toBeGreaterThan(golang[0] ?? 0);
    expect(reportText(report)).toContain('other.yaml, with modelled rebuilds');
  });

  test('the page stands alone: no script, and nothing that is loaded', async () => {
    const hostile = config('images: {include: ["*", "/<script>alert(1)<.script>&/"]}', '<b>.yaml');
    const page = reportHtml(await simulateOn(upstream, [hostile]));
    expect(page).not.toMatch(/<script|<link|<img|<iframe|https?:\/\/(?!git\.example)|url\(|@import/);
    expect(page).toContain('&#60;b&#62;.yaml');
    expect(page.match(/<svg/g)).toHaveLength(5);
    expect(
      page.match(
        /<svg [^>]*role="img" aria-labelledby="(\S+) (\S+)"><title id="\1">[^<]+<\/title><desc id="\2">[^<]+<\/desc>/g,
      ),
    ).toHaveLength(5);
    expect(page).toContain('@media print');
    expect(page).toContain('prefers-color-scheme:dark');
  });
});

describe.skipIf(bundleIsAbsent)(`on the year of the bundle${needsBundle}`, () => {
  test('history is what was counted: 486 windows with a commit, 2,142 changed files, 23,109 of 40,175 groups', async () => {
    const { history, inputs, backTest } = await simulateOn(
      bundle,
      [config('images: {include: ["*"]}')],
      request({ since: '2025-08-21' }),
    );
    expect(inputs).toMatchObject({ firstRun: '2025-08-21T18:00:00Z', lastRun: '2026-08-22T00:00:00Z' });
    expect(history).toEqual({
      commits: 2_105,
      windows: 1_462,
      windowsWithCommit: 486,
      changedFiles: 2_142,
      groupsInChangedFiles: 40_175,
      groupsChanged: { total: 23_109, median: 36, p90: 113, most: 231 },
    });
    expect(backTest.imagesChecked).toBe(2_278);
  }, 240_000);

  test('a fortnight of 2021, with files that are refused, holds', async () => {
    const report = await simulateOn(
      bundle,
      [config('images: {include: ["*"]}')],
      request({ since: '2021-02-08' }),
      '2021-02',
    );
    expect(report.history).toMatchObject({ commits: 69, windowsWithCommit: 14 });
  }, 60_000);
});
