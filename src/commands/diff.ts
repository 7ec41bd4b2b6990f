import { diffMarkdown } from '../changes/diff-markdown.ts';
import { diffText } from '../changes/diff-text.ts';
import { changesJson } from '../changes/json.ts';
import { sectionsBesideTags } from '../changes/markdown.ts';
import { linesBesideTags } from '../changes/text.ts';
import { attempt } from '../core/attempt.ts';
import { ExitCode } from '../core/exit-code.ts';
import { diffJson } from '../diff/diff.ts';
import { type Compared, openCompared } from '../runs/compared.ts';
import type { Context, Outcome } from '../session/context.ts';
import { openConfig } from '../session/workspace.ts';

export type DiffFormat = 'text' | 'markdown' | 'json';

/**
 * Compares two lockfiles, tag by tag, below what `changes` says of them. The tags need no configuration: where it cannot be
 * read, less is said.
 */
export async function diff(
  context: Context,
  { format, ...compared }: Compared & { format: DiffFormat },
): Promise<Outcome> {
  const lockfiles = await openCompared(context, compared);
  const config = await attempt(() => openConfig(context));
  const { knownChanges } = await import('../runs/kept-evidence.ts');
  const changes = await knownChanges(context, config.ok ? config.value : undefined, lockfiles);
  const json = { ...diffJson(changes.diff), changes: changesJson(changes) };
  const formats = {
    text: () => diffText(changes.diff, linesBesideTags(changes)).trimEnd(),
    markdown: () => diffMarkdown(changes.diff, sectionsBesideTags(changes)).trimEnd(),
    json: () => JSON.stringify(json, null, 2),
  };
  return { exitCode: ExitCode.done, ...formatted(formats, format), json, problems: [] };
}

/** The text in one of the formats; Markdown and JSON are copied, or read by programs. */
export function formatted(
  formats: Readonly<Record<DiffFormat, () => string>>,
  format: DiffFormat,
): Pick<Outcome, 'text' | 'copied'> {
  const text = formats[format]();
  return format === 'text' ? { text } : { text, copied: { verbatim: [text] } };
}
