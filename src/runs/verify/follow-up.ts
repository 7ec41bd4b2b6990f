import type { Destination } from '../../config/types.ts';
import { attempt } from '../../core/attempt.ts';
import { inFolder } from '../../core/folder-slug.ts';
import { code } from '../../core/markdown/inline.ts';
import { joinMarkdown, md } from '../../core/markdown/markdown.ts';
import { type Problem, problemError } from '../../core/problem.ts';
import { isForgeError } from '../../forge/errors.ts';
import { keepIssue, settleIssue } from '../../forge/hidden-markers.ts';
import type { Forge, Issue } from '../../forge/types.ts';
import { lockfileName } from '../../lock/file.ts';
import { type DriftAt, summarizeDrift } from '../../review/drift.ts';
import type { Context } from '../../session/context.ts';
import { destinationText } from '../../session/destinations.ts';
import { mirrorPrefix, openMirrorForge } from '../../session/mirror-repository.ts';
import type { Target } from '../../session/selection.ts';
import type { Drift } from '../../verify/drift.ts';
import type { DeepReport } from '../apply/deep.ts';
import type { Unseen } from '../apply/look-at.ts';
import { findMarkable, type Markable, mark } from './mark.ts';

/** What was found at one destination. */
export interface Verified {
  readonly destination: Destination;
  /** How many tags were compared. */
  readonly tags: number;
  readonly drift: readonly Drift[];
  /** The images that could not be compared. */
  readonly unseen: readonly Unseen[];
  /** What a deep look took; absent: there was none. */
  readonly deep?: DeepReport;
}

/** What was found, by destinations as people name them. */
export function driftAt(results: readonly Verified[]): DriftAt[] {
  return results.map(({ destination, tags, drift }) => ({ tags, drift, destination: destinationText(destination) }));
}

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

interface Verdict {
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
  const prefix = forge === undefined ? '' : await mirrorPrefix(context);
  return {
    async follow(results) {
      const marked = markable === undefined ? nothing : await withProblems(() => markIfAll(markable, results, context));
      const reported = forge === undefined ? nothing : await withProblems(() => reportIssue(forge, prefix, results));
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

async function reportIssue(forge: Forge, prefix: string, results: readonly Verified[]): Promise<Followed> {
  const { done, issue } = await keepDriftIssue(forge, prefix, results);
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

/** What was found is reported also where nothing could be done about it. */
async function withProblems(work: () => Promise<Followed>): Promise<Followed> {
  const tried = await attempt(work);
  if (tried.ok) return tried.value;
  if (isForgeError(tried.error, 'interrupted')) throw tried.error;
  return { ...nothing, problems: tried.error.problems };
}

/** GitHub takes 65,536 characters. */
const longestBody = 60_000;
const label = 'mirrorlock';
const atTop = 'mirrorlock: the mirror differs from the lockfile';
const settled = 'All that the lockfile names is at every destination again.';

interface KeptIssue {
  readonly done: 'opened' | 'updated' | 'left' | 'closed' | 'none';
  readonly issue?: Issue;
}

/**
 * Sees to it that one issue tells of what differs: opens it, brings it up to date, leaves it alone where it says the same
 * already, and closes it with a comment once nothing differs. What differs anew gets an issue of its own.
 */
async function keepDriftIssue(forge: Forge, prefix: string, results: readonly Verified[]): Promise<KeptIssue> {
  const key = inFolder('drift', prefix, ':');
  const title = prefix === '' ? atTop : `${atTop} (${prefix})`;
  if (results.some(({ drift }) => drift.length > 0)) {
    return keepIssue(forge, { key, label, title, body: issueBody(results) });
  }
  const issue = await settleIssue(forge, key, label, settled);
  return issue === undefined ? { done: 'none' } : { done: 'closed', issue };
}

function issueBody(results: readonly Verified[]): string {
  const hasBroken = results.some(({ drift }) => drift.some(({ kind }) => kind === 'broken'));
  const remedy = hasBroken ? 'mirrorlock apply --deep' : 'mirrorlock apply';
  const parts = [
    md`What is at the destinations is not what ${code(lockfileName)} says.`,
    summarizeDrift(driftAt(results), longestBody),
    md`${code(remedy)} puts it right${hasBroken ? md`` : md`, as a run of the workflow that applies does`}. This text is kept up to date, and the issue is closed once nothing differs.`,
  ];
  return joinMarkdown(parts, '\n\n');
}
