import { type Problem, problemError, UserError } from '../core/problem.ts';
import { isForgeError } from '../forge/errors.ts';
import type { Forge } from '../forge/types.ts';
import type { Context } from './context.ts';
import { keepDriftIssue } from './drift-issue.ts';
import { findMarkable, type Markable, mark } from './mark.ts';
import { openMirrorForge } from './mirror-git.ts';
import type { Target } from './target.ts';
import type { Verified } from './verify-text.ts';

/** What to do with what verify found. */
export interface VerdictOptions {
  /** Tag the commit as served where nothing differs. */
  readonly mark: boolean;
  /** Open or bring up to date an issue where something differs, and close it where nothing does. */
  readonly reportIssue: boolean;
}

/** What was done about what verify found. */
export interface Followed {
  readonly lines: readonly string[];
  readonly json: object;
  /** Why something could not be done. */
  readonly problems: readonly Problem[];
}

export interface Verdict {
  follow(results: readonly Verified[]): Promise<Followed>;
  close(): Promise<void>;
}

/**
 * Finds out what may fail before anything is looked at. Close it when done.
 *
 * @throws UserError `verify/needs-all`, and as `findMarkable` and `openMirrorForge` do
 */
export async function prepareVerdict(context: Context, options: VerdictOptions & Target): Promise<Verdict> {
  refusePart(options);
  const markable = options.mark ? await findMarkable(context) : undefined;
  const forge = options.reportIssue ? await openMirrorForge(context) : undefined;
  return {
    async follow(results) {
      const marked = markable === undefined ? nothing : await attempt(() => markIfAll(markable, results, context));
      const reported = forge === undefined ? nothing : await attempt(() => reportIssue(forge, results));
      return {
        lines: [...marked.lines, ...reported.lines],
        json: { ...marked.json, ...reported.json },
        problems: [...marked.problems, ...reported.problems],
      };
    },
    close: async () => forge?.close(),
  };
}

const nothing: Followed = { lines: [], json: {}, problems: [] };

/** A part of the lockfile, or an earlier one, tells nothing of the whole that is served now. */
function refusePart({ mark, reportIssue, images, shard, destinations, at }: VerdictOptions & Target): void {
  const asked = [mark ? '--mark' : '', reportIssue ? '--report-issue' : ''].filter(Boolean);
  const given = Object.entries({ '--image': images, '--shard': shard, '--destination': destinations, '--at': at });
  const parts = given.filter(([, value]) => value !== undefined).map(([name]) => name);
  if (asked.length === 0 || parts.length === 0) return;
  const rule = `${asked.join(' and ')} need the whole lockfile of the work tree and all destinations.`;
  throw problemError('verify/needs-all', rule, parts.join(' '), `Leave out ${parts.join(', ')}.`);
}

async function markIfAll(markable: Markable, results: readonly Verified[], { now }: Context): Promise<Followed> {
  if (results.some(({ drift }) => drift.length > 0)) return { ...nothing, lines: ['Not marked: something differs.'] };
  const names = results.map(({ destination }) => destination.name);
  const made = await mark(markable, names, now());
  const commit = made.commit.slice(0, 12);
  const line = made.isNew ? `Marked ${commit} as ${made.tag}.` : `${commit} is marked already, as ${made.tag}.`;
  return { ...nothing, lines: [line], json: { mark: made } };
}

async function reportIssue(forge: Forge, results: readonly Verified[]): Promise<Followed> {
  const { done, issue } = await keepDriftIssue(forge, results);
  if (issue === undefined) return { ...nothing, json: { issue: { done } } };
  const { number, url } = issue;
  return { ...nothing, lines: [`Issue #${number} ${words[done]}: ${url}`], json: { issue: { done, number, url } } };
}

const words = {
  opened: 'was opened',
  updated: 'was brought up to date',
  left: 'says so already',
  closed: 'was closed',
  none: 'is not needed',
};

/** What was found is told also where nothing could be done about it. */
async function attempt(work: () => Promise<Followed>): Promise<Followed> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UserError) || isForgeError(error, 'interrupted')) throw error;
    return { ...nothing, problems: error.problems };
  }
}
