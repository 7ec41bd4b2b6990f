import { type Changes, changesOf } from '../changes/changes.ts';
import { changesJson } from '../changes/json.ts';
import { changesMarkdown } from '../changes/markdown.ts';
import { changesText } from '../changes/text.ts';
import type { Config, ReviewSettings } from '../config/types.ts';
import { attempt } from '../core/attempt.ts';
import { defined } from '../core/defined.ts';
import { ExitCode } from '../core/exit-code.ts';
import type { Problem } from '../core/problem.ts';
import type { LockDiff } from '../diff/types.ts';
import type { Lockfile } from '../lock/types.ts';
import { mergingOf } from '../review/merging.ts';
import { type Compared, openCompared } from '../runs/compared.ts';
import { droppedPolicyOf, mergingInput } from '../runs/update/describe.ts';
import type { Context, Outcome } from '../session/context.ts';
import { openConfig } from '../session/workspace.ts';
import { type DiffFormat, formatted } from './diff.ts';

/** How a change is told. */
interface ChangesOptions extends Compared {
  readonly format: DiffFormat;
  /** How far to look for why; absent: at what the cache has of upstream's git, asking nobody. */
  readonly evidence?: ReviewSettings['evidence'];
}

/**
 * Says what changes between two lockfiles in the words of a pull request. What becomes of tags that leave, and why digests are
 * others, is said where the configuration can be read; else its problems are warnings.
 */
export async function changes(
  context: Context,
  { format, evidence: depth, ...compared }: ChangesOptions,
): Promise<Outcome> {
  const lockfiles = await openCompared(context, compared);
  const config = await attempt(() => openConfig(context));
  const problems: Problem[] = config.ok ? [] : config.error.problems.map(asWarning);
  const found = await changesAt(context, config.ok ? config.value : undefined, lockfiles, depth);
  problems.push(...(found.evidence?.problems ?? []));
  const json = { ...changesJson(found), warnings: problems };
  const markdown = changesMarkdown(found);
  const text = { text: () => changesText(found), markdown: () => markdown, json: () => JSON.stringify(json, null, 2) };
  return { exitCode: ExitCode.done, ...formatted(text, format), json, problems };
}

/** With a depth its own problems are among what is not known. */
async function changesAt(
  context: Context,
  config: Config | undefined,
  { before, after }: { readonly before: Lockfile | undefined; readonly after: Lockfile | undefined },
  depth: ChangesOptions['evidence'],
): Promise<Changes> {
  const merging = config && after && ((diff: LockDiff) => mergingOf({ before, after, ...mergingInput(config) }, diff));
  if (config === undefined || depth === undefined || before === undefined || after === undefined) {
    return (await import('../runs/kept-evidence.ts')).knownChanges(
      context,
      config,
      { before, after },
      defined({ merging }),
    );
  }
  const deep = { ...config, review: { ...config.review, evidence: depth } };
  const { reviewEvidence } = await import('../runs/review-evidence.ts');
  const evidence = await reviewEvidence(context, deep, { before, after });
  return changesOf({
    before,
    after,
    policy: droppedPolicyOf(config),
    now: context.now(),
    ...defined({ evidence, merging }),
  });
}

const asWarning = (problem: Problem): Problem => ({ ...problem, severity: 'warning' });
