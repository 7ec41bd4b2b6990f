import { changesOf, changesText } from '../changes/changes.ts';
import type { DroppedPolicy } from '../changes/findings.ts';
import { changesJson } from '../changes/json.ts';
import { changesMarkdown } from '../changes/markdown.ts';
import { attempt } from '../core/attempt.ts';
import { defined } from '../core/defined.ts';
import { ExitCode } from '../core/exit-code.ts';
import type { Problem } from '../core/problem.ts';
import { type Compared, openCompared } from '../runs/compared.ts';
import { droppedPolicyOf } from '../runs/update/describe.ts';
import type { Context, Outcome } from '../session/context.ts';
import { openConfig } from '../session/workspace.ts';
import type { DiffFormat } from './diff.ts';

/**
 * Says what changes between two lockfiles in the words of a pull request. What becomes of tags that leave is said where the
 * configuration can be read; else its problems are warnings.
 */
export async function changes(
  context: Context,
  { format, ...compared }: Compared & { format: DiffFormat },
): Promise<Outcome> {
  const lockfiles = await openCompared(context, compared);
  const { policy, problems } = await readPolicy(context);
  const found = changesOf({ ...lockfiles, ...defined({ policy }) });
  const json = { ...changesJson(found), warnings: problems };
  const markdown = changesMarkdown(found);
  const text = { text: () => changesText(found), markdown: () => markdown, json: () => JSON.stringify(json, null, 2) };
  return { exitCode: ExitCode.done, text: text[format](), json, problems };
}

async function readPolicy(context: Context): Promise<{ policy?: DroppedPolicy; problems: readonly Problem[] }> {
  const config = await attempt(() => openConfig(context));
  if (config.ok) return { policy: droppedPolicyOf(config.value), problems: [] };
  return { problems: config.error.problems.map((problem) => ({ ...problem, severity: 'warning' })) };
}
