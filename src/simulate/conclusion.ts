import type { LimitFigures, ScenarioReport } from './report-types.ts';
import { number } from './statistics.ts';

/** What the conclusion follows from. */
type Figures = Pick<ScenarioReport, 'rebuilds' | 'runs' | 'pullRequestsPerWeek' | 'perRun' | 'limit'>;

/**
 * What a reader wants to know first, in two sentences: how much there is to review, and whether the pulls are enough. Pure.
 *
 * @param every seconds from one run to the next
 */
export function conclude(figures: Figures, every: number): [string, string] {
  return [reviewing(figures, every), pulling(figures, every)];
}

function reviewing({ runs, pullRequestsPerWeek, perRun, rebuilds }: Figures, every: number): string {
  const range = `${plural(runs.total, 'run')}, one every ${hours(1, every)}`;
  if (runs.total === 0) return 'The range ends with the first run: nothing follows from it.';
  if (runs.changed === 0) return `No pull request: nothing changes in ${range}.`;
  const model = rebuilds === 'modelled' ? ', rebuilds by the model included' : '';
  const groups = `${plural(perRun.groups.median, 'group')} each at the median`;
  // A rate that rounds to nothing says less than what was counted.
  if (pullRequestsPerWeek === 0) return `${plural(runs.changed, 'pull request')} in ${range}, ${groups}${model}.`;
  return `${plural(pullRequestsPerWeek, 'pull request')} a week, ${groups}${model}.`;
}

function pulling({ limit, perRun }: Figures, every: number): string {
  if (limit === null) {
    return perRun.pulls.most === 0
      ? 'No pull is needed.'
      : `Without a limit no pull waits: one run asks for ${number(perRun.pulls.most)} at most.`;
  }
  const { mostWaiting, longestPullWaitWindows: longest, waitingAtEnd, isEnough } = limit;
  if (mostWaiting === 0) return `${allowed(limit)} enough: no pull waits.`;
  if (!isEnough) {
    return `${allowed(limit)} not enough: the backlog grows to ${plural(waitingAtEnd, 'pull')} at the end, and a pull waits for up to ${hours(longest, every)}.`;
  }
  const end = waitingAtEnd === 0 ? '' : ` (${number(waitingAtEnd)} at the end)`;
  return `${allowed(limit)} enough: at most ${plural(mostWaiting, 'pull')} ${mostWaiting === 1 ? 'waits' : 'wait'}, for at most ${hours(longest, every)}${end}.`;
}

function allowed({ pulls }: LimitFigures): string {
  return `${plural(pulls, 'pull')} in six hours ${pulls === 1 ? 'is' : 'are'}`;
}

function hours(windows: number, every: number): string {
  return plural((windows * every) / 3600, 'hour');
}

function plural(count: number, word: string): string {
  return `${number(count)} ${count === 1 ? word : `${word}s`}`;
}
