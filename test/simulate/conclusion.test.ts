import { describe, expect, test } from 'vitest';
import { reportHtml } from '../../src/simulate/html/page.ts';
import { reportText } from '../../src/simulate/text.ts';
import { config, request, simulateOn, smallHistory } from './support.ts';

const everything = () => config('images: {include: ["*"]}');

async function conclusionOf(changes: Parameters<typeof request>[0], configs = [everything()]) {
  const report = await simulateOn(await smallHistory(), configs, request(changes));
  const [first = ''] = reportText(report).split('\n');
  expect(report.scenarios.map(({ conclusion }) => conclusion.length)).toEqual(report.scenarios.map(() => 2));
  return { report, first };
}

describe('the report begins with its conclusion', () => {
  test('where the limit is enough', async () => {
    const { first, report } = await conclusionOf({ limit: '60' });
    expect(first).toBe(
      '18.7 pull requests a week, 11 groups each at the median. 60 pulls in six hours are enough: at most 73 pulls wait, for at most 12 hours.',
    );
    const { mostWaiting, longestPullWaitWindows, isEnough } = report.scenarios[0]?.limit ?? {};
    expect({ mostWaiting, longestPullWaitWindows, isEnough }).toEqual({
      mostWaiting: 73,
      longestPullWaitWindows: 2,
      isEnough: true,
    });
  });

  test('where nothing waits', async () => {
    const { first } = await conclusionOf({ limit: '1000' });
    expect(first).toMatch(/ 1,000 pulls in six hours are enough: no pull waits\.$/);
  });

  test('where the backlog grows', async () => {
    const { first, report } = await conclusionOf({ limit: '10' });
    const { waitingAtEnd, isEnough } = report.scenarios[0]?.limit ?? {};
    expect(isEnough).toBe(false);
    expect(first).toMatch(
      / 10 pulls in six hours are not enough: the backlog grows to \d+ pulls at the end, and a pull waits for up to \d+ hours\.$/,
    );
    expect(first).toContain(`to ${waitingAtEnd} pulls`);
  });

  test('where there is no limit', async () => {
    const { first } = await conclusionOf({ limit: 'none' });
    expect(first).toMatch(/ Without a limit no pull waits: one run asks for 118 at most\.$/);
  });

  test('where nothing changes', async () => {
    const { first } = await conclusionOf({}, [config('images: {include: [alpine]}')]);
    expect(first).toBe(
      'No pull request: nothing changes in 6 runs, one every 6 hours. 100 pulls in six hours are enough: no pull waits.',
    );
  });

  test('where no run follows the first', async () => {
    const { first } = await conclusionOf({ until: '2026-01-01', every: '1d' });
    expect(first).toMatch(/^The range ends with the first run: nothing follows from it\. /);
  });

  test('with a model about the modelled rebuilds, and for two configurations each by its name', async () => {
    const { first, report } = await conclusionOf({ rebuildModel: 'images' }, [
      everything(),
      config('images: {include: [golang]}', 'other.yaml'),
    ]);
    expect(first).toMatch(/^mirrors\.yaml: .* groups each at the median, rebuilds by the model included\. /);
    expect(reportText(report).split('\n')[1]).toMatch(/^other\.yaml: /);
    const page = reportHtml(report);
    const lead = page.indexOf('<p class="lead">mirrors.yaml: ');
    expect(lead).toBeGreaterThan(0);
    expect(lead).toBeLessThan(page.indexOf('<table'));
  });
});

describe('evidence', () => {
  const figures = async (evidence: string, rules = 'images: {include: ["*"]}', limit = '1000') => {
    const report = await simulateOn(await smallHistory(), [config(rules)], request({ evidence, limit }));
    const [scenario] = report.scenarios;
    const { pulls, extraPulls, unreadGroups } = scenario?.evidence ?? { pulls: -1, extraPulls: -1, unreadGroups: -1 };
    return { pulls, extraPulls, unreadGroups, inAll: scenario?.perRun.pulls.total ?? -1, text: reportText(report) };
  };
  const chosen = 'platforms: [linux/arm64]\nattestations: drop\nimages: {include: ["*"]}';

  test('from git costs nothing, and is not spoken of in the table', async () => {
    const { text, ...counts } = await figures('git');
    expect(counts).toEqual({ pulls: 0, extraPulls: 0, unreadGroups: 0, inAll: 214 });
    expect(text).not.toContain('pulls for evidence');
  });

  test.each(['index,share=100%', 'contents,share=100%'])(
    '%s is pulled once: apply needs the same',
    async (evidence) => {
      const { pulls, extraPulls, unreadGroups, inAll, text } = await figures(evidence);
      expect({ extraPulls, unreadGroups, inAll }).toEqual({ extraPulls: 0, unreadGroups: 0, inAll: 214 });
      expect(pulls).toBeGreaterThan(0);
      expect(text).toMatch(new RegExp(`^pulls for evidence +${pulls}$`, 'm'));
    },
  );

  test('costs more where the mirror keeps neither the platform nor attestations', async () => {
    const [git, contents] = [await figures('git', chosen), await figures('contents,share=100%', chosen)];
    expect(contents.extraPulls).toBeGreaterThan(0);
    expect(contents.inAll).toBe(git.inAll + contents.extraPulls);
  });

  test('keeps to its share, and counts the groups that were not read', async () => {
    const none = await figures('index,share=0%');
    expect(none).toMatchObject({ pulls: 0, inAll: 214 });
    expect(none.unreadGroups).toBeGreaterThan(0);
    const some = await figures('index,share=10%', undefined, '60');
    expect(some.unreadGroups).toBeGreaterThan(0);
    expect(some.pulls).toBeLessThanOrEqual(6 * 6);
  });

  test('is what the configuration says, unless the command line does', async () => {
    const review = { evidence: 'contents', share: 0.5, platform: 'linux/arm64/v8' } as const;
    const asks = async (evidence?: string) => {
      const changes = evidence === undefined ? {} : { evidence };
      const report = await simulateOn(await smallHistory(), [{ ...everything(), review }], request(changes));
      return report.scenarios[0]?.evidence;
    };
    expect(await asks()).toMatchObject({ kind: 'contents', share: 0.5, platform: 'linux/arm64/v8' });
    expect(await asks('index')).toMatchObject({ kind: 'index', share: 0.5 });
    expect(await asks('index,share=5%')).toMatchObject({ kind: 'index', share: 0.05 });
  });

  test.each(['none', 'index,share=101%', 'index,share=5', 'contents,share=-1%', 'index,', '', 'contents,share=5%,x'])(
    'refuses %j',
    async (evidence) => {
      await expect(simulateOn(await smallHistory(), [everything()], request({ evidence }))).rejects.toMatchObject({
        problems: [{ code: 'simulate/bad-evidence', value: evidence }],
      });
    },
  );
});
