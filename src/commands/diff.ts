import { diffMarkdown } from '../changes/diff-markdown.ts';
import { diffText } from '../changes/diff-text.ts';
import { ExitCode } from '../core/exit-code.ts';
import { diffJson, diffLockfiles } from '../diff/diff.ts';
import { type Compared, openCompared } from '../runs/compared.ts';
import type { Context, Outcome } from '../session/context.ts';

export type DiffFormat = 'text' | 'markdown' | 'json';

/** Compares two lockfiles, tag by tag. */
export async function diff(
  context: Context,
  { format, ...compared }: Compared & { format: DiffFormat },
): Promise<Outcome> {
  const { before, after } = await openCompared(context, compared);
  const difference = diffLockfiles(before, after);
  const json = diffJson(difference);
  const text = { text: diffText, markdown: diffMarkdown, json: () => JSON.stringify(json, null, 2) }[format](
    difference,
  );
  return { exitCode: ExitCode.done, text: text.trimEnd(), json, problems: [] };
}
