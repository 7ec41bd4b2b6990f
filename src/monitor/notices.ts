import { createHash } from 'node:crypto';
import type { NoticeEvent, NoticeTarget } from '../config/notify.ts';
import { durationText } from '../core/duration.ts';
import { ExitCode } from '../core/exit-code.ts';
import { placeText } from '../core/problem.ts';
import { cleanText } from '../core/text.ts';
import { counted } from '../core/words.ts';
import type { RunFacts, WatchedCommand } from './types.ts';

/** What people are to hear of a run. */
export interface Notice {
  readonly event: NoticeEvent;
  readonly command: WatchedCommand;
  readonly title: string;
  /** In lines; names stand in backquotes. */
  readonly text: string;
  readonly url?: string;
  /** The same for the same news: what is sent again only after a while. */
  readonly key: string;
}

/** What notices of the same kind are about, such as `drift-verify`. */
export function newsOf(event: NoticeEvent, command: WatchedCommand): string {
  return `${event}-${command}`;
}

const shownLines = 10;
const longestLine = 300;

/** The notices of a run for one target: those that it wants to hear of. Pure. */
export function noticesOf(run: RunFacts, { on, waitsMs }: Pick<NoticeTarget, 'on' | 'waitsMs'>): Notice[] {
  const all = [...failure(run), ...drift(run), ...waiting(run, waitsMs), ...ended(run)];
  return all.filter(({ event }) => on.includes(event));
}

function failure(run: RunFacts): Notice[] {
  const { command, exitCode, problems } = run;
  if (exitCode !== ExitCode.failed && exitCode !== ExitCode.usage) return [];
  const errors = problems.filter(({ severity }) => severity === 'error');
  const lines = errors.map(({ code, message, place, value }) => {
    const at = place === undefined ? '' : ` (${placeText(place)})`;
    return `${code}${at}: ${message}${value === undefined ? '' : ` ${value}`}`;
  });
  const codes = [...new Set(errors.map(({ code }) => code))].sort();
  return [notice(run, 'failure', `mirrorlock ${command} failed with exit code ${exitCode}`, lines, codes)];
}

function drift(run: RunFacts): Notice[] {
  const found = (run.destinations ?? []).flatMap(({ name, wanted, drift }) => {
    const kinds = Object.entries(drift ?? {}).filter(([, count]) => count > 0);
    const words = kinds.map(([kind, count]) => `${count} ${kind}`).join(', ');
    return kinds.length === 0 ? [] : [`${name}: ${words}, of ${counted(wanted, 'tag')}`];
  });
  if (found.length === 0) return [];
  return [notice(run, 'drift', 'The mirror differs from the lockfile', found, found)];
}

function waiting(run: RunFacts, waitsMs: number): Notice[] {
  const { proposal, endedAt } = run;
  if (!proposal) return [];
  const age = endedAt.getTime() - proposal.createdAt.getTime();
  if (!(age > waitsMs)) return [];
  const title = `Pull request #${proposal.number} has been open for ${durationText(age)}`;
  const lines = ['What it locks is not mirrored until it is merged.'];
  return [{ ...notice(run, 'waiting-pull-request', title, lines, [proposal.url]), url: proposal.url }];
}

function ended(run: RunFacts): Notice[] {
  const { ended: found = [], proposal } = run;
  if (found.length === 0) return [];
  const lines = found.map(({ title, text }) => `${title}: ${text}`);
  const title =
    found.length === 1 ? 'Upstream ends an image or series' : `Upstream ends ${found.length} images or series`;
  const own = notice(run, 'end-of-life', title, lines, lines);
  return [proposal ? { ...own, url: proposal.url } : own];
}

function notice(
  { command }: RunFacts,
  event: NoticeEvent,
  title: string,
  lines: readonly string[],
  news: readonly string[],
): Notice {
  const shown = lines.slice(0, shownLines).map((line) => cleanText(line, longestLine));
  const more = lines.length > shown.length ? [`and ${lines.length - shown.length} more`] : [];
  const key = createHash('sha256')
    .update(JSON.stringify([event, command, ...news]))
    .digest('hex')
    .slice(0, 32);
  return { event, command, title, text: [...shown, ...more].join('\n'), key };
}

/** A notice in the words of a target's template. `plain` is for what the template names, not for the template itself. */
export function noticeText(
  { title, text, event, command, url = '' }: Notice,
  template: string,
  plain: (words: string) => string = (words) => words,
): string {
  const words: Readonly<Record<string, string>> = { title, text, event, command, url };
  return template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => plain(words[name] ?? '')).trim();
}
